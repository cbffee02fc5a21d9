import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from playhead.video.v1 import notices_pb2 as _notices_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Visibility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIBILITY_UNSPECIFIED: _ClassVar[Visibility]
    VISIBILITY_PUBLIC: _ClassVar[Visibility]
    VISIBILITY_UNLISTED: _ClassVar[Visibility]
    VISIBILITY_PRIVATE: _ClassVar[Visibility]

class VideoState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIDEO_STATE_UNSPECIFIED: _ClassVar[VideoState]
    VIDEO_STATE_UPLOADING: _ClassVar[VideoState]
    VIDEO_STATE_PROCESSING: _ClassVar[VideoState]
    VIDEO_STATE_READY: _ClassVar[VideoState]
    VIDEO_STATE_FAILED: _ClassVar[VideoState]

class RenditionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RENDITION_KIND_UNSPECIFIED: _ClassVar[RenditionKind]
    RENDITION_KIND_VIDEO: _ClassVar[RenditionKind]
    RENDITION_KIND_AUDIO: _ClassVar[RenditionKind]
VISIBILITY_UNSPECIFIED: Visibility
VISIBILITY_PUBLIC: Visibility
VISIBILITY_UNLISTED: Visibility
VISIBILITY_PRIVATE: Visibility
VIDEO_STATE_UNSPECIFIED: VideoState
VIDEO_STATE_UPLOADING: VideoState
VIDEO_STATE_PROCESSING: VideoState
VIDEO_STATE_READY: VideoState
VIDEO_STATE_FAILED: VideoState
RENDITION_KIND_UNSPECIFIED: RenditionKind
RENDITION_KIND_VIDEO: RenditionKind
RENDITION_KIND_AUDIO: RenditionKind

class Video(_message.Message):
    __slots__ = ("id", "title", "description", "tags", "visibility", "state", "playable", "progress", "duration_seconds", "width", "height", "owner", "create_time", "update_time", "delete_time", "renditions", "poster_path", "warnings", "notices", "failure", "version", "editable", "filename", "moderatable", "seconds_left", "reprocessing", "storyboard_path", "posters", "preview", "waveform_path", "stills", "chapters", "loudness", "downloadable", "embedding", "captioned", "view_count", "watched_to_seconds", "watch_later", "ready_segments")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PLAYABLE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    RENDITIONS_FIELD_NUMBER: _ClassVar[int]
    POSTER_PATH_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EDITABLE_FIELD_NUMBER: _ClassVar[int]
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    MODERATABLE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    REPROCESSING_FIELD_NUMBER: _ClassVar[int]
    STORYBOARD_PATH_FIELD_NUMBER: _ClassVar[int]
    POSTERS_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    WAVEFORM_PATH_FIELD_NUMBER: _ClassVar[int]
    STILLS_FIELD_NUMBER: _ClassVar[int]
    CHAPTERS_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    DOWNLOADABLE_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    CAPTIONED_FIELD_NUMBER: _ClassVar[int]
    VIEW_COUNT_FIELD_NUMBER: _ClassVar[int]
    WATCHED_TO_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WATCH_LATER_FIELD_NUMBER: _ClassVar[int]
    READY_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    visibility: Visibility
    state: VideoState
    playable: bool
    progress: float
    duration_seconds: float
    width: int
    height: int
    owner: Owner
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    renditions: _containers.RepeatedCompositeFieldContainer[Rendition]
    poster_path: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    notices: _containers.RepeatedCompositeFieldContainer[_notices_pb2.Notice]
    failure: Failure
    version: int
    editable: bool
    filename: str
    moderatable: bool
    seconds_left: float
    reprocessing: Reprocessing
    storyboard_path: str
    posters: _containers.RepeatedCompositeFieldContainer[Picture]
    preview: Picture
    waveform_path: str
    stills: _containers.RepeatedCompositeFieldContainer[Picture]
    chapters: _containers.RepeatedCompositeFieldContainer[Chapter]
    loudness: _containers.RepeatedCompositeFieldContainer[Loudness]
    downloadable: bool
    embedding: Embedding
    captioned: bool
    view_count: int
    watched_to_seconds: float
    watch_later: bool
    ready_segments: _containers.RepeatedCompositeFieldContainer[SegmentRun]
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., visibility: _Optional[_Union[Visibility, str]] = ..., state: _Optional[_Union[VideoState, str]] = ..., playable: _Optional[bool] = ..., progress: _Optional[float] = ..., duration_seconds: _Optional[float] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., owner: _Optional[_Union[Owner, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., renditions: _Optional[_Iterable[_Union[Rendition, _Mapping]]] = ..., poster_path: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ..., notices: _Optional[_Iterable[_Union[_notices_pb2.Notice, _Mapping]]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., version: _Optional[int] = ..., editable: _Optional[bool] = ..., filename: _Optional[str] = ..., moderatable: _Optional[bool] = ..., seconds_left: _Optional[float] = ..., reprocessing: _Optional[_Union[Reprocessing, _Mapping]] = ..., storyboard_path: _Optional[str] = ..., posters: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., preview: _Optional[_Union[Picture, _Mapping]] = ..., waveform_path: _Optional[str] = ..., stills: _Optional[_Iterable[_Union[Picture, _Mapping]]] = ..., chapters: _Optional[_Iterable[_Union[Chapter, _Mapping]]] = ..., loudness: _Optional[_Iterable[_Union[Loudness, _Mapping]]] = ..., downloadable: _Optional[bool] = ..., embedding: _Optional[_Union[Embedding, _Mapping]] = ..., captioned: _Optional[bool] = ..., view_count: _Optional[int] = ..., watched_to_seconds: _Optional[float] = ..., watch_later: _Optional[bool] = ..., ready_segments: _Optional[_Iterable[_Union[SegmentRun, _Mapping]]] = ...) -> None: ...

class Embedding(_message.Message):
    __slots__ = ("anywhere", "sites")
    ANYWHERE_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    anywhere: bool
    sites: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, anywhere: _Optional[bool] = ..., sites: _Optional[_Iterable[str]] = ...) -> None: ...

class SegmentRun(_message.Message):
    __slots__ = ("first", "count")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    first: int
    count: int
    def __init__(self, first: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class Picture(_message.Message):
    __slots__ = ("path", "content_type", "width", "height")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    path: str
    content_type: str
    width: int
    height: int
    def __init__(self, path: _Optional[str] = ..., content_type: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Chapter(_message.Message):
    __slots__ = ("start_seconds", "title")
    START_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    start_seconds: float
    title: str
    def __init__(self, start_seconds: _Optional[float] = ..., title: _Optional[str] = ...) -> None: ...

class Loudness(_message.Message):
    __slots__ = ("rendition", "integrated_lufs", "range_lu", "true_peak_dbtp")
    RENDITION_FIELD_NUMBER: _ClassVar[int]
    INTEGRATED_LUFS_FIELD_NUMBER: _ClassVar[int]
    RANGE_LU_FIELD_NUMBER: _ClassVar[int]
    TRUE_PEAK_DBTP_FIELD_NUMBER: _ClassVar[int]
    rendition: str
    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    def __init__(self, rendition: _Optional[str] = ..., integrated_lufs: _Optional[float] = ..., range_lu: _Optional[float] = ..., true_peak_dbtp: _Optional[float] = ...) -> None: ...

class Reprocessing(_message.Message):
    __slots__ = ("progress", "seconds_left")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    progress: float
    seconds_left: float
    def __init__(self, progress: _Optional[float] = ..., seconds_left: _Optional[float] = ...) -> None: ...

class Owner(_message.Message):
    __slots__ = ("id", "name")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class Rendition(_message.Message):
    __slots__ = ("name", "kind", "codecs", "width", "height", "frame_rate", "bandwidth_bps", "complete", "title", "language")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODECS_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    BANDWIDTH_BPS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: RenditionKind
    codecs: str
    width: int
    height: int
    frame_rate: float
    bandwidth_bps: int
    complete: bool
    title: str
    language: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[RenditionKind, str]] = ..., codecs: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., frame_rate: _Optional[float] = ..., bandwidth_bps: _Optional[int] = ..., complete: _Optional[bool] = ..., title: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("reason", "message", "notice")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    notice: _notices_pb2.Notice
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., notice: _Optional[_Union[_notices_pb2.Notice, _Mapping]] = ...) -> None: ...

class GetVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetVideoResponse(_message.Message):
    __slots__ = ("video",)
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    video: Video
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class ListVideosRequest(_message.Message):
    __slots__ = ("query", "owner", "page_size", "page_token", "min_duration_seconds", "max_duration_seconds", "created_after_time", "captioned", "tag")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AFTER_TIME_FIELD_NUMBER: _ClassVar[int]
    CAPTIONED_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    query: str
    owner: str
    page_size: int
    page_token: str
    min_duration_seconds: float
    max_duration_seconds: float
    created_after_time: _timestamp_pb2.Timestamp
    captioned: bool
    tag: str
    def __init__(self, query: _Optional[str] = ..., owner: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_duration_seconds: _Optional[float] = ..., max_duration_seconds: _Optional[float] = ..., created_after_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., captioned: _Optional[bool] = ..., tag: _Optional[str] = ...) -> None: ...

class ListVideosResponse(_message.Message):
    __slots__ = ("videos", "next_page_token", "hits")
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[Video]
    next_page_token: str
    hits: _containers.RepeatedCompositeFieldContainer[SearchHit]
    def __init__(self, videos: _Optional[_Iterable[_Union[Video, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., hits: _Optional[_Iterable[_Union[SearchHit, _Mapping]]] = ...) -> None: ...

class SearchHit(_message.Message):
    __slots__ = ("video_id", "start_seconds", "text", "language")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    START_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    start_seconds: float
    text: str
    language: str
    def __init__(self, video_id: _Optional[str] = ..., start_seconds: _Optional[float] = ..., text: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class ListRelatedVideosRequest(_message.Message):
    __slots__ = ("id", "page_size")
    ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    id: str
    page_size: int
    def __init__(self, id: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListRelatedVideosResponse(_message.Message):
    __slots__ = ("videos",)
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[Video]
    def __init__(self, videos: _Optional[_Iterable[_Union[Video, _Mapping]]] = ...) -> None: ...

class GetPersonRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetPersonResponse(_message.Message):
    __slots__ = ("person", "video_count")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    VIDEO_COUNT_FIELD_NUMBER: _ClassVar[int]
    person: Owner
    video_count: int
    def __init__(self, person: _Optional[_Union[Owner, _Mapping]] = ..., video_count: _Optional[int] = ...) -> None: ...

class UpdateVideoRequest(_message.Message):
    __slots__ = ("video", "update_mask")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    video: Video
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateVideoResponse(_message.Message):
    __slots__ = ("video",)
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    video: Video
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class DeleteVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteVideoResponse(_message.Message):
    __slots__ = ("undo_until_time",)
    UNDO_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    undo_until_time: _timestamp_pb2.Timestamp
    def __init__(self, undo_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UndeleteVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class UndeleteVideoResponse(_message.Message):
    __slots__ = ("video",)
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    video: Video
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class ReprocessVideoRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ReprocessVideoResponse(_message.Message):
    __slots__ = ("video",)
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    video: Video
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class CancelProcessingRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class CancelProcessingResponse(_message.Message):
    __slots__ = ("video",)
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    video: Video
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ...) -> None: ...

class GetPlaybackRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetPlaybackResponse(_message.Message):
    __slots__ = ("hls_path", "expire_time")
    HLS_PATH_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    hls_path: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, hls_path: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetDownloadRequest(_message.Message):
    __slots__ = ("id", "audio")
    ID_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    id: str
    audio: str
    def __init__(self, id: _Optional[str] = ..., audio: _Optional[str] = ...) -> None: ...

class GetDownloadResponse(_message.Message):
    __slots__ = ("path", "expire_time", "size_bytes")
    PATH_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    path: str
    expire_time: _timestamp_pb2.Timestamp
    size_bytes: int
    def __init__(self, path: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class WatchVideosRequest(_message.Message):
    __slots__ = ("videos",)
    class Cursor(_message.Message):
        __slots__ = ("id", "known_version")
        ID_FIELD_NUMBER: _ClassVar[int]
        KNOWN_VERSION_FIELD_NUMBER: _ClassVar[int]
        id: str
        known_version: int
        def __init__(self, id: _Optional[str] = ..., known_version: _Optional[int] = ...) -> None: ...
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[WatchVideosRequest.Cursor]
    def __init__(self, videos: _Optional[_Iterable[_Union[WatchVideosRequest.Cursor, _Mapping]]] = ...) -> None: ...

class WatchVideosResponse(_message.Message):
    __slots__ = ("video", "gone_id")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    GONE_ID_FIELD_NUMBER: _ClassVar[int]
    video: Video
    gone_id: str
    def __init__(self, video: _Optional[_Union[Video, _Mapping]] = ..., gone_id: _Optional[str] = ...) -> None: ...
