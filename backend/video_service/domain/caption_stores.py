"""What the use cases of captions need of the rows, in their own words."""

from dataclasses import dataclass
from typing import Protocol

from video_service.domain.captions import Caption, CaptionKind
from video_service.domain.cues import SpokenLine
from video_service.domain.sharing import Actor


@dataclass(frozen=True)
class NewCaption:
    language: str
    kind: CaptionKind
    label: str
    webvtt: str
    spoken: tuple[SpokenLine, ...]
    """What is found by search."""


@dataclass(frozen=True)
class EmbeddedCaption:
    """What a source holds itself."""

    stream_index: int
    caption: NewCaption


@dataclass(frozen=True)
class CaptionChanges:
    """New values; ``None`` keeps the old one. A new file comes with what is said in it."""

    label: str | None = None
    webvtt: str | None = None
    spoken: tuple[SpokenLine, ...] | None = None


class Captions(Protocol):
    """The rows of captions. Each change is one transaction, noted, and published before it ends.
    ``None`` and False: there is no such video or caption any more."""

    async def list(self, video_id: str) -> list[Caption]:
        """Oldest first."""

    async def get(self, video_id: str, caption_id: str) -> Caption | None: ...

    async def add(self, video_id: str, new: NewCaption, by: Actor) -> Caption | None:
        """Raises InvalidInput where there are some of this language and kind, or too many."""

    async def change(
        self, video_id: str, caption_id: str, changes: CaptionChanges, by: Actor
    ) -> Caption | None: ...

    async def remove(self, video_id: str, caption_id: str, by: Actor) -> bool: ...
