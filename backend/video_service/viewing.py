"""Viewings: what somebody has watched, keeps for later, and what is counted of it."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from video_service.authority import Authority
from video_service.catalog import Catalog, Seen
from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput, NotSignedIn
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.stores import Videos
from video_service.domain.video import Owner
from video_service.domain.viewing import Listed, ViewGate, Viewings, is_finished, is_view
from video_service.page_tokens import place_of, token_of

MAX_WATCH_LATER = 1000
_MAX_PAGE_SIZE = 100
_DEFAULT_PAGE_SIZE = 24

#: Reads what comes after a position in somebody's list.
_Read = Callable[[str, Listed | None, int], Awaitable[list[Listed]]]


@dataclass(frozen=True)
class Entry:
    """A video in somebody's list."""

    seen: Seen
    at: datetime
    """When it was last watched, or put there."""


@dataclass(frozen=True)
class Entries:
    entries: Sequence[Entry]
    next_page_token: str
    """Empty on the last page."""


class ViewingDesk:
    """The use cases behind ``ViewingService``. All but :meth:`record` raise NotSignedIn for strangers;
    what is of one person is never read or changed for another."""

    def __init__(
        self, viewings: Viewings, videos: Videos, authority: Authority, catalog: Catalog, gate: ViewGate
    ) -> None:
        self._viewings = viewings
        self._videos = videos
        self._authority = authority
        self._catalog = catalog
        self._gate = gate

    async def record(
        self,
        viewer: Viewer,
        visitor: str,
        video_id: str,
        position_seconds: float | None,
        watched_seconds: float,
    ) -> None:
        """``visitor``: what makes two visits the same viewer's. Raises NotFound, InvalidInput."""
        await self._authority.see(viewer, video_id)
        _require_seconds("watched_seconds", watched_seconds)
        duration_seconds = await self._viewings.duration_seconds(video_id)
        if is_view(watched_seconds, duration_seconds) and self._gate.lets_pass(visitor, video_id):
            await self._viewings.count_view(video_id)
        if position_seconds is None or viewer.user_id is None:
            return
        _require_seconds("position_seconds", position_seconds)
        if duration_seconds is not None:
            position_seconds = min(position_seconds, duration_seconds)
        finished = is_finished(position_seconds, duration_seconds)
        await self._viewings.record(_person(viewer), video_id, position_seconds, finished=finished)

    async def history(self, viewer: Viewer, page_size: int, page_token: str) -> tuple[Entries, bool]:
        """Latest first, and whether it is paused. Raises InvalidInput."""
        person = _person(viewer)
        entries = await self._entries(viewer, "history", self._viewings.history, page_size, page_token)
        return entries, await self._viewings.is_paused(person.id)

    async def unfinished(self, viewer: Viewer, page_size: int, page_token: str) -> Entries:
        """Latest first. Raises InvalidInput."""
        return await self._entries(viewer, "unfinished", self._viewings.unfinished, page_size, page_token)

    async def remove(self, viewer: Viewer, video_id: str) -> None:
        await self._viewings.remove(_person(viewer).id, video_id)

    async def clear(self, viewer: Viewer) -> None:
        await self._viewings.clear(_person(viewer).id)

    async def set_paused(self, viewer: Viewer, paused: bool) -> None:
        await self._viewings.set_paused(_person(viewer), paused)

    async def later(self, viewer: Viewer, page_size: int, page_token: str) -> Entries:
        """Last added first. Raises InvalidInput."""
        return await self._entries(viewer, "later", self._viewings.later, page_size, page_token)

    async def keep_for_later(self, viewer: Viewer, video_id: str) -> None:
        """Raises NotFound; InvalidInput where the list is full."""
        await self._authority.see(viewer, video_id)
        if not await self._viewings.keep_for_later(_person(viewer), video_id, MAX_WATCH_LATER):
            sentence = f"would be more than the {MAX_WATCH_LATER} that can be kept"
            raise InvalidInput("video_id", Notice(NoticeCode.TOO_MANY, sentence, most=MAX_WATCH_LATER))

    async def drop_from_later(self, viewer: Viewer, video_id: str) -> None:
        await self._viewings.drop_from_later(_person(viewer).id, video_id)

    async def _entries(
        self, viewer: Viewer, name: str, read: _Read, page_size: int, page_token: str
    ) -> Entries:
        """What may no longer be seen is left out, so a page may hold less than was asked for."""
        person = _person(viewer)
        if not 0 <= page_size <= _MAX_PAGE_SIZE:
            raise InvalidInput("page_size", f"must be from 0 to {_MAX_PAGE_SIZE}")
        limit = page_size or _DEFAULT_PAGE_SIZE
        whose = f"{name} of {person.id}"
        after = Listed(*place_of(page_token, whose)[:2]) if page_token else None
        found = await read(person.id, after, limit + 1)
        listed, more = found[:limit], len(found) > limit
        allowed = await self._authority.seen(viewer, [one.video_id for one in listed])
        videos = await self._videos.get_many(allowed)
        # A grant is made from what was read: it must be of the epoch that was decided about.
        shown = [
            one
            for one in listed
            if one.video_id in videos
            and videos[one.video_id].access_epoch == allowed[one.video_id].facts.epoch
        ]
        seen = await self._catalog.seen_by(viewer, [videos[one.video_id] for one in shown])
        entries = [Entry(video, one.at) for video, one in zip(seen, shown, strict=True)]
        return Entries(entries, token_of(listed[-1].at, listed[-1].video_id, whose) if more else "")


def _person(viewer: Viewer) -> Owner:
    if viewer.user_id is None:
        raise NotSignedIn
    return Owner(viewer.user_id, viewer.name)


def _require_seconds(field: str, seconds: float) -> None:
    if not math.isfinite(seconds) or seconds < 0:
        raise InvalidInput(field, "must be a number of seconds, 0 or more")
