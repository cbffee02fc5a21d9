"""The rows of early copies: a column of their upload's, which is empty where there is none, nor was one."""

from collections.abc import Collection
from typing import Any

from video_service.domain.stores import source_key
from video_service.repository import jobs
from video_service.repository.engine import DB
from video_service.repository.tables import Uploads


class EarlyCopyRows:
    """Implements :class:`video_service.domain.early_copies.EarlyCopies`."""

    async def begin(self, upload_id: str) -> int | None:
        begun = (
            await Uploads.update({Uploads.early_copy: "running"})
            .where(_of(upload_id, "waiting") & (Uploads.complete == False))  # noqa: E712, SQL
            .returning(Uploads.reserved_bytes)
        )
        return int(begun[0]["reserved_bytes"]) if begun else None

    async def is_wanted(self, upload_id: str) -> bool:
        return bool(await Uploads.exists().where(_of(upload_id, "running")))

    async def end(self, upload_id: str) -> None:
        async with DB.transaction() as transaction:
            await Uploads.update({Uploads.early_copy: "ended"}).where(Uploads.id == upload_id)
            await jobs.enqueue_awaited_probe(transaction.connection, source_key(upload_id))

    async def left(self) -> Collection[str]:
        candidates = await Uploads.select(Uploads.id).where(
            (Uploads.early_copy != "") & (Uploads.complete == True)  # noqa: E712, SQL
        )
        return [row["id"] for row in candidates if not await jobs.source_goes_on(source_key(row["id"]))]

    async def forget(self, upload_id: str) -> None:
        await Uploads.update({Uploads.early_copy: ""}).where(Uploads.id == upload_id)


def _of(upload_id: str, state: str) -> Any:
    return (Uploads.id == upload_id) & (Uploads.early_copy == state)
