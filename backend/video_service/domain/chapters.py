"""Chapters: named parts of a video, from its owner, its description or its container."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from video_service.domain.errors import InvalidInput
from video_service.domain.notices import Notice, NoticeCode, too_many

MAX_CHAPTERS = 200
MAX_TITLE_CHARACTERS = 100
#: A few times in a text may be anything; YouTube takes a list from three on, too.
_FEWEST_IN_DESCRIPTION = 3
_TIMESTAMP = re.compile(
    r"[\s\[(*•–—-]*(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?![\d:])[\s\])]*[–—:|.-]*[ \t]*(.*)", re.ASCII
)


@dataclass(frozen=True)
class Chapter:
    """It ends where the next one begins."""

    start_seconds: float
    title: str


def from_description(text: str) -> tuple[Chapter, ...]:
    """Lines like ``1:30 Title``: at least three, the first at 0:00, each later than the one before.
    Anything else is no list of chapters, and gives none."""
    found = []
    for line in text.splitlines():
        match = _TIMESTAMP.fullmatch(line)
        if match is None or int(match[3]) > 59 or (match[1] and int(match[2]) > 59):
            continue
        seconds = (int(match[1] or 0) * 60 + int(match[2])) * 60 + int(match[3])
        title = _title(match[4])
        if title:
            found.append(Chapter(float(seconds), title))
    is_list = len(found) >= _FEWEST_IN_DESCRIPTION and found[0].start_seconds == 0 and _ascends(found)
    return tuple(found[:MAX_CHAPTERS]) if is_list else ()


def from_container(listed: Iterable[Mapping[str, Any]]) -> tuple[Chapter, ...]:
    """What ffprobe lists, in source time, as far as it makes sense."""
    found: dict[float, Chapter] = {}
    for chapter in listed:
        try:
            start_seconds = float(chapter["start_time"])
        except (KeyError, TypeError, ValueError):
            continue
        title = _title(str(chapter.get("tags", {}).get("title", "")))
        found.setdefault(start_seconds, Chapter(start_seconds, title))
    ordered = [found[start] for start in sorted(found)][:MAX_CHAPTERS]
    return tuple(
        Chapter(one.start_seconds, one.title or f"Chapter {number}") for number, one in enumerate(ordered, 1)
    )


def in_media_time(chapters: Iterable[Chapter], start_seconds: float) -> tuple[Chapter, ...]:
    """Source times counted from the first picture; what ends before it goes."""
    moved = [Chapter(round(one.start_seconds - start_seconds, 3), one.title) for one in chapters]
    begun = [one for one in moved if one.start_seconds <= 0][-1:]
    return (*(Chapter(0.0, one.title) for one in begun), *(one for one in moved if one.start_seconds > 0))


def checked(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """What an owner gives, as it is stored. Raises InvalidInput."""
    if len(chapters) > MAX_CHAPTERS:
        raise InvalidInput("chapters", too_many(MAX_CHAPTERS))
    kept = tuple(Chapter(round(one.start_seconds, 3), _title(one.title)) for one in chapters)
    if not all(one.title for one in kept):
        raise InvalidInput("chapters", Notice(NoticeCode.CHAPTER_UNTITLED, "need a title each"))
    # Written so that it refuses what is no number, too.
    if not all(0 <= one.start_seconds < 100 * 3600 for one in kept):
        raise InvalidInput("chapters", Notice(NoticeCode.CHAPTER_OUTSIDE, "must begin within the video"))
    if not _ascends(kept):
        raise InvalidInput("chapters", Notice(NoticeCode.CHAPTERS_UNORDERED, "must begin one after another"))
    return kept


def shown(
    own: tuple[Chapter, ...], description: str, contained: tuple[Chapter, ...], duration_seconds: float | None
) -> tuple[Chapter, ...]:
    """The owner's; else those of the description; else those of the container. None begins after the end."""
    chapters = own or from_description(description) or contained
    if duration_seconds is None:
        return chapters
    return tuple(one for one in chapters if one.start_seconds < duration_seconds)


def apple_json(chapters: Sequence[Chapter], duration_seconds: float) -> str:
    """What ``com.apple.hls.chapters`` refers to (Apple, "Providing JavaScript Object Notation chapters")."""
    starts = [*(one.start_seconds for one in chapters), duration_seconds]
    listed = [
        {
            "chapter": number,
            "start-time": one.start_seconds,
            "duration": round(end - one.start_seconds, 3),
            "titles": [{"language": "und", "title": one.title}],
        }
        for number, (one, end) in enumerate(zip(chapters, starts[1:], strict=True), 1)
    ]
    return json.dumps(listed, ensure_ascii=False)


def _ascends(chapters: Sequence[Chapter]) -> bool:
    return all(one.start_seconds < following.start_seconds for one, following in pairwise(chapters))


def _title(text: str) -> str:
    readable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(readable.split())[:MAX_TITLE_CHARACTERS].strip()
