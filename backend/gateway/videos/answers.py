"""A video in the REST API: JSON with absolute addresses."""

from dataclasses import dataclass

from gateway.times import rfc3339
from gateway.video_records import Embedding, Picture, Rendition, Video


@dataclass(frozen=True)
class OwnerAnswer:
    id: str
    name: str


@dataclass(frozen=True)
class RenditionAnswer:
    name: str
    kind: str
    codecs: str
    width: int | None
    height: int | None
    frame_rate: float | None
    bandwidth_bps: int
    complete: bool
    title: str | None
    """What people read of an audio track in a menu; no two of a video have the same."""
    language: str | None
    """Of an audio track: a BCP 47 tag."""


@dataclass(frozen=True)
class LoudnessAnswer:
    """How loud an audio rendition is (EBU R 128); null is what cannot be said of silence."""

    rendition: str
    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True)
class FailureAnswer:
    reason: str
    message: str


@dataclass(frozen=True)
class ReprocessingAnswer:
    """How far the next revision is, while the one before it plays. `progress` is 0 to 1."""

    progress: float
    seconds_left: float | None


@dataclass(frozen=True)
class PictureAnswer:
    """A picture; `content_type` is `image/jpeg` or `image/webp`."""

    url: str
    content_type: str
    width: int
    height: int


@dataclass(frozen=True)
class ChapterAnswer:
    start_seconds: float
    title: str


@dataclass(frozen=True)
class VideoAnswer:
    """A video. What is not known yet is null; times are RFC 3339 in UTC."""

    id: str
    title: str
    description: str
    tags: list[str]
    visibility: str
    state: str
    playable: bool
    progress: float
    seconds_left: float | None
    """Estimated, until the processing is over; null while it cannot be said."""
    duration_seconds: float | None
    width: int | None
    height: int | None
    owner: OwnerAnswer
    created_at: str
    updated_at: str
    renditions: list[RenditionAnswer]
    chapters: list[ChapterAnswer]
    """The owner's; else those that the description lists; else those of the source."""
    url: str
    hls_url: str | None
    poster_url: str | None
    posters: list[PictureAnswer]
    """The poster in every size and format, the smallest files first."""
    storyboard_url: str | None
    """WebVTT: which part of which picture shows what is around a time."""
    preview: PictureAnswer | None
    """A few seconds of it, moving."""
    waveform_url: str | None
    """JSON: `seconds_per_peak`, and `peaks` from 0 to 100."""
    stills: list[PictureAnswer]
    """What the poster may be chosen from, by number from 0. Only for the owner."""
    warnings: list[str]
    failure: FailureAnswer | None
    reprocessing: ReprocessingAnswer | None
    editable: bool
    moderatable: bool
    filename: str | None
    loudness: list[LoudnessAnswer]
    """Of each audio rendition, once it is measured. Nothing is made louder or softer."""
    downloadable: bool
    """Whether those who may watch it may download it; its owner always may."""
    view_count: int
    """How often it was watched, once for each viewer in half a day at least."""
    captioned: bool
    """Whether there are captions."""
    embedding: Embedding


@dataclass(frozen=True)
class HitAnswer:
    """The place in a video's captions where most words of the query are said."""

    video_id: str
    start_seconds: float
    text: str
    language: str
    """A BCP 47 tag."""


@dataclass(frozen=True)
class VideosAnswer:
    videos: list[VideoAnswer]
    hits: list[HitAnswer]
    """At most one for each of the videos."""
    next_page_token: str
    """Empty on the last page."""


@dataclass(frozen=True)
class RelatedAnswer:
    videos: list[VideoAnswer]
    """Most closely related first."""


@dataclass(frozen=True)
class PersonAnswer:
    """What everybody may know of a person; `video_count` is counted up to 1000."""

    id: str
    name: str
    video_count: int


@dataclass(frozen=True)
class DeletedAnswer:
    undo_until: str


def video_answer(video: Video, *, gateway_url: str, video_url: str, hls_url: str | None) -> VideoAnswer:
    """The answer; the two origins are without a trailing slash."""
    failure, reprocessing = video.failure, video.reprocessing
    return VideoAnswer(
        id=video.id,
        title=video.title,
        description=video.description,
        tags=list(video.tags),
        visibility=video.visibility,
        state=video.state,
        playable=video.playable,
        progress=video.progress,
        seconds_left=video.seconds_left,
        duration_seconds=video.duration_seconds,
        width=video.width,
        height=video.height,
        owner=OwnerAnswer(video.owner.id, video.owner.name),
        created_at=rfc3339(video.created_at),
        updated_at=rfc3339(video.updated_at),
        renditions=[_rendition(rendition) for rendition in video.renditions],
        chapters=[ChapterAnswer(one.start_seconds, one.title) for one in video.chapters],
        url=f"{gateway_url}/videos/{video.id}",
        hls_url=hls_url,
        poster_url=video_url + video.poster_path if video.poster_path else None,
        posters=[_picture(video_url, picture) for picture in video.posters],
        storyboard_url=video_url + video.storyboard_path if video.storyboard_path else None,
        preview=_picture(video_url, video.preview) if video.preview else None,
        waveform_url=video_url + video.waveform_path if video.waveform_path else None,
        stills=[_picture(video_url, picture) for picture in video.stills],
        warnings=list(video.warnings),
        failure=FailureAnswer(failure.reason, failure.message) if failure else None,
        reprocessing=ReprocessingAnswer(**vars(reprocessing)) if reprocessing else None,
        editable=video.editable,
        moderatable=video.moderatable,
        filename=video.filename,
        loudness=[LoudnessAnswer(**vars(loudness)) for loudness in video.loudness],
        downloadable=video.downloadable,
        view_count=video.view_count,
        captioned=video.captioned,
        embedding=video.embedding,
    )


def _picture(video_url: str, picture: Picture) -> PictureAnswer:
    return PictureAnswer(video_url + picture.path, picture.content_type, picture.width, picture.height)


def _rendition(rendition: Rendition) -> RenditionAnswer:
    return RenditionAnswer(
        name=rendition.name,
        kind=rendition.kind,
        codecs=rendition.codecs,
        width=rendition.width,
        height=rendition.height,
        frame_rate=rendition.frame_rate,
        bandwidth_bps=rendition.bandwidth_bps,
        complete=rendition.complete,
        title=rendition.title,
        language=rendition.language,
    )
