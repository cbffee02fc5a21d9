"""The order in which jobs are claimed, and what becomes of jobs whose worker stops, fails or stalls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
from pgqueuer.domain.settings import db_settings

from tests.support.video_service import PLAN, Running, adopt
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
