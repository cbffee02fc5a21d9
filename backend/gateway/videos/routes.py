"""REST: videos."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, delete, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.caller import Callers
from gateway.described import SharedOperation
from gateway.problems import Problem, invalid
from gateway.requests import PublicUrls
from gateway.times import rfc3339
from gateway.video_client import VideoClient
from gateway.video_records import Chapter, Embedding, Video
from gateway.videos.answers import DeletedAnswer, VideoAnswer, video_answer
from shared.tokens import Scope

_CHANGES_EXAMPLE = Body(
    examples=[
        Example(
            value={
                "title": "Harbour at dawn",
                "visibility": "public",
                "chapters": [{"start_seconds": 0, "title": "Arrival"}],
            }
        )
    ]
)
PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization, Playhead-Share"}


@dataclass(frozen=True)
class VideoChanges:
    """Fields that are absent, or null, stay as they are. Without any chapter, they are found in the
    description or the source again."""

    title: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    visibility: Literal["public", "unlisted", "private"] | None = None
    chapters: list[Chapter] | None = None
    downloadable: bool | None = None
    embedding: Embedding | None = None


def share_pass_of(request: Request[Any, Any, Any]) -> str | None:
    """What an opened link gave the caller; gRPC metadata holds printable ASCII only."""
    value = request.headers.get("playhead-share", "")
    return value if value.isascii() and value.isprintable() else None


def video_routes(client: VideoClient, callers: Callers, urls: PublicUrls) -> Router:
    async def single(
        request: Request[Any, Any, Any], authorization: str | None, video: Video
    ) -> Response[VideoAnswer]:
        """With the address of the playlist that a player can use right away."""
        try:
            path = await client.hls_path(authorization, video.id, share_pass_of(request))
            hls_url = urls.video(request.scope) + path
        except Problem as problem:
            if problem.error.reason != "NOT_READY":
                raise
            hls_url = None
        gateway_url, video_url = urls.gateway(request.scope), urls.video(request.scope)
        answer = video_answer(video, gateway_url=gateway_url, video_url=video_url, hls_url=hls_url)
        return Response(answer, headers=PRIVATE)

    @get("/{video_id:str}", summary="Get a video", tags=["Videos"], operation_class=SharedOperation)
    async def get_video(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        caller = await callers.viewer(request)
        video = await client.video(caller.authorization, video_id, share_pass_of(request))
        return await single(request, caller.authorization, video)

    @patch("/{video_id:str}", summary="Change a video's fields", tags=["Videos"])
    async def change_video(
        request: Request[Any, Any, Any], video_id: str, data: Annotated[VideoChanges, _CHANGES_EXAMPLE]
    ) -> Response[VideoAnswer]:
        person = await callers.person(request, Scope.MANAGE)
        changes = {name: value for name, value in vars(data).items() if value is not None}
        if not changes:
            names = "title, description, tags, visibility, chapters, downloadable and embedding"
            raise invalid("body", f"Name at least one of {names}.")
        video = await client.update_video(person.authorization, video_id, changes)
        # Whoever may change a video is told what became of it.
        return await single(request, callers.allowing(person, Scope.READ), video)

    @delete("/{video_id:str}", status_code=200, summary="Delete a video", tags=["Videos"])
    async def delete_video(request: Request[Any, Any, Any], video_id: str) -> DeletedAnswer:
        """Hides it at once everywhere; for 24 hours it can be undone."""
        person = await callers.person(request, Scope.MANAGE)
        return DeletedAnswer(rfc3339(await client.delete_video(person.authorization, video_id)))

    @post("/{video_id:str}/undelete", status_code=200, summary="Bring a deleted video back", tags=["Videos"])
    async def undelete_video(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        person = await callers.person(request, Scope.MANAGE)
        video = await client.undelete_video(person.authorization, video_id)
        # Whoever may change a video is told what became of it.
        return await single(request, callers.allowing(person, Scope.READ), video)

    @post("/{video_id:str}/reprocess", status_code=202, summary="Process a video again", tags=["Videos"])
    async def reprocess_video(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        """Makes everything anew from the same source. What a ready video had keeps playing until
        then, and `reprocessing` tells how far it is; a failed video begins again. 409 while it is
        uploaded or processed."""
        person = await callers.person(request, Scope.MANAGE)
        video = await client.reprocess_video(person.authorization, video_id)
        return await single(request, callers.allowing(person, Scope.READ), video)

    @post("/{video_id:str}/cancel", status_code=200, summary="Stop processing a video", tags=["Videos"])
    async def cancel_processing(request: Request[Any, Any, Any], video_id: str) -> Response[VideoAnswer]:
        """Of a video that is processed again, what it had before stays. One that is processed for the
        first time fails with the reason `CANCELLED`, also if some of it can be watched already; its
        source stays, so it can be processed again. 409 where nothing is processed."""
        person = await callers.person(request, Scope.MANAGE)
        video = await client.cancel_processing(person.authorization, video_id)
        return await single(request, callers.allowing(person, Scope.READ), video)

    return Router(
        path="/api/videos",
        route_handlers=[
            get_video,
            change_video,
            delete_video,
            undelete_video,
            reprocess_video,
            cancel_processing,
        ],
    )
