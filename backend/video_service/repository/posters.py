"""The rows of posters that owners choose."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import structlog

from video_service.domain.sharing import Actor
from video_service.domain.video import Poster
from video_service.repository import jobs, tables
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.removal import changeable
from video_service.repository.tables import Videos

log = structlog.get_logger(__name__)


class PosterRows:
    """Implements :class:`video_service.domain.stores.PosterRows` and
    :class:`video_service.domain.ports.OwnPosters`."""

    async def choose(self, video_id: str, poster: Poster | None, by: Actor) -> bool:
        async with DB.transaction() as transaction:
            video = await _lock(changeable(video_id, by))
            if video is not None:
                await _show(transaction.connection, video, poster)
                await note(by, "video.poster", video_id)
        return video is not None

    async def begin(self, video_id: str, poster_id: str, by: Actor) -> bool:
        async with DB.transaction() as transaction:
            video = await _lock(changeable(video_id, by))
            if video is not None:
                await tables.Posters.insert(
                    tables.Posters(id=poster_id, video=video_id, created_at=datetime.now(UTC))
                )
                await jobs.enqueue_own_poster(transaction.connection, video_id, poster_id)
                await note(by, "video.poster", video_id)
        return video is not None

    async def state(self, poster_id: str) -> str | None:
        row = await tables.Posters.select(tables.Posters.state).where(tables.Posters.id == poster_id).first()
        return None if row is None else str(row["state"])

    async def begin_look(self, poster_id: str) -> int | None:
        rows = (
            await tables.Posters.update({tables.Posters.attempts: tables.Posters.attempts + 1})
            .where(_waiting(poster_id))
            .returning(tables.Posters.attempts)
        )
        return int(rows[0]["attempts"]) if rows else None

    async def take_back_look(self, poster_id: str) -> None:
        await tables.Posters.update({tables.Posters.attempts: tables.Posters.attempts - 1}).where(
            _waiting(poster_id)
        )

    async def take(self, video_id: str, poster_id: str, width: int, height: int) -> None:
        async with DB.transaction() as transaction:
            video = await _lock((Videos.id == video_id) & Videos.deleted_at.is_null())
            if video is not None and await _end(poster_id, "taken"):
                await _show(transaction.connection, video, Poster(poster_id, width, height))

    async def refuse(self, video_id: str, poster_id: str, why: str) -> None:
        log.info("picture refused", video_id=video_id, why=why)
        async with DB.transaction():
            await _end(poster_id, "refused")
            # So that whoever waits hears of it.
            await Videos.update({Videos.progress: Videos.progress}).where(Videos.id == video_id)


async def _lock(condition: Any) -> dict[str, Any] | None:
    row: dict[str, Any] | None = (
        await Videos.select(Videos.id, Videos.poster)
        .where(condition)
        .lock_rows("UPDATE")
        .output(load_json=True)
        .first()
    )
    return row


async def _show(connection: Any, video: dict[str, Any], poster: Poster | None) -> None:
    """The one that was shown until now goes."""
    await Videos.update({Videos.poster: None if poster is None else asdict(poster)}).where(
        Videos.id == video["id"]
    )
    if video["poster"] is not None:
        await tables.Posters.delete().where(tables.Posters.id == video["poster"]["id"])
        await jobs.enqueue_dropped_removal(connection, video["id"], video["poster"]["id"])


async def _end(poster_id: str, state: str) -> bool:
    """False where it had ended already."""
    ended = (
        await tables.Posters.update({tables.Posters.state: state})
        .where(_waiting(poster_id))
        .returning(tables.Posters.id)
    )
    return bool(ended)


def _waiting(poster_id: str) -> Any:
    return (tables.Posters.id == poster_id) & (tables.Posters.state == "waiting")
