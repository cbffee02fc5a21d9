"""Processing again and stopping: what is served meanwhile, what is left, and who comes first."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from playhead.video.v1 import owner_pb2, video_pb2
from tests.integration.test_catalog import PRIVATE, PUBLIC, delete, refused, undelete
from tests.support.video_service import PLAN, RENDITIONS, Running, adopt
from video_service.domain.video import new_id
from video_service.purging import remove_revision
from video_service.repository.priorities import SEGMENTS_PER_VIDEO
from video_service.repository.revisions import RemovableRevisions
from video_service.storage.objects import LocalObjects

PROCESSING, READY, FAILED = (
    video_pb2.VIDEO_STATE_PROCESSING,
    video_pb2.VIDEO_STATE_READY,
    video_pb2.VIDEO_STATE_FAILED,
)
COMPLETE = [replace(one, complete=True) for one in RENDITIONS]


async def reprocess(service: Running, person: str, video_id: str) -> video_pb2.Video:
    request = video_pb2.ReprocessVideoRequest(id=video_id)
    return (await service.videos.ReprocessVideo(request, metadata=service.as_(person))).video


async def cancel(service: Running, person: str, video_id: str) -> video_pb2.Video:
    request = video_pb2.CancelProcessingRequest(id=video_id)
    return (await service.videos.CancelProcessing(request, metadata=service.as_(person))).video


async def newest(service: Running, video_id: str) -> str:
    query = "SELECT id FROM revisions WHERE video = $1 ORDER BY created_at DESC LIMIT 1"
    return str(await service.fetchval(query, video_id))


async def reprocessed(service: Running, person: str, video_id: str) -> str:
    """The id of a new revision whose plan stands."""
    await reprocess(service, person, video_id)
    revision_id = await newest(service, video_id)
    await adopt(service.work, revision_id)
    return revision_id


async def all_but_finish(service: Running, revision_id: str) -> None:
    for index in range(len(PLAN.chunks)):
        await service.work.segments_published(revision_id, index, 1.0, [])
        await service.work.chunk_done(revision_id, index)


async def hls_path(service: Running, person: str, video_id: str) -> str:
    request = video_pb2.GetPlaybackRequest(id=video_id)
    return str((await service.videos.GetPlayback(request, metadata=service.as_(person))).hls_path)


async def jobs(service: Running, revision_id: str, entrypoint: str = "%") -> int:
    """How many jobs of a revision are queued: nobody runs them here."""
    query = (
        "SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE $1 AND strpos(encode(payload, 'escape'), $2) > 0"
    )
    return int(await service.fetchval(query, entrypoint, revision_id))


async def status(service: Running, path: str) -> int:
    async with httpx.AsyncClient(base_url=service.url) as client:
        return (await client.get(path)).status_code


async def comes_to(service: Running, path: str, expected: int) -> bool:
    """Delivery hears a moment later of what changed in the database."""
    async with asyncio.timeout(30):
        while await status(service, path) != expected:  # noqa: ASYNC110, the answer is what is asked for
            await asyncio.sleep(0.01)
    return True


async def remove(service: Running, video_id: str, revision_id: str) -> None:
    objects = LocalObjects(service.settings.objects)
    await remove_revision(video_id, revision_id, RemovableRevisions(), objects)


async def put_media(service: Running, video_id: str, revision_id: str) -> None:
    objects = LocalObjects(service.settings.objects)
    for file in ("master.m3u8", "v360/00000.ts"):
        await objects.create(f"videos/{video_id}/{revision_id}/{file}", revision_id.encode())


async def media_of(service: Running, video_id: str) -> set[str]:
    """Revisions that have bytes."""
    keys = await LocalObjects(service.settings.objects).sizes(f"videos/{video_id}")
    return {key.split("/")[2] for key in keys}


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_what_could_not_be_copied_is_not_copied_again(service: Running, is_damaged: bool) -> None:
    video, _ = await service.published("ada", visibility=PRIVATE)
    revision_id = await reprocessed(service, "ada", video.id)
    await service.work.begin_without_copying(revision_id, "of two kinds", source_is_damaged=is_damaged)
    assert await service.work.revision(revision_id) is None
    again = await newest(service, video.id)
    await adopt(service.work, again)
    await all_but_finish(service, again)
    await service.work.finish(again, COMPLETE)
    await reprocess(service, "ada", video.id)
    work = await service.work.revision(await newest(service, video.id))
    assert work is not None
    assert (work.plan, work.never_copied, work.source_is_damaged) == (None, True, is_damaged)


async def test_the_old_revision_serves_until_the_new_one_is_complete(service: Running) -> None:
    video, old = await service.published("ada", visibility=PRIVATE)
    await put_media(service, video.id, old)
    path = await hls_path(service, "ada", video.id)
    before = await service.get("ada", video.id)
    begun = await reprocess(service, "ada", video.id)
    assert (begun.state, begun.playable, begun.progress) == (READY, True, 1.0)
    assert begun.reprocessing.progress == 0
    new = await newest(service, video.id)
    await adopt(service.work, new)
    await put_media(service, video.id, new)
    seen = [0.0]
    for index in range(len(PLAN.chunks)):
        await service.work.segments_published(new, index, 1.0, ["v360", "a0"])
        await service.work.chunk_done(new, index)
        during = await service.get("ada", video.id)
        seen.append(during.reprocessing.progress)
        assert (during.state, during.playable, list(during.renditions)) == (
            READY,
            True,
            list(before.renditions),
        )
        assert old in await hls_path(service, "ada", video.id)
    assert seen == sorted(set(seen)), "it grows"
    assert seen[-1] == 0.99
    assert await status(service, path.replace(old, new)) == 404, "nobody is to see it yet"
    await service.work.finish(new, COMPLETE)
    after = await service.get("ada", video.id)
    assert (after.state, after.progress) == (READY, 1.0)
    assert not after.HasField("reprocessing")
    assert new in await hls_path(service, "ada", video.id)
    assert await status(service, path) == 200, "who watches the old one goes on"
    assert await comes_to(service, path.replace(old, new), 200), "the same grant opens both"


async def test_what_was_served_stays_as_long_as_a_grant_and_then_goes(service: Running) -> None:
    video, old = await service.published("ada")
    new = await reprocessed(service, "ada", video.id)
    for revision_id in (old, new):
        await put_media(service, video.id, revision_id)
    await service.work.finish(new, COMPLETE)
    delay_seconds = await service.fetchval(
        "SELECT extract(epoch FROM execute_after - now()) FROM pgqueuer WHERE entrypoint = 'remove_revision'"
    )
    assert 6 * 3600 - 60 < delay_seconds <= 6 * 3600, "two seconds of film: the shortest grant, six hours"
    await remove(service, video.id, new)
    assert await media_of(service, video.id) == {old, new}, "what is served is never removed"
    for _ in range(2):
        await remove(service, video.id, old)
    assert await media_of(service, video.id) == {new}
    assert [row["id"] for row in await service.fetch("SELECT id FROM revisions")] == [new]


async def test_the_outcome_of_the_new_revision_replaces_that_of_the_old(service: Running) -> None:
    video, old = await service.planned("ada")
    await service.work.poster_published(old, 1280, 720)
    await service.work.chunk_given_up(old, 3, "A part of the picture is missing.", "")
    for index in range(3):
        await service.work.chunk_done(old, index)
    await service.work.finish(old, COMPLETE)
    new = await reprocessed(service, "ada", video.id)
    await service.work.add_warning(new, "The subtitles were left out.", "")
    during = await service.get("ada", video.id)
    assert list(during.warnings) == ["A part of the picture is missing."]
    assert old in during.poster_path
    await service.work.poster_published(new, 1280, 720)
    await service.work.finish(new, COMPLETE[:1])
    after = await service.get("ada", video.id)
    assert list(after.warnings) == ["The subtitles were left out."]
    assert [one.name for one in after.renditions] == ["v720"]
    assert new in after.poster_path


async def test_a_new_revision_that_fails_leaves_the_old_one_and_a_warning(service: Running) -> None:
    video, old = await service.published("ada")
    new = await reprocessed(service, "ada", video.id)
    await put_media(service, video.id, old)
    await put_media(service, video.id, new)
    await service.work.fail(new, "UNSUPPORTED_MEDIA", "It may be damaged.", "ffmpeg said so")
    after = await service.get("ada", video.id)
    assert (after.state, after.playable) == (READY, True)
    assert not after.HasField("failure")
    assert not after.HasField("reprocessing")
    [warning] = after.warnings
    assert "It may be damaged." in warning
    assert "ffmpeg said so" in await service.fetchval("SELECT log FROM revisions WHERE id = $1", old)
    await remove(service, video.id, new)
    assert await media_of(service, video.id) == {old}
    assert (await reprocess(service, "ada", video.id)).HasField("reprocessing")


async def test_all_that_is_known_of_a_failure_is_kept_with_the_old_revision(service: Running) -> None:
    video, old = await service.published("ada")
    await service.work.add_warning(old, "A part is missing.", "why it was the first time")
    new = await reprocessed(service, "ada", video.id)
    await service.work.chunk_failed(new, 0, "what the decoder said")
    await service.work.fail(new, "UNSUPPORTED_MEDIA", "It may be damaged.", "given up")
    log = await service.fetchval("SELECT log FROM revisions WHERE id = $1", old)
    said = ("why it was the first time", "chunk 0, failure 1: what the decoder said", "given up")
    assert [log.count(one) for one in said] == [1, 1, 1]


async def test_a_failed_video_begins_again(service: Running) -> None:
    video, failed = await service.planned("ada")
    await service.work.segments_published(failed, 3, 1.0, ["v720"])
    await service.work.fail(failed, "UNSUPPORTED_MEDIA", "It may be damaged.", "ffmpeg said so")
    begun = await reprocess(service, "ada", video.id)
    assert (begun.state, begun.progress, begun.playable) == (PROCESSING, 0.0, False)
    assert not begun.HasField("failure")
    assert not begun.HasField("reprocessing"), "nothing is served meanwhile"
    new = await newest(service, video.id)
    assert new != failed
    await adopt(service.work, new)
    assert new in await hls_path(service, "ada", video.id), "at its plan, as for a first upload"
    await all_but_finish(service, new)
    await service.work.finish(new, COMPLETE)
    assert (await service.get("ada", video.id)).state == READY
    assert "ffmpeg said so" in await service.fetchval("SELECT log FROM revisions")


async def test_one_at_a_time_and_only_its_owners(service: Running) -> None:
    upload = await service.create_upload("ada", 3)
    assert (await refused(reprocess(service, "ada", upload.video_id)))[0] == "NOT_READY"
    assert (await refused(cancel(service, "ada", upload.video_id)))[0] == "NOT_READY"
    video, _ = await service.planned("ada")
    assert (await refused(reprocess(service, "ada", video.id)))[0] == "NOT_READY"
    shown, _ = await service.published("ada", visibility=PUBLIC)
    for call in (reprocess, cancel):
        assert (await refused(call(service, "bob", shown.id)))[0] == "NOT_ALLOWED"
        assert (await refused(call(service, "ada", new_id())))[0] == "NOT_FOUND"
    assert (await refused(cancel(service, "ada", shown.id)))[0] == "NOT_READY"

    async def attempt() -> str:
        try:
            await reprocess(service, "ada", shown.id)
        except Exception as error:
            return type(error).__name__
        return "begun"

    answers = await asyncio.gather(*(attempt() for _ in range(8)))
    assert sorted(answers) == ["AioRpcError"] * 7 + ["begun"]
    assert await service.fetchval("SELECT count(*) FROM revisions WHERE video = $1", shown.id) == 2
    assert not (await service.get("bob", shown.id)).HasField("reprocessing")


async def test_stopping_to_process_again_leaves_what_was_there(service: Running) -> None:
    video, old = await service.published("ada")
    before = await service.get("ada", video.id)
    new = await reprocessed(service, "ada", video.id)
    for revision_id in (old, new):
        await put_media(service, video.id, revision_id)
    assert await service.work.begin_chunk(new, 0) is not None
    after = await cancel(service, "ada", video.id)
    assert not after.HasField("reprocessing")
    after.version, after.update_time.seconds, after.update_time.nanos = (
        before.version, before.update_time.seconds, before.update_time.nanos,
    )  # fmt: skip
    assert after == before
    assert await jobs(service, new, "chunk%") == 0
    assert await service.work.segments_published(new, 0, 1.0, []) is False, "the running job ends"
    await service.work.chunk_done(new, 0)
    await service.work.fail(new, "INTERNAL", "Late.", "")
    assert (await service.get("ada", video.id)).warnings == []
    await remove(service, video.id, new)
    assert await media_of(service, video.id) == {old}
    assert (await refused(cancel(service, "ada", video.id)))[0] == "NOT_READY", "twice"


@pytest.mark.parametrize("planned", [False, True])
async def test_stopping_the_first_processing_fails_the_video_and_keeps_its_source(
    service: Running, planned: bool
) -> None:
    video = await service.uploaded("ada")
    revision_id = await newest(service, video.id)
    if planned:
        await adopt(service.work, revision_id)
        await service.work.segments_published(revision_id, 0, 1.0, ["v360", "a0"])
        assert (await service.get("ada", video.id)).playable
        await put_media(service, video.id, revision_id)
    after = await cancel(service, "ada", video.id)
    assert (after.state, after.failure.reason, after.failure.message) == (
        FAILED, "CANCELLED", "Processing was stopped.",
    )  # fmt: skip
    assert (after.playable, list(after.renditions), after.poster_path) == (False, [], "")
    assert await service.work.revision(revision_id) is None
    assert await service.work.segments_published(revision_id, 1, 1.0, []) is False
    await adopt(service.work, revision_id)
    assert await service.fetchval("SELECT count(*) FROM chunks") == 0, "a late probe plans nothing"
    await remove(service, video.id, revision_id)
    assert not await media_of(service, video.id)
    assert (await refused(cancel(service, "ada", video.id)))[0] == "NOT_READY", "twice"
    assert (await reprocess(service, "ada", video.id)).state == PROCESSING
    work = await service.work.revision(await newest(service, video.id))
    assert work is not None
    assert work.source_key in await LocalObjects(service.settings.objects).sizes("sources")


@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
async def test_stopping_as_it_finishes_is_one_or_the_other(service: Running, again: bool) -> None:
    outcomes = set()
    for attempt in range(6):
        video, revision_id = await (service.published if again else service.planned)("ada")
        if again:
            revision_id = await reprocessed(service, "ada", video.id)
        await all_but_finish(service, revision_id)
        calls: list[Any] = [
            service.work.finish(revision_id, COMPLETE),
            asyncio.wait_for(cancel(service, "ada", video.id), 10),
        ]
        done = await asyncio.gather(*(calls if attempt % 2 else calls[::-1]), return_exceptions=True)
        stopped = not any(isinstance(one, Exception) for one in done)
        outcomes.add(stopped)
        seen = await service.get("ada", video.id)
        served = await service.fetchval("SELECT revision_id FROM videos WHERE id = $1", video.id)
        assert not seen.HasField("reprocessing")
        if stopped:
            assert seen.state == (READY if again else FAILED)
            assert served != revision_id
        else:
            assert (seen.state, served) == (READY, revision_id)
    assert outcomes, "it ended"


async def test_deleting_while_it_is_processed_again(service: Running) -> None:
    video, old = await service.published("ada")
    await service.work.poster_published(old, 1280, 720)
    new = await reprocessed(service, "ada", video.id)
    await service.work.chunk_done(new, 0)
    await delete(service, "ada", video.id)
    assert await jobs(service, new, "chunk%") == await jobs(service, new, "poster") == 0
    for call in (reprocess, cancel):
        assert (await refused(call(service, "ada", video.id)))[0] == "NOT_FOUND"
    assert await service.work.begin_chunk(new, 1) is None
    await service.work.finish(new, COMPLETE)
    waiting = await jobs(service, old)
    back = await undelete(service, "ada", video.id)
    assert (back.state, back.HasField("reprocessing")) == (READY, True)
    assert await jobs(service, new, "chunk%") == 3, "what is still to be made"
    assert await jobs(service, new, "poster") == 1, "again: nobody has made it"
    assert await jobs(service, old) == waiting, "it has everything"
    await all_but_finish(service, new)
    await service.work.finish(new, COMPLETE)
    await delete(service, "ada", video.id)
    await undelete(service, "ada", video.id)
    assert await jobs(service, old) == waiting + 1, "only to be removed"


async def test_deleting_and_processing_again_at_once_end_deleted(service: Running) -> None:
    for _ in range(4):
        video, _ = await service.published("ada")
        calls = (delete(service, "ada", video.id), reprocess(service, "ada", video.id))
        deleted, _ = await asyncio.gather(*calls, return_exceptions=True)
        assert not isinstance(deleted, BaseException)
        assert (await refused(service.get("ada", video.id)))[0] == "NOT_FOUND"


async def test_the_end_of_an_account_takes_every_revision(service: Running) -> None:
    video, _ = await service.published("ada")
    new = await reprocessed(service, "ada", video.id)
    request = owner_pb2.DeleteOwnerRequest(id="ada")
    calls = (
        service.owners.DeleteOwner(request, metadata=service.as_gateway()),
        service.work.segments_published(new, 0, 1.0, []),
        service.work.chunk_done(new, 1),
    )
    await asyncio.gather(*calls)
    assert await service.work.segments_published(new, 1, 1.0, []) is False
    assert await service.fetchval("SELECT count(*) FROM revisions") == 0
    assert await jobs(service, new, "chunk%") == 0


async def test_who_did_it_is_noted_and_quotas_stay(service: Running) -> None:
    video, _ = await service.published("ada")
    stored = await service.fetchval("SELECT sum(reserved_bytes) FROM uploads")
    await reprocess(service, "ada", video.id)
    await cancel(service, "ada", video.id)
    noted = await service.fetch("SELECT action, actor_id, subject_id FROM audit_events ORDER BY id")
    assert [tuple(row) for row in noted] == [
        ("video.reprocess", "ada", video.id),
        ("video.cancel", "ada", video.id),
    ]
    assert await service.fetchval("SELECT sum(reserved_bytes) FROM uploads") == stored


async def test_a_retired_revision_follows_the_rule_of_access(service: Running) -> None:
    video, old = await service.published("ada", visibility=PUBLIC)
    await put_media(service, video.id, old)
    new = await reprocessed(service, "ada", video.id)
    await service.work.finish(new, COMPLETE)
    path = f"/media/public/{video.id}/{old}/master.m3u8"
    assert await status(service, path) == 200
    update = video_pb2.UpdateVideoRequest(video=video_pb2.Video(id=video.id, visibility=PRIVATE))
    update.update_mask.paths.append("visibility")
    await service.videos.UpdateVideo(update, metadata=service.as_("ada"))
    assert await comes_to(service, path, 404)
    granted = re.sub(new, old, await hls_path(service, "ada", video.id))
    assert await status(service, granted) == 200
    await delete(service, "ada", video.id)
    assert await comes_to(service, granted, 404)


async def test_the_time_left_is_told_its_owner(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    new = await reprocessed(service, "ada", video.id)
    assert not (await service.get("ada", video.id)).reprocessing.HasField("seconds_left"), "too early"
    await service.fetch("UPDATE videos SET pace_began_at = now() - interval '60 s', pace_measured_at = now()")
    await service.work.segments_published(new, 3, 0.5, [])
    mine, theirs = await service.get("ada", video.id), await service.get("bob", video.id)
    assert not mine.HasField("seconds_left"), "it is ready"
    # A little less than half in a minute that counts for 38 seconds of the present pace.
    assert 30 < mine.reprocessing.seconds_left < 120
    assert not theirs.HasField("reprocessing")
    await cancel(service, "ada", video.id)
    await reprocess(service, "ada", video.id)
    assert not (await service.get("ada", video.id)).reprocessing.HasField("seconds_left"), "a pace of its own"


async def test_who_has_everything_made_anew_waits_behind_others(service: Running) -> None:
    videos = [(await service.published("ada"))[0] for _ in range(2)]
    for video in videos:
        await reprocess(service, "ada", video.id)
    turns = [
        await service.fetchval("SELECT turn FROM revisions WHERE id = $1", await newest(service, video.id))
        for video in videos
    ]
    assert turns[1] - turns[0] >= SEGMENTS_PER_VIDEO
