import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from playhead.video.v1 import video_pb2 as _video_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordViewingRequest(_message.Message):
    __slots__ = ("video_id", "position_seconds", "watched_seconds")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    WATCHED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    position_seconds: float
    watched_seconds: float
    def __init__(self, video_id: _Optional[str] = ..., position_seconds: _Optional[float] = ..., watched_seconds: _Optional[float] = ...) -> None: ...

class RecordViewingResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListHistoryRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Viewing(_message.Message):
    __slots__ = ("video", "watch_time")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    WATCH_TIME_FIELD_NUMBER: _ClassVar[int]
    video: _video_pb2.Video
    watch_time: _timestamp_pb2.Timestamp
    def __init__(self, video: _Optional[_Union[_video_pb2.Video, _Mapping]] = ..., watch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListHistoryResponse(_message.Message):
    __slots__ = ("viewings", "next_page_token", "paused")
    VIEWINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    viewings: _containers.RepeatedCompositeFieldContainer[Viewing]
    next_page_token: str
    paused: bool
    def __init__(self, viewings: _Optional[_Iterable[_Union[Viewing, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., paused: _Optional[bool] = ...) -> None: ...

class ListUnfinishedRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUnfinishedResponse(_message.Message):
    __slots__ = ("videos", "next_page_token")
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[_video_pb2.Video]
    next_page_token: str
    def __init__(self, videos: _Optional[_Iterable[_Union[_video_pb2.Video, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveFromHistoryRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class RemoveFromHistoryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClearHistoryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClearHistoryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SetHistoryPausedRequest(_message.Message):
    __slots__ = ("paused",)
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    def __init__(self, paused: _Optional[bool] = ...) -> None: ...

class SetHistoryPausedResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListWatchLaterRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListWatchLaterResponse(_message.Message):
    __slots__ = ("videos", "next_page_token")
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[_video_pb2.Video]
    next_page_token: str
    def __init__(self, videos: _Optional[_Iterable[_Union[_video_pb2.Video, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AddToWatchLaterRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class AddToWatchLaterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RemoveFromWatchLaterRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class RemoveFromWatchLaterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
