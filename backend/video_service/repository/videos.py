"""Videos as the catalog reads and changes them."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from piccolo.columns.combination import WhereRaw
from piccolo.querystring import QueryString

from video_service.domain.embedding import Embedding
from video_service.domain.finding import Match
from video_service.domain.pace import Pace
from video_service.domain.ports import Publisher
from video_service.domain.sharing import Actor
from video_service.domain.stores import Changes, Position, Selection
from video_service.domain.video import (
    Failure,
    Owner,
    Poster,
    Rendition,
    RenditionKind,
    Reprocessing,
    Video,
    VideoState,
    Visibility,
)
from video_service.repository import publications, removal, revisions
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.notices import told
from video_service.repository.publications import shown_chapters
from video_service.repository.readiness import ready_segments
from video_service.repository.searching import conditions
from video_service.repository.tables import Videos, is_id

#: Counted in a table of its own: a view is no change of the video, which would be announced.
_VIEWS = "COALESCE((SELECT views FROM view_counts WHERE video = videos.id), 0)"
_COLUMNS = (*Videos.all_columns(), Videos.owner.name, QueryString(_VIEWS, alias="view_count"))


class VideoRows:
    """Implements :class:`video_service.domain.stores.Videos`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def get(self, video_id: str) -> Video | None:
        return (await self.get_many([video_id])).get(video_id)

    async def get_many(self, video_ids: Collection[str]) -> dict[str, Video]:
        wanted = [video_id for video_id in video_ids if is_id(video_id)]
        if not wanted:
            return {}
        rows = await _select().where(Videos.id.is_in(wanted))
        processing = (VideoState.PROCESSING.value, True)
        revision_ids = [row["revision_id"] for row in rows if (row["state"], row["playable"]) == processing]
        ready = await ready_segments(revision_ids)
        return {
            row["id"]: replace(video_of(row), ready_segments=ready.get(row["revision_id"], ()))
            for row in rows
        }

    async def list(
        self, selection: Selection, match: Match | None, after: Position | None, limit: int
    ) -> list[Video]:
        return [video_of(row) for row in await self.list_query(selection, match, after, limit)]

    def list_query(
        self, selection: Selection, match: Match | None, after: Position | None, limit: int
    ) -> Any:
        """The query behind ``list``, to be run or explained."""
        query = _select().where(Videos.deleted_at.is_null())
        for condition in conditions(selection, match):
            query = query.where(condition)
        if after is not None:
            before = WhereRaw("(videos.created_at, videos.id) < ({}, {})", after.created_at, after.video_id)
            query = query.where(before)
        return query.order_by(Videos.created_at, Videos.id, ascending=False).limit(limit)

    async def update(self, video_id: str, changes: Changes, by: Actor) -> Video | None:
        async with DB.transaction():
            changed: Video | None = await self._update(video_id, changes, by)
        return changed

    async def _update(self, video_id: str, changes: Changes, by: Actor) -> Video | None:
        chapters = changes.chapters
        values: dict[Any, Any] = {
            column: value
            for column, value in (
                (Videos.title, changes.title),
                (Videos.description, changes.description),
                (Videos.tags, None if changes.tags is None else list(changes.tags)),
                (Videos.own_chapters, None if chapters is None else [asdict(one) for one in chapters]),
            )
            if value is not None
        }
        may_change = removal.changeable(video_id, by)
        row = (
            await Videos.select(Videos.visibility, Videos.downloadable)
            .where(may_change)
            .lock_rows("UPDATE")
            .first()
        )
        if row is None:
            return None
        if changes.visibility is not None and changes.visibility != row["visibility"]:
            values[Videos.visibility] = changes.visibility.value
            # Ends the grants that were made for the old visibility.
            values[Videos.access_epoch] = Videos.access_epoch + 1
            action = "moderation.visibility" if by.moderates else "video.visibility"
            await note(by, action, video_id, **{"from": row["visibility"], "to": changes.visibility})
        if changes.downloadable is not None and changes.downloadable != row["downloadable"]:
            values[Videos.downloadable] = changes.downloadable
            values[Videos.access_epoch] = Videos.access_epoch + 1
        if changes.embedding is not None:
            sites = changes.embedding.sites
            values[Videos.embed_sites] = None if changes.embedding.anywhere else list(sites)
        if values:
            await Videos.update(values).where(Videos.id == video_id)
        if chapters is not None or changes.description is not None:
            await publications.publish(video_id, self._publisher)
        return await self.get(video_id)

    async def delete(self, video_id: str, by: Actor, undo_seconds: float) -> datetime | None:
        return await removal.delete(video_id, by, undo_seconds)

    async def undelete(self, video_id: str, by: Actor, undo_seconds: float) -> Video | None:
        return await self.get(video_id) if await removal.undelete(video_id, by, undo_seconds) else None

    async def reprocess(self, video_id: str, by: Actor) -> Video | None:
        return await self.get(video_id) if await revisions.begin_again(video_id, by) else None

    async def cancel(self, video_id: str, by: Actor) -> Video | None:
        return await self.get(video_id) if await revisions.cancel(video_id, by) else None


def _select() -> Any:
    return Videos.select(*_COLUMNS).output(load_json=True)


def video_of(row: dict[str, Any]) -> Video:
    """A row of ``videos``, with its owner's name as ``owner.name``."""
    reason = row["failure_reason"]
    return Video(
        id=row["id"],
        owner=Owner(row["owner"], row["owner.name"]),
        title=row["title"],
        description=row["description"],
        tags=tuple(row["tags"]),
        visibility=Visibility(row["visibility"]),
        state=VideoState(row["state"]),
        playable=row["playable"],
        progress=row["progress"],
        seconds_left=_seconds_left(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
        version=row["version"],
        access_epoch=row["access_epoch"],
        filename=row["filename"],
        revision_id=row["revision_id"],
        duration_seconds=row["duration_seconds"],
        width=row["width"],
        height=row["height"],
        renditions=renditions_of(row["renditions"]),
        extras=row["extras"],
        chapters=shown_chapters(row),
        has_poster=row["has_poster"],
        poster=None if row["poster"] is None else Poster(**row["poster"]),
        downloadable=row["downloadable"],
        captioned=row["captioned"],
        embedding=Embedding(row["embed_sites"] is None, tuple(row["embed_sites"] or ())),
        warnings=tuple(map(told, row["warnings"])),
        failure=None if reason is None else Failure(reason, told(row["failure_message"] or "")),
        reprocessing=_reprocessing_of(row),
        view_count=row["view_count"],
    )


def pace_of(row: dict[str, Any]) -> Pace | None:
    """``None`` while there is nothing to be made yet."""
    began_at, measured_at = row["pace_began_at"], row["pace_measured_at"]
    return None if began_at is None else Pace(began_at, measured_at, row["pace_recent"])


def pace_values(pace: Pace) -> dict[str, Any]:
    return {
        "pace_began_at": pace.began_at,
        "pace_measured_at": pace.measured_at,
        "pace_recent": pace.recent,
    }


def _seconds_left(row: dict[str, Any]) -> float | None:
    return _left_of(row, row["progress"]) if row["state"] == VideoState.PROCESSING else None


def _reprocessing_of(row: dict[str, Any]) -> Reprocessing | None:
    if row["successor_id"] is None:
        return None
    progress = row["successor_progress"]
    return Reprocessing(progress, _left_of(row, progress))


def _left_of(row: dict[str, Any], progress: float) -> float | None:
    pace = pace_of(row)
    return None if pace is None else pace.seconds_left(progress, datetime.now(UTC))


def renditions_of(stored: list[dict[str, Any]]) -> tuple[Rendition, ...]:
    return tuple(Rendition(**{**fields, "kind": RenditionKind(fields["kind"])}) for fields in stored)


def stored_renditions(renditions: Collection[Rendition]) -> list[dict[str, Any]]:
    return [asdict(rendition) for rendition in renditions]
