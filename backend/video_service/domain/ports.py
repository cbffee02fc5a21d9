"""What the use cases and the jobs need from the outside, in their own words."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from video_service.domain.access import AccessFacts, OpenedLink
from video_service.domain.caption_stores import EmbeddedCaption
from video_service.domain.chapters import Chapter
from video_service.domain.extras import Extra
from video_service.domain.plan import Plan
from video_service.domain.publication import Publication
from video_service.domain.video import Rendition

# --- objects -----------------------------------------------------------------


class NoSuchObject(KeyError):
    """There is none of this key, or the store is away."""


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of a stored object without reading it."""

    size_bytes: int
    etag: str
    """Quoted, strong (RFC 9110 section 8.8.3)."""
    modified_at: datetime


class Objects(Protocol):
    """The object store: immutable bytes under slash-separated keys.

    An object has at least one byte: what a loss of power left empty counts as not there.
    """

    async def create(self, key: str, content: bytes | Path) -> bool:
        """Stores a new object; False, and nothing changed, where the key exists already."""

    async def adopt(self, key: str, file: Path) -> bool:
        """Moves a file that lies beside the store, of any size, into it as a new object; False, and
        nothing changed, where the key exists already."""

    async def replace(self, key: str, content: bytes) -> None:
        """Stores an object, in place of an older one if there is one."""

    async def head(self, key: str) -> ObjectInfo | None:
        """``None`` where there is no such object."""

    async def read(self, key: str, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start``. Raises NoSuchObject."""

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of each object below a prefix, by key."""

    async def delete(self, key: str) -> None:
        """Deletes an object. Idempotent."""

    async def delete_below(self, prefix: str) -> None:
        """Deletes every object below a prefix."""

    async def materialise(self, key: str) -> Path:
        """A local file with the object's bytes, for ffmpeg to read. Raises NoSuchObject."""

    async def materialise_below(self, prefix: str) -> Path:
        """A local folder with the objects below a prefix. Raises NoSuchObject where there are none."""


class Publisher(Protocol):
    """Writes down what of a revision may change after it was published. Idempotent."""

    async def publish(self, publication: Publication) -> None: ...

    async def withdraw(self, video_id: str, revision_ids: Collection[str], folder: str) -> None:
        """Deletes a folder of some revisions of a video."""


# --- the work of the pipeline --------------------------------------------------


@dataclass(frozen=True)
class RevisionWork:
    """What a job must know of the revision it works on."""

    revision_id: str
    video_id: str
    source_key: str
    plan: Plan | None
    """``None`` until the probe job has frozen it."""
    never_copied: bool = False
    """Another revision of the same source could not be copied: nothing of it is."""
    source_is_damaged: bool = False
    """Which was seen when it was to be copied."""


@dataclass(frozen=True)
class ChunkWork:
    """A chunk that a worker has begun."""

    revision: RevisionWork
    index: int
    """Position in ``plan.chunks``."""
    attempt: int
    """1 for the first."""
    demanded_segment: int | None
    """A segment that a viewer waits for: begin there."""


@dataclass(frozen=True)
class ExtraWork:
    """An extra that a worker has begun."""

    revision: RevisionWork
    kind: Extra
    attempt: int
    """1 for the first."""


class Step(StrEnum):
    """What is one job of a revision: its row counts how often each was begun."""

    PROBE = "probe"
    POSTER = "poster"
    FINISH = "finish"


class Work(Protocol):
    """The rows that the jobs read and write. Each method is one transaction that
    raises the video's version and notifies, where it changes what a viewer sees."""

    async def revision(self, revision_id: str) -> RevisionWork | None:
        """``None`` when it was dropped or retired, or its video is deleted or failed: there is
        nothing to do."""

    async def begin_step(self, revision_id: str, step: Step) -> int:
        """Counts and returns the attempt, from 1."""

    async def take_back_step(self, revision_id: str, step: Step) -> None:
        """It was not to blame that it came to no end, so this beginning does not count."""

    async def adopt_plan(
        self,
        revision_id: str,
        plan: Plan,
        *,
        duration_seconds: float,
        width: int,
        height: int,
        renditions: Collection[Rendition],
        warnings: Collection[str],
        extras: Collection[Extra] = (),
        source_chapters: Collection[Chapter] = (),
    ) -> None:
        """Freezes the plan, publishes the master playlist, and enqueues the first chunks and the
        poster; what enqueues the rest comes behind them. Idempotent. ``source_chapters``: in
        media time."""

    async def enqueue_rest(self, revision_id: str) -> None:
        """Enqueues the other chunks and the extras. Idempotent."""

    async def begin_chunk(self, revision_id: str, index: int) -> ChunkWork | None:
        """Counts the attempt. ``None`` when done, given up, or the video is deleted."""

    async def segments_published(
        self, revision_id: str, index: int, done_fraction: float, first_of: Collection[str]
    ) -> bool:
        """A chunk got further, so what became of its workers before counts no more. ``first_of``: renditions
        whose segment 0 is now there. False where nobody wants the rest any more, as in ``revision``, or the
        chunk has ended already."""

    async def somebody_waits(self) -> bool:
        """Whether a person waits for something that nobody has begun: a segment, or their upload."""

    async def take_back_chunk(self, revision_id: str, index: int) -> None:
        """As ``take_back_step``."""

    async def chunk_put_back(self, revision_id: str, index: int, missing: Collection[int]) -> None:
        """Back into the queue with what is missing; the attempt does not count. A demand for what
        is missing keeps its place at the front."""

    async def chunk_done(self, revision_id: str, index: int) -> None:
        """Enqueues the finish job when it was the last chunk."""

    async def chunk_failed(self, revision_id: str, index: int, log: str) -> int:
        """Counts and returns the failures, from 1; the log is kept for operators."""

    async def chunk_given_up(self, revision_id: str, index: int, warning: str, log: str) -> None:
        """After its last attempt. Counts as over, so that the rest can finish."""

    async def begin_without_copying(self, revision_id: str, log: str, *, source_is_damaged: bool) -> None:
        """Another revision, of whose source nothing is copied, takes the place of this one."""

    async def begin_extra(self, revision_id: str, kind: Extra) -> ExtraWork | None:
        """Counts the attempt. ``None`` where it has ended, or as in ``revision``."""

    async def take_back_extra(self, revision_id: str, kind: Extra) -> None:
        """As ``take_back_step``."""

    async def extra_done(self, revision_id: str, kind: Extra, made: Mapping[str, Any]) -> None:
        """``made`` (JSON) is known of the video from now on."""

    async def extra_failed(self, revision_id: str, kind: Extra, log: str) -> int:
        """Counts and returns the failures, from 1; the log is kept for operators."""

    async def extra_given_up(self, revision_id: str, kind: Extra, warning: str, log: str) -> None:
        """After its last attempt."""

    async def embedded_captions(self, revision_id: str, found: Collection[EmbeddedCaption]) -> None:
        """What the source holds; published. Idempotent."""

    async def is_over(self, revision_id: str, *, but_for_poster: bool = False) -> bool:
        """Whether nothing more is to be made of the source. ``but_for_poster``: the poster's own job asks."""

    async def poster_published(self, revision_id: str, width: int, height: int) -> None: ...

    async def add_warning(self, revision_id: str, warning: str, log: str) -> None: ...

    async def finish(self, revision_id: str, renditions: Collection[Rendition], log: str = "") -> None:
        """The video is ready, with this revision, and its master playlist published with what was
        measured; chunk rows go. What was served until now stays
        for as long as somebody may be watching it. ``log``: what went wrong, for operators."""

    async def fail(
        self, revision_id: str, reason: str, message: str, log: str, *, unless_planned: bool = False
    ) -> bool:
        """Nothing of this revision can be watched: the video fails, or has a warning and what it
        had before. The log is kept for operators. False, and nothing changed, where it is over or not
        wanted any more; with ``unless_planned`` also where its plan stands."""


class OwnPosters(Protocol):
    """The rows of pictures that owners sent. Each change is announced."""

    async def begin_look(self, poster_id: str) -> int | None:
        """Counts and returns the attempt, from 1. ``None`` where it was looked at already, or is gone."""

    async def take_back_look(self, poster_id: str) -> None:
        """As ``Work.take_back_step``."""

    async def take(self, video_id: str, poster_id: str, width: int, height: int) -> None:
        """It is the video's poster from now on."""

    async def refuse(self, video_id: str, poster_id: str, why: str) -> None:
        """It cannot be shown. ``why`` is for operators."""


# --- delivery ------------------------------------------------------------------


@dataclass(frozen=True)
class MediaFacts:
    """What delivery must know of a video to answer a request for its bytes."""

    access: AccessFacts
    revision_id: str | None
    complete: bool
    """True once every segment is published: nothing will be demanded."""
    poster_id: str | None = None
    """The folder of the poster that its owner chose."""
    retired: frozenset[str] = frozenset()
    """Revisions that were served before. They are complete, and there until nobody can be
    watching them any more."""
    title: str = ""


class MediaIndex(Protocol):
    """Answers from memory, kept true by database notifications."""

    async def media(self, video_id: str) -> MediaFacts | None:
        """For who holds a genuine grant of the video."""

    async def public_media(self, video_id: str) -> MediaFacts | None:
        """For everybody: only what is public. What is not takes the same time, whatever the
        reason and whatever others ask for."""

    async def plan(self, revision_id: str) -> Plan | None: ...

    async def demand(self, revision_id: str, rendition: str, segment: int) -> bool:
        """Moves the chunk that answers for this segment of this rendition to the front of the queue.
        False where no chunk will ever: it has been made, or given up."""

    def changes(self, video_id: str) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        """Yields after each change of the video, from the moment the context is entered."""


class Grants(Protocol):
    """Signs and checks the right to one video's bytes: those that are watched, or with a subject of
    its own the file that is downloaded."""

    def issue(self, video_id: str, epoch: int, expires_at: datetime) -> str: ...

    def epoch_granted(self, grant: str, video_id: str, now: datetime) -> int | None:
        """The access epoch of a genuine, unexpired grant of this video; else ``None``."""


class Passes(Protocol):
    """Signs and checks that somebody opened a link."""

    def issue(self, opened: OpenedLink, expires_at: datetime) -> str: ...

    def opened(self, share_pass: str, now: datetime) -> OpenedLink | None:
        """``None`` where the pass is not genuine or has expired. Whether its link still exists,
        the rows know."""


class Passwords(Protocol):
    """Slow hashes, computed off the event loop."""

    async def hash(self, password: str) -> str: ...

    async def matches(self, password_hash: str, password: str) -> bool: ...
