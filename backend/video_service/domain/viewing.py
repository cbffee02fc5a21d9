"""Viewings: how far somebody has watched a video, and when that is a view.

A view is counted when enough was watched, and once for each viewer and video in half a day at least, so
that loading the page again adds nothing. Of the viewers nothing is written down: see docs/decisions/0014.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from video_service.domain.video import Owner

#: What is left then are credits.
_FINISHED_PART = 0.95
_FINISHED_LEFT_SECONDS = 10.0
#: Less was only looked into. Half of what is shorter than a minute.
_VIEW_SECONDS = 30.0
_GENERATION_SECONDS = 12 * 3600.0
#: About 10 MB for each of the two generations.
_MOST_VIEWS = 100_000


def is_finished(position_seconds: float, duration_seconds: float | None) -> bool:
    """Whether somebody who is there has seen the video; the player does not resume there."""
    if duration_seconds is None:
        return False
    left_seconds = duration_seconds - position_seconds
    return position_seconds > _FINISHED_PART * duration_seconds or left_seconds < _FINISHED_LEFT_SECONDS


def is_view(watched_seconds: float, duration_seconds: float | None) -> bool:
    """Whether so much of a video is a view of it."""
    least_seconds = _VIEW_SECONDS if duration_seconds is None else min(_VIEW_SECONDS, duration_seconds / 2)
    return watched_seconds > 0 and watched_seconds >= least_seconds


class ViewGate:
    """Lets a viewer's view of a video pass once in 12 to 24 hours.

    What it remembers are hashes with a random key, in memory only. Key and hashes are thrown away
    together, so nobody can find out later who has watched what. Two generations overlap; where one is
    full it ends early, so its size is bounded.
    """

    def __init__(
        self, *, clock_seconds: Callable[[], float] = time.monotonic, most_views: int = _MOST_VIEWS
    ) -> None:
        """``most_views``: that a generation remembers."""
        self._clock_seconds = clock_seconds
        self._most_views = most_views
        self._newer, self._older = _Generation(clock_seconds()), _Generation(clock_seconds())

    def lets_pass(self, viewer: str, video_id: str) -> bool:
        """True the first time. ``viewer``: whatever makes two visits the same viewer's."""
        now_seconds = self._clock_seconds()
        if self._newer.is_over(now_seconds, self._most_views):
            # After a long silence nothing is left of what was before it.
            silent = now_seconds - self._newer.begun_at >= 2 * _GENERATION_SECONDS
            self._older = _Generation(now_seconds) if silent else self._newer
            self._newer = _Generation(now_seconds)
        view = f"{viewer}\0{video_id}".encode(errors="replace")
        if self._older.has(view) or self._newer.has(view):
            return False
        self._newer.add(view)
        return True


class _Generation:
    def __init__(self, begun_at: float) -> None:
        self.begun_at = begun_at
        self._key = secrets.token_bytes(32)
        self._views: set[bytes] = set()

    def is_over(self, now_seconds: float, most_views: int) -> bool:
        return now_seconds - self.begun_at >= _GENERATION_SECONDS or len(self._views) >= most_views

    def has(self, view: bytes) -> bool:
        return self._hashed(view) in self._views

    def add(self, view: bytes) -> None:
        self._views.add(self._hashed(view))

    def _hashed(self, view: bytes) -> bytes:
        return hashlib.blake2b(view, digest_size=12, key=self._key).digest()


@dataclass(frozen=True)
class OwnViewing:
    """What is of one person about a video."""

    watched_to_seconds: float | None = None
    """Where they were last; ``None``: nothing is recorded."""
    watch_later: bool = False


NOT_VIEWED = OwnViewing()


@dataclass(frozen=True)
class Listed:
    """A video in somebody's list, and since when; a page ends with one."""

    at: datetime
    video_id: str


class Viewings(Protocol):
    """The rows of viewings. Each method is one transaction; none changes a video."""

    async def duration_seconds(self, video_id: str) -> float | None:
        """``None`` where it is not known yet."""

    async def record(self, person: Owner, video_id: str, position_seconds: float, *, finished: bool) -> None:
        """Nothing where the person's history is paused. Raises NotSignedIn where their account was
        deleted, NotFound where the video went meanwhile."""

    async def count_view(self, video_id: str) -> None: ...

    async def own(self, person_id: str, video_ids: Collection[str]) -> dict[str, OwnViewing]:
        """By the id of the video."""

    async def history(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        """Latest first."""

    async def unfinished(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        """Latest first."""

    async def remove(self, person_id: str, video_id: str) -> None: ...

    async def clear(self, person_id: str) -> None: ...

    async def is_paused(self, person_id: str) -> bool: ...

    async def set_paused(self, person: Owner, paused: bool) -> None:
        """Raises NotSignedIn where their account was deleted."""

    async def later(self, person_id: str, after: Listed | None, limit: int) -> list[Listed]:
        """Last added first."""

    async def keep_for_later(self, person: Owner, video_id: str, most: int) -> bool:
        """Idempotent. False where the list is full. Raises as ``record`` does."""

    async def drop_from_later(self, person_id: str, video_id: str) -> None: ...
