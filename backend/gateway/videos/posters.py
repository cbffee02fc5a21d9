"""REST: the picture by which a video is recognised."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, put
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.caller import Callers
from gateway.accounts.guards import json_only
from gateway.described import PictureOperation
from gateway.poster_client import PosterClient
from gateway.problems import Problem, invalid
from gateway.requests import PublicUrls
from gateway.uploads.body import pieces_until_client_leaves
from gateway.video_client import VideoClient
from gateway.video_records import Video
from gateway.videos.answers import VideoAnswer, video_answer
from shared.rpc_errors import WireError
from shared.tokens import Scope

#: As the video service has it: nobody is let send more than it would take.
_MOST_BYTES = 10 << 20
_STILL_EXAMPLE = Body(examples=[Example(value={"still": 2})])
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization"}


@dataclass(frozen=True)
class StillToChoose:
    still: int
    """Its position in the video's `stills`, from 0."""


def poster_routes(client: VideoClient, callers: Callers, urls: PublicUrls) -> Router:
    posters = PosterClient(client)

    def answer(request: Request[Any, Any, Any], video: Video) -> Response[VideoAnswer]:
        gateway_url, video_url = urls.gateway(request.scope), urls.video(request.scope)
        hls_url = f"{gateway_url}/videos/{video.id}/master.m3u8"
        told = video_answer(video, gateway_url=gateway_url, video_url=video_url, hls_url=hls_url)
        return Response(told, headers=_PRIVATE)

    @put("/", summary="Show a picture of one's own", tags=["Videos"], operation_class=PictureOperation)
    async def upload_poster(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        """The body is a JPEG, PNG or WebP of up to 10 MiB and 64 megapixels. It is decoded and made
        anew, so what it carries beside its pixels, such as a place, is not kept."""
        person = await callers.person(request, Scope.MANAGE)
        picture = bytearray()
        async for piece in pieces_until_client_leaves(request):
            picture += piece
            if len(picture) > _MOST_BYTES:
                message, limit = "A picture may have up to 10 MiB.", {"limit_bytes": str(_MOST_BYTES)}
                raise Problem(WireError("TOO_LARGE", message, limit))
        return answer(request, await posters.upload(person.authorization, video_id, bytes(picture)))

    @put("/still", guards=[json_only], summary="Show one of a video's stills", tags=["Videos"])
    async def choose_still(
        request: Request[Any, Any, Any], video_id: str, data: Annotated[StillToChoose, _STILL_EXAMPLE]
    ) -> Response[VideoAnswer]:
        """It stays when the video is processed again. 409 where there is no such still."""
        person = await callers.person(request, Scope.MANAGE)
        if not 0 <= data.still < 2**31:
            raise invalid("still", "is a position in the video's stills, from 0.")
        return answer(request, await posters.choose(person.authorization, video_id, data.still))

    @delete("/", status_code=200, summary="Show a typical picture again", tags=["Videos"])
    async def remove_poster(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        """Idempotent."""
        person = await callers.person(request, Scope.MANAGE)
        return answer(request, await posters.remove(person.authorization, video_id))

    return Router(
        path="/api/videos/{video_id:str}/poster",
        route_handlers=[upload_poster, choose_still, remove_poster],
    )
