"""Between the domain's words and the messages of the contract."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from playhead.video.v1 import notices_pb2, upload_pb2, video_pb2
from video_service.catalog import Seen
from video_service.domain.chapters import Chapter
from video_service.domain.embedding import Embedding
from video_service.domain.errors import InvalidInput
from video_service.domain.extras import Extra
from video_service.domain.finding import Filters, Hit
from video_service.domain.notices import Notice
from video_service.domain.pictures import Picture
from video_service.domain.stores import Changes
from video_service.domain.video import Owner, Rendition, RenditionKind, VideoState, Visibility
from video_service.intake import UploadStatus

_VISIBILITIES = {
    Visibility.PUBLIC: video_pb2.VISIBILITY_PUBLIC,
    Visibility.UNLISTED: video_pb2.VISIBILITY_UNLISTED,
    Visibility.PRIVATE: video_pb2.VISIBILITY_PRIVATE,
}
_VISIBILITY_OF = {number: visibility for visibility, number in _VISIBILITIES.items()}
_STATES = {
    VideoState.UPLOADING: video_pb2.VIDEO_STATE_UPLOADING,
    VideoState.PROCESSING: video_pb2.VIDEO_STATE_PROCESSING,
    VideoState.READY: video_pb2.VIDEO_STATE_READY,
    VideoState.FAILED: video_pb2.VIDEO_STATE_FAILED,
}
_KINDS = {
    RenditionKind.VIDEO: video_pb2.RENDITION_KIND_VIDEO,
    RenditionKind.AUDIO: video_pb2.RENDITION_KIND_AUDIO,
}
_CHANGEABLE = ("title", "description", "tags", "visibility", "chapters", "downloadable", "embedding")


def video_message(seen: Seen) -> video_pb2.Video:
    """Some fields are the owner's alone."""
    video, pictures = seen.video, seen.pictures
    message = video_pb2.Video(
        id=video.id,
        title=video.title,
        description=video.description,
        tags=video.tags,
        visibility=_VISIBILITIES[video.visibility],
        state=_STATES[video.state],
        playable=video.playable,
        progress=video.progress,
        seconds_left=video.seconds_left,
        duration_seconds=video.duration_seconds,
        width=video.width,
        height=video.height,
        owner=owner_message(video.owner),
        create_time=timestamp(video.created_at),
        update_time=timestamp(video.updated_at),
        renditions=[_rendition_message(rendition) for rendition in video.renditions],
        chapters=[
            video_pb2.Chapter(start_seconds=one.start_seconds, title=one.title) for one in video.chapters
        ],
        ready_segments=[
            video_pb2.SegmentRun(first=run.first, count=run.count) for run in video.ready_segments
        ],
        poster_path=pictures.poster_path,
        posters=[picture_message(picture) for picture in pictures.posters],
        storyboard_path=pictures.storyboard_path,
        preview=None if pictures.preview is None else picture_message(pictures.preview),
        waveform_path=pictures.waveform_path,
        version=video.version,
        editable=seen.editable,
        moderatable=seen.moderatable,
        loudness=_loudness_messages(video.extras.get(Extra.LOUDNESS, {})),
        downloadable=seen.downloadable,
        view_count=video.view_count,
        watched_to_seconds=seen.own.watched_to_seconds,
        watch_later=seen.own.watch_later,
        captioned=video.captioned,
        embedding=video_pb2.Embedding(anywhere=video.embedding.anywhere, sites=video.embedding.sites),
    )
    if seen.editable:
        message.warnings.extend(video.warnings)
        message.notices.extend(notice_message(warning) for warning in video.warnings)
        message.filename = video.filename
        message.stills.extend(picture_message(picture) for picture in pictures.stills)
        if video.deleted_at is not None:
            message.delete_time.CopyFrom(timestamp(video.deleted_at))
        if video.failure is not None:
            message.failure.CopyFrom(
                video_pb2.Failure(
                    reason=video.failure.reason,
                    message=video.failure.message,
                    notice=notice_message(video.failure.message),
                )
            )
        if video.reprocessing is not None:
            message.reprocessing.CopyFrom(
                video_pb2.Reprocessing(
                    progress=video.reprocessing.progress, seconds_left=video.reprocessing.seconds_left
                )
            )
    return message


def upload_message(status: UploadStatus) -> upload_pb2.Upload:
    upload = status.upload
    return upload_pb2.Upload(
        id=upload.id,
        video_id=upload.video_id,
        size_bytes=upload.size_bytes,
        offset_bytes=status.offset_bytes,
        expire_time=None if status.expires_at is None else timestamp(status.expires_at),
        complete=upload.complete,
        limit_bytes=upload.reserved_bytes,
        metadata=upload.metadata,
    )


def visibility_of(number: video_pb2.Visibility) -> Visibility | None:
    """``None`` where it is not given. Raises InvalidInput for a number that has no meaning."""
    if number == video_pb2.VISIBILITY_UNSPECIFIED:
        return None
    if number not in _VISIBILITY_OF:
        raise InvalidInput("visibility", "is not one of public, unlisted, private")
    return _VISIBILITY_OF[number]


def changes_of(video: video_pb2.Video, paths: Collection[str]) -> Changes:
    """The fields that an update mask names. Raises InvalidInput."""
    unknown = sorted(set(paths) - set(_CHANGEABLE))
    if unknown or not paths:
        raise InvalidInput("update_mask", f"must name fields among {', '.join(_CHANGEABLE)}")
    visibility = visibility_of(video.visibility) if "visibility" in paths else None
    if "visibility" in paths and visibility is None:
        raise InvalidInput("visibility", "is missing")
    return Changes(
        title=video.title if "title" in paths else None,
        description=video.description if "description" in paths else None,
        tags=tuple(video.tags) if "tags" in paths else None,
        visibility=visibility,
        chapters=tuple(Chapter(one.start_seconds, one.title) for one in video.chapters)
        if "chapters" in paths
        else None,
        downloadable=video.downloadable if "downloadable" in paths else None,
        embedding=Embedding(video.embedding.anywhere, tuple(video.embedding.sites))
        if "embedding" in paths
        else None,
    )


def filters_of(request: video_pb2.ListVideosRequest) -> Filters:
    """Raises InvalidInput for a time that is none."""
    given = request.HasField
    return Filters(
        min_duration_seconds=request.min_duration_seconds if given("min_duration_seconds") else None,
        max_duration_seconds=request.max_duration_seconds if given("max_duration_seconds") else None,
        created_after=time_of("created_after_time", request.created_after_time)
        if given("created_after_time")
        else None,
        captioned=request.captioned,
        tag=request.tag,
    )


def hit_message(hit: Hit) -> video_pb2.SearchHit:
    return video_pb2.SearchHit(
        video_id=hit.video_id, start_seconds=hit.start_seconds, text=hit.text, language=hit.language
    )


def owner_message(owner: Owner) -> video_pb2.Owner:
    return video_pb2.Owner(id=owner.id, name=owner.name)


def time_of(field: str, message: Timestamp) -> datetime:
    """Raises InvalidInput where it lies outside of what a calendar holds."""
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field, "is not a time") from error


def timestamp(time: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(time)
    return message


def picture_message(picture: Picture) -> video_pb2.Picture:
    return video_pb2.Picture(
        path=picture.path,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
    )


def notice_message(sentence: str) -> notices_pb2.Notice:
    """Of a sentence without a code there is the sentence alone."""
    if not isinstance(sentence, Notice):
        return notices_pb2.Notice(message=sentence)
    return notices_pb2.Notice(code=sentence.code, message=sentence, values=sentence.values)


def _rendition_message(rendition: Rendition) -> video_pb2.Rendition:
    return video_pb2.Rendition(
        name=rendition.name,
        kind=_KINDS[rendition.kind],
        codecs=rendition.codecs,
        width=rendition.width,
        height=rendition.height,
        frame_rate=rendition.frame_rate,
        bandwidth_bps=rendition.bandwidth_bps,
        complete=rendition.complete,
        title=rendition.title,
        language=rendition.language or "",
    )


def _loudness_messages(measured: Mapping[str, Mapping[str, float | None]]) -> Iterator[video_pb2.Loudness]:
    for name, values in measured.items():
        yield video_pb2.Loudness(rendition=name, **values)
