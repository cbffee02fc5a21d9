"""The order in which jobs are claimed, and what becomes of jobs whose worker stops, fails or stalls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from pgqueuer.domain.settings import db_settings

from playhead.video.v1 import video_pb2
from tests.support.video_service import PLAN, Running, adopt
from video_service.repository import jobs
from video_service.repository.events import VideoEvents
from video_service.repository.jobs import CHUNK_FRONT
from video_service.repository.media_index import MediaRows
from video_service.repository.queue import Handler, Queue

FRONT = ("probe", CHUNK_FRONT)
STEADY = (*FRONT, "chunk_express", "chunk_audio", "poster", "finish")
BULK = ("chunk_ladder",)

#: What a slot ran: who owns it, which of their videos it is, and what of it.
Claim = tuple[str, int, str]


class Worked:
    """Runs one slot, whose jobs do their rows' part only, until nothing is left for it."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.claims: list[Claim] = []
        self.videos: dict[str, tuple[str, int]] = {}
        self.after: dict[Claim, Callable[[], Awaitable[None]]] = {}
        """What happens at the end of a job."""

    async def upload(self, person: str) -> None:
        number = 1 + sum(owner == person for owner, _ in self.videos.values())
        video = await self.service.uploaded(person)
        self.videos[await self.service.revision_of(video.id)] = (person, number)

    async def run(self, entrypoints: tuple[str, ...]) -> list[Claim]:
        self.claims = []
        stop = asyncio.Event()
        handlers: dict[str, Handler] = {name: self._handler(name, entrypoints, stop) for name in entrypoints}
        async with Queue.connect(self.service.database_url) as queue, asyncio.timeout(30):
            await queue.run_slot(handlers, stop)
        return self.claims

    def _handler(self, entrypoint: str, entrypoints: tuple[str, ...], stop: asyncio.Event) -> Handler:
        async def handle(payload: Mapping[str, Any]) -> None:
            revision_id = payload["revision_id"]
            what = entrypoint
            if entrypoint == "probe":
                await adopt(self.service.work, revision_id)
            elif entrypoint.startswith("chunk"):
                chunk = PLAN.chunks[payload["index"]]
                what = f"{chunk.renditions[0]}/{chunk.first_segment}"
                await self.service.work.chunk_done(revision_id, payload["index"])
            claim = (*self.videos[revision_id], what)
            self.claims.append(claim)
            if claim in self.after:
                await self.after[claim]()
            query = "SELECT count(*) FROM pgqueuer WHERE entrypoint = ANY($1)"
            if await self.service.fetchval(query, entrypoints) == 1:
                stop.set()

        return handle


BEGINNING = ("probe", "v360/0", "a0/0")


async def test_somebody_with_one_video_does_not_wait_for_somebody_with_many(service: Running) -> None:
    worked = Worked(service)
    for _ in range(4):
        await worked.upload("ada")
    worked.after[("ada", 2, "probe")] = lambda: worked.upload("bob")
    adas = [("ada", number, what) for number in (1, 2, 3, 4) for what in BEGINNING]
    bobs = [("bob", 1, what) for what in BEGINNING]
    assert await worked.run(FRONT) == [*adas[:4], *bobs, *adas[4:]]


async def test_every_beginning_precedes_what_follows_and_that_goes_by_turns(service: Running) -> None:
    worked = Worked(service)
    for person in ("ada", "ada", "bob"):
        await worked.upload(person)
    claims = await worked.run(STEADY)
    order = [("ada", 1), ("bob", 1), ("ada", 2)]
    assert sorted(claims[:9]) == sorted((*video, what) for video in order for what in BEGINNING)
    assert [claim[:2] for claim in claims[9:]] == [
        *(video for video in order[:2]), *(video for video in order[:2]), order[2], order[2],
    ]  # fmt: skip
    assert [claim[:2] for claim in await worked.run(BULK)] == order


async def test_who_comes_at_once_does_not_wait_for_the_poster(service: Running) -> None:
    worked = Worked(service)
    await worked.upload("ada")
    await worked.run(FRONT)
    await worked.run(BULK)
    assert [what for *_, what in await worked.run(STEADY)] == ["v360/1", "poster", "finish"]


async def test_who_waited_long_goes_before_a_newcomer(service: Running) -> None:
    worked = Worked(service)
    for _ in range(3):
        await worked.upload("ada")
    # Two videos of hers count as much as twenty minutes; she has waited for half an hour.
    await service.fetch("UPDATE revisions SET turn = turn - 36")
    await service.fetch("UPDATE pgqueuer SET priority = priority + 36")
    await worked.upload("bob")
    claims = await worked.run(FRONT)
    assert claims[-3:] == [("bob", 1, what) for what in BEGINNING]


async def test_a_short_video_does_not_wait_behind_a_film(service: Running) -> None:
    worked = Worked(service)
    await worked.upload("ada")
    await worked.run(FRONT)
    # Ada's is the tenth minute of a film.
    await service.fetch("UPDATE pgqueuer SET priority = priority - 120 WHERE entrypoint = 'chunk_ladder'")
    await worked.upload("ada")
    await worked.upload("bob")
    await worked.run(FRONT)
    assert [claim[:2] for claim in await worked.run(BULK)] == [("bob", 1), ("ada", 2), ("ada", 1)]


async def test_what_a_viewer_waits_for_moves_to_the_front_slot_and_wakes_it(service: Running) -> None:
    worked = Worked(service)
    await worked.upload("ada")
    await worked.run(FRONT)
    [revision_id] = worked.videos
    # It failed a moment ago, and would have waited for a minute.
    await service.fetch("UPDATE pgqueuer SET execute_after = now() + interval '1 minute'")
    listener = await asyncpg.connect(service.database_url)
    woken = asyncio.Event()
    try:
        await listener.add_listener(db_settings().channel, lambda *_: woken.set())
        await MediaRows(VideoEvents()).demand(revision_id, "v720", 1)
        await asyncio.wait_for(woken.wait(), 10)
    finally:
        await listener.close()
    assert await worked.run((CHUNK_FRONT,)) == [("ada", 1, "v360/1")]


async def test_who_asks_for_every_place_is_in_nobodys_way(service: Running) -> None:
    """A viewer is at one place: the last that was asked for goes first, the others when they are due."""
    worked = Worked(service)
    await worked.upload("ada")
    await worked.run(("probe",))
    [revision_id] = worked.videos
    before = await service.fetch("SELECT id, entrypoint, priority FROM pgqueuer ORDER BY id")
    waiting = "SELECT first_segment FROM chunks WHERE state = 'waiting' AND lane = 'express' ORDER BY 1"
    places = [row[0] for row in await service.fetch(waiting)]
    assert len(places) > 1
    index = MediaRows(VideoEvents())
    for place in places:
        assert await index.demand(revision_id, "v360", place)
    after = await service.fetch("SELECT id, entrypoint, priority FROM pgqueuer ORDER BY id")
    [moved] = [new for old, new in zip(before, after, strict=True) if old != new]
    assert moved["entrypoint"] == CHUNK_FRONT
    first, *_ = await worked.run((CHUNK_FRONT,))
    assert first == ("ada", 1, f"v360/{places[-1]}")


async def test_an_older_place_does_not_overtake_the_last_one(service: Running) -> None:
    """However long it takes to write it down."""
    worked = Worked(service)
    await worked.upload("ada")
    await worked.run(("probe",))
    [revision_id] = worked.videos
    index = MediaRows(VideoEvents())
    holder = await asyncpg.connect(service.database_url)
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT FROM chunks WHERE lane = 'express' AND first_segment = 0 FOR UPDATE")
        older = asyncio.create_task(index.demand(revision_id, "v360", 0))
        while not await service.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not older.done()
        newer = asyncio.create_task(index.demand(revision_id, "v360", 1))
        await asyncio.wait({newer}, timeout=1)
        await held.rollback()
        assert all(await asyncio.gather(older, newer))
    finally:
        await holder.close()
    first, *_ = await worked.run((CHUNK_FRONT,))
    assert first == ("ada", 1, "v360/1")


async def test_lost_jobs_are_found_and_enqueued_once(service: Running) -> None:
    await service.uploaded("ada")
    _, planned = await service.planned("ada")
    _, over = await service.planned("bob")
    for index in range(len(PLAN.chunks)):
        await service.work.chunk_done(over, index)
    await service.work.chunk_done(planned, 0)
    gone, _ = await service.planned("bob")
    await service.videos.DeleteVideo(video_pb2.DeleteVideoRequest(id=gone.id), metadata=service.as_("bob"))
    assert await jobs.enqueue_lost() == 0
    # What was never claimed by a worker is still there; the purge has nothing to do with it.
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint NOT IN ('poster', 'purge')")
    assert await jobs.enqueue_lost() == 1 + 3 + 1
    rows = await service.fetch(
        "SELECT entrypoint, count(*) FROM pgqueuer WHERE entrypoint NOT IN ('poster', 'purge') GROUP BY 1"
    )
    expected = {"probe": 1, "chunk_express": 1, "chunk_front": 1, "chunk_ladder": 1, "finish": 1}
    assert dict(map(tuple, rows)) == expected
    assert await jobs.enqueue_lost() == 0


async def test_a_purge_that_came_too_early_is_ordered_anew(service: Running) -> None:
    video = await service.uploaded("ada")
    await service.videos.DeleteVideo(video_pb2.DeleteVideoRequest(id=video.id), metadata=service.as_("ada"))
    assert await jobs.enqueue_lost_purges(3600) == 0
    await service.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'purge'")
    assert await jobs.enqueue_lost_purges(3600) == 1
    assert await jobs.enqueue_lost_purges(3600) == 0
    due = "SELECT extract(epoch FROM execute_after - now()) FROM pgqueuer WHERE entrypoint = 'purge'"
    assert 3590 < await service.fetchval(due) <= 3600


@asynccontextmanager
async def interrupted_probe(service: Running) -> AsyncIterator[None]:
    """A probe runs; in the context something must happen that interrupts it."""
    begun, stop = asyncio.Event(), asyncio.Event()
    interrupted = asyncio.get_running_loop().create_future()

    async def handle(_: Mapping[str, Any]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            interrupted.set_result(None)

    async with Queue.connect(service.database_url) as queue:
        slot = asyncio.create_task(queue.run_slot({"probe": handle}, stop))
        await begun.wait()
        yield
        await asyncio.wait_for(interrupted, 30)
        stop.set()
        await slot


@pytest.mark.parametrize("ending", ["CancelProcessing", "DeleteVideo"])
async def test_who_no_longer_wants_a_video_ends_its_probe(service: Running, ending: str) -> None:
    video = await service.uploaded("ada")
    async with interrupted_probe(service):
        request = getattr(video_pb2, f"{ending}Request")(id=video.id)
        await getattr(service.videos, ending)(request, metadata=service.as_("ada"))


async def test_a_job_that_was_taken_over_or_cancelled_is_left_alone(service: Running) -> None:
    """As after a stall: somebody else has it, and whatever ours does then changes nothing."""
    await service.uploaded("ada")
    async with interrupted_probe(service):
        await service.fetch("UPDATE pgqueuer SET queue_manager_id = gen_random_uuid()")
        before = await service.fetch("SELECT * FROM pgqueuer")
    assert await service.fetch("SELECT * FROM pgqueuer") == before


async def test_a_stopped_job_is_there_for_others_at_once(service: Running) -> None:
    await service.uploaded("ada")
    begun, stop = asyncio.Event(), asyncio.Event()

    async def handle(_: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with Queue.connect(service.database_url) as queue:
        slot = asyncio.create_task(queue.run_slot({"probe": handle}, stop))
        await begun.wait()
        stop.set()
        await slot
    query = "SELECT count(*) FROM pgqueuer WHERE status = 'queued' AND execute_after < now()"
    assert await service.fetchval(query) == 1


async def test_an_outage_is_outlasted_and_the_first_retry_comes_at_once(service: Running) -> None:
    await service.uploaded("ada")
    # As after many failures: PgQueuer itself counts them.
    await service.fetch("UPDATE pgqueuer SET attempts = 50")
    delays = []
    for _ in range(2):
        stop = asyncio.Event()

        async def handle(_: Mapping[str, Any], stop: asyncio.Event = stop) -> None:
            stop.set()
            raise OSError("No space left on device")

        async with Queue.connect(service.database_url) as queue:
            await queue.run_slot({"probe": handle}, stop)
        [row] = await service.fetch("SELECT execute_after > now() + interval '50 seconds' FROM pgqueuer")
        delays.append(row[0])
        await service.fetch("UPDATE pgqueuer SET attempts = 0, execute_after = now()")
    assert delays == [True, False]
