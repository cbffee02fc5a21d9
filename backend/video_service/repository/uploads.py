"""The rows of uploads."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from video_service.domain.quotas import Quotas, Usage, reserve
from video_service.domain.stores import Draft, Upload
from video_service.domain.video import VideoState, new_id
from video_service.repository import jobs
from video_service.repository.engine import DB
from video_service.repository.owners import admit, lock
from video_service.repository.tables import Revisions, Uploads, Videos, is_id
from video_service.repository.usage import usage_of


class UploadRows:
    """Implements :class:`video_service.domain.stores.Uploads`."""

    async def create(self, upload: Upload, draft: Draft, quotas: Quotas) -> Upload:
        async with DB.transaction():
            await admit(draft.owner)
            # Nobody else reserves between counting and writing.
            await lock(draft.owner.id)
            usage = await usage_of(draft.owner.id)
            reserved_bytes = reserve(quotas, usage, upload.size_bytes, upload.max_size_bytes)
            await Videos.insert(
                Videos(
                    id=draft.id,
                    owner=draft.owner.id,
                    title=draft.title,
                    description=draft.description,
                    tags=[],
                    visibility=draft.visibility.value,
                    state=VideoState.UPLOADING.value,
                    filename=draft.filename,
                    warnings=[],
                    created_at=upload.created_at,
                    updated_at=upload.created_at,
                )
            )
            await Uploads.insert(
                Uploads(
                    id=upload.id,
                    video=draft.id,
                    owner=draft.owner.id,
                    size_bytes=upload.size_bytes,
                    max_size_bytes=upload.max_size_bytes,
                    reserved_bytes=reserved_bytes,
                    metadata=upload.metadata,
                    complete=False,
                    created_at=upload.created_at,
                )
            )
        return replace(upload, reserved_bytes=reserved_bytes)

    async def usage(self, owner_id: str) -> Usage:
        return await usage_of(owner_id)

    async def get(self, upload_id: str) -> Upload | None:
        if not is_id(upload_id):
            return None
        row = (
            await Uploads.select()
            .where((Uploads.id == upload_id) & Uploads.video.deleted_at.is_null())
            .first()
        )
        return None if row is None else _upload_of(row)

    async def complete(self, upload_id: str, size_bytes: int, source_key: str) -> bool:
        async with DB.transaction() as transaction:
            completed = (
                await Uploads.update(
                    {
                        Uploads.complete: True,
                        Uploads.size_bytes: size_bytes,
                        Uploads.reserved_bytes: size_bytes,
                    }
                )
                .where((Uploads.id == upload_id) & (Uploads.complete == False))  # noqa: E712, SQL
                .returning(Uploads.video, Uploads.early_copy)
            )
            if not completed:
                return bool(await Uploads.exists().where(Uploads.id == upload_id))
            video_id, revision_id = completed[0]["video"], new_id()
            await Revisions.insert(
                Revisions(
                    id=revision_id,
                    video=video_id,
                    source_key=source_key,
                    begun=[],
                    log="",
                    created_at=datetime.now(UTC),
                )
            )
            await Videos.update({Videos.state: VideoState.PROCESSING.value}).where(Videos.id == video_id)
            if completed[0]["early_copy"] != "running":
                await jobs.enqueue_probe(transaction.connection, revision_id)
        return True

    async def copy_early(self, upload_id: str) -> None:
        async with DB.transaction() as transaction:
            ordered = (
                await Uploads.update({Uploads.early_copy: "waiting"})
                .where((Uploads.id == upload_id) & (Uploads.complete == False) & (Uploads.early_copy == ""))  # noqa: E712, SQL
                .returning(Uploads.id)
            )
            if ordered:
                await jobs.enqueue_early_copy(transaction.connection, upload_id)

    async def disown_early_copy(self, upload_id: str) -> None:
        await Uploads.update({Uploads.early_copy: ""}).where(
            (Uploads.id == upload_id) & (Uploads.early_copy != "")
        )

    async def abandon(self, upload_id: str) -> bool:
        async with DB.transaction():
            row = await _incomplete(upload_id).lock_rows("UPDATE").first()
            if row is not None:
                await Videos.delete().where(Videos.id == row["video"])
        return row is not None

    async def abandon_expired(self, upload_ids: Collection[str]) -> Collection[str]:
        abandoned = []
        for upload_id in upload_ids:
            async with DB.transaction():
                if not await Uploads.exists().where(Uploads.id == upload_id):
                    abandoned.append(upload_id)
                    continue
                row = await _incomplete(upload_id).lock_rows("UPDATE", skip_locked=True).first()
                if row is not None:
                    await Videos.delete().where(Videos.id == row["video"])
                    abandoned.append(upload_id)
        return abandoned

    async def incomplete_before(self, created_before: datetime) -> Collection[str]:
        rows = (
            await Uploads.select(Uploads.id)
            .where((Uploads.complete == False) & (Uploads.created_at < created_before))  # noqa: E712, SQL
            .order_by(Uploads.created_at)
            .limit(1000)
        )
        return [row["id"] for row in rows]


def _incomplete(upload_id: str) -> Any:
    return Uploads.select(Uploads.video).where(
        (Uploads.id == upload_id) & (Uploads.complete == False)  # noqa: E712, SQL
    )


def _upload_of(row: dict[str, Any]) -> Upload:
    return Upload(
        id=row["id"],
        video_id=row["video"],
        owner_id=row["owner"],
        size_bytes=row["size_bytes"],
        max_size_bytes=row["max_size_bytes"],
        complete=row["complete"],
        created_at=row["created_at"],
        reserved_bytes=row["reserved_bytes"],
        metadata=row["metadata"],
    )
