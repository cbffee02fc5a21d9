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
from tests.support.video_service import Running

UNLISTED, PRIVATE = video_pb2.VISIBILITY_UNLISTED, video_pb2.VISIBILITY_PRIVATE


@asynccontextmanager
async def news_held_back(service: Running) -> AsyncIterator[None]:
    """As long as it lasts, the server does not get to tell the service of changes."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    listening = int(await service.fetchval(query))
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
        async with asyncio.timeout(10):
            await answer
        assert (await client.get(playback.hls_path)).status_code == 404
    assert not answered_early, "nobody had heard of it yet"
