"""What people are told, by code, so that it can be said in any language."""

from collections.abc import Mapping
from enum import StrEnum


class NoticeCode(StrEnum):
    """The names of what the video service tells; the contract documents each, and its values."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    WRONG_LENGTH = "WRONG_LENGTH"
    TOO_MANY = "TOO_MANY"
    NOT_PRINTABLE = "NOT_PRINTABLE"
    NOT_ONESELF = "NOT_ONESELF"
    NOT_IN_FUTURE = "NOT_IN_FUTURE"
    NO_WORDS = "NO_WORDS"
    NOT_A_LANGUAGE = "NOT_A_LANGUAGE"
    LANGUAGE_TAKEN = "LANGUAGE_TAKEN"
    NOT_CAPTIONS = "NOT_CAPTIONS"
    TOO_MANY_CUES = "TOO_MANY_CUES"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_EMPTY = "FILE_EMPTY"
    CHAPTER_UNTITLED = "CHAPTER_UNTITLED"
    CHAPTER_OUTSIDE = "CHAPTER_OUTSIDE"
    CHAPTERS_UNORDERED = "CHAPTERS_UNORDERED"
    NOT_A_SITE = "NOT_A_SITE"

    KIND_UNSUPPORTED = "KIND_UNSUPPORTED"
    CODEC_UNSUPPORTED = "CODEC_UNSUPPORTED"
    NOT_A_VIDEO = "NOT_A_VIDEO"
    ONLY_SOUND = "ONLY_SOUND"
    NOTHING_IN_IT = "NOTHING_IN_IT"
    SOUND_UNDECODABLE = "SOUND_UNDECODABLE"
    TOO_COSTLY = "TOO_COSTLY"
    PICTURE_SIZE_UNKNOWN = "PICTURE_SIZE_UNKNOWN"
    PICTURE_TOO_LARGE = "PICTURE_TOO_LARGE"
    DOLBY_VISION = "DOLBY_VISION"
    TOO_MANY_HOURS = "TOO_MANY_HOURS"
    TOO_MANY_PICTURES = "TOO_MANY_PICTURES"
    PICTURES_OVERLAP = "PICTURES_OVERLAP"
    NO_PICTURE = "NO_PICTURE"
    NO_TIMES = "NO_TIMES"
    UNREADABLE = "UNREADABLE"
    NOT_EXAMINED = "NOT_EXAMINED"
    NOT_CONVERTED = "NOT_CONVERTED"
    STOPPED = "STOPPED"
    NOT_A_POSTER = "NOT_A_POSTER"
    POSTER_UNREADABLE = "POSTER_UNREADABLE"

    CUT_OFF = "CUT_OFF"
    DAMAGED = "DAMAGED"
    SOUND_DAMAGED = "SOUND_DAMAGED"
    AUDIO_LEFT_OUT = "AUDIO_LEFT_OUT"
    SUBTITLES_TOO_MANY = "SUBTITLES_TOO_MANY"
    SUBTITLES_LEFT_OUT = "SUBTITLES_LEFT_OUT"
    SUBTITLES_UNREADABLE = "SUBTITLES_UNREADABLE"
    CLOSED_CAPTIONS_LEFT_OUT = "CLOSED_CAPTIONS_LEFT_OUT"
    PICTURE_PART_MISSING = "PICTURE_PART_MISSING"
    SOUND_PART_MISSING = "SOUND_PART_MISSING"
    NO_POSTER = "NO_POSTER"
    NO_STORYBOARD = "NO_STORYBOARD"
    NO_STILLS = "NO_STILLS"
    NO_PREVIEW = "NO_PREVIEW"
    NO_WAVEFORM = "NO_WAVEFORM"
    NO_CAPTIONS = "NO_CAPTIONS"
    NO_LOUDNESS = "NO_LOUDNESS"
    NOT_CHECKED = "NOT_CHECKED"
    AGAIN_IN_VAIN = "AGAIN_IN_VAIN"


class Notice(str):
    """A sentence in English that knows its code, and by name the values that it tells of."""

    code: NoticeCode
    values: Mapping[str, str]

    def __new__(cls, code: NoticeCode, sentence: str, **values: object) -> "Notice":
        notice = super().__new__(cls, sentence)
        notice.code = code
        notice.values = {name: str(value) for name, value in values.items()}
        return notice


def data_of(sentence: str) -> dict[str, str]:
    """Code and values of a notice, side by side as they travel with errors; nothing of other text."""
    return {"code": str(sentence.code), **sentence.values} if isinstance(sentence, Notice) else {}


NOT_PRINTABLE = Notice(NoticeCode.NOT_PRINTABLE, "must not contain control characters")


def too_long(most_characters: int) -> Notice:
    return Notice(
        NoticeCode.TOO_LONG, f"must have at most {most_characters} characters", most=most_characters
    )


def wrong_length(least: int, most: int) -> Notice:
    """In characters."""
    sentence = f"must have {least} to {most} characters"
    return Notice(NoticeCode.WRONG_LENGTH, sentence, least=least, most=most)


def too_many(most: int) -> Notice:
    return Notice(NoticeCode.TOO_MANY, f"must be at most {most}", most=most)
