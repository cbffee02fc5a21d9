"""Watch streams over native gRPC: nothing missed, nothing kept, ended in time."""

import asyncio
from contextlib import suppress
from typing import Any

import grpc
import pytest

from playhead.video.v1 import video_pb2
from tests.integration.test_catalog import delete, refused, undelete, update
from tests.support.video_service import Running, reason_of
from video_service.domain.video import new_id
from video_service.repository.events import VideoEvents

PRIVATE, PUBLIC = video_pb2.VISIBILITY_PRIVATE, video_pb2.VISIBILITY_PUBLIC


def watch(service: Running, person: str | None, known: dict[str, int], **options: Any) -> Any:
    cursors = [
        video_pb2.WatchVideosRequest.Cursor(id=video_id, known_version=version)
        for video_id, version in known.items()
    ]
    metadata = options.get("metadata") or (service.as_(person) if person else ())
    return service.videos.WatchVideos(video_pb2.WatchVideosRequest(videos=cursors), metadata=metadata)


async def event(stream: Any) -> Any:
    async with asyncio.timeout(60):
        answer = await stream.read()
    assert answer is not grpc.aio.EOF  # type: ignore[attr-defined]
    return answer.gone_id if answer.WhichOneof("event") == "gone_id" else answer.video


async def test_first_what_is_newer_then_every_change(service: Running) -> None:
    known, news = await service.uploaded("ada"), await service.uploaded("ada")
    missing = new_id()
    stream = watch(service, "ada", {known.id: known.version, news.id: 1, missing: 0})
    first = [await event(stream), await event(stream)]
    assert missing in first
    assert [one.id for one in first if one != missing] == [news.id]
    changed = await update(service, "ada", known.id, title="Changed")
    seen = await event(stream)
    assert (seen.id, seen.title, seen.version) == (known.id, "Changed", changed.version)
    stream.cancel()


async def test_changes_are_coalesced_to_the_newest(service: Running) -> None:
    video = await service.uploaded("ada")
    stream = watch(service, "ada", {video.id: 0})
    versions = [(await event(stream)).version]
    for number in range(50):
        last = await update(service, "ada", video.id, title=f"Title {number}")
    while versions[-1] < last.version:
        versions.append((await event(stream)).version)
    assert versions == sorted(set(versions))
    assert versions[-1] == last.version
    assert len(versions) < 50
    stream.cancel()


async def test_a_video_that_can_no_longer_be_seen_is_gone_and_may_come_back(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    stream = watch(service, "bob", {video.id: 0})
    assert (await event(stream)).id == video.id
    await update(service, "ada", video.id, visibility=PRIVATE)
    assert await event(stream) == video.id
    await update(service, "ada", video.id, visibility=PUBLIC)
    assert (await event(stream)).id == video.id
    await delete(service, "ada", video.id)
    assert await event(stream) == video.id
    await undelete(service, "ada", video.id)
    assert (await event(stream)).id == video.id
    stream.cancel()


async def test_the_stream_ends_with_its_token(service: Running) -> None:
    video = await service.uploaded("ada")
    # 30 s of leeway are granted, and tokens tell whole seconds: the first is accepted for one or two more, in
    # which a busy machine may not come to the first event; the second for longer.
    for life_seconds in (-28, -10):
        metadata = (("authorization", f"Bearer {service.token('ada', life_seconds)}"),)
        stream = watch(service, None, {video.id: 0}, metadata=metadata)
        with suppress(grpc.aio.AioRpcError, AssertionError):
            first = await event(stream)
            break
    else:
        raise AssertionError("it did not begin")
    assert first.id == video.id
    async with asyncio.timeout(60):
        assert await stream.read() is grpc.aio.EOF  # type: ignore[attr-defined]
    assert await stream.code() is grpc.StatusCode.OK


async def test_a_stopping_service_ends_streams_with_unavailable(service: Running) -> None:
    video = await service.uploaded("ada")
    stream = watch(service, "ada", {video.id: 0})
    await event(stream)
    service.service.events.stop()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stream.read()
    assert reason_of(caught.value)[0] == "UNAVAILABLE"


async def test_a_lost_connection_misses_nothing(service: Running) -> None:
    video = await service.uploaded("ada")
    stream = watch(service, "ada", {video.id: 0})
    await event(stream)
    listeners = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    listeners += " AND datname = current_database()"
    assert len(await service.fetch(listeners)) == 1
    await update(service, "ada", video.id, title="While nobody listened")
    assert (await event(stream)).title == "While nobody listened"
    stream.cancel()


async def test_a_slow_reader_holds_no_more_than_its_ids() -> None:
    events = VideoEvents()
    async with events.follow(["a", "b"]) as follower:
        for _ in range(1000):
            events._heard("a")
            events._heard("c")
        assert await follower.next(1) == {"a"}
        with pytest.raises(TimeoutError):
            await follower.next(0)
    assert not events._followers


async def test_a_watch_is_bounded(service: Running) -> None:
    too_many = watch(service, None, {new_id(): 0 for _ in range(201)})
    assert await refused(too_many.read()) == ("INVALID_INPUT", {"field": "videos"})
    assert await refused(watch(service, None, {}).read()) == ("INVALID_INPUT", {"field": "videos"})
