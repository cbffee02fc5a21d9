"""What one caller may cost: time, memory and streams, on both transports."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import grpc
import httpx
import pytest

from playhead.video.v1 import upload_pb2, video_pb2
from tests.integration.test_catalog import listed, refused
from tests.integration.test_grpc_web import HEADERS, PATH, call, framed, unframed
from tests.integration.test_watch import event, watch
from tests.support.video_service import Running
from video_service.domain.video import new_id
from video_service.rpc import video_servicer
from video_service.rpc.grpc_web import MAX_METADATA_BYTES
from video_service.rpc.streams import Streams

PATIENCE_SECONDS = 60.0
_UNAUTHENTICATED = str(grpc.StatusCode.UNAUTHENTICATED.value[0])


@pytest.fixture
async def stuck(service: Running) -> AsyncIterator[Running]:
    """A service whose table of videos somebody has locked."""
    connection = await asyncpg.connect(service.database_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE videos IN ACCESS EXCLUSIVE MODE")
        yield service
    await connection.close()


async def test_a_call_ends_although_its_client_would_wait_for_ever(stuck: Running) -> None:
    stuck.service._servicers.videos._calls._most_seconds = 0.2
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await refused(stuck.get("ada", new_id())) == ("UNAVAILABLE", {})
        answer = await call(stuck, "GetVideo", framed(video_pb2.GetVideoRequest(id=new_id())))
    assert unframed(answer.content)[1]["grpc-status"] == "14"


async def test_an_upload_whose_bytes_stay_away_is_let_go_and_keeps_what_came(service: Running) -> None:
    service.service._servicers.uploads._piece_seconds = 0.5
    upload = await service.create_upload("ada", 10)
    call = service.uploads.AppendUpload(metadata=service.as_("ada"))
    head = upload_pb2.AppendUploadRequest.Head(id=upload.id, offset_bytes=0)
    await call.write(upload_pb2.AppendUploadRequest(head=head))
    await call.write(upload_pb2.AppendUploadRequest(data=b"12345"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await refused(call))[0] == "UNAVAILABLE"
    assert (await service.append("ada", upload.id, 5, b"67890")).offset_bytes == 10
    silent = service.uploads.AppendUpload(metadata=service.as_("ada"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await refused(silent))[0] == "UNAVAILABLE"


@pytest.mark.parametrize("size_bytes", [MAX_METADATA_BYTES, 10 * MAX_METADATA_BYTES])
async def test_metadata_are_bounded(service: Running, size_bytes: int) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.videos.ListVideos(
            video_pb2.ListVideosRequest(), metadata=(("x-large", "x" * size_bytes),)
        )
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    answer = await call(service, "ListVideos", framed(b""), {"x-large": "x" * size_bytes})
    if answer.status_code == 200:
        assert unframed(answer.content)[1]["grpc-status"] == "8"
    else:  # so much is not even read
        assert (answer.status_code, size_bytes > MAX_METADATA_BYTES) == (431, True)
    assert not (await listed(service)).videos, "an ordinary call is answered"


async def test_messages_are_bounded(service: Running) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.videos.ListVideos(video_pb2.ListVideosRequest(query="x" * (2 << 20)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    async with httpx.AsyncClient(base_url=service.url) as client:

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield bytes(65536)

        answer = await client.post(PATH + "ListVideos", content=endless(), headers=HEADERS)
    assert unframed(answer.content)[1]["grpc-status"] == "8"


async def until_free(service: Running, held: int) -> None:
    """A stream that was cancelled is given back a moment later."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(service.service._servicers.videos._streams._open.values()) > held:
            await listed(service)


async def test_one_person_holds_so_many_streams_and_no_more(service: Running) -> None:
    service.service._servicers.videos._streams = Streams(most_of_a_person=3, most_anonymous=2)
    video, _ = await service.published("ada", visibility=video_pb2.VISIBILITY_PUBLIC)

    async def opened(person: str | None) -> Any:
        stream = watch(service, person, {video.id: 0})
        await event(stream)
        return stream

    for person, most in (("ada", 3), (None, 2)):
        streams = [await opened(person) for _ in range(most)]
        assert await refused(watch(service, person, {video.id: 0}).read()) == (
            "RATE_LIMITED",
            {"retry_after_seconds": "10"},
        )
        other = await opened("bob")
        streams.pop().cancel()
        await until_free(service, most)
        streams.append(await opened(person))
        for stream in (*streams, other):
            stream.cancel()
        await until_free(service, 0)


async def test_streams_end_with_their_token_and_without_one_too(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, _ = await service.published("ada", visibility=video_pb2.VISIBILITY_PUBLIC)
    body = framed(video_pb2.WatchVideosRequest(videos=[{"id": video.id}]))
    # 30 s of leeway are granted, and tokens tell whole seconds: the first is accepted for one or two more, in
    # which a busy machine may not come to look at it; the second for longer.
    for life_seconds in (-28, -15):
        token = {"authorization": f"Bearer {service.token('ada', life_seconds)}"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            messages, trailers = unframed((await call(service, "WatchVideos", body, token)).content)
        if trailers["grpc-status"] != _UNAUTHENTICATED:
            break
    assert (len(messages), trailers["grpc-status"]) == (1, "0")
    monkeypatch.setattr(video_servicer, "_MOST_WATCHING_SECONDS", 0.5)
    stream = watch(service, None, {video.id: 0})
    await event(stream)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await stream.read() is grpc.aio.EOF  # type: ignore[attr-defined]
        messages, trailers = unframed((await call(service, "WatchVideos", body)).content)
    assert (len(messages), trailers["grpc-status"]) == (1, "0")
