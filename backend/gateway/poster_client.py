"""Posters as the gateway sees them: the video service's PosterService."""

from collections.abc import AsyncIterator
from typing import Any

from gateway.video_client import DATA_BYTES, VideoClient, video_of
from gateway.video_records import Video
from playhead.video.v1 import poster_pb2, poster_pb2_grpc

#: The service waits this long for a worker, and some more.
_UPLOAD_DEADLINE_SECONDS = 30.0


class PosterClient:
    """Calls on behalf of whoever the ``authorization`` value names, over the video client's
    channel. Every call raises :class:`gateway.problems.Problem`."""

    def __init__(self, client: VideoClient) -> None:
        self._client = client
        self._stub = poster_pb2_grpc.PosterServiceStub(client.channel)  # type: ignore[no-untyped-call]

    async def choose(self, caller: str, video_id: str, still: int) -> Video:
        request = poster_pb2.ChooseStillRequest(video_id=video_id, still=still)
        return video_of((await self._client.ask(self._stub.ChooseStill, request, caller)).video)

    async def upload(self, caller: str, video_id: str, picture: bytes) -> Video:
        requests = _requests(video_id, picture)
        answer: Any = await self._client.ask(
            self._stub.UploadPoster, requests, caller, deadline_seconds=_UPLOAD_DEADLINE_SECONDS
        )
        return video_of(answer.video)

    async def remove(self, caller: str, video_id: str) -> Video:
        request = poster_pb2.RemovePosterRequest(video_id=video_id)
        return video_of((await self._client.ask(self._stub.RemovePoster, request, caller)).video)


async def _requests(video_id: str, picture: bytes) -> AsyncIterator[poster_pb2.UploadPosterRequest]:
    yield poster_pb2.UploadPosterRequest(video_id=video_id)
    for at in range(0, len(picture), DATA_BYTES):
        yield poster_pb2.UploadPosterRequest(data=picture[at : at + DATA_BYTES])
