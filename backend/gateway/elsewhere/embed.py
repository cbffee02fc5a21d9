"""A video's player for other sites' pages."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.elsewhere.frames import Frame, frame_for
from gateway.elsewhere.lookup import Lookup
from gateway.problems import Problem
from gateway.requests import PublicUrls
from gateway.site.pages import Pages
from gateway.video_client import VideoClient

_VARY = "Referer, Sec-Fetch-Dest"
_STATUSES = {"": 200, "site": 403, "unavailable": 503}


def embed_route(client: VideoClient, urls: PublicUrls, pages: Pages) -> HTTPRouteHandler:
    lookup = Lookup(client)

    @get("/embed/{video_id:str}", include_in_schema=False)
    async def embed_page(request: Request[Any, Any, Any], video_id: str) -> Response[bytes]:
        frame = await frame_of(request, video_id)
        return await pages.embed(request, _VARY, frame.ancestors, frame.refusal, _STATUSES[frame.refusal])

    async def frame_of(request: Request[Any, Any, Any], video_id: str) -> Frame:
        try:
            video = await lookup.video(video_id)
        except Problem as problem:
            hidden = problem.error.reason in ("NOT_FOUND", "NOT_SIGNED_IN")
            # What is hidden has no player to be kept from anybody; the page says so itself.
            return Frame(None, "" if hidden else "unavailable")
        headers = request.headers
        return frame_for(
            video.embedding, urls.gateway(request.scope),
            headers.get("referer", ""), headers.get("sec-fetch-dest", ""),
        )  # fmt: skip

    return embed_page
