"""The rows of viewings: written often, so with one statement, and without touching the video's row."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncpg import ForeignKeyViolationError
from piccolo.columns.combination import WhereRaw

from video_service.domain.errors import NotFound
from video_service.domain.video import Owner
from video_service.domain.viewing import Listed, OwnViewing
from video_service.repository.engine import DB
from video_service.repository.owners import admit
from video_service.repository.tables import Owners, Videos, Viewings, WatchLater, is_id

#: Nothing is returned where the person is not known here yet.
_RECORD = """
WITH known AS (SELECT id, history_paused FROM owners WHERE id = {}),
written AS (
    INSERT INTO viewings (person, video, position_seconds, finished, watched_at)
    SELECT id, {}::varchar, {}::float8, {}::boolean, now() FROM known WHERE NOT history_paused
    ON CONFLICT (person, video) DO UPDATE SET position_seconds = excluded.position_seconds,
        finished = excluded.finished, watched_at = excluded.watched_at
)
SELECT id FROM known
"""
_COUNT = """
INSERT INTO view_counts AS counted (video, views) VALUES ({}, 1)
ON CONFLICT (video) DO UPDATE SET views = counted.views + 1
"""
_OWN = """
SELECT asked.id, v.position_seconds, l.id IS NOT NULL AS later
FROM unnest({}::varchar[]) AS asked (id)
LEFT JOIN viewings v ON v.person = {} AND v.video = asked.id
LEFT JOIN watch_later l ON l.person = {} AND l.video = asked.id
WHERE v.id IS NOT NULL OR l.id IS NOT NULL
"""


class ViewingRows:
    """Implements :class:`video_service.domain.viewing.Viewings`."""

    async def duration_seconds(self, video_id: str) -> float | None:
        row = await Videos.select(Videos.duration_seconds).where(Videos.id == video_id).first()
        return None if row is None else row["duration_seconds"]

    async def record(self, person: Owner, video_id: str, position_seconds: float, *, finished: bool) -> None:
        values = (person.id, video_id, position_seconds, finished)
        try:
            if not await Viewings.raw(_RECORD, *values):
                async with DB.transaction():
                    await admit(person)
                    await Viewings.raw(_RECORD, *values)
        except ForeignKeyViolationError as error:
            raise NotFound from error

    async def count_view(self, video_id: str) -> None:
        try:
            await Viewings.raw(_COUNT, video_id)
        except ForeignKeyViolationError as error:
            raise NotFound from error

    async def own(self, person_id: str, video_ids: Collection[str]) -> dict[str, OwnViewing]:
        rows = await Viewings.raw(_OWN, list(video_ids), person_id, person_id)
        return {row["id"]: OwnViewing(row["position_seconds"], row["later"]) for row in rows}

    async def history(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        return await _page(Viewings, Viewings.watched_at, Viewings.person == person_id, after, limit)

    async def unfinished(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        which = (Viewings.person == person_id) & WhereRaw("NOT finished")
        return await _page(Viewings, Viewings.watched_at, which, after, limit)

    async def remove(self, person_id: str, video_id: str) -> None:
        if is_id(video_id):
            await Viewings.delete().where((Viewings.person == person_id) & (Viewings.video == video_id))

    async def clear(self, person_id: str) -> None:
        await Viewings.delete().where(Viewings.person == person_id)

    async def is_paused(self, person_id: str) -> bool:
        row = await Owners.select(Owners.history_paused).where(Owners.id == person_id).first()
        return row is not None and bool(row["history_paused"])

    async def set_paused(self, person: Owner, paused: bool) -> None:
        async with DB.transaction():
            await admit(person)
            await Owners.update({Owners.history_paused: paused}).where(Owners.id == person.id)

    async def later(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        return await _page(WatchLater, WatchLater.added_at, WatchLater.person == person_id, after, limit)

    async def keep_for_later(self, person: Owner, video_id: str, most: int) -> bool:
        mine = WatchLater.person == person.id
        try:
            async with DB.transaction():
                await admit(person)
                if await WatchLater.exists().where(mine & (WatchLater.video == video_id)):
                    return True
                if await WatchLater.count().where(mine) >= most:
                    return False
                await WatchLater.insert(
                    WatchLater(person=person.id, video=video_id, added_at=datetime.now(UTC))
                ).on_conflict(target=(WatchLater.person, WatchLater.video), action="DO NOTHING")
        except ForeignKeyViolationError as error:
            raise NotFound from error
        return True

    async def drop_from_later(self, person_id: str, video_id: str) -> None:
        if is_id(video_id):
            await WatchLater.delete().where((WatchLater.person == person_id) & (WatchLater.video == video_id))


async def forget_viewings(retention_seconds: float) -> int:
    """Removes what was last watched longer ago than this; returns how many."""
    until = datetime.now(UTC) - timedelta(seconds=retention_seconds)
    return len(await Viewings.delete().where(Viewings.watched_at < until).returning(Viewings.id))


async def _page(table: Any, at: Any, which: Any, after: Listed | None, limit: int) -> list[Listed]:
    if after is not None:
        before = WhereRaw(f"({at._meta.name}, video) < ({{}}, {{}})", after.at, after.video_id)
        which = which & before
    rows = (
        await table.select(table.video, at)
        .where(which)
        .order_by(at, table.video, ascending=False)
        .limit(limit)
    )
    return [Listed(row[at._meta.name], row["video"]) for row in rows]
