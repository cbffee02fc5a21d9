"""What is deleted for good: never what somebody brings back, and always what is written a moment too late."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.integration.test_catalog import delete, refused, undelete
from tests.support.video_service import Running
from video_service.domain.sharing_stores import Leftover
from video_service.purging import purge, sweep
from video_service.repository.downloads import DownloadRows
from video_service.repository.removal import PurgeableRows
from video_service.storage.objects import LocalObjects

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def with_a_segment(service: Running) -> tuple[str, str, LocalObjects]:
    """A video, the key of a segment, and where that lies."""
    video, revision_id = await service.published("ada")
    objects = LocalObjects(service.settings.objects)
    key = f"videos/{video.id}/{revision_id}/v360/00000.ts"
    await objects.create(key, b"x")
    return video.id, key, objects


@pytest.fixture
async def other(service: Running) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection."""
    connection = await asyncpg.connect(service.database_url)
    yield connection
    await connection.close()


async def test_what_is_being_purged_is_not_brought_back(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id, key, objects = await with_a_segment(service)
    await delete(service, "ada", video_id)
    delete_below = LocalObjects.delete_below
    answers = []

    async def meanwhile(objects: LocalObjects, prefix: str) -> None:
        answers.append(await refused(undelete(service, "ada", video_id)))
        await delete_below(objects, prefix)

    # By the clock of the service there is a day left: the worker's disagrees.
    monkeypatch.setattr(LocalObjects, "delete_below", meanwhile)
    await purge(video_id, PurgeableRows(), objects, undo_seconds=0)
    assert {reason for reason, _ in answers} == {"NOT_FOUND"}
    assert await objects.head(key) is None
    assert await service.fetchval("SELECT count(*) FROM videos") == 0


async def test_what_is_being_brought_back_is_not_purged(service: Running, other: asyncpg.Connection) -> None:
    video_id, key, objects = await with_a_segment(service)
    await delete(service, "ada", video_id)
    async with other.transaction():
        await other.execute("UPDATE videos SET deleted_at = NULL, deleted_by = NULL")
        purging = asyncio.create_task(purge(video_id, PurgeableRows(), objects, undo_seconds=0))
        async with asyncio.timeout(20):
            # It waits for the row, or is over.
            while not purging.done() and not await other.fetchval(WAITING):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await purging
    assert await objects.head(key) is not None
    assert (await service.get("ada", video_id)).id == video_id


async def test_what_an_unfinished_upload_was_sealed_to_goes_with_its_video(service: Running) -> None:
    upload = await service.create_upload("ada", 6)
    objects = LocalObjects(service.settings.objects)
    await objects.create(f"sources/{upload.id}/original", b"a film")
    await delete(service, "ada", upload.video_id)
    await purge(upload.video_id, PurgeableRows(), objects, undo_seconds=0)
    assert await objects.sizes("sources") == {}


async def test_what_is_written_after_its_video_was_purged_is_deleted(service: Running) -> None:
    """By a worker that stood still meanwhile."""
    video_id, key, objects = await with_a_segment(service)
    [source] = await objects.sizes("sources")
    await delete(service, "ada", video_id)
    await purge(video_id, PurgeableRows(), objects, undo_seconds=0)
    late = [key.replace("v360/00000.ts", "download/made.mp4"), f"work/{video_id}/copy", f"{source}/late"]
    for one in late:
        await objects.create(one, b"x")
    [again] = await service.fetch(
        "SELECT payload, execute_after > now() + interval '50 minutes' AS later"
        " FROM pgqueuer WHERE entrypoint = 'sweep'"
    )
    assert again["later"]
    await sweep(Leftover(**json.loads(again["payload"])), objects)
    for folder in ("videos", "work", "sources"):
        assert await objects.sizes(folder) == {}


async def test_a_download_of_what_is_deleted_is_not_made_on(service: Running) -> None:
    video, revision_id = await service.published("ada")
    rows = DownloadRows()
    assert await rows.ask(revision_id, "a0") is not None
    await delete(service, "ada", video.id)
    jobs = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'download'"
    assert await service.fetchval(jobs) == 0
    await undelete(service, "ada", video.id)
    assert await rows.ask(revision_id, "a0") is not None
    assert await service.fetchval(jobs) == 1
