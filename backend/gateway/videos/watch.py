"""A video's own address: the watch page for people, the playlist for players."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Parameter

from gateway.accounts.caller import Caller, Callers
from gateway.described import SharedOperation
from gateway.elsewhere.head import video_head
from gateway.elsewhere.lookup import Lookup
from gateway.limits import Limits
from gateway.problems import Problem
from gateway.requests import PublicUrls
from gateway.site.pages import Pages
from gateway.video_client import VideoClient
from gateway.videos.routes import share_pass_of
from gateway.videos.sharing import LinkOpener
from shared.rpc_errors import WireError

#: Registered and customary types of M3U playlists (RFC 8216 section 10).
_MPEGURL = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl")
#: How native players call themselves in User-Agent, in lower case: ffmpeg and what is built on it,
#: mpv, VLC, Apple's, Android's, GStreamer's. Never a browser, and no bot that unfolds links.
_PLAYERS = ("lavf/", "mpv", "libmpv", "vlc/", "libvlc", "applecoremedia", "exoplayer", "gstreamer")
_SHARE = Parameter(description="Secret of a link without a password.")
_AUDIO = Parameter(
    description="Name of the track among the video's `renditions`; empty: the first.",
    examples=[Example(value="a0")],
)
#: The call before has waited for some seconds already.
_RETRY_SECONDS = 1
_VARY = "Accept, User-Agent, Authorization, Playhead-Share"


def wants_playlist(accept: str, user_agent: str) -> bool:
    """Whether the one who asks for a watch page is a player."""
    accept, user_agent = accept.lower(), user_agent.lower()
    return any(name in accept for name in _MPEGURL) or any(name in user_agent for name in _PLAYERS)


def watch_routes(
    client: VideoClient, callers: Callers, urls: PublicUrls, pages: Pages, limits: Limits
) -> list[HTTPRouteHandler]:
    lookup = Lookup(client)
    links = LinkOpener(client, limits)

    async def playlist(request: Request[Any, Any, Any], video_id: str, secret: str = "") -> Response[bytes]:
        caller = await callers.viewer(request)
        share_pass = share_pass_of(request)
        if secret:
            share_pass = await opened(request, caller, video_id, secret)
        path = await client.hls_path(caller.authorization, video_id, share_pass)
        headers = {"Location": urls.video(request.scope) + path, "Cache-Control": "no-store", "Vary": _VARY}
        return Response(b"", status_code=307, headers=headers)

    async def opened(
        request: Request[Any, Any, Any], caller: Caller, video_id: str, secret: str
    ) -> str | None:
        """A link that has ended opens nothing, but hides nothing either."""
        try:
            return (await links.open(request, caller, video_id, secret)).share_pass
        except Problem as problem:
            if problem.error.reason != "NOT_FOUND":
                raise
            return None

    @get("/videos/{video_id:str}", include_in_schema=False)
    async def watch_page(request: Request[Any, Any, Any], video_id: str) -> Response[bytes]:
        headers = request.headers
        if wants_playlist(headers.get("accept", ""), headers.get("user-agent", "")):
            return await playlist(request, video_id)
        return await pages.watch(request, _VARY, await head(request, video_id))

    async def head(request: Request[Any, Any, Any], video_id: str) -> str:
        """Empty where strangers see nothing, and also when it takes too long to find out."""
        try:
            video, opening = await lookup.opening(video_id)
        except Problem:
            return ""
        gateway_url, video_url = urls.gateway(request.scope), urls.video(request.scope)
        return video_head(video, opening, gateway_url=gateway_url, video_url=video_url)

    @get("/videos/{video_id:str}/master.m3u8", summary="Where a player finds the video", tags=["Videos"],
         status_code=307, operation_class=SharedOperation)  # fmt: skip
    async def master_playlist(
        request: Request[Any, Any, Any],
        video_id: str,
        share: Annotated[str, _SHARE] = "",
    ) -> Response[bytes]:
        """Redirects to the HLS master playlist on the video service."""
        return await playlist(request, video_id, share)

    @get("/api/videos/{video_id:str}/download", summary="Download a video", tags=["Videos"],
         status_code=307, operation_class=SharedOperation)  # fmt: skip
    async def download(
        request: Request[Any, Any, Any],
        video_id: str,
        audio: Annotated[str, _AUDIO] = "",
        share: Annotated[str, _SHARE] = "",
    ) -> Response[bytes]:
        """Redirects to an MP4 file on the video service, which can be fetched in parts (`Range`). It is
        made when it is first asked for: 503 with `Retry-After` until it is there, as in
        `curl --fail --location --retry 60 --remote-header-name --remote-name`. 403 where the owner does not
        offer it, 409 until the video is ready."""
        caller = await callers.viewer(request)
        share_pass = await opened(request, caller, video_id, share) if share else share_pass_of(request)
        path = await client.download_path(caller.authorization, video_id, audio, share_pass)
        if not path:
            being_made = WireError("UNAVAILABLE", "This file is being made. Try again.")
            raise Problem(
                being_made, headers={"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"}
            )
        headers = {"Location": urls.video(request.scope) + path, "Cache-Control": "no-store"}
        return Response(b"", status_code=307, headers=headers)

    return [watch_page, master_playlist, download]
