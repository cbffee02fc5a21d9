"""What the video service tells the gateway and takes from it, in the gateway's words."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.settings import Quotas


@dataclass(frozen=True)
class Opening:
    """What a stranger's watch page asks the video service for first, and what it answers (video.proto)."""

    video: bytes
    """GetVideoResponse."""
    playback: bytes
    """GetPlaybackResponse."""
    hls_path: str


@dataclass(frozen=True)
class Rendition:
    name: str
    kind: str
    codecs: str
    width: int | None
    height: int | None
    frame_rate: float | None
    bandwidth_bps: int
    complete: bool
    title: str | None
    """What people read of an audio track in a menu."""
    language: str | None
    """Of an audio track: a BCP 47 tag."""


@dataclass(frozen=True)
class Loudness:
    """Of an audio rendition (EBU R 128)."""

    rendition: str
    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True)
class Failure:
    reason: str
    message: str


@dataclass(frozen=True)
class Owner:
    id: str
    name: str


@dataclass(frozen=True)
class Reprocessing:
    """How far the next revision is; ``progress`` is 0 to 1."""

    progress: float
    seconds_left: float | None


@dataclass(frozen=True)
class Picture:
    """``path`` is relative to the video service."""

    path: str
    content_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Chapter:
    start_seconds: float
    title: str


@dataclass(frozen=True)
class Embedding:
    """Whose pages may show a video in a frame. Neither anywhere nor a site: nobody's."""

    anywhere: bool
    sites: list[str] = field(default_factory=list)
    """Such as `example.org`, `*.example.org`, `https://example.org`, `localhost:3000`."""


@dataclass(frozen=True)
class Video:
    """A video as the caller may see it; ``poster_path`` is relative to the video service."""

    id: str
    title: str
    description: str
    tags: tuple[str, ...]
    visibility: str
    state: str
    playable: bool
    progress: float
    seconds_left: float | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    owner: Owner
    created_at: datetime
    updated_at: datetime
    renditions: tuple[Rendition, ...]
    chapters: tuple[Chapter, ...]
    poster_path: str | None
    posters: tuple[Picture, ...]
    storyboard_path: str | None
    preview: Picture | None
    waveform_path: str | None
    stills: tuple[Picture, ...]
    warnings: tuple[str, ...]
    failure: Failure | None
    reprocessing: Reprocessing | None
    editable: bool
    moderatable: bool
    filename: str | None
    loudness: tuple[Loudness, ...]
    downloadable: bool
    view_count: int
    captioned: bool
    embedding: Embedding


@dataclass(frozen=True)
class VideoQuery:
    """Which videos to list, as the contract has it."""

    query: str
    owner: str
    min_duration_seconds: float | None
    max_duration_seconds: float | None
    created_after: datetime | None
    captioned: bool
    tag: str
    page_size: int
    page_token: str


@dataclass(frozen=True)
class Hit:
    """Where in a video's captions words of a query are said."""

    video_id: str
    start_seconds: float
    text: str
    language: str


@dataclass(frozen=True)
class VideoPage:
    videos: tuple[Video, ...]
    hits: tuple[Hit, ...]
    next_page_token: str
    """Empty on the last page."""


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    video_count: int


@dataclass(frozen=True)
class Upload:
    id: str
    video_id: str
    size_bytes: int
    offset_bytes: int
    expires_at: datetime | None
    complete: bool
    limit_bytes: int
    """The most that it takes."""
    metadata: str
    """What the client said of it, as it said it."""


@dataclass(frozen=True)
class Usage:
    """What a person's sources take, and what uploads in progress have reserved."""

    stored_bytes: int
    uploaded_today_bytes: int
    open_uploads: int


@dataclass(frozen=True)
class NewUpload:
    """What an upload begins with. ``size_bytes`` is -1 where it is not known beforehand."""

    size_bytes: int
    max_size_bytes: int
    quotas: Quotas
    filename: str = ""
    title: str = ""
    description: str = ""
    visibility: str | None = None
    metadata: str = ""


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class AuditEvent:
    """``actor_id`` is empty for the service itself, or somebody unknown."""

    id: int
    time: datetime
    actor_id: str
    actor_name: str
    action: str
    subject_id: str
    details: dict[str, str]
