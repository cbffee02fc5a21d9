"""The rows behind the pipeline: playable, progress, completion, demand, and what NOTIFY feeds."""

import math
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import asyncpg
import httpx
import pytest

from playhead.video.v1 import video_pb2
from tests.support.video_service import PLAN, RENDITIONS, Running, adopt, adopt_only
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.plan import Chunk, Lane
from video_service.domain.ports import RevisionWork, Step
from video_service.pipeline import probe_job
from video_service.pipeline.sandbox import PLAIN
from video_service.pipeline.workbench import Workbench
from video_service.pipeline.working_copy import working_copy_key
from video_service.repository.events import VideoEvents
from video_service.repository.jobs import enqueue_lost
from video_service.repository.media_index import MediaRows
from video_service.repository.priorities import Band, priority
from video_service.storage.objects import LocalObjects


async def queued(service: Running) -> dict[str, list[int]]:
    """Priorities of the waiting jobs, by entry point."""
    jobs: dict[str, list[int]] = {}
    for row in await service.fetch("SELECT entrypoint, priority FROM pgqueuer ORDER BY id"):
        jobs.setdefault(row["entrypoint"], []).append(row["priority"])
    return jobs


async def by_priority(service: Running) -> list[asyncpg.Record]:
    """The waiting jobs, as they are claimed."""
    return await service.fetch("SELECT entrypoint, priority FROM pgqueuer ORDER BY priority DESC, id")


async def turn_of(service: Running, revision_id: str) -> int:
    return int(await service.fetchval("SELECT turn FROM revisions WHERE id = $1", revision_id))


async def test_adopting_a_plan_queues_its_chunks_once(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    await adopt(service.work, revision_id)
    jobs = await queued(service)
    turn = await turn_of(service, revision_id)
    beginning = priority(Band.BEGINNING, turn)
    assert jobs == {
        "probe": [beginning],
        "chunk_front": [beginning, beginning],
        "enqueue_rest": [priority(Band.BEGINNING, turn + 1)],
        "chunk_express": [priority(Band.EXPRESS, turn + 1)],
        "chunk_ladder": [priority(Band.LADDER, turn)],
        "poster": [priority(Band.EXPRESS, turn + 3)],
    }
    work = await service.work.revision(revision_id)
    assert work is not None
    assert work.plan == PLAN
    seen = await service.get("ada", video.id)
    assert (seen.duration_seconds, seen.width, seen.height) == (2.0, 1280, 720)
    assert [rendition.name for rendition in seen.renditions] == ["v720", "v360", "a0"]
    assert not seen.playable


async def test_what_makes_a_video_playable_does_not_wait_for_the_rest_to_be_queued(service: Running) -> None:
    """And whoever asks for something of the rest meanwhile is not forgotten."""
    revision_id = await service.revision_of((await service.uploaded("ada")).id)
    longer = replace(PLAN.timeline, cuts=(0, 25, 50, 75, 100), frame_counts=(25, 25, 25, 25))
    later = Chunk(Lane.EXPRESS, 3, 1, ("v360",))
    plan = replace(PLAN, timeline=longer, chunks=(*PLAN.chunks, later))
    await adopt_only(service.work, revision_id, plan=plan)
    beginning = ["probe", "chunk_front", "chunk_front", "enqueue_rest", "chunk_express", "poster"]
    assert [row["entrypoint"] for row in await by_priority(service)] == beginning
    [delayed] = await service.fetch(
        "SELECT execute_after > now() AS is_later FROM pgqueuer WHERE entrypoint = 'enqueue_rest'"
    )
    assert delayed["is_later"]
    assert await enqueue_lost() == 0, "nothing is lost that is still to be enqueued"
    assert await MediaRows(VideoEvents()).demand(revision_id, "v360", 3)
    await service.work.enqueue_rest(revision_id)
    rows = await by_priority(service)
    assert (rows[0]["entrypoint"], rows[0]["priority"]) == ("chunk_front", priority(Band.DEMANDED))
    assert [row["entrypoint"] for row in rows[1:]] == [*beginning, "chunk_ladder"]


async def test_the_rest_is_queued_as_soon_as_a_video_is_playable(service: Running) -> None:
    _, revision_id = await service.planned("ada")
    await service.fetch("DELETE FROM pgqueuer")
    due = {"enqueue_rest": [priority(Band.BEGINNING, await turn_of(service, revision_id) + 1)]}
    for index, first_of, jobs in ((0, ["v360"], {}), (2, ["a0"], due), (3, ["v720"], due)):
        await service.work.segments_published(revision_id, index, 0.5, first_of)
        assert await queued(service) == jobs


async def test_a_plan_of_a_day_is_adopted(service: Running) -> None:
    """As many chunks as the longest video may have: more than fit into one statement."""
    video = await service.uploaded("ada")
    revision_id = await service.revision_of(video.id)
    chunks = tuple(Chunk(Lane.LADDER, 0, 1, ("v720",)) for _ in range(3000))
    await service.work.adopt_plan(
        revision_id, replace(PLAN, chunks=chunks), duration_seconds=86_400.0, width=1280, height=720,
        renditions=RENDITIONS, warnings=(),
    )  # fmt: skip
    await service.work.enqueue_rest(revision_id)
    assert await service.fetchval("SELECT count(*) FROM chunks") == 3000
    assert len((await queued(service))["chunk_ladder"]) == 3000


async def test_playable_needs_the_first_segment_of_picture_and_sound(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    steps = [(3, ["v720"], False), (0, ["v360"], False), (1, [], False), (2, ["a0"], True)]
    for index, first_of, playable in steps:
        await service.work.segments_published(revision_id, index, 0.5, first_of)
        assert (await service.get("ada", video.id)).playable is playable, index


async def test_progress_is_weighted_and_never_goes_back(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    seen = []
    for index, fraction in ((3, 0.5), (3, 0.25), (0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)):
        await service.work.segments_published(revision_id, index, fraction, [])
        seen.append((await service.get("ada", video.id)).progress)
    assert seen == sorted(seen)
    # Two seconds of 720p, of 360p, and of sound that weighs 20000 pixels.
    total = 1280 * 720 + 640 * 360 + 20_000
    assert abs(seen[0] - 0.99 * 0.5 * 1280 * 720 / total) < 1e-9
    assert seen[1] == seen[0]
    assert seen[-1] == 0.99


async def test_renditions_complete_one_by_one_and_the_last_chunk_orders_the_finish(service: Running) -> None:
    video, revision_id = await service.planned("ada")

    async def complete() -> list[str]:
        renditions = (await service.get("ada", video.id)).renditions
        return [rendition.name for rendition in renditions if rendition.complete]

    await service.work.chunk_done(revision_id, 0)
    assert await complete() == []
    await service.work.chunk_done(revision_id, 1)
    assert await complete() == ["v360"]
    await service.work.chunk_done(revision_id, 2)
    await service.work.chunk_given_up(revision_id, 3, "720p could not be made.", "ffmpeg\0said")
    await service.work.chunk_done(revision_id, 3)
    assert await complete() == ["v360", "a0"]
    turn = await turn_of(service, revision_id)
    assert (await queued(service))["finish"] == [priority(Band.EXPRESS, turn + 3)]
    await service.work.finish(revision_id, [replace(one, complete=True) for one in RENDITIONS[1:]])
    ready = await service.get("ada", video.id)
    assert (ready.state, ready.progress, ready.playable) == (video_pb2.VIDEO_STATE_READY, 1.0, True)
    assert list(ready.warnings) == ["720p could not be made."]
    assert "ffmpeg\ufffdsaid" in await service.fetchval("SELECT log FROM revisions")
    assert await service.fetchval("SELECT count(*) FROM chunks") == 0


async def test_viewers_hear_which_segments_are_ready(service: Running) -> None:
    """Those with a picture in one rung and with sound; in chunks in which a viewer demanded a segment,
    only once they are complete."""
    video, revision_id = await service.planned("ada")

    async def ready() -> list[tuple[int, int]]:
        return [(run.first, run.count) for run in (await service.get("ada", video.id)).ready_segments]

    await service.work.segments_published(revision_id, 2, 0.5, ["a0"])
    assert await ready() == []
    await service.work.segments_published(revision_id, 0, 1.0, ["v360"])
    assert await ready() == [(0, 1)]
    await service.work.chunk_given_up(revision_id, 1, "A part could not be made.", "log")
    await service.work.chunk_done(revision_id, 2)
    assert await ready() == [(0, 1)]
    index = MediaRows(VideoEvents())
    await index.demand(revision_id, "v720", 1)
    await service.work.segments_published(revision_id, 3, 0.5, ["v720"])
    assert await ready() == [(0, 1)]
    await service.work.chunk_done(revision_id, 3)
    assert await ready() == [(0, 2)]
    await service.work.finish(revision_id, [replace(one, complete=True) for one in RENDITIONS])
    assert await ready() == []


async def test_attempts_are_counted_from_one(service: Running) -> None:
    _, revision_id = await service.planned("ada")
    assert [await service.work.begin_step(revision_id, Step.PROBE) for _ in range(2)] == [1, 2]
    begun = [await service.work.begin_chunk(revision_id, 0) for _ in range(2)]
    assert [chunk.attempt for chunk in begun if chunk] == [1, 2]
    await service.work.chunk_done(revision_id, 0)
    assert await service.work.begin_chunk(revision_id, 0) is None


async def test_failures_are_counted_apart_from_beginnings_and_each_is_logged(service: Running) -> None:
    _, revision_id = await service.planned("ada")
    for _ in range(4):
        await service.work.begin_chunk(revision_id, 3)
    failures = [await service.work.chunk_failed(revision_id, 3, f"reason {n}") for n in (1, 2)]
    assert failures == [1, 2]
    log = await service.fetchval("SELECT log FROM revisions")
    assert "chunk 3, failure 1: reason 1" in log
    assert "chunk 3, failure 2: reason 2" in log


async def test_a_report_that_comes_too_late_changes_nothing(service: Running) -> None:
    """From a worker that stood still while another did its work, or while the video failed."""
    video, revision_id = await service.planned("ada")
    await service.work.fail(revision_id, "UNSUPPORTED_MEDIA", "It is damaged.", "")
    failed = await service.get("ada", video.id)
    await service.work.segments_published(revision_id, 0, 1.0, ["v360"])
    await service.work.segments_published(revision_id, 2, 1.0, ["a0"])
    await service.work.chunk_done(revision_id, 0)
    await service.work.chunk_given_up(revision_id, 1, "Late.", "")
    await service.work.finish(revision_id, RENDITIONS)
    assert await service.get("ada", video.id) == failed


async def test_a_probe_that_fails_too_late_changes_nothing(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a worker that stood still while another examined the same source."""
    video = await service.uploaded("ada")
    revision_id = await service.revision_of(video.id)
    objects = LocalObjects(service.settings.objects)
    bench = Workbench.make(service.work, objects, PLAIN, tmp_path)
    copy_key = ""

    async def stands_still(_: Workbench, revision: RevisionWork) -> NoReturn:
        nonlocal copy_key
        copy_key = working_copy_key(revision)
        await objects.create(copy_key, b"what the other's chunks are made of")
        await adopt(service.work, revision_id)
        raise UnsupportedMedia("There is no picture.")

    monkeypatch.setattr(Workbench, "open", stands_still)
    await probe_job.run(bench, {"revision_id": revision_id})
    seen = await service.get("ada", video.id)
    assert (seen.state, seen.HasField("failure")) == (video_pb2.VIDEO_STATE_PROCESSING, False)
    assert await service.work.begin_chunk(revision_id, 0) is not None
    assert await objects.head(copy_key) is not None


async def test_what_was_made_for_a_demand_is_no_beginning_once_the_demand_has_passed(
    service: Running,
) -> None:
    longer = replace(PLAN.timeline, cuts=tuple(range(0, 151, 25)), frame_counts=(25,) * 6)
    sound = [Chunk(Lane.AUDIO, first, 2, ("a0",)) for first in (0, 2, 4)]
    plan = replace(PLAN, timeline=longer, chunks=(Chunk(Lane.EXPRESS, 0, 6, ("v360",)), *sound))
    video = await service.uploaded("ada")
    revision_id = await service.revision_of(video.id)
    await adopt_only(service.work, revision_id, plan=plan)
    await service.work.enqueue_rest(revision_id)
    for position, name in enumerate(("v360", "a0")):
        await service.work.segments_published(revision_id, position, 1.0, [name])
        await service.work.chunk_done(revision_id, position)

    async def ready() -> list[tuple[int, int]]:
        return [(run.first, run.count) for run in (await service.get("ada", video.id)).ready_segments]

    index = MediaRows(VideoEvents())
    assert await index.demand(revision_id, "a0", 3)
    await service.work.segments_published(revision_id, 2, 0.5, [])
    assert await ready() == [(0, 2)]
    assert await index.demand(revision_id, "a0", 5)
    [due] = (await queued(service))["chunk_audio"]
    assert due == priority(Band.EXPRESS, await turn_of(service, revision_id) + 2), "it is in nobody's way"
    assert await ready() == [(0, 2)], "what follows is not there, but what follows that"
    await service.work.chunk_done(revision_id, 2)
    assert await ready() == [(0, 4)]


async def test_demand_moves_the_cheapest_chunk_to_the_front(service: Running) -> None:
    _, revision_id = await service.planned("ada")
    index = MediaRows(VideoEvents())
    for _ in range(3):
        await index.demand(revision_id, "v720", 1)
    beginning = priority(Band.BEGINNING, await turn_of(service, revision_id))
    demanded = priority(Band.DEMANDED)
    assert "chunk_express" not in await queued(service)
    assert (await queued(service))["chunk_front"] == [beginning, demanded, beginning]
    chunk = await service.work.begin_chunk(revision_id, 1)
    assert chunk is not None
    assert chunk.demanded_segment == 1
    await index.demand(revision_id, "a0", 1)
    sound = priority(Band.DEMANDED_SOUND)
    assert (await queued(service))["chunk_front"] == [beginning, demanded, sound]
    await index.demand(revision_id, "nothing", 99)
    assert await index.plan("no such revision") is None


async def test_a_chunk_that_gives_way_keeps_its_attempts_and_the_place_of_its_demand(
    service: Running,
) -> None:
    _, revision_id = await service.planned("ada")
    index = MediaRows(VideoEvents())
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint IN ('probe', 'chunk_front')")
    assert not await service.work.somebody_waits()
    assert await index.demand(revision_id, "v360", 1)
    assert await service.work.somebody_waits()
    # As if a worker had begun all of them.
    await service.fetch("DELETE FROM pgqueuer")
    for position, missing in ((1, [1]), (1, []), (3, [0])):
        chunk = await service.work.begin_chunk(revision_id, position)
        assert chunk is not None
        assert chunk.attempt == 1
        await service.work.chunk_put_back(revision_id, position, missing)
    turn = await turn_of(service, revision_id)
    assert await queued(service) == {
        "chunk_front": [priority(Band.DEMANDED)],
        "chunk_express": [priority(Band.EXPRESS, turn + 1)],
        "chunk_ladder": [priority(Band.LADDER, turn)],
    }
    await service.fetch("UPDATE pgqueuer SET execute_after = now() + interval '1 minute'")
    assert not await service.work.somebody_waits(), "one that failed is tried again later"


async def test_nobody_gives_way_to_a_chunk_whose_beginning_is_made(service: Running) -> None:
    """Two of them would give way to each other, and neither would ever end."""
    _, revision_id = await service.planned("ada")
    await service.fetch("DELETE FROM pgqueuer")
    for missing, front in (([0, 1], True), ([1], False)):
        assert await service.work.begin_chunk(revision_id, 2) is not None
        await service.work.chunk_put_back(revision_id, 2, missing)
        assert await service.work.somebody_waits() == front
        await service.fetch("DELETE FROM pgqueuer")


async def test_what_was_given_up_is_made_by_the_ladder_or_not_at_all(service: Running) -> None:
    _, revision_id = await service.planned("ada")
    index = MediaRows(VideoEvents())
    await service.work.chunk_given_up(revision_id, 1, "A part is missing.", "")
    assert await index.demand(revision_id, "v360", 1)
    assert "chunk_ladder" not in await queued(service)
    assert priority(Band.DEMANDED) in (await queued(service))["chunk_front"]
    await service.work.chunk_given_up(revision_id, 3, "Another, too.", "")
    await service.work.chunk_given_up(revision_id, 2, "And the sound.", "")
    again = MediaRows(VideoEvents())
    assert not await again.demand(revision_id, "v720", 1)
    assert not await again.demand(revision_id, "a0", 1)
    assert await again.demand(revision_id, "v720", 0)


async def test_the_media_index_follows_every_change(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    index = service.service.media_index
    before = await index.media(video.id)
    assert before is not None
    assert (before.revision_id, before.complete) == (revision_id, False)
    async with index.changes(video.id) as changes:
        for number in range(len(PLAN.chunks)):
            await service.work.chunk_done(revision_id, number)
        await service.work.finish(revision_id, RENDITIONS)
        async for _ in changes:
            after = await index.media(video.id)
            if after is not None and after.complete:
                break
    assert await index.media("nothing") is None


async def test_the_time_that_is_left_is_estimated_while_it_is_made(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    assert not (await service.get("ada", video.id)).HasField("seconds_left")
    # As if the plan had stood for twenty seconds; a second is nothing beside what is left.
    await service.fetch("UPDATE videos SET pace_began_at = now() - interval '20 seconds'")
    await service.work.segments_published(revision_id, 3, 0.25, [])
    seen = await service.get("ada", video.id)
    # Twenty seconds count as 17: what went before counts less.
    expected = 60 * (1 - math.exp(-20 / 60)) * (1 - seen.progress) / seen.progress
    assert seen.seconds_left == pytest.approx(expected, rel=0.1)
    for number in range(len(PLAN.chunks)):
        await service.work.chunk_done(revision_id, number)
    await service.work.finish(revision_id, RENDITIONS)
    assert not (await service.get("ada", video.id)).HasField("seconds_left")


async def master(service: Running, video_id: str) -> str:
    request = video_pb2.GetPlaybackRequest(id=video_id)
    playback = await service.videos.GetPlayback(request, metadata=service.as_("ada"))
    async with httpx.AsyncClient() as client:
        return (await client.get(service.url + playback.hls_path)).text


async def test_another_track_is_neither_needed_nor_in_the_way_until_somebody_chooses_it(
    service: Running,
) -> None:
    other = replace(PLAN.audio[0], name="a1", stream_index=2, title="German")
    chunks = (*PLAN.chunks[:3], Chunk(Lane.ALTERNATIVE, 0, 2, ("a1",)), PLAN.chunks[3])
    plan = replace(PLAN, audio=(*PLAN.audio, other), chunks=chunks)
    video = await service.uploaded("ada")
    revision_id = await service.revision_of(video.id)
    told = (*RENDITIONS, replace(RENDITIONS[2], name="a1", title="German", language="de"))
    await service.work.adopt_plan(
        revision_id,
        plan,
        duration_seconds=2.0,
        width=1280,
        height=720,
        renditions=told,
        warnings=(),
        extras=(),
    )
    await service.work.enqueue_rest(revision_id)
    turn = await turn_of(service, revision_id)
    assert (await queued(service))["chunk_alternative"] == [priority(Band.LADDER, turn)]
    steps = [(3, ["a1"], False), (0, ["v360"], False), (2, ["a0"], True)]
    for index, first_of, playable in steps:
        assert await service.work.segments_published(revision_id, index, 0.5, first_of)
        assert (await service.get("ada", video.id)).playable is playable, first_of
    assert await MediaRows(VideoEvents()).demand(revision_id, "a1", 1)
    assert priority(Band.DEMANDED_SOUND) in (await queued(service))["chunk_front"]
    seen = await service.get("ada", video.id)
    assert [(one.title, one.language) for one in seen.renditions[2:]] == [("", ""), ("German", "de")]
    assert "German" in await master(service, video.id)
    await service.work.chunk_given_up(revision_id, 3, "A part of the sound is missing.", "")
    await service.work.finish(revision_id, RENDITIONS)
    left = await master(service, video.id)
    assert ("English" in left, "German" in left) == (True, False), "nobody can choose what has holes"
