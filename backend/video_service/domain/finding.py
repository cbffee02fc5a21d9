"""Finding videos: filters, how well words match, places in captions, people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from video_service.domain.video import Owner


@dataclass(frozen=True)
class Filters:
    """What narrows a list."""

    min_duration_seconds: float | None = None
    max_duration_seconds: float | None = None
    """Exclusive."""
    created_after: datetime | None = None
    """Inclusive."""
    captioned: bool = False
    tag: str = ""
    """Of any case; empty: whatever the tags."""


NO_FILTERS = Filters()


class Match(StrEnum):
    """Where all of the words are, best first: a list is one of these after the other."""

    TITLE = "title"
    """Title and tags."""
    TEXT = "text"
    """Title, tags and description."""
    CAPTIONS = "captions"


@dataclass(frozen=True)
class Hit:
    """A line of captions in which words of a query are said."""

    video_id: str
    start_seconds: float
    text: str
    language: str
    """A BCP 47 tag."""


@dataclass(frozen=True)
class Person:
    owner: Owner
    video_count: int
    """Of public videos that can be watched; counted up to a bound."""


class Finds(Protocol):
    """What is found beside lists. Whether a video may be known of is not asked here."""

    async def hits(self, words: tuple[str, ...], video_ids: Collection[str]) -> list[Hit]:
        """At most one for each video: where most of the words are said, the first of several."""

    async def related(self, video_id: str, limit: int) -> list[str]:
        """Ids of public videos that can be watched, most closely related first, then the latest."""

    async def person(self, person_id: str) -> Person | None:
        """``None`` where nobody with this id ever published or was shared with."""
