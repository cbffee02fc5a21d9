"""Who is told that a change is made can rely on it: what is delivered follows it from then on."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from playhead.video.v1 import video_pb2
from tests.integration.test_catalog import delete, update
from tests.integration.test_sharing import share, unshare
from tests.support.video_service import RENDITIONS, Running, adopt

UNLISTED, PRIVATE = video_pb2.VISIBILITY_UNLISTED, video_pb2.VISIBILITY_PRIVATE


@asynccontextmanager
async def news_held_back(service: Running) -> AsyncIterator[None]:
    """As long as it lasts, the server does not get to tell the service of changes."""
    connection = service.service.events._connection
    assert connection is not None
    listening = connection.get_server_pid()
    os.kill(listening, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(listening, signal.SIGCONT)


async def made_private(service: Running, video_id: str) -> None:
    await update(service, "ada", video_id, visibility=PRIVATE)


async def deleted(service: Running, video_id: str) -> None:
    await delete(service, "ada", video_id)


async def taken_from_bob(service: Running, video_id: str) -> None:
    await unshare(service, video_id, "bob")


@pytest.mark.parametrize(
    ("change", "visibility"),
    [(made_private, UNLISTED), (deleted, UNLISTED), (taken_from_bob, PRIVATE)],
    ids=["made-private", "deleted", "taken-from-bob"],
)
async def test_what_was_granted_is_refused_as_soon_as_the_change_is_answered(
    service: Running, change: Callable[[Running, str], Awaitable[None]], visibility: int
) -> None:
    video, _ = await service.published("ada", visibility=visibility)
    await share(service, video.id, "bob")
    request = video_pb2.GetPlaybackRequest(id=video.id)
    playback = await service.videos.GetPlayback(request, metadata=service.as_("bob"))
    async with httpx.AsyncClient(base_url=service.url) as client:
        assert (await client.get(playback.hls_path)).status_code == 200
        async with news_held_back(service):
            answer = asyncio.ensure_future(change(service, video.id))
            await asyncio.wait({answer}, timeout=0.5)
            answered_early = answer.done()
        async with asyncio.timeout(60):
            await answer
        assert (await client.get(playback.hls_path)).status_code == 404
    assert not answered_early, "nobody had heard of it yet"


async def test_the_path_that_is_answered_is_served(service: Running) -> None:
    video, _ = await service.published("ada", visibility=UNLISTED)
    request = video_pb2.GetPlaybackRequest(id=video.id)
    first = await service.videos.GetPlayback(request)
    async with httpx.AsyncClient(base_url=service.url) as client:
        again = video_pb2.ReprocessVideoRequest(id=video.id)
        await service.videos.ReprocessVideo(again, metadata=service.as_("ada"))
        new = await service.fetchval("SELECT successor_id FROM videos")
        await adopt(service.work, new)
        assert (await client.get(first.hls_path)).status_code == 200, "delivery knows the old revision"
        async with news_held_back(service):
            await service.work.finish(new, RENDITIONS)
            answer = asyncio.ensure_future(service.videos.GetPlayback(request))
            await asyncio.wait({answer}, timeout=0.5)
            if answer.done():
                assert (await client.get(answer.result().hls_path)).status_code == 200
        async with asyncio.timeout(60):
            path = (await answer).hls_path
        assert new in path
        assert (await client.get(path)).status_code == 200
