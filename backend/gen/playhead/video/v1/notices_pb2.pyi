from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class NoticeCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_CODE_UNSPECIFIED: _ClassVar[NoticeCode]
    NOTICE_CODE_EMPTY: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_LONG: _ClassVar[NoticeCode]
    NOTICE_CODE_WRONG_LENGTH: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_MANY: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_PRINTABLE: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_AN_EMAIL: _ClassVar[NoticeCode]
    NOTICE_CODE_EMAIL_TAKEN: _ClassVar[NoticeCode]
    NOTICE_CODE_INVITED_OTHERWISE: _ClassVar[NoticeCode]
    NOTICE_CODE_LINK_SPENT: _ClassVar[NoticeCode]
    NOTICE_CODE_PASSWORD_WRONG: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_SUCH_PERSON: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_ONESELF: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_IN_FUTURE: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_SO_MANY_DAYS: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_WORDS: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_A_LANGUAGE: _ClassVar[NoticeCode]
    NOTICE_CODE_LANGUAGE_TAKEN: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_CAPTIONS: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_MANY_CUES: _ClassVar[NoticeCode]
    NOTICE_CODE_FILE_TOO_LARGE: _ClassVar[NoticeCode]
    NOTICE_CODE_FILE_EMPTY: _ClassVar[NoticeCode]
    NOTICE_CODE_CHAPTER_UNTITLED: _ClassVar[NoticeCode]
    NOTICE_CODE_CHAPTER_OUTSIDE: _ClassVar[NoticeCode]
    NOTICE_CODE_CHAPTERS_UNORDERED: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_A_SITE: _ClassVar[NoticeCode]
    NOTICE_CODE_ONLY_ADMIN: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_ADMIN: _ClassVar[NoticeCode]
    NOTICE_CODE_SCOPES_MISSING: _ClassVar[NoticeCode]
    NOTICE_CODE_UNKNOWN_NAME: _ClassVar[NoticeCode]
    NOTICE_CODE_KIND_UNSUPPORTED: _ClassVar[NoticeCode]
    NOTICE_CODE_CODEC_UNSUPPORTED: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_A_VIDEO: _ClassVar[NoticeCode]
    NOTICE_CODE_ONLY_SOUND: _ClassVar[NoticeCode]
    NOTICE_CODE_NOTHING_IN_IT: _ClassVar[NoticeCode]
    NOTICE_CODE_SOUND_UNDECODABLE: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_COSTLY: _ClassVar[NoticeCode]
    NOTICE_CODE_PICTURE_SIZE_UNKNOWN: _ClassVar[NoticeCode]
    NOTICE_CODE_PICTURE_TOO_LARGE: _ClassVar[NoticeCode]
    NOTICE_CODE_DOLBY_VISION: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_MANY_HOURS: _ClassVar[NoticeCode]
    NOTICE_CODE_TOO_MANY_PICTURES: _ClassVar[NoticeCode]
    NOTICE_CODE_PICTURES_OVERLAP: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_PICTURE: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_TIMES: _ClassVar[NoticeCode]
    NOTICE_CODE_UNREADABLE: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_EXAMINED: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_CONVERTED: _ClassVar[NoticeCode]
    NOTICE_CODE_STOPPED: _ClassVar[NoticeCode]
    NOTICE_CODE_NOT_A_POSTER: _ClassVar[NoticeCode]
    NOTICE_CODE_POSTER_UNREADABLE: _ClassVar[NoticeCode]
    NOTICE_CODE_CUT_OFF: _ClassVar[NoticeCode]
    NOTICE_CODE_DAMAGED: _ClassVar[NoticeCode]
    NOTICE_CODE_AUDIO_LEFT_OUT: _ClassVar[NoticeCode]
    NOTICE_CODE_SUBTITLES_LEFT_OUT: _ClassVar[NoticeCode]
    NOTICE_CODE_SUBTITLES_UNREADABLE: _ClassVar[NoticeCode]
    NOTICE_CODE_CLOSED_CAPTIONS_LEFT_OUT: _ClassVar[NoticeCode]
    NOTICE_CODE_PICTURE_PART_MISSING: _ClassVar[NoticeCode]
    NOTICE_CODE_SOUND_PART_MISSING: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_POSTER: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_STORYBOARD: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_STILLS: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_PREVIEW: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_WAVEFORM: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_CAPTIONS: _ClassVar[NoticeCode]
    NOTICE_CODE_NO_LOUDNESS: _ClassVar[NoticeCode]
    NOTICE_CODE_AGAIN_IN_VAIN: _ClassVar[NoticeCode]
NOTICE_CODE_UNSPECIFIED: NoticeCode
NOTICE_CODE_EMPTY: NoticeCode
NOTICE_CODE_TOO_LONG: NoticeCode
NOTICE_CODE_WRONG_LENGTH: NoticeCode
NOTICE_CODE_TOO_MANY: NoticeCode
NOTICE_CODE_NOT_PRINTABLE: NoticeCode
NOTICE_CODE_NOT_AN_EMAIL: NoticeCode
NOTICE_CODE_EMAIL_TAKEN: NoticeCode
NOTICE_CODE_INVITED_OTHERWISE: NoticeCode
NOTICE_CODE_LINK_SPENT: NoticeCode
NOTICE_CODE_PASSWORD_WRONG: NoticeCode
NOTICE_CODE_NO_SUCH_PERSON: NoticeCode
NOTICE_CODE_NOT_ONESELF: NoticeCode
NOTICE_CODE_NOT_IN_FUTURE: NoticeCode
NOTICE_CODE_NOT_SO_MANY_DAYS: NoticeCode
NOTICE_CODE_NO_WORDS: NoticeCode
NOTICE_CODE_NOT_A_LANGUAGE: NoticeCode
NOTICE_CODE_LANGUAGE_TAKEN: NoticeCode
NOTICE_CODE_NOT_CAPTIONS: NoticeCode
NOTICE_CODE_TOO_MANY_CUES: NoticeCode
NOTICE_CODE_FILE_TOO_LARGE: NoticeCode
NOTICE_CODE_FILE_EMPTY: NoticeCode
NOTICE_CODE_CHAPTER_UNTITLED: NoticeCode
NOTICE_CODE_CHAPTER_OUTSIDE: NoticeCode
NOTICE_CODE_CHAPTERS_UNORDERED: NoticeCode
NOTICE_CODE_NOT_A_SITE: NoticeCode
NOTICE_CODE_ONLY_ADMIN: NoticeCode
NOTICE_CODE_NO_ADMIN: NoticeCode
NOTICE_CODE_SCOPES_MISSING: NoticeCode
NOTICE_CODE_UNKNOWN_NAME: NoticeCode
NOTICE_CODE_KIND_UNSUPPORTED: NoticeCode
NOTICE_CODE_CODEC_UNSUPPORTED: NoticeCode
NOTICE_CODE_NOT_A_VIDEO: NoticeCode
NOTICE_CODE_ONLY_SOUND: NoticeCode
NOTICE_CODE_NOTHING_IN_IT: NoticeCode
NOTICE_CODE_SOUND_UNDECODABLE: NoticeCode
NOTICE_CODE_TOO_COSTLY: NoticeCode
NOTICE_CODE_PICTURE_SIZE_UNKNOWN: NoticeCode
NOTICE_CODE_PICTURE_TOO_LARGE: NoticeCode
NOTICE_CODE_DOLBY_VISION: NoticeCode
NOTICE_CODE_TOO_MANY_HOURS: NoticeCode
NOTICE_CODE_TOO_MANY_PICTURES: NoticeCode
NOTICE_CODE_PICTURES_OVERLAP: NoticeCode
NOTICE_CODE_NO_PICTURE: NoticeCode
NOTICE_CODE_NO_TIMES: NoticeCode
NOTICE_CODE_UNREADABLE: NoticeCode
NOTICE_CODE_NOT_EXAMINED: NoticeCode
NOTICE_CODE_NOT_CONVERTED: NoticeCode
NOTICE_CODE_STOPPED: NoticeCode
NOTICE_CODE_NOT_A_POSTER: NoticeCode
NOTICE_CODE_POSTER_UNREADABLE: NoticeCode
NOTICE_CODE_CUT_OFF: NoticeCode
NOTICE_CODE_DAMAGED: NoticeCode
NOTICE_CODE_AUDIO_LEFT_OUT: NoticeCode
NOTICE_CODE_SUBTITLES_LEFT_OUT: NoticeCode
NOTICE_CODE_SUBTITLES_UNREADABLE: NoticeCode
NOTICE_CODE_CLOSED_CAPTIONS_LEFT_OUT: NoticeCode
NOTICE_CODE_PICTURE_PART_MISSING: NoticeCode
NOTICE_CODE_SOUND_PART_MISSING: NoticeCode
NOTICE_CODE_NO_POSTER: NoticeCode
NOTICE_CODE_NO_STORYBOARD: NoticeCode
NOTICE_CODE_NO_STILLS: NoticeCode
NOTICE_CODE_NO_PREVIEW: NoticeCode
NOTICE_CODE_NO_WAVEFORM: NoticeCode
NOTICE_CODE_NO_CAPTIONS: NoticeCode
NOTICE_CODE_NO_LOUDNESS: NoticeCode
NOTICE_CODE_AGAIN_IN_VAIN: NoticeCode

class Notice(_message.Message):
    __slots__ = ("code", "message", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    values: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...
