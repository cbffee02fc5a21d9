"""Caption files: SubRip and WebVTT (W3C WebVTT section 4), read leniently and written strictly.

There is no standard of SubRip: read is what its many writers write.
"""

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from video_service.domain import cue_text
from video_service.domain.cues import MAX_CUES, MAX_TIME_MS, Cue, SpokenLine, tidy
from video_service.domain.errors import InvalidInput
from video_service.domain.notices import Notice, NoticeCode

#: A hundred times the dialogue of a film.
MAX_FILE_BYTES = 1_000_000
_TOO_LARGE = Notice(
    NoticeCode.FILE_TOO_LARGE,
    f"must have at most {MAX_FILE_BYTES // 1_000_000} MB",
    limit_bytes=MAX_FILE_BYTES,
)
_TOO_MANY_CUES = Notice(NoticeCode.TOO_MANY_CUES, f"must have at most {MAX_CUES} cues", most=MAX_CUES)
_NOT_CAPTIONS = Notice(
    NoticeCode.NOT_CAPTIONS, "holds no captions: it must be SubRip (.srt) or WebVTT (.vtt)"
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What files in a language were written in before UTF-8, most likely first (WHATWG Encoding section 4).
_LEGACY = {
    "ar": ("cp1256",), "be": ("cp1251",), "bg": ("cp1251",), "bs": ("cp1250",), "cs": ("cp1250",),
    "el": ("cp1253",), "et": ("cp1257",), "fa": ("cp1256",), "he": ("cp1255",), "hr": ("cp1250",),
    "hu": ("cp1250",), "ja": ("cp932", "euc_jp"), "ko": ("cp949",), "lt": ("cp1257",), "lv": ("cp1257",),
    "mk": ("cp1251",), "pl": ("cp1250",), "ro": ("cp1250",), "ru": ("cp1251",), "sk": ("cp1250",),
    "sl": ("cp1250",), "sr": ("cp1250", "cp1251"), "th": ("cp874",), "tr": ("cp1254",), "uk": ("cp1251",),
    "ur": ("cp1256",), "vi": ("cp1258",), "zh": ("gb18030", "big5"),
}  # fmt: skip
_SAMPLE_BYTES = 4096
_UNTOLD_MS = 4000

_TIME = r"(?:(\d{1,4})[ \t]?:[ \t]?)?(\d{1,2})[ \t]?:[ \t]?(\d{1,2})(?:[ \t]?[.,:][ \t]?(\d{1,9}))?"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*--?>[ \t]*{_TIME}(?![\d.,:])(.*)", re.ASCII)
_SETTINGS = (
    re.compile(r"vertical:(?:rl|lr)"),
    re.compile(r"line:(?:-?\d{1,2}|(?:100|\d{1,2})(?:\.\d{1,3})?%)(?:,(?:start|center|end))?", re.ASCII),
    re.compile(r"position:(?:100|\d{1,2})(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?", re.ASCII),
    re.compile(r"size:(?:100|\d{1,2})(?:\.\d{1,3})?%", re.ASCII),
    re.compile(r"align:(?:start|center|end|left|right)"),
)
#: SubStation Alpha's way to say that a cue belongs above the picture.
_AT_THE_TOP = re.compile(r"\{\\an[789]\}")


@dataclass(frozen=True)
class ReadFile:
    cues: tuple[Cue, ...]
    ignored: int
    """Places that look like a cue and make no sense."""


def read(content: bytes, language: str) -> ReadFile:
    """Reads either format, as it is found out. ``language``: a BCP 47 tag, for old encodings.

    Raises InvalidInput where there is no cue, or too much.
    """
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput("file", _TOO_LARGE)
    text = decoded(content, language).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.lstrip("\ufeff\n ").split("\n")
    found, ignored = [], 0
    for timing, body in _blocks(lines, is_webvtt=lines[0].startswith("WEBVTT")):
        cue = _cue(timing, body)
        if cue is None:
            ignored += 1
        elif cue.text:
            found.append(cue)
        if len(found) > MAX_CUES:
            raise InvalidInput("file", _TOO_MANY_CUES)
    if not found:
        raise InvalidInput("file", _NOT_CAPTIONS)
    return ReadFile(tidy(_with_ends(found)), ignored)


def decoded(content: bytes, language: str) -> str:
    """The text of a file of any encoding; characters that make no sense are replaced."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    sample = content[:_SAMPLE_BYTES]
    # Digits and arrows alone make half of the bytes of UTF-16 zero, in any language.
    for first, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        half = sample[first::2]
        if half and half.count(0) * 3 > len(half):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        lenient = content.decode(errors="replace")
    damaged = lenient.count("\ufffd")
    if damaged * 10 < sum(character > "\x7f" for character in lenient) - damaged:
        return lenient  # a few bytes of it are damaged
    for encoding in (*_LEGACY.get(language.partition("-")[0].lower(), ()), "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def webvtt(cues: Iterable[Cue], *header: str) -> str:
    """A WebVTT file; ``header``: lines of metadata below its first."""
    blocks = ["\n".join(["WEBVTT", *header])]
    for cue in cues:
        times = f"{_written(cue.start_ms, '.')} --> {_written(cue.end_ms, '.')} {cue.settings}".rstrip()
        blocks.append(f"{times}\n{cue.text}")
    return "\n\n".join(blocks) + "\n"


def subrip(cues: Iterable[Cue]) -> str:
    """A SubRip file, which knows no places."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        times = f"{_written(cue.start_ms, ',')} --> {_written(cue.end_ms, ',')}"
        blocks.append(f"{number}\n{times}\n{cue_text.subrip(cue.text)}\n")
    return "\n".join(blocks)


def spoken(cues: Iterable[Cue]) -> tuple[SpokenLine, ...]:
    """What is said, for search."""
    return tuple(SpokenLine(cue.start_ms, " ".join(cue_text.plain(cue.text).split())) for cue in cues)


def _blocks(lines: list[str], *, is_webvtt: bool) -> Iterator[tuple[str, list[str]]]:
    """Each line with an arrow, and the lines of text below it."""
    arrows = [number for number, line in enumerate(lines) if "->" in line and _looks_timed(line)]
    for arrow, following in pairwise([*arrows, len(lines)]):
        body = lines[arrow + 1 : following]
        if is_webvtt:
            end = next((number for number, line in enumerate(body) if not line.strip()), len(body))
            yield lines[arrow], body[:end]
            continue
        # An empty line may be a part of the text. What the next cue begins with, its number, is none.
        while body and not body[-1].strip():
            body.pop()
        if following < len(lines) and body and body[-1].strip().isdecimal():
            body.pop()
        yield lines[arrow], body


def _looks_timed(line: str) -> bool:
    return line.lstrip(" \t")[:1].isdigit()


def _cue(timing: str, body: list[str]) -> Cue | None:
    match = _TIMING.fullmatch(timing)
    if match is None:
        return None
    start_ms, end_ms = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:8])
    if start_ms is None or end_ms is None or not start_ms <= end_ms <= MAX_TIME_MS:
        return None
    raw = "\n".join(body)
    settings = _settings(match[9]) or ("line:0" if _AT_THE_TOP.search(raw) else "")
    return Cue(start_ms, end_ms, cue_text.clean(raw), settings)


def _with_ends(cues: list[Cue]) -> Iterator[Cue]:
    """What ends as it begins, as the end was not known, is shown until the next cue, but not for long."""
    starts = sorted({cue.start_ms for cue in cues})
    for cue in cues:
        if cue.start_ms == cue.end_ms:
            following = bisect_right(starts, cue.start_ms)
            end_ms = min([cue.start_ms + _UNTOLD_MS, *starts[following : following + 1]])
            yield replace(cue, end_ms=end_ms)
        else:
            yield cue


def _milliseconds(parts: tuple[str | None, ...]) -> int | None:
    hours, minutes, seconds, fraction = parts
    if int(minutes or 0) > 59 or int(seconds or 0) > 59:
        return None
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0")[:3])


def _settings(text: str) -> str:
    """Those that make sense, each once. Regions are styled, and styles are left out."""
    kept: dict[str, str] = {}
    for word in text.split()[:10]:
        if any(setting.fullmatch(word) for setting in _SETTINGS):
            kept.setdefault(word.partition(":")[0], word)
    return " ".join(kept.values())


def _written(time_ms: int, point: str) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}{point}{milliseconds:03d}"
