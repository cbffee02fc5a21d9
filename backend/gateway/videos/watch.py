"""A video's own address: the watch page for people, the playlist for players."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from gateway.accounts.caller import Caller, Callers
from gateway.limits import Limits
from gateway.problems import Problem
from gateway.requests import PublicUrls
from gateway.site.pages import Pages
from gateway.video_client import VideoClient
from gateway.videos.routes import share_pass_of
from gateway.videos.sharing import LinkOpener

#: Registered and customary types of M3U playlists (RFC 8216 section 10).
_MPEGURL = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl")
#: How native players call themselves in User-Agent, in lower case: ffmpeg and what is built on it,
#: mpv, VLC, Apple's, Android's, GStreamer's. Never a browser, and no bot that unfolds links.
_PLAYERS = ("lavf/", "mpv", "libmpv", "vlc/", "libvlc", "applecoremedia", "exoplayer", "gstreamer")
_VARY = "Accept, User-Agent, Authorization, Playhead-Share"


def wants_playlist(accept: str, user_agent: str) -> bool:
    """Whether the one who asks for a watch page is a player."""
    accept, user_agent = accept.lower(), user_agent.lower()
    return any(name in accept for name in _MPEGURL) or any(name in user_agent for name in _PLAYERS)


def watch_routes(
    client: VideoClient, callers: Callers, urls: PublicUrls, pages: Pages, limits: Limits
) -> list[HTTPRouteHandler]:
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
        return await pages.shell(request, watching=True, vary=_VARY)

    @get("/videos/{video_id:str}/master.m3u8", summary="Where a player finds the video", tags=["Videos"])
    async def master_playlist(
        request: Request[Any, Any, Any],
        video_id: str,
        share: Annotated[str, Parameter(description="Secret of a link without a password.")] = "",
    ) -> Response[bytes]:
        """Redirects to the HLS master playlist on the video service."""
        return await playlist(request, video_id, share)

    return [watch_page, master_playlist]
