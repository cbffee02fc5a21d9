"""Chapters: from a description, a container, an owner."""

import json
import math
from typing import Any

import pytest

from video_service.domain.chapters import (
    Chapter,
    apple_json,
    checked,
    from_container,
    from_description,
    in_media_time,
    shown,
)
from video_service.domain.errors import InvalidInput


def titles(text: str) -> list[tuple[float, str]]:
    return [(one.start_seconds, one.title) for one in from_description(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A film.\n0:00 Intro\n1:30 - Main\n1:02:03 End\nBye", [(0, "Intro"), (90, "Main"), (3723, "End")]),
        ("00:00 | a\n(01:00) b\n[02:00] – c", [(0, "a"), (60, "b"), (120, "c")]),
        ("• 0:00 a\r\n• 90:00 b\r\n• 120:00 c", [(0, "a"), (5400, "b"), (7200, "c")]),
        ("0:00 a\n1:00 b", []),
        ("0:01 a\n1:00 b\n2:00 c", []),
        ("0:00 a\n2:00 b\n1:00 c", []),
        ("0:00 a\n1:00\n1:99 b\n2:00 c", []),
        ("We met at 9:00 and left at 10:00.\n11:00 too", []),
    ],
)  # fmt: skip
def test_a_description_lists_chapters_or_not(text: str, expected: list[tuple[float, str]]) -> None:
    assert titles(text) == expected


def test_a_container_lists_chapters_in_its_own_time() -> None:
    listed: list[dict[str, Any]] = [
        {"start_time": "10.000000", "tags": {"title": "Second\nline"}},
        {"start_time": "2.0", "tags": {}}, {"start_time": "x"}, {"start_time": "2.0", "tags": {"title": "b"}},
    ]  # fmt: skip
    chapters = from_container(listed)
    assert chapters == (Chapter(2.0, "Chapter 1"), Chapter(10.0, "Second line"))
    assert in_media_time(chapters, 4.0) == (Chapter(0.0, "Chapter 1"), Chapter(6.0, "Second line"))


def test_the_owners_come_first_then_the_descriptions() -> None:
    own, contained = (Chapter(0, "own"),), (Chapter(0, "contained"), Chapter(99, "late"))
    text = "0:00 a\n0:01 b\n0:02 c"
    assert shown(own, text, contained, 10) == own
    assert [one.title for one in shown((), text, contained, 1.5)] == ["a", "b"]
    assert shown((), "", contained, 10) == contained[:1]


@pytest.mark.parametrize(
    "chapters",
    [
        [Chapter(0, " ")], [Chapter(-1, "a")], [Chapter(math.nan, "a")], [Chapter(math.inf, "a")],
        [Chapter(2, "a"), Chapter(1, "b")], [Chapter(1, "a"), Chapter(1, "b")],
        [Chapter(n, "a") for n in range(201)],
    ],
)  # fmt: skip
def test_an_owner_cannot_store_nonsense(chapters: list[Chapter]) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(chapters)
    assert caught.value.data["field"] == "chapters"


def test_apples_form() -> None:
    [first, second] = json.loads(apple_json([Chapter(0, "Ä"), Chapter(2.5, "b")], 4))
    assert first == {
        "chapter": 1,
        "start-time": 0,
        "duration": 2.5,
        "titles": [{"language": "und", "title": "Ä"}],
    }
    assert (second["start-time"], second["duration"]) == (2.5, 1.5)
