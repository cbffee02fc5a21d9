import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetSitemapRequest(_message.Message):
    __slots__ = ("prefix",)
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    prefix: str
    def __init__(self, prefix: _Optional[str] = ...) -> None: ...

class GetSitemapResponse(_message.Message):
    __slots__ = ("videos", "prefix_characters")
    class Entry(_message.Message):
        __slots__ = ("id", "update_time")
        ID_FIELD_NUMBER: _ClassVar[int]
        UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
        id: str
        update_time: _timestamp_pb2.Timestamp
        def __init__(self, id: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    VIDEOS_FIELD_NUMBER: _ClassVar[int]
    PREFIX_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    videos: _containers.RepeatedCompositeFieldContainer[GetSitemapResponse.Entry]
    prefix_characters: int
    def __init__(self, videos: _Optional[_Iterable[_Union[GetSitemapResponse.Entry, _Mapping]]] = ..., prefix_characters: _Optional[int] = ...) -> None: ...
