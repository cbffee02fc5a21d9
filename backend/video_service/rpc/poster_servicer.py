"""``PosterService``: native gRPC only, for the gateway."""

from collections.abc import AsyncIterator
from typing import Any

from playhead.video.v1 import poster_pb2, poster_pb2_grpc
from shared.tokens import Scope
from video_service.domain.errors import InvalidInput
from video_service.posters import Posters
from video_service.rpc.calls import Calls
from video_service.rpc.convert import video_message


class PosterServicer(poster_pb2_grpc.PosterServiceServicer):
    def __init__(self, posters: Posters, calls: Calls) -> None:
        self._posters, self._calls = posters, calls

    async def ChooseStill(
        self, request: poster_pb2.ChooseStillRequest, context: Any
    ) -> poster_pb2.ChooseStillResponse:
        async with self._calls.answering("ChooseStill", context, Scope.MANAGE) as caller:
            seen = await self._posters.choose(caller.viewer, request.video_id, request.still)
            return poster_pb2.ChooseStillResponse(video=video_message(seen))

    async def UploadPoster(
        self, requests: AsyncIterator[poster_pb2.UploadPosterRequest], context: Any
    ) -> poster_pb2.UploadPosterResponse:
        async with self._calls.answering("UploadPoster", context, Scope.MANAGE) as caller:
            parts = aiter(requests)
            first = await anext(parts, None)
            if first is None or first.WhichOneof("part") != "video_id":
                raise InvalidInput("video_id", "must come first")
            seen = await self._posters.upload(caller.viewer, first.video_id, _pieces(parts))
            return poster_pb2.UploadPosterResponse(video=video_message(seen))

    async def RemovePoster(
        self, request: poster_pb2.RemovePosterRequest, context: Any
    ) -> poster_pb2.RemovePosterResponse:
        async with self._calls.answering("RemovePoster", context, Scope.MANAGE) as caller:
            seen = await self._posters.remove(caller.viewer, request.video_id)
            return poster_pb2.RemovePosterResponse(video=video_message(seen))


async def _pieces(requests: AsyncIterator[poster_pb2.UploadPosterRequest]) -> AsyncIterator[bytes]:
    async for request in requests:
        if request.WhichOneof("part") != "data":
            raise InvalidInput("data", "must follow the video's id")
        yield request.data
