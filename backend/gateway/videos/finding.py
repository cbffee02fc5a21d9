"""REST: lists, search, related videos and people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from gateway.accounts.caller import Callers
from gateway.described import SharedOperation
from gateway.limits import Limits
from gateway.requests import PublicUrls
from gateway.times import in_utc
from gateway.video_client import VideoClient
from gateway.video_records import Video, VideoQuery
from gateway.videos.answers import (
    HitAnswer,
    PersonAnswer,
    RelatedAnswer,
    VideoAnswer,
    VideosAnswer,
    video_answer,
)
from gateway.videos.routes import PRIVATE, share_pass_of

_MOST_A_PAGE = 100
_MOST_RELATED = 50


def finding_routes(
    client: VideoClient, callers: Callers, urls: PublicUrls, limits: Limits
) -> list[HTTPRouteHandler]:
    def answers(request: Request[Any, Any, Any], videos: Iterable[Video]) -> list[VideoAnswer]:
        gateway_url, video_url = urls.gateway(request.scope), urls.video(request.scope)
        # One call for each playlist's grant would be too many: these addresses redirect to it.
        return [
            video_answer(
                video,
                gateway_url=gateway_url,
                video_url=video_url,
                hls_url=f"{gateway_url}/videos/{video.id}/master.m3u8",
            )
            for video in videos
        ]

    @get("/api/videos", summary="List and search videos", tags=["Videos"])
    async def list_videos(
        request: Request[Any, Any, Any],
        words: Annotated[
            str, Parameter(query="query", description="Words to look for, the last one as a beginning.")
        ] = "",
        owner: Annotated[str, Parameter(description="`me`, `shared` (with me), or a person's id.")] = "",
        min_duration: Annotated[float | None, Parameter(description="In seconds, inclusive.", ge=0)] = None,
        max_duration: Annotated[float | None, Parameter(description="In seconds, exclusive.", ge=0)] = None,
        created_after: Annotated[
            datetime | None, Parameter(description="RFC 3339, with a time zone; inclusive.")
        ] = None,
        captioned: Annotated[bool, Parameter(description="Only videos with captions.")] = False,
        tag: Annotated[str, Parameter(description="Only videos with this tag, of any case.")] = "",
        page_size: Annotated[int, Parameter(ge=1, le=_MOST_A_PAGE)] = 24,
        page_token: Annotated[str, Parameter(description="`next_page_token` of the page before.")] = "",
    ) -> Response[VideosAnswer]:
        """Newest first. With words, videos that have them in title and tags come before those that have
        them in the description, and those before what only says them in captions: `hits` tells where."""
        caller = await callers.viewer(request)
        limits.listing(request, caller.identity.user_id if caller.identity else None)
        asked = VideoQuery(
            query=words,
            owner=owner,
            min_duration_seconds=min_duration,
            max_duration_seconds=max_duration,
            created_after=in_utc("created_after", created_after) if created_after else None,
            captioned=captioned,
            tag=tag,
            page_size=page_size,
            page_token=page_token,
        )
        page = await client.videos(caller.authorization, asked)
        hits = [HitAnswer(**vars(hit)) for hit in page.hits]
        answer = VideosAnswer(answers(request, page.videos), hits, page.next_page_token)
        return Response(answer, headers=PRIVATE)

    @get("/api/videos/{video_id:str}/related", summary="List related videos", tags=["Videos"],
         operation_class=SharedOperation)  # fmt: skip
    async def related_videos(
        request: Request[Any, Any, Any],
        video_id: str,
        page_size: Annotated[int, Parameter(ge=1, le=_MOST_RELATED)] = 12,
    ) -> Response[RelatedAnswer]:
        """Public videos that share tags, words of the title or the owner; then the latest."""
        caller = await callers.viewer(request)
        limits.listing(request, caller.identity.user_id if caller.identity else None)
        share_pass = share_pass_of(request)
        found = await client.related(caller.authorization, video_id, page_size, share_pass)
        return Response(RelatedAnswer(answers(request, found)), headers=PRIVATE)

    @get("/api/people/{person_id:str}", summary="Get a person", tags=["People"])
    async def get_person(request: Request[Any, Any, Any], person_id: str) -> Response[PersonAnswer]:
        """404 where nobody with this id has a public video. Their videos: `GET /api/videos?owner=…`."""
        caller = await callers.viewer(request)
        found = await client.person(caller.authorization, person_id)
        return Response(PersonAnswer(**vars(found)), headers=PRIVATE)

    return [list_videos, related_videos, get_person]
