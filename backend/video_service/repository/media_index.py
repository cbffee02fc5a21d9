"""What delivery must know of videos, answered from memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from piccolo.columns.combination import WhereRaw

from video_service.domain.access import AccessFacts
from video_service.domain.plan import Lane, Plan
from video_service.domain.ports import MediaFacts
from video_service.domain.video import VideoState, Visibility
from video_service.repository import jobs
from video_service.repository.database import needs_database
from video_service.repository.engine import DB
from video_service.repository.events import VideoEvents
from video_service.repository.memory import Memory
from video_service.repository.plan_json import plan_of
from video_service.repository.tables import Chunks, Revisions, Videos

_MAX_FACTS = 20_000
#: Ids of what is not public or not there. Guesses push out guesses, never what exists.
_MAX_ABSENT = 20_000
#: The plan of a film of three hours takes about half a megabyte.
_MAX_PLANS = 64
_MAX_DEMANDS = 10_000
#: A demand by many viewers at once is written down once in this time.
_DEMAND_SECONDS = 4


class MediaRows:
    """Implements :class:`video_service.domain.ports.MediaIndex`. Each method raises Unavailable where the
    database cannot be reached.

    Kept true by notifications; while these cannot be heard, nothing is answered from memory.
    """

    def __init__(self, events: VideoEvents) -> None:
        self._events = events
        self._facts: Memory[MediaFacts | None] = Memory(_MAX_FACTS)
        # Apart from the facts above: whether others watch a private video must not show in the
        # time that a stranger's request for it takes.
        self._public: Memory[MediaFacts | None] = Memory(_MAX_FACTS, most_absent=_MAX_ABSENT)
        self._plans: Memory[Plan | None] = Memory(_MAX_PLANS)
        self._demanded: Memory[bool] = Memory(_MAX_DEMANDS)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        events.on_change(self._forget)

    @needs_database
    async def media(self, video_id: str) -> MediaFacts | None:
        if not self._events.connected:
            return await _media(video_id)
        return await self._facts.get(video_id, _media)

    @needs_database
    async def public_media(self, video_id: str) -> MediaFacts | None:
        if not self._events.connected:
            return await _public_media(video_id)
        return await self._public.get(video_id, _public_media)

    @needs_database
    async def plan(self, revision_id: str) -> Plan | None:
        # A plan never changes once it stands, so it is forgotten only for want of room.
        return await self._plans.get(revision_id, _plan)

    @needs_database
    async def demand(self, revision_id: str, rendition: str, segment: int) -> bool:
        """Moves the job that is the fastest way to an answer: for sound its own chunk, for a
        picture the express chunk of that stretch, as any rung may stand in for another; where that
        was given up, the ladder's."""
        plan = await self.plan(revision_id)
        if plan is None:
            return False
        sound = rendition in {track.name for track in plan.audio}
        lanes = (Lane.AUDIO, Lane.ALTERNATIVE) if sound else (Lane.EXPRESS, Lane.LADDER)
        # Said again while somebody still waits: meanwhile another may have asked for the same
        # chunk's other end.
        now = int(time.monotonic() / _DEMAND_SECONDS)
        key = f"{revision_id}/{rendition if sound else ''}/{segment}/{now}"

        async def demand(_: str) -> bool:
            # One after the other, as they come: the last place is where the viewer is, and each demand puts
            # back those before it.
            async with self._turn(f"{revision_id}/{lanes[0]}"):
                for lane in lanes:
                    if await _demand(revision_id, lane, rendition if sound else None, segment):
                        return True
                return False

        return await self._demanded.get(key, demand)

    def _turn(self, key: str) -> asyncio.Lock:
        """Gone with the last who holds it or waits for it."""
        return self._turns.setdefault(key, asyncio.Lock())

    @asynccontextmanager
    async def changes(self, video_id: str) -> AsyncIterator[AsyncIterator[None]]:
        async with self._events.follow([video_id]) as follower:

            async def each() -> AsyncIterator[None]:
                while True:
                    await follower.next(None)
                    yield

            yield each()

    def _forget(self, video_id: str | None) -> None:
        if video_id is None:
            self._facts.clear()
            self._public.clear()
            self._demanded.clear()
        else:
            self._facts.forget(video_id)
            self._public.forget(video_id)


async def _media(video_id: str) -> MediaFacts | None:
    return await _first(Videos.id == video_id)


async def _public_media(video_id: str) -> MediaFacts | None:
    # Left out by the database, so that what is not public takes the time of what is not there.
    is_public = (Videos.visibility == Visibility.PUBLIC.value) & Videos.deleted_at.is_null()
    return await _first((Videos.id == video_id) & is_public)


async def _first(condition: Any) -> MediaFacts | None:
    row = (
        await Videos.select(
            Videos.id,
            Videos.owner,
            Videos.visibility,
            Videos.deleted_at,
            Videos.access_epoch,
            Videos.revision_id,
            Videos.poster,
            Videos.state,
            Videos.title,
        )
        .where(condition)
        .output(load_json=True)
        .first()
    )
    if row is None:
        return None
    access = AccessFacts(
        row["owner"], Visibility(row["visibility"]), row["deleted_at"] is not None, row["access_epoch"]
    )
    retired = await Revisions.select(Revisions.id).where(
        (Revisions.video == row["id"]) & Revisions.retired_at.is_not_null()
    )
    # Of a failed video nothing more will come either.
    over = row["state"] in (VideoState.READY, VideoState.FAILED)
    poster_id = None if row["poster"] is None else row["poster"]["id"]
    return MediaFacts(
        access, row["revision_id"], over, poster_id, frozenset(one["id"] for one in retired), row["title"]
    )


async def _plan(revision_id: str) -> Plan | None:
    row = (
        await Revisions.select(Revisions.plan)
        .where(Revisions.id == revision_id)
        .output(load_json=True)
        .first()
    )
    return None if row is None or row["plan"] is None else plan_of(row["plan"])


async def _demand(revision_id: str, lane: Lane, rendition: str | None, segment: int) -> bool:
    async with DB.transaction() as transaction:
        covering = (
            (Chunks.revision == revision_id)
            & (Chunks.lane == lane.value)
            & (Chunks.state == "waiting")
            & (Chunks.first_segment <= segment)
            & WhereRaw("first_segment + segment_count > {}", segment)
        )
        if rendition is not None:
            covering &= Chunks.renditions.any(rendition)
        rows = (
            await Chunks.update({Chunks.demanded_segment: segment})
            .where(covering)
            .returning(Chunks.id, Chunks.job_id)
        )
        if rows:
            await jobs.bring_forward(transaction.connection, revision_id, lane, rows)
    return bool(rows)
