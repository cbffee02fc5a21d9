"""The intake: how bytes arrive and become the source of a video."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import structlog

from video_service.catalog import MAX_TITLE_CHARACTERS, checked_description, checked_text, checked_title
from video_service.domain.access import Viewer
from video_service.domain.early_copies import from_bytes, is_worthwhile
from video_service.domain.errors import (
    InvalidInput,
    NotFound,
    NotSignedIn,
    PlayheadError,
    TooLarge,
    UploadOffsetMismatch,
)
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.quotas import UNKNOWN_SIZE, Quotas, Usage
from video_service.domain.stores import Checksum, Draft, Staging, Upload, Uploads, Videos, source_key
from video_service.domain.transport_stream import BEGINNING_BYTES
from video_service.domain.video import Owner, Video, Visibility, new_id

_MAX_FILENAME_CHARACTERS = 255
#: As much as all headers of a request may have.
_MAX_METADATA_CHARACTERS = 32 * 1024
_UNTITLED = "Untitled"
NO_LIMITS = Quotas()
#: The longest file that any store in sight takes (S3: 5 TiB); also the limit where none is given.
_MAX_SIZE_BYTES = 5 * 2**40
log = structlog.get_logger(__name__)


class UploadIsComplete(NotFound):
    """The upload has become a video and cannot be given up any more."""

    def __init__(self) -> None:
        PlayheadError.__init__(self, "This upload is complete: it is a video now.", complete="true")


@dataclass(frozen=True)
class NewUpload:
    """What a person wants to upload."""

    size_bytes: int
    """-1 where it is not known beforehand."""
    max_size_bytes: int
    """0: no limit of its own."""
    filename: str
    title: str
    description: str
    visibility: Visibility
    quotas: Quotas = NO_LIMITS
    metadata: str = ""
    """For the client to be told again."""


@dataclass(frozen=True)
class UploadStatus:
    upload: Upload
    offset_bytes: int
    expires_at: datetime | None
    """``None`` once complete."""


class Intake:
    """The use cases behind ``UploadService``. An upload is known only to who created it: for all
    others every method raises NotFound."""

    def __init__(self, uploads: Uploads, videos: Videos, staging: Staging, *, expiry_seconds: float) -> None:
        self._uploads = uploads
        self._videos = videos
        self._staging = staging
        self._expiry = timedelta(seconds=expiry_seconds)

    async def create(self, viewer: Viewer, new: NewUpload) -> UploadStatus:
        """Raises NotSignedIn, InvalidInput, TooLarge, QuotaExceeded, RateLimited."""
        if viewer.user_id is None:
            raise NotSignedIn
        if new.max_size_bytes < 0:
            raise InvalidInput("max_size_bytes", "must not be negative")
        limit_bytes = new.max_size_bytes or _MAX_SIZE_BYTES
        if new.size_bytes != UNKNOWN_SIZE and new.size_bytes < 1:
            raise InvalidInput("size_bytes", Notice(NoticeCode.FILE_EMPTY, "the file is empty"))
        if new.size_bytes > limit_bytes:
            raise TooLarge(limit_bytes)
        filename = _plain_filename(new.filename)
        draft = Draft(
            id=new_id(),
            owner=Owner(viewer.user_id, viewer.name),
            title=checked_title(new.title) if new.title.strip() else _title_of(filename),
            description=checked_description(new.description),
            visibility=new.visibility,
            filename=filename,
        )
        upload = Upload(
            new_id(), draft.id, viewer.user_id, new.size_bytes, limit_bytes, False, datetime.now(UTC),
            metadata=checked_text("metadata", new.metadata, _MAX_METADATA_CHARACTERS),
        )  # fmt: skip
        # The file first: an upload that someone was told of can always take bytes.
        await self._staging.create(upload.id)
        try:
            upload = await self._uploads.create(upload, draft, new.quotas)
        except PlayheadError:
            await self._staging.discard(upload.id)
            raise
        return UploadStatus(upload, 0, upload.created_at + self._expiry)

    async def usage(self, viewer: Viewer) -> Usage:
        """Raises NotSignedIn."""
        if viewer.user_id is None:
            raise NotSignedIn
        return await self._uploads.usage(viewer.user_id)

    async def status(self, viewer: Viewer, upload_id: str) -> UploadStatus:
        upload = await self._own(viewer, upload_id)
        if upload.complete:
            return UploadStatus(upload, upload.size_bytes, None)
        staged = await self._staging.staged(upload.id)
        if staged is None:
            # Sealed, but the answer to CompleteUpload was lost: all bytes are there.
            return UploadStatus(upload, max(upload.size_bytes, 0), upload.created_at + self._expiry)
        return UploadStatus(upload, staged.length_bytes, staged.modified_at + self._expiry)

    async def append(
        self,
        viewer: Viewer,
        upload_id: str,
        offset_bytes: int,
        pieces: AsyncIterator[bytes],
        checksum: Checksum | None,
    ) -> UploadStatus:
        """Raises UploadOffsetMismatch, TooLarge, ChecksumMismatch, InvalidInput, Unavailable."""
        upload = await self._own(viewer, upload_id)
        if upload.complete:
            raise UploadOffsetMismatch(upload.size_bytes)
        if checksum is None:
            pieces = self._watched(upload, offset_bytes, pieces)
        else:
            await self._uploads.disown_early_copy(upload.id)
        try:
            await self._staging.append(
                upload.id, offset_bytes, pieces, limit_bytes=upload.reserved_bytes, checksum=checksum
            )
        except NotFound:
            # Sealed by another request, which brought the last byte since; unless it was given up.
            sealed = await self._own(viewer, upload_id)
            if sealed.size_bytes == UNKNOWN_SIZE:
                raise
            raise UploadOffsetMismatch(sealed.size_bytes) from None
        return await self.status(viewer, upload_id)

    async def _watched(
        self, upload: Upload, offset_bytes: int, pieces: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The pieces as they are. Orders an early copy once enough has been written for it."""
        enough_bytes = from_bytes(upload.size_bytes)
        async for piece in pieces:
            yield piece
            before, offset_bytes = offset_bytes, offset_bytes + len(piece)
            if before < enough_bytes <= offset_bytes:
                await self._copy_early(upload, offset_bytes)

    async def _copy_early(self, upload: Upload, arrived_bytes: int) -> None:
        within_seconds = (datetime.now(UTC) - upload.created_at).total_seconds()
        try:
            beginning = await self._staging.beginning(upload.id, BEGINNING_BYTES)
            if is_worthwhile(beginning, upload.size_bytes, arrived_bytes, within_seconds):
                await self._uploads.copy_early(upload.id)
        except Exception:
            # An outage, and without a copy all goes on as well, only later.
            log.exception("no early copy could be ordered", upload_id=upload.id)

    async def complete(self, viewer: Viewer, upload_id: str) -> Video:
        """Idempotent, also after a crash between sealing and writing it down. Raises
        UploadOffsetMismatch while bytes are missing, InvalidInput for an empty file."""
        upload = await self._own(viewer, upload_id)
        if not upload.complete:
            size_bytes, staged = upload.size_bytes, await self._staging.staged(upload.id)
            if staged is not None:
                # Sealing would end an append that is under way, so it is not even tried.
                if upload.size_bytes not in (UNKNOWN_SIZE, staged.length_bytes):
                    raise UploadOffsetMismatch(staged.length_bytes)
                if staged.length_bytes == 0:
                    raise InvalidInput("size_bytes", Notice(NoticeCode.FILE_EMPTY, "the file is empty"))
                size_bytes = staged.length_bytes
            await self._seal(upload.id, size_bytes)
        video = await self._videos.get(upload.video_id)
        if video is None or video.deleted_at is not None:
            raise NotFound
        return video

    async def abort(self, viewer: Viewer, upload_id: str) -> None:
        """Raises UploadIsComplete."""
        upload = await self._own(viewer, upload_id)
        if upload.complete or not await self._uploads.abandon(upload.id):
            raise UploadIsComplete
        await self._staging.discard(upload.id)

    async def expire(self) -> int:
        """Gives up what got no byte for too long; returns how many. What was sealed is completed.
        Safe in several processes."""
        before = datetime.now(UTC) - self._expiry
        idle = {*await self._staging.idle_since(before), *await self._uploads.incomplete_before(before)}
        for upload_id in tuple(idle):
            staged = await self._staging.staged(upload_id)
            alive = await self._is_complete(upload_id) if staged is None else staged.modified_at >= before
            if alive:
                idle.discard(upload_id)
        abandoned = await self._uploads.abandon_expired(idle)
        for upload_id in abandoned:
            await self._staging.discard(upload_id)
        return len(abandoned)

    async def _is_complete(self, upload_id: str) -> bool:
        """Whether it is, now that what a crash left between sealing and writing it down is made up for."""
        upload = await self._uploads.get(upload_id)
        if upload is None:
            return False
        try:
            await self._seal(upload.id, upload.size_bytes)
        except NotFound:
            return False
        return True

    async def _seal(self, upload_id: str, size_bytes: int) -> None:
        """Raises UploadOffsetMismatch, and NotFound where the upload was given up."""
        size_bytes = await self._staging.seal(upload_id, size_bytes)
        if not await self._uploads.complete(upload_id, size_bytes, source_key(upload_id)):
            # Given up meanwhile: nobody else knows of the source.
            await self._staging.discard(upload_id)
            raise NotFound("There is no such upload.")

    async def _own(self, viewer: Viewer, upload_id: str) -> Upload:
        if viewer.user_id is None:
            raise NotSignedIn
        upload = await self._uploads.get(upload_id)
        if upload is None or upload.owner_id != viewer.user_id:
            raise NotFound("There is no such upload.")
        return upload


async def expire_regularly(intake: Intake, interval_seconds: float) -> None:
    """Runs until cancelled. What keeps it from its work is an outage, and those end."""
    while True:
        try:
            await intake.expire()
        except Exception:
            log.exception("uploads that broke off could not be given up")
        await asyncio.sleep(interval_seconds)


def _plain_filename(name: str) -> str:
    """The last part of what may be a path, without characters that no screen shows."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[-_MAX_FILENAME_CHARACTERS:]


def _title_of(filename: str) -> str:
    stem = re.sub(r"[_\s]+", " ", PurePosixPath(filename).stem).strip(" .")
    return stem[:MAX_TITLE_CHARACTERS].strip() or _UNTITLED
