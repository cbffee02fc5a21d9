import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaptionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPTION_KIND_UNSPECIFIED: _ClassVar[CaptionKind]
    CAPTION_KIND_SUBTITLES: _ClassVar[CaptionKind]
    CAPTION_KIND_CAPTIONS: _ClassVar[CaptionKind]

class CaptionFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPTION_FORMAT_UNSPECIFIED: _ClassVar[CaptionFormat]
    CAPTION_FORMAT_WEBVTT: _ClassVar[CaptionFormat]
    CAPTION_FORMAT_SUBRIP: _ClassVar[CaptionFormat]
CAPTION_KIND_UNSPECIFIED: CaptionKind
CAPTION_KIND_SUBTITLES: CaptionKind
CAPTION_KIND_CAPTIONS: CaptionKind
CAPTION_FORMAT_UNSPECIFIED: CaptionFormat
CAPTION_FORMAT_WEBVTT: CaptionFormat
CAPTION_FORMAT_SUBRIP: CaptionFormat

class Captions(_message.Message):
    __slots__ = ("id", "language", "kind", "label", "embedded", "update_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    EMBEDDED_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    language: str
    kind: CaptionKind
    label: str
    embedded: bool
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., language: _Optional[str] = ..., kind: _Optional[_Union[CaptionKind, str]] = ..., label: _Optional[str] = ..., embedded: _Optional[bool] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListCaptionsRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class ListCaptionsResponse(_message.Message):
    __slots__ = ("captions",)
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    captions: _containers.RepeatedCompositeFieldContainer[Captions]
    def __init__(self, captions: _Optional[_Iterable[_Union[Captions, _Mapping]]] = ...) -> None: ...

class UploadCaptionsRequest(_message.Message):
    __slots__ = ("video_id", "language", "kind", "label", "file")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    language: str
    kind: CaptionKind
    label: str
    file: bytes
    def __init__(self, video_id: _Optional[str] = ..., language: _Optional[str] = ..., kind: _Optional[_Union[CaptionKind, str]] = ..., label: _Optional[str] = ..., file: _Optional[bytes] = ...) -> None: ...

class UploadCaptionsResponse(_message.Message):
    __slots__ = ("captions", "ignored")
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    captions: Captions
    ignored: int
    def __init__(self, captions: _Optional[_Union[Captions, _Mapping]] = ..., ignored: _Optional[int] = ...) -> None: ...

class ReplaceCaptionsRequest(_message.Message):
    __slots__ = ("video_id", "id", "file")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    id: str
    file: bytes
    def __init__(self, video_id: _Optional[str] = ..., id: _Optional[str] = ..., file: _Optional[bytes] = ...) -> None: ...

class ReplaceCaptionsResponse(_message.Message):
    __slots__ = ("captions", "ignored")
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    captions: Captions
    ignored: int
    def __init__(self, captions: _Optional[_Union[Captions, _Mapping]] = ..., ignored: _Optional[int] = ...) -> None: ...

class RenameCaptionsRequest(_message.Message):
    __slots__ = ("video_id", "id", "label")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    id: str
    label: str
    def __init__(self, video_id: _Optional[str] = ..., id: _Optional[str] = ..., label: _Optional[str] = ...) -> None: ...

class RenameCaptionsResponse(_message.Message):
    __slots__ = ("captions",)
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    captions: Captions
    def __init__(self, captions: _Optional[_Union[Captions, _Mapping]] = ...) -> None: ...

class DownloadCaptionsRequest(_message.Message):
    __slots__ = ("video_id", "id", "format")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    id: str
    format: CaptionFormat
    def __init__(self, video_id: _Optional[str] = ..., id: _Optional[str] = ..., format: _Optional[_Union[CaptionFormat, str]] = ...) -> None: ...

class DownloadCaptionsResponse(_message.Message):
    __slots__ = ("captions", "file")
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    captions: Captions
    file: bytes
    def __init__(self, captions: _Optional[_Union[Captions, _Mapping]] = ..., file: _Optional[bytes] = ...) -> None: ...

class DeleteCaptionsRequest(_message.Message):
    __slots__ = ("video_id", "id")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    id: str
    def __init__(self, video_id: _Optional[str] = ..., id: _Optional[str] = ...) -> None: ...

class DeleteCaptionsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
