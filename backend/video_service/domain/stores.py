"""What the catalog and the intake need of the rows and of the staged bytes, in their own words."""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from video_service.domain.access import AccessFacts, Shared, Viewer
from video_service.domain.chapters import Chapter
from video_service.domain.embedding import Embedding
from video_service.domain.finding import NO_FILTERS, Filters, Match
from video_service.domain.quotas import Quotas, Usage
from video_service.domain.sharing import Actor
from video_service.domain.sharing_stores import Leftover
from video_service.domain.video import Owner, Poster, Video, Visibility

# --- access --------------------------------------------------------------------


class AccessRows(Protocol):
    """What a decision needs, in one small query."""

    async def access(
        self, viewer: Viewer, video_ids: Collection[str]
    ) -> dict[str, tuple[AccessFacts, Shared]]:
        """By id. What is not there looks like a deleted video of nobody's (an empty owner)."""


# --- the catalog ---------------------------------------------------------------


@dataclass(frozen=True)
class Selection:
    """Which videos a list holds. Deleted ones never are."""

    owner_id: str | None
    """``None``: of everyone."""
    public_only: bool
    """Only what is public and can be watched."""
    words: tuple[str, ...]
    """Letters and digits only; all must occur, the last one as a beginning."""
    shared_with: str | None = None
    """Only what others share by name with this person and can be watched."""
    filters: Filters = NO_FILTERS


@dataclass(frozen=True)
class Position:
    """Where a page ends: the next one begins after this video."""

    created_at: datetime
    video_id: str
    match: Match | None = None
    """``None`` in a list without words."""


@dataclass(frozen=True)
class Changes:
    """New values; ``None`` keeps the old one."""

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    visibility: Visibility | None = None
    chapters: tuple[Chapter, ...] | None = None
    """None at all: the chapters are found elsewhere again."""
    downloadable: bool | None = None
    embedding: Embedding | None = None


class Videos(Protocol):
    """The rows of videos. Each method is one transaction; every change is announced."""

    async def get(self, video_id: str) -> Video | None: ...

    async def get_many(self, video_ids: Collection[str]) -> dict[str, Video]:
        """Those that exist, by id."""

    async def list(
        self, selection: Selection, match: Match | None, after: Position | None, limit: int
    ) -> list[Video]:
        """Newest first. With words, those that match in this way and in no better one."""

    async def update(self, video_id: str, changes: Changes, by: Actor) -> Video | None:
        """The video after it; ``None`` where it is deleted, or private and a moderator's no more."""

    async def delete(self, video_id: str, by: Actor, undo_seconds: float) -> datetime | None:
        """Hides it, cancels its jobs, orders its purge; returns when it was deleted. ``None`` as
        in ``update``."""

    async def undelete(self, video_id: str, by: Actor, undo_seconds: float) -> Video | None:
        """Shows it again and enqueues what is still to be made. ``None`` where it was deleted too
        long ago or by somebody else."""

    async def reprocess(self, video_id: str, by: Actor) -> Video | None:
        """Begins a new revision from the same source: in place of a failed one, or beside what a
        ready video has. ``None`` as in ``update``. Raises NotReady where one is being made."""

    async def cancel(self, video_id: str, by: Actor) -> Video | None:
        """Drops the revision that is being made. The video has what it had before, or is failed.
        ``None`` as in ``update``. Raises NotReady where none is being made."""


class PosterRows(Protocol):
    """What choosing a poster needs of the rows. Each method is one transaction."""

    async def choose(self, video_id: str, poster: Poster | None, by: Actor) -> bool:
        """Shows it from now on, or what was made by itself, and orders the removal of the one before.
        False where the video is deleted, or not the actor's any more."""

    async def begin(self, video_id: str, poster_id: str, by: Actor) -> bool:
        """Has a picture that was sent looked at. False as in ``choose``."""

    async def state(self, poster_id: str) -> str | None:
        """``waiting``, ``taken`` or ``refused``."""


class Changed(Protocol):
    """What changed among the followed videos since the last look."""

    async def next(self, timeout_seconds: float | None) -> frozenset[str]:
        """Waits for a change. Raises TimeoutError; Unavailable when the service stops."""


class Events(Protocol):
    def follow(self, video_ids: Collection[str]) -> AbstractAsyncContextManager[Changed]:
        """Hears of every change of these videos from the moment the context is entered."""

    async def caught_up(self) -> None:
        """Returns when all of this process has heard of every change that was committed before."""


class PurgeRows(Protocol):
    """What purging needs of the rows."""

    async def claim(self, video_id: str, undo_seconds: float) -> Leftover | None:
        """What is to be deleted of a video, which nobody brings back from now on; ``None`` where it is not
        deleted, or not for long enough."""

    async def purge(self, video_id: str) -> None:
        """Removes the rows of a claimed video, and has its bytes looked for once more: what still ran when it
        was deleted may have written some since."""


class RevisionRows(Protocol):
    """What removing one revision needs of the rows."""

    async def in_use(self, video_id: str, revision_id: str) -> bool:
        """Whether it is the one that its video is served from, or being made to be, or its poster."""

    async def source_of(self, revision_id: str) -> str | None:
        """The key of its source; ``None`` where it has no row, as what was dropped."""

    async def forget(self, revision_id: str) -> None:
        """Removes the row of a retired revision. Idempotent."""


# --- the intake ----------------------------------------------------------------


@dataclass(frozen=True)
class Upload:
    """Bytes on their way to becoming the source of a video. How many there are, staging knows."""

    id: str
    video_id: str
    owner_id: str
    size_bytes: int
    """-1 while it is not known."""
    max_size_bytes: int
    complete: bool
    created_at: datetime
    reserved_bytes: int = 0
    """What it takes of its owner's quotas, and the most that it may grow to."""
    metadata: str = ""
    """What the client said of it, as it said it."""


@dataclass(frozen=True)
class Draft:
    """A video as it is first written down, when its upload begins."""

    id: str
    owner: Owner
    title: str
    description: str
    visibility: Visibility
    filename: str


def source_key(upload_id: str) -> str:
    """Where the bytes of an upload lie once they are sealed: each source in a folder of its own."""
    return f"sources/{upload_id}/original"


class Uploads(Protocol):
    """The rows of uploads. Each method is one transaction."""

    async def create(self, upload: Upload, draft: Draft, quotas: Quotas) -> Upload:
        """Writes the upload, its video and, where it is new, the owner. Returns the
        upload with what it reserved; uploads that race for the rest of a quota go one by one.
        Raises QuotaExceeded, RateLimited, and NotSignedIn where the owner's account was deleted,
        and then wrote nothing."""

    async def get(self, upload_id: str) -> Upload | None:
        """``None`` also where its video is deleted."""

    async def complete(self, upload_id: str, size_bytes: int, source_key: str) -> bool:
        """The video is processing and its first job is queued, or will be once its early copy has ended.
        Idempotent. False where the upload is gone."""

    async def copy_early(self, upload_id: str) -> None:
        """Orders a copy that is made while the bytes arrive, once for each upload."""

    async def disown_early_copy(self, upload_id: str) -> None:
        """Bytes that a copy may have read already may be taken back from now on."""

    async def usage(self, owner_id: str) -> Usage: ...

    async def abandon(self, upload_id: str) -> bool:
        """Removes the upload and its video; False where it is complete or gone."""

    async def abandon_expired(self, upload_ids: Collection[str]) -> Collection[str]:
        """Like ``abandon`` for those that nobody else is working on; returns them."""

    async def incomplete_before(self, created_before: datetime) -> Collection[str]:
        """Ids of uploads that are old enough to be expired."""


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    """``sha1`` or ``sha256``."""
    digest: bytes


@dataclass(frozen=True)
class Staged:
    """What is stored of an upload."""

    length_bytes: int
    modified_at: datetime
    """When its last byte arrived."""


class Staging(Protocol):
    """Bytes that are still arriving. What it reports is safely on the disk."""

    async def create(self, upload_id: str) -> None: ...

    async def staged(self, upload_id: str) -> Staged | None:
        """``None`` where nothing was ever staged, or not any more. Without what an append may still
        take back, because its checksum is not known to match."""

    async def append(
        self,
        upload_id: str,
        offset_bytes: int,
        pieces: AsyncIterator[bytes],
        *,
        limit_bytes: int,
        checksum: Checksum | None,
    ) -> None:
        """Appends until the pieces end, and keeps what it has when they break off. Ends an older
        append to the same upload. Raises UploadOffsetMismatch, TooLarge, ChecksumMismatch,
        Unavailable, and NotFound where nothing is staged."""

    async def seal(self, upload_id: str, size_bytes: int) -> int:
        """Moves the bytes to their ``source_key``, if there are so many; returns their number.
        Idempotent. Raises UploadOffsetMismatch, and NotFound where there is neither."""

    async def beginning(self, upload_id: str, most_bytes: int) -> bytes:
        """The first of what arrived; nothing where nothing is staged."""

    async def idle_since(self, before: datetime) -> Collection[str]:
        """Ids of what is staged and got no byte since then."""

    async def discard(self, upload_id: str) -> None:
        """Deletes the bytes of an upload whose row is gone, also where they were sealed."""
