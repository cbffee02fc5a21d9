"""Extras as rows and jobs: late, alone, and never in the way of the video."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playhead.video.v1 import video_pb2
from tests.integration.test_catalog import delete, undelete
from tests.integration.test_reprocessing import cancel, jobs, newest, reprocess
from tests.support.clips import barcode_clip
from tests.support.flash_and_beep import Sound, recording
from tests.support.house import House
from tests.support.video_service import PLAN, RENDITIONS, Running, adopt
from video_service.domain.extras import WARNINGS, Extra
from video_service.pipeline.ffmpeg import ToolFailed, detect_sandbox
from video_service.pipeline.sandbox import PLAIN
from video_service.repository.jobs import enqueue_lost
from video_service.repository.priorities import Band, priority
from video_service.repository.videos import VideoRows

KIND = Extra.STORYBOARD
MADE = {"sheets": 1, "interval_seconds": 2.5}


async def begun(service: Running, person: str = "ada") -> tuple[str, str]:
    """A video that is processing and has one extra, and its revision."""
    video = await service.uploaded(person)
    revision_id = await service.revision_of(video.id)
    await adopt(service.work, revision_id, [KIND])
    return video.id, revision_id


async def finish(service: Running, revision_id: str) -> None:
    for index in range(len(PLAN.chunks)):
        await service.work.chunk_done(revision_id, index)
    await service.work.finish(revision_id, [replace(one, complete=True) for one in RENDITIONS])


async def known(service: Running, video_id: str) -> Any:
    video = await VideoRows(service.publisher).get(video_id)
    assert video is not None
    return video.extras


async def test_an_extra_comes_after_every_segment_and_the_video_is_ready_without_it(service: Running) -> None:
    video_id, revision_id = await begun(service)
    await adopt(service.work, revision_id, [KIND])
    turn = await service.fetchval("SELECT turn FROM revisions")
    queued = await service.fetch("SELECT priority, job_id = pgqueuer.id FROM pgqueuer, extras "
                                 "WHERE entrypoint = 'extra'")  # fmt: skip
    segments = len(PLAN.timeline.frame_counts)
    assert [tuple(row) for row in queued] == [(priority(Band.LADDER, turn + segments), True)]
    await finish(service, revision_id)
    ready = await service.get("ada", video_id)
    assert (ready.state, ready.progress) == (video_pb2.VIDEO_STATE_READY, 1.0)
    assert not await service.work.is_over(revision_id), "its source is still read"
    await service.work.extra_done(revision_id, KIND, MADE)
    assert await known(service, video_id) == {"storyboard": MADE}
    assert (await service.get("ada", video_id)).version > ready.version
    assert not await service.work.is_over(revision_id), "its poster is still to be made"
    assert await service.work.is_over(revision_id, but_for_poster=True)
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'poster'")
    assert await service.work.is_over(revision_id)
    assert await service.work.begin_extra(revision_id, KIND) is None, "it is made once"


async def test_a_failed_extra_is_a_warning_and_its_failures_are_logged(service: Running) -> None:
    video_id, revision_id = await begun(service)
    starts = [await service.work.begin_extra(revision_id, KIND) for _ in range(2)]
    assert [work.attempt for work in starts if work] == [1, 2]
    failures = [await service.work.extra_failed(revision_id, KIND, f"reason {n}") for n in (1, 2)]
    assert failures == [1, 2]
    await service.work.extra_given_up(revision_id, KIND, "No pictures.", "given up")
    log = await service.fetchval("SELECT log FROM revisions")
    assert "storyboard, failure 2: reason 2" in log
    await service.work.extra_done(revision_id, KIND, MADE)
    assert await known(service, video_id) == {}, "from a worker that stood still"
    await finish(service, revision_id)
    ready = await service.get("ada", video_id)
    assert (ready.state, list(ready.warnings)) == (video_pb2.VIDEO_STATE_READY, ["No pictures."])


async def test_a_lost_extra_is_found_and_a_deleted_video_has_none(service: Running) -> None:
    video_id, revision_id = await begun(service)
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint IN ('extra', 'enqueue_rest')")
    assert await enqueue_lost() == 1
    assert await enqueue_lost() == 0
    await delete(service, "ada", video_id)
    assert await jobs(service, revision_id, "extra") == 0
    assert await service.work.begin_extra(revision_id, KIND) is None
    assert await enqueue_lost() == 0
    await undelete(service, "ada", video_id)
    assert await jobs(service, revision_id, "extra") == 1
    await service.work.extra_done(revision_id, KIND, MADE)
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint IN ('extra', 'enqueue_rest')")
    await delete(service, "ada", video_id)
    await undelete(service, "ada", video_id)
    assert await jobs(service, revision_id, "extra") == 0, "it is there"


async def test_stopping_the_processing_stops_its_extras(service: Running) -> None:
    video_id, revision_id = await begun(service)
    await cancel(service, "ada", video_id)
    assert await jobs(service, revision_id, "extra") == 0
    assert await service.fetchval("SELECT count(*) FROM extras") == 0


async def test_a_new_revision_brings_its_own_extras_and_until_then_the_old_ones_are_shown(
    service: Running,
) -> None:
    video_id, old = await begun(service)
    await finish(service, old)
    await service.work.extra_done(old, KIND, MADE)
    await reprocess(service, "ada", video_id)
    new = await newest(service, video_id)
    await adopt(service.work, new, [KIND])
    again = MADE | {"sheets": 2}
    await service.work.extra_done(new, KIND, again)
    assert await known(service, video_id) == {"storyboard": MADE}
    await finish(service, new)
    assert await known(service, video_id) == {"storyboard": again}
    await reprocess(service, "ada", video_id)
    newer = await newest(service, video_id)
    await adopt(service.work, newer, [KIND])
    await finish(service, newer)
    assert await known(service, video_id) == {}, "made for other media"
    assert await service.work.begin_extra(new, KIND) is None
    assert await service.work.begin_extra(newer, KIND) is not None


async def test_a_job_tries_three_times_then_warns(tmp_path: Path) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "a.ts", seconds=1, size=(160, 90)), PLAIN)
    await house.probe()
    house.work.facts["extras"] = [KIND]
    house.work.ready = True
    copies = tmp_path / "house" / "objects" / "work"

    async def fails(*_: Any) -> Any:
        raise ToolFailed("ffmpeg ended with 1", "why it did")

    for _ in range(2):
        with pytest.raises(ToolFailed):
            await house.extra(KIND, {KIND: fails})
        assert list(copies.rglob("*.mkv")), "the working copy is still needed"
    assert await house.extra(KIND, {KIND: fails}) is None
    assert house.work.warnings == [WARNINGS[KIND]]
    assert "why it did" in house.work.log
    assert not list(copies.rglob("*.mkv"))


async def test_an_extra_that_takes_its_workers_down_is_given_up(tmp_path: Path) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "a.mp4", seconds=1, size=(160, 90)), PLAIN)
    await house.probe()
    house.work.facts["extras"] = [KIND]
    house.work.extra_attempts[KIND] = 10

    async def never(*_: Any) -> Any:
        raise AssertionError("begun an eleventh time")

    assert await house.extra(KIND, {KIND: never}) is None
    assert house.work.warnings == [WARNINGS[KIND]]


@pytest.mark.parametrize("moving", [[0], list(range(36))], ids=["song", "still_end"])
async def test_where_the_last_picture_stays_the_others_are_shown(tmp_path: Path, moving: list[int]) -> None:
    """What stays for nine tenths of a video says little about it, and a single picture does not move."""
    source = recording(tmp_path / "source.mp4", moving, 30, [], sound=Sound(0, 12))
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    await house.everything()
    for kind in house.work.facts["extras"]:
        assert await house.extra(kind) is not None
    assert house.work.warnings == []
    assert (Extra.PREVIEW in house.work.extras) == (len(moving) > 1)
    assert len(house.work.extras[Extra.STILLS]["pictures"]) == (5 if len(moving) > 1 else 1)
