"""Deleting videos: hidden at once, undone for a while, then purged."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from video_service.domain.video import VideoState
from video_service.repository import jobs
from video_service.repository.engine import DB
from video_service.repository.tables import Revisions, Videos


async def delete(video_id: str, undo_seconds: float) -> datetime | None:
    """Hides the video, cancels its jobs and orders its purge; ``None`` where it is deleted already."""
    now = datetime.now(UTC)
    async with DB.transaction() as transaction:
        # The epoch ends the grants, also those that would outlive an undone deletion.
        deleted = (
            await Videos.update({Videos.deleted_at: now, Videos.access_epoch: Videos.access_epoch + 1})
            .where((Videos.id == video_id) & Videos.deleted_at.is_null())
            .returning(Videos.id)
        )
        if not deleted:
            return None
        await jobs.cancel_chunks(transaction.connection, await _revision_ids(video_id))
        await jobs.enqueue_purge(transaction.connection, video_id, undo_seconds)
    return now


async def undelete(video_id: str) -> None:
    """Shows the video again and enqueues what is still to be made."""
    async with DB.transaction() as transaction:
        restored = (
            await Videos.update({Videos.deleted_at: None})
            .where((Videos.id == video_id) & Videos.deleted_at.is_not_null())
            .returning(Videos.state, Videos.has_poster)
        )
        if not restored or restored[0]["state"] not in (VideoState.PROCESSING, VideoState.READY):
            return
        for revision_id in await _revision_ids(video_id):
            await jobs.enqueue_missing(
                transaction.connection,
                revision_id,
                processing=restored[0]["state"] == VideoState.PROCESSING,
                has_poster=restored[0]["has_poster"],
            )


class PurgeableRows:
    """Implements :class:`video_service.domain.stores.PurgeRows`."""

    async def sources_to_purge(self, video_id: str, undo_seconds: float) -> Collection[str] | None:
        deleted_before = datetime.now(UTC) - timedelta(seconds=undo_seconds)
        due = await Videos.exists().where((Videos.id == video_id) & (Videos.deleted_at <= deleted_before))
        if not due:
            return None
        revisions = await Revisions.select(Revisions.source_key).where(Revisions.video == video_id)
        return [row["source_key"] for row in revisions]

    async def purge(self, video_id: str) -> None:
        await Videos.delete().where((Videos.id == video_id) & Videos.deleted_at.is_not_null())


async def _revision_ids(video_id: str) -> list[Any]:
    rows = await Revisions.select(Revisions.id).where(Revisions.video == video_id)
    return [row["id"] for row in rows]
