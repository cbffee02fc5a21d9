"""A video's revisions: begun again, cancelled, retired when another takes their place, removed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from piccolo.columns.combination import WhereRaw

from video_service.domain.access import grant_lifetime_seconds
from video_service.domain.errors import NotReady, Reason
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.sharing import Actor
from video_service.domain.video import VideoState, new_id
from video_service.repository import jobs
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.notices import stored
from video_service.repository.removal import changeable
from video_service.repository.tables import Chunks, Extras, Revisions, Uploads, Videos

_STOPPED = Notice(NoticeCode.STOPPED, "Processing was stopped.")


async def begin_again(video_id: str, by: Actor) -> bool:
    """A new revision of the same source. False where the video is deleted, or not the actor's any
    more. Raises NotReady."""
    async with DB.transaction() as transaction:
        video = await _lock(video_id, by)
        if video is None:
            return False
        if video["state"] == VideoState.UPLOADING:
            raise NotReady("This video is still being uploaded.")
        if video["state"] == VideoState.PROCESSING or video["successor_id"] is not None:
            raise NotReady("This video is being processed already.")
        before = await _newest(video_id)
        revision_id = new_id()
        if video["state"] == VideoState.FAILED:
            await drop(transaction.connection, video_id, before["id"])
            values = _NOTHING_YET | {
                Videos.state: VideoState.PROCESSING.value,
                Videos.failure_reason: None,
                Videos.failure_message: None,
            }
        else:
            values = {Videos.successor_id: revision_id, Videos.successor_progress: 0.0}
        await Videos.update(values | {Videos.pace_began_at: None}).where(Videos.id == video_id)
        await _begin(transaction.connection, video_id, revision_id, before)
        await note(by, "video.reprocess", video_id)
    return True


async def begin_without_copying(
    connection: Any, video: Mapping[str, Any], revision_id: str, *, source_is_damaged: bool
) -> None:
    """A new revision in place of one that is being made, of whose source nothing is copied. The video's row
    must be locked."""
    before = await _newest(video["id"])
    known = {"never_copied": True, "source_is_damaged": source_is_damaged}
    await drop(connection, video["id"], revision_id)
    new = new_id()
    if video["successor_id"] == revision_id:
        values: dict[Any, Any] = {Videos.successor_id: new}
    else:
        values = {column: value for column, value in _NOTHING_YET.items() if column is not Videos.progress}
    await Videos.update(values).where(Videos.id == video["id"])
    await _begin(connection, video["id"], new, before | known)


async def cancel(video_id: str, by: Actor) -> bool:
    """Ends what is being made. False as in ``begin_again``. Raises NotReady."""
    async with DB.transaction() as transaction:
        video = await _lock(video_id, by)
        if video is None:
            return False
        connection = transaction.connection
        if video["successor_id"] is not None:
            await drop(connection, video_id, video["successor_id"])
            values: dict[Any, Any] = {Videos.successor_id: None}
        elif video["state"] == VideoState.PROCESSING:
            # The row stays: it names the source.
            revision_id = (await _newest(video_id))["id"]
            await _end(connection, video_id, revision_id)
            await Chunks.delete().where(Chunks.revision == revision_id)
            await Extras.delete().where(Extras.revision == revision_id)
            # A copy that is still being made is not kept; one that is there goes with the other bytes.
            await Uploads.update({Uploads.early_copy: ""}).where(
                (Uploads.video == video_id) & (Uploads.early_copy != "")
            )
            values = _NOTHING_YET | {
                Videos.state: VideoState.FAILED.value,
                Videos.failure_reason: Reason.CANCELLED.value,
                Videos.failure_message: stored(_STOPPED),
            }
        elif video["state"] == VideoState.UPLOADING:
            raise NotReady("This video is still being uploaded.")
        else:
            raise NotReady("This video is not being processed.")
        await Videos.update(values).where(Videos.id == video_id)
        await note(by, "video.cancel", video_id)
    return True


async def drop(connection: Any, video_id: str, revision_id: str) -> None:
    """Removes a revision that nobody is to see: its rows and its jobs now, its bytes by a job. The
    video's row must be locked."""
    await _end(connection, video_id, revision_id)
    await Revisions.delete().where(Revisions.id == revision_id)


async def retire(connection: Any, video_id: str, revision_id: str, duration_seconds: float | None) -> None:
    """Keeps a revision that was served until the last grant from its time has ended: whoever opened
    it a moment ago can watch it to its end. The video's row must be locked."""
    await Revisions.update({Revisions.retired_at: datetime.now(UTC)}).where(Revisions.id == revision_id)
    delay_seconds = grant_lifetime_seconds(duration_seconds)
    await jobs.enqueue_revision_removal(connection, video_id, revision_id, delay_seconds)


class RemovableRevisions:
    """Implements :class:`video_service.domain.stores.RevisionRows`."""

    async def in_use(self, video_id: str, revision_id: str) -> bool:
        using = (Videos.revision_id == revision_id) | (Videos.successor_id == revision_id)
        chosen = WhereRaw("poster ->> 'id' = {}", revision_id)
        return bool(await Videos.exists().where((Videos.id == video_id) & (using | chosen)))

    async def source_of(self, revision_id: str) -> str | None:
        row = await Revisions.select(Revisions.source_key).where(Revisions.id == revision_id).first()
        return None if row is None else str(row["source_key"])

    async def forget(self, revision_id: str) -> None:
        await Revisions.delete().where((Revisions.id == revision_id) & Revisions.retired_at.is_not_null())


_NOTHING_YET: dict[Any, Any] = {
    Videos.revision_id: None,
    Videos.playable: False,
    Videos.progress: 0.0,
    Videos.renditions: [],
    Videos.extras: {},
    Videos.source_chapters: [],
    Videos.has_poster: False,
    Videos.warnings: [],
}


async def _end(connection: Any, video_id: str, revision_id: str) -> None:
    await jobs.cancel_work(connection, [revision_id])
    await jobs.enqueue_dropped_removal(connection, video_id, revision_id)


async def _begin(connection: Any, video_id: str, revision_id: str, before: Mapping[str, Any]) -> None:
    """A revision of the same source as one before."""
    await Revisions.insert(
        Revisions(
            id=revision_id,
            video=video_id,
            source_key=before["source_key"],
            never_copied=before["never_copied"],
            source_is_damaged=before["source_is_damaged"],
            begun=[],
            # What went wrong before may explain what goes wrong now.
            log=before["log"],
            created_at=datetime.now(UTC),
        )
    )
    await jobs.enqueue_probe(connection, revision_id)


async def _lock(video_id: str, by: Actor) -> dict[str, Any] | None:
    row: dict[str, Any] | None = (
        await Videos.select(Videos.state, Videos.successor_id)
        .where(changeable(video_id, by))
        .lock_rows("UPDATE")
        .first()
    )
    return row


async def _newest(video_id: str) -> dict[str, Any]:
    row: dict[str, Any] | None = (
        await Revisions.select(
            Revisions.id,
            Revisions.source_key,
            Revisions.log,
            Revisions.never_copied,
            Revisions.source_is_damaged,
        )
        .where(Revisions.video == video_id)
        .order_by(Revisions.created_at, ascending=False)
        .first()
    )
    assert row is not None, "whatever was uploaded has a revision"
    return row
