"""Revisions that are still wanted: read, and locked together with their video."""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from video_service.domain.ports import RevisionWork
from video_service.domain.video import VideoState
from video_service.repository.engine import DB
from video_service.repository.plan_json import plan_of
from video_service.repository.tables import Revisions, Videos

_MAX_LOG_CHARACTERS = 200_000

SUCCESSOR_BEGINS: dict[str, Any] = {
    "playable": False,
    "renditions": [],
    "extras": {},
    "source_chapters": [],
    "has_poster": False,
    "warnings": [],
}


@dataclass(frozen=True)
class Locked:
    """A revision whose video's row is locked until the transaction ends."""

    revision_id: str
    stored: dict[str, Any]
    """The video's row."""
    becomes: dict[str, Any] | None
    """What a successor has made of the video's columns so far; ``None`` for what is no successor."""
    connection: Any
    """The asyncpg connection of the transaction, for enqueueing."""

    @property
    def video(self) -> dict[str, Any]:
        """The video as it is with this revision."""
        if self.becomes is None:
            return self.stored
        progress = self.stored["successor_progress"]
        return {**self.stored, **SUCCESSOR_BEGINS, "progress": progress, **self.becomes}

    @property
    def is_being_made(self) -> bool:
        return self.becomes is not None or self.stored["state"] == VideoState.PROCESSING

    async def change(self, **values: Any) -> None:
        """Changes the video with this revision: while another is served, nothing shows but its progress."""
        if self.becomes is None:
            await self.change_video(**values)
            return
        shown = {name: values.pop(name) for name in tuple(values) if name.startswith("pace_")}
        shown["successor_progress"] = values.pop("progress", self.stored["successor_progress"])
        if values:
            await Revisions.update({Revisions.becomes: self.becomes | values}).where(
                Revisions.id == self.revision_id
            )
        await self.change_video(**shown)

    async def change_video(self, **values: Any) -> None:
        """Changes the video: its version rises and listeners hear of it, even without values."""
        changes = {getattr(Videos, name): value for name, value in values.items()}
        await Videos.update(changes or {Videos.progress: Videos.progress}).where(
            Videos.id == self.stored["id"]
        )


@asynccontextmanager
async def locked(revision_id: str) -> AsyncIterator[Locked | None]:
    """``None`` where nothing is to be done for the revision."""
    async with DB.transaction() as transaction:
        revision = await Revisions.select(Revisions.video).where(Revisions.id == revision_id).first()
        video = None
        if revision is not None:
            video = (
                await Videos.select()
                .where((Videos.id == revision["video"]) & Videos.deleted_at.is_null())
                .lock_rows("UPDATE")
                .output(load_json=True)
                .first()
            )
        yield None if video is None else await _still_wanted(revision_id, video, transaction.connection)


async def _still_wanted(revision_id: str, video: dict[str, Any], connection: Any) -> Locked | None:
    # Read under the lock: it may have been dropped or retired while this waited for it.
    revision = (
        await Revisions.select(Revisions.becomes)
        .where((Revisions.id == revision_id) & Revisions.retired_at.is_null())
        .output(load_json=True)
        .first()
    )
    if revision is None or video["state"] == VideoState.FAILED:
        return None
    becomes = revision["becomes"] if video["successor_id"] == revision_id else None
    return Locked(revision_id, video, becomes, connection)


async def read(revision_id: str) -> RevisionWork | None:
    """``None`` where nothing is to be done for the revision."""
    row = (
        await Revisions.select(
            Revisions.id,
            Revisions.video,
            Revisions.source_key,
            Revisions.plan,
            Revisions.never_copied,
            Revisions.source_is_damaged,
        )
        .where(
            (Revisions.id == revision_id)
            & Revisions.retired_at.is_null()
            & Revisions.video.deleted_at.is_null()
            & (Revisions.video.state != VideoState.FAILED.value)
        )
        .output(load_json=True)
        .first()
    )
    if row is None:
        return None
    plan = None if row["plan"] is None else plan_of(row["plan"])
    is_damaged = row["source_is_damaged"]
    never_copied = row["never_copied"] or is_damaged  # a service before this column says it so
    return RevisionWork(row["id"], row["video"], row["source_key"], plan, never_copied, is_damaged)


async def append_log(revision_id: str, log: str) -> None:
    # PostgreSQL's text holds no zero bytes, and a tool's output may.
    entry = f"--- {datetime.now(UTC).isoformat()}\n{log}\n".replace("\0", "\ufffd")
    await _set_log(revision_id, await _log_of(revision_id) + entry)


async def hand_on_log(revision_id: str, to: str) -> None:
    """Adds the log of a revision that will be gone to that of the one whose log it began with."""
    old = await _log_of(to)
    await _set_log(to, old + (await _log_of(revision_id)).removeprefix(old))


async def _log_of(revision_id: str) -> str:
    rows = await Revisions.select(Revisions.log).where(Revisions.id == revision_id)
    return str(rows[0]["log"])


async def _set_log(revision_id: str, log: str) -> None:
    await Revisions.update({Revisions.log: log[-_MAX_LOG_CHARACTERS:]}).where(Revisions.id == revision_id)


def united(old: Collection[str], new: Iterable[str]) -> list[str]:
    """In order, each once."""
    return list(dict.fromkeys([*old, *new]))
