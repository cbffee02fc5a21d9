import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from playhead.video.v1 import video_pb2 as _video_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SharedPerson(_message.Message):
    __slots__ = ("person", "create_time")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    person: _video_pb2.Owner
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, person: _Optional[_Union[_video_pb2.Owner, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShareLink(_message.Message):
    __slots__ = ("id", "label", "create_time", "expire_time", "has_password")
    ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    HAS_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    id: str
    label: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    has_password: bool
    def __init__(self, id: _Optional[str] = ..., label: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_password: _Optional[bool] = ...) -> None: ...

class ListSharesRequest(_message.Message):
    __slots__ = ("video_id",)
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    def __init__(self, video_id: _Optional[str] = ...) -> None: ...

class ListSharesResponse(_message.Message):
    __slots__ = ("people", "links")
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    people: _containers.RepeatedCompositeFieldContainer[SharedPerson]
    links: _containers.RepeatedCompositeFieldContainer[ShareLink]
    def __init__(self, people: _Optional[_Iterable[_Union[SharedPerson, _Mapping]]] = ..., links: _Optional[_Iterable[_Union[ShareLink, _Mapping]]] = ...) -> None: ...

class AddPersonRequest(_message.Message):
    __slots__ = ("video_id", "person")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    person: _video_pb2.Owner
    def __init__(self, video_id: _Optional[str] = ..., person: _Optional[_Union[_video_pb2.Owner, _Mapping]] = ...) -> None: ...

class AddPersonResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RemovePersonRequest(_message.Message):
    __slots__ = ("video_id", "person_id")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    person_id: str
    def __init__(self, video_id: _Optional[str] = ..., person_id: _Optional[str] = ...) -> None: ...

class RemovePersonResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateShareLinkRequest(_message.Message):
    __slots__ = ("video_id", "label", "expire_time", "password")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    label: str
    expire_time: _timestamp_pb2.Timestamp
    password: str
    def __init__(self, video_id: _Optional[str] = ..., label: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., password: _Optional[str] = ...) -> None: ...

class CreateShareLinkResponse(_message.Message):
    __slots__ = ("link", "secret")
    LINK_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    link: ShareLink
    secret: str
    def __init__(self, link: _Optional[_Union[ShareLink, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class RevokeShareLinkRequest(_message.Message):
    __slots__ = ("video_id", "link_id")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    LINK_ID_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    link_id: str
    def __init__(self, video_id: _Optional[str] = ..., link_id: _Optional[str] = ...) -> None: ...

class RevokeShareLinkResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OpenShareLinkRequest(_message.Message):
    __slots__ = ("video_id", "secret", "password")
    VIDEO_ID_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    video_id: str
    secret: str
    password: str
    def __init__(self, video_id: _Optional[str] = ..., secret: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class OpenShareLinkResponse(_message.Message):
    __slots__ = ("expire_time",)
    PASS_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., **kwargs) -> None: ...
