"""Deleting videos: hidden at once, undone for a while, then purged."""

from datetime import UTC, datetime, timedelta
from typing import Any

from video_service.domain.sharing import Actor
from video_service.domain.sharing_stores import Leftover
from video_service.domain.stores import source_key
from video_service.domain.video import VideoState, Visibility
from video_service.repository import jobs
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.tables import Revisions, Uploads, Videos


async def delete(video_id: str, by: Actor, undo_seconds: float) -> datetime | None:
    """Hides the video, cancels its jobs and orders its purge; ``None`` where it is deleted already,
    or private and a moderator's no more."""
    now = datetime.now(UTC)
    async with DB.transaction() as transaction:
        # The epoch ends the grants, also those that would outlive an undone deletion.
        values: dict[Any, Any] = {
            Videos.deleted_at: now,
            Videos.deleted_by: by.id,
            Videos.access_epoch: Videos.access_epoch + 1,
        }
        deleted = await Videos.update(values).where(changeable(video_id, by)).returning(Videos.id)
        if not deleted:
            return None
        await jobs.cancel_work(transaction.connection, await _revision_ids(video_id))
        await jobs.enqueue_purge(transaction.connection, video_id, undo_seconds)
        await note(by, "moderation.delete" if by.moderates else "video.delete", video_id)
    return now


async def undelete(video_id: str, by: Actor, undo_seconds: float) -> bool:
    """Shows the video again and enqueues what is still to be made. True also where it is not
    deleted; False where it was deleted too long ago or by somebody else."""
    mine = (Videos.id == video_id) & (Videos.owner == by.id)
    if await Videos.exists().where(mine & Videos.deleted_at.is_null()):
        return True
    deleted_after = datetime.now(UTC) - timedelta(seconds=undo_seconds)
    async with DB.transaction() as transaction:
        restored = (
            await Videos.update({Videos.deleted_at: None, Videos.deleted_by: None})
            .where(mine & (Videos.deleted_at > deleted_after) & (Videos.deleted_by == by.id))
            .returning(Videos.state, Videos.has_poster, Videos.successor_id)
        )
        if not restored:
            return False
        await note(by, "video.undelete", video_id)
        if restored[0]["state"] in (VideoState.PROCESSING, VideoState.READY):
            await _resume(transaction.connection, video_id, restored[0])
    return True


async def _resume(connection: Any, video_id: str, video: dict[str, Any]) -> None:
    revisions = (
        await Revisions.select(Revisions.id, Revisions.becomes)
        .where((Revisions.video == video_id) & Revisions.retired_at.is_null())
        .output(load_json=True)
    )
    for revision in revisions:
        is_successor = revision["id"] == video["successor_id"]
        has_poster = revision["becomes"].get("has_poster", False) if is_successor else video["has_poster"]
        processing = is_successor or video["state"] == VideoState.PROCESSING
        await jobs.enqueue_missing(connection, revision["id"], processing=processing, has_poster=has_poster)


def changeable(video_id: str, by: Actor) -> Any:
    """The video, unless it is deleted or no longer for this actor: what was decided about may have
    changed since."""
    still = Videos.visibility != Visibility.PRIVATE.value if by.moderates else Videos.owner == by.id
    return (Videos.id == video_id) & Videos.deleted_at.is_null() & still


class PurgeableRows:
    """Implements :class:`video_service.domain.stores.PurgeRows`."""

    async def claim(self, video_id: str, undo_seconds: float) -> Leftover | None:
        deleted_before, left = datetime.now(UTC) - timedelta(seconds=undo_seconds), None
        async with DB.transaction():
            # Only who deleted a video brings it back: from here on that was nobody. Whoever is doing so just
            # now holds the row, and it is not deleted any more when this sees it.
            claimed = (
                await Videos.update({Videos.deleted_by: None})
                .where((Videos.id == video_id) & (Videos.deleted_at <= deleted_before))
                .returning(Videos.id)
            )
            if claimed:
                left = await leftover(Videos.id == video_id)
        return left

    async def purge(self, video_id: str) -> None:
        claimed = (Videos.id == video_id) & Videos.deleted_at.is_not_null() & Videos.deleted_by.is_null()
        async with DB.transaction() as transaction:
            if await Videos.select(Videos.id).where(claimed).lock_rows("UPDATE"):
                left = await leftover(Videos.id == video_id)
                await Videos.delete().where(Videos.id == video_id)
                await jobs.enqueue_sweep(transaction.connection, left, is_swept=True)


async def leftover(of: Any) -> Leftover:
    """The bytes of videos, whose rows must be locked."""
    videos = Videos.select(Videos.id).where(of)
    sources = await Revisions.select(Revisions.source_key).where(Revisions.video.is_in(videos))
    uploads = await Uploads.select(Uploads.id).where(
        Uploads.video.is_in(videos) & (Uploads.complete == False)  # noqa: E712, SQL
    )
    # An upload may have been sealed without being written down as complete.
    sealed = [source_key(row["id"]) for row in uploads]
    return Leftover(
        tuple(row["id"] for row in await videos),
        tuple({*(row["source_key"] for row in sources), *sealed}),
        tuple(row["id"] for row in uploads),
    )


async def _revision_ids(video_id: str) -> list[Any]:
    rows = await Revisions.select(Revisions.id).where(Revisions.video == video_id)
    return [row["id"] for row in rows]
