"""Deleting bytes for good."""

from video_service.domain.early_copies import early_copies_below
from video_service.domain.ports import Objects
from video_service.domain.sharing_stores import Leftover
from video_service.domain.stores import PurgeRows, RevisionRows


def folders_of(video_id: str) -> tuple[str, ...]:
    """Where the bytes of a video lie, its sources apart: what is published, and working copies. Each
    revision has a folder of its own there."""
    return f"videos/{video_id}/", f"work/{video_id}/"


async def purge(video_id: str, rows: PurgeRows, objects: Objects, *, undo_seconds: float) -> None:
    """Deletes the bytes and the rows of a video that was deleted long enough ago.

    Rows go last: a purge that is broken off is found and repeated. Idempotent.
    """
    left = await rows.claim(video_id, undo_seconds)
    if left is not None:
        await sweep(left, objects)
        await rows.purge(video_id)


async def remove_revision(video_id: str, revision_id: str, rows: RevisionRows, objects: Objects) -> None:
    """Deletes the bytes of a revision that was dropped or retired, or of a poster, then its row where
    there still is one. Idempotent."""
    if await rows.in_use(video_id, revision_id):
        return
    for prefix in folders_of(video_id):
        await objects.delete_below(f"{prefix}{revision_id}/")
    source_key = await rows.source_of(revision_id)
    if source_key is not None:
        await objects.delete_below(early_copies_below(source_key))
    await rows.forget(revision_id)


async def sweep(left: Leftover, objects: Objects) -> None:
    """Deletes bytes whose rows are gone. Idempotent."""
    for video_id in left.video_ids:
        for prefix in folders_of(video_id):
            await objects.delete_below(prefix)
    for key in left.source_keys:
        # Each source lies in a folder of its own.
        await objects.delete_below(key.rpartition("/")[0])
