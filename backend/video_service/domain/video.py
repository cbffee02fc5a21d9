"""The video: what a person publishes."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from video_service.domain.chapters import Chapter


class Visibility(StrEnum):
    """Who may see a video."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class VideoState(StrEnum):
    """``uploading`` to ``processing`` to ``ready``, or ``failed`` from the first two."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class RenditionKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True)
class Owner:
    id: str
    name: str


@dataclass(frozen=True)
class Failure:
    """Why nothing can be watched: a reason and a sentence for the owner."""

    reason: str
    message: str


@dataclass(frozen=True)
class Reprocessing:
    """How far the next revision is, while the one before it is served."""

    progress: float
    """The part that is done, 0 to 1."""
    seconds_left: float | None
    """As of a video."""


@dataclass(frozen=True)
class Rendition:
    """One stream offered to players. Sizes and frame rate are 0 for sound."""

    name: str
    kind: RenditionKind
    codecs: str
    width: int
    height: int
    frame_rate: float
    bandwidth_bps: int
    complete: bool
    average_bps: int | None = None
    """Known once it is measured."""
    title: str = ""
    """What people read in a menu; empty for pictures."""
    language: str | None = None
    """A BCP 47 tag, where it is known."""
    iframes_peak_bps: int | None = None
    """Of its playlist of single pictures, where there is one."""
    iframes_average_bps: int | None = None


@dataclass(frozen=True)
class SegmentRun:
    """Segments that follow each other."""

    first: int
    count: int


@dataclass(frozen=True)
class Poster:
    """A poster that belongs to the video, whatever its revision."""

    id: str
    """The name of its folder."""
    width: int
    height: int


@dataclass(frozen=True)
class Video:
    """A video as stored. What is not known yet is ``None``."""

    id: str
    owner: Owner
    title: str
    description: str
    tags: tuple[str, ...]
    visibility: Visibility
    state: VideoState
    playable: bool
    progress: float
    seconds_left: float | None
    """Estimated, when it was read, until the processing is over."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    access_epoch: int
    filename: str
    revision_id: str | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    renditions: tuple[Rendition, ...]
    extras: Mapping[str, Any]
    """What its extras made, by kind: see :mod:`video_service.domain.extras`."""
    chapters: tuple[Chapter, ...]
    has_poster: bool
    poster: Poster | None
    """What its owner chose instead of the one that was made by itself."""
    downloadable: bool | None
    """Whether those who may watch it may download it; ``None``: its owner has not said."""
    warnings: tuple[str, ...]
    failure: Failure | None
    reprocessing: Reprocessing | None
    view_count: int
    ready_segments: tuple[SegmentRun, ...] = ()
    """What plays at once while the rest is being made; not looked up for lists."""


def new_id() -> str:
    """128 random bits as 26 characters of lower-case base32 (RFC 4648): URL-safe, one case."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
