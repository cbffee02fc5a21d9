"""Downloads as rows and jobs: made once, when somebody asks who may, and forgotten when nobody does."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import asyncpg
import grpc
import httpx
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from playhead.video.v1 import video_pb2
from tests.integration.test_reprocessing import newest, reprocess
from tests.support.video_service import PLAN, Running, reason_of
from video_service.domain.downloads import DownloadState
from video_service.repository import queue
from video_service.repository.downloads import DownloadRows, forget_downloads
from video_service.storage.objects import LocalObjects

ROWS = DownloadRows()


async def ask(service: Running, person: str | None, video_id: str, audio: str = "") -> Any:
    metadata = service.as_(person) if person else ()
    request = video_pb2.GetDownloadRequest(id=video_id, audio=audio)
    return await service.videos.GetDownload(request, metadata=metadata)


async def refused(service: Running, person: str | None, video_id: str, audio: str = "") -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(service, person, video_id, audio)
    return reason_of(caught.value)[0]


async def let(service: Running, person: str, video_id: str, downloadable: bool) -> video_pb2.Video:
    request = video_pb2.UpdateVideoRequest(
        video=video_pb2.Video(id=video_id, downloadable=downloadable),
        update_mask=FieldMask(paths=["downloadable"]),
    )
    return (await service.videos.UpdateVideo(request, metadata=service.as_(person))).video


async def queued(service: Running, entrypoint: str = "download") -> int:
    return int(await service.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", entrypoint))


async def made(service: Running, video_id: str, revision_id: str, content: bytes = b"a file") -> str:
    """What the job does, without ffmpeg; the download's id."""
    download_id = str(await service.fetchval("SELECT id FROM downloads WHERE revision = $1", revision_id))
    assert await ROWS.begin(download_id) is not None
    objects = LocalObjects(service.settings.objects)
    await objects.create(f"videos/{video_id}/{revision_id}/download/{download_id}.mp4", content)
    await ROWS.done(download_id, len(content))
    return download_id


async def test_whoever_asks_waits_for_the_file_and_it_is_made_once(service: Running) -> None:
    video, revision_id = await service.published("ada", visibility=video_pb2.VISIBILITY_UNLISTED)
    asking = [asyncio.create_task(ask(service, person, video.id)) for person in ("ada", "bob", None)]
    async with asyncio.timeout(20):
        while not await queued(service):  # noqa: ASYNC110, what is queued tells nobody
            await asyncio.sleep(0.02)
    done, _ = await asyncio.wait(asking, timeout=0.5)
    assert not done, "they wait"
    assert await queued(service) == 1
    await made(service, video.id, revision_id)
    answers = await asyncio.gather(*asking)
    assert {answer.size_bytes for answer in answers} == {6}
    for answer in answers:
        answered = await httpx.AsyncClient().get(service.url + answer.path)
        assert (answered.status_code, answered.content) == (200, b"a file")
    assert await service.fetchval("SELECT count(*) FROM downloads") == 1
    assert (await service.fetchval("SELECT audio FROM downloads")) == PLAN.audio[0].name


async def test_two_who_ask_in_the_same_moment_have_it_made_once(service: Running) -> None:
    _, revision_id = await service.published("ada", visibility=video_pb2.VISIBILITY_UNLISTED)
    blocked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%downloads%'"
    )
    first = await asyncpg.connect(service.database_url)
    try:
        async with first.transaction():
            await first.execute(
                "INSERT INTO downloads (id, revision, audio, asked_at) VALUES ('first', $1, 'a0', now())",
                revision_id,
            )
            job_id = await queue.enqueue(first, "download", {"download_id": "first"}, 0)
            await first.execute("UPDATE downloads SET job_id = $1", job_id)
            second = asyncio.create_task(ROWS.ask(revision_id, "a0"))
            async with asyncio.timeout(20):
                while not await first.fetch(blocked):  # noqa: ASYNC110, the answer is what is asked for
                    await asyncio.sleep(0.02)
    finally:
        await first.close()
    found = await second
    assert found is not None
    assert found.id == "first"
    assert await queued(service) == 1


async def test_a_file_cannot_be_had_too_early_nor_with_a_track_that_is_none(service: Running) -> None:
    video, _ = await service.planned("ada", visibility=video_pb2.VISIBILITY_UNLISTED)
    assert await refused(service, "ada", video.id) == "NOT_READY"
    ready, _ = await service.published("ada", visibility=video_pb2.VISIBILITY_UNLISTED)
    assert await refused(service, "ada", ready.id, "a1") == "INVALID_INPUT"
    assert await refused(service, "ada", ready.id, "v720") == "INVALID_INPUT"
    assert await queued(service) == 0


async def test_the_owner_decides_who_may_and_may_always(service: Running) -> None:
    video, revision_id = await service.published("ada", visibility=video_pb2.VISIBILITY_UNLISTED)
    assert (await service.get("bob", video.id)).downloadable, "as the settings say"
    await ROWS.ask(revision_id, "a0")
    await made(service, video.id, revision_id)
    before = service.url + (await ask(service, "bob", video.id)).path
    async with httpx.AsyncClient() as client:
        assert (await client.get(before)).status_code == 200
        assert not (await let(service, "ada", video.id, False)).downloadable
        assert (await client.get(before)).status_code == 404, "what was given before ends"
        assert await refused(service, "bob", video.id) == "NOT_ALLOWED"
        assert (await client.get(service.url + (await ask(service, "ada", video.id)).path)).status_code == 200
    assert not (await service.get("bob", video.id)).downloadable
    with pytest.raises(grpc.aio.AioRpcError):
        await let(service, "bob", video.id, True)
    await let(service, "ada", video.id, True)
    assert (await ask(service, "bob", video.id)).path


async def test_what_is_private_is_not_there_for_others(service: Running) -> None:
    video, _ = await service.published("ada", visibility=video_pb2.VISIBILITY_PRIVATE)
    assert await refused(service, "bob", video.id) == "NOT_FOUND"
    assert await refused(service, None, video.id) == "NOT_FOUND"
    assert await queued(service) == 0


async def test_a_lost_job_comes_back_when_somebody_asks_again(service: Running) -> None:
    _, revision_id = await service.published("ada")
    first = await ROWS.ask(revision_id, "a0")
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'download'")
    assert await ROWS.ask(revision_id, "a0") == first
    assert await queued(service) == 1
    assert await ROWS.ask("x" * 26, "a0") is None


async def test_what_could_not_be_made_is_said_and_logged(service: Running) -> None:
    video, revision_id = await service.published("ada")
    found = await ROWS.ask(revision_id, "a0")
    assert found is not None
    assert [await ROWS.failed(found.id, f"reason {n}") for n in (1, 2)] == [1, 2]
    await ROWS.given_up(found.id, "given up")
    assert await refused(service, "ada", video.id) == "NOT_READY"
    assert "download, failure 2: reason 2" in await service.fetchval("SELECT log FROM revisions")
    assert await ROWS.begin(found.id) is None
    ready = await service.get("ada", video.id)
    assert (ready.state, list(ready.warnings)) == (video_pb2.VIDEO_STATE_READY, [])


async def test_a_file_goes_when_nobody_asks_for_it_any_more(service: Running) -> None:
    video, revision_id = await service.published("ada")
    await ROWS.ask(revision_id, "a0")
    download_id = await made(service, video.id, revision_id)
    assert await forget_downloads(60) == 0
    await service.fetch("UPDATE downloads SET asked_at = now() - $1::interval", timedelta(seconds=61))
    assert await forget_downloads(60) == 1
    [[payload]] = await service.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'remove_download'")
    assert json.loads(payload) == {"key": f"videos/{video.id}/{revision_id}/download/{download_id}.mp4"}
    again = await ROWS.ask(revision_id, "a0")
    assert again is not None
    assert (again.state, again.id != download_id) == (DownloadState.WAITING, True)


async def test_what_failed_is_tried_again_though_people_keep_asking(service: Running) -> None:
    _, revision_id = await service.published("ada")
    failed = await ROWS.ask(revision_id, "a0")
    assert failed is not None
    await ROWS.given_up(failed.id, "no room")
    await service.fetch("UPDATE downloads SET asked_at = now() - $1::interval", timedelta(seconds=61))
    still = await ROWS.ask(revision_id, "a0")
    assert still is not None
    assert still.state is DownloadState.FAILED
    assert await forget_downloads(60) == 1
    again = await ROWS.ask(revision_id, "a0")
    assert again is not None
    assert again.state is DownloadState.WAITING


async def test_a_new_revision_has_files_of_its_own(service: Running) -> None:
    video, old = await service.published("ada")
    found = await ROWS.ask(old, "a0")
    assert found is not None
    await reprocess(service, "ada", video.id)
    new = await newest(service, video.id)
    await service.fetch("UPDATE revisions SET retired_at = now() WHERE id = $1", old)
    assert await ROWS.begin(found.id) is None, "nobody wants it any more"
    await service.fetch("DELETE FROM revisions WHERE id = $1", old)
    assert await service.fetchval("SELECT count(*) FROM downloads") == 0
    assert await ROWS.ask(new, "a0") is not None
