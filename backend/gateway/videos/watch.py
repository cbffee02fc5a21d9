"""A video's own address: the watch page for people, the playlist for players."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.accounts.caller import Callers
from gateway.requests import PublicUrls
from gateway.site.pages import Pages
from gateway.video_client import VideoClient

#: Registered and customary types of M3U playlists (RFC 8216 section 10).
_MPEGURL = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl")
#: How native players call themselves in User-Agent, in lower case: ffmpeg and what is built on it,
#: mpv, VLC, Apple's, Android's, GStreamer's. Never a browser, and no bot that unfolds links.
_PLAYERS = ("lavf/", "mpv", "libmpv", "vlc/", "libvlc", "applecoremedia", "exoplayer", "gstreamer")
_VARY = "Accept, User-Agent, Authorization"


def wants_playlist(accept: str, user_agent: str) -> bool:
    """Whether the one who asks for a watch page is a player."""
    accept, user_agent = accept.lower(), user_agent.lower()
    return any(name in accept for name in _MPEGURL) or any(name in user_agent for name in _PLAYERS)


def watch_routes(
    client: VideoClient, callers: Callers, urls: PublicUrls, pages: Pages
) -> list[HTTPRouteHandler]:
    async def playlist(request: Request[Any, Any, Any], video_id: str) -> Response[bytes]:
        caller = await callers.viewer(request)
        path = await client.hls_path(caller.authorization, video_id)
        headers = {"Location": urls.video(request.scope) + path, "Cache-Control": "no-store", "Vary": _VARY}
        return Response(b"", status_code=307, headers=headers)

    @get("/videos/{video_id:str}", include_in_schema=False)
    async def watch_page(request: Request[Any, Any, Any], video_id: str) -> Response[bytes]:
        headers = request.headers
        if wants_playlist(headers.get("accept", ""), headers.get("user-agent", "")):
            return await playlist(request, video_id)
        return await pages.shell(request, watching=True, vary=_VARY)

    @get("/videos/{video_id:str}/master.m3u8", summary="Where a player finds the video", tags=["Videos"])
    async def master_playlist(request: Request[Any, Any, Any], video_id: str) -> Response[bytes]:
        """Redirects to the HLS master playlist on the video service."""
        return await playlist(request, video_id)

    return [watch_page, master_playlist]
