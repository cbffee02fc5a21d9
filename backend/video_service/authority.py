"""Decisions: who may do what, before anything else of a video is read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from video_service.domain.access import (
    AccessFacts,
    Shared,
    Viewer,
    may_edit,
    may_moderate,
    may_view,
    needs_grant,
    view_ends_at,
)
from video_service.domain.errors import NotAllowed, NotFound, NotSignedIn
from video_service.domain.sharing import Actor
from video_service.domain.stores import AccessRows


@dataclass(frozen=True)
class Allowed:
    """A video that the viewer may see."""

    facts: AccessFacts
    ends_at: datetime | None
    """When it ends by itself; ``None``: never."""


class Authority:
    """Applies the one rule. A decision is one small query, the same whether the video is there or
    not, so neither answer nor time tells one from the other."""

    def __init__(self, rows: AccessRows, *, anonymous_access: bool) -> None:
        self._rows = rows
        self._anonymous_access = anonymous_access

    def require_access(self, viewer: Viewer) -> None:
        """Raises NotSignedIn where nothing is shown to strangers."""
        if viewer.user_id is None and not self._anonymous_access:
            raise NotSignedIn

    async def seen(self, viewer: Viewer, video_ids: Collection[str]) -> dict[str, Allowed]:
        """Those that the viewer may see, by id."""
        rows = await self._rows.access(viewer, video_ids)
        return {
            video_id: Allowed(facts, view_ends_at(viewer, facts, shared))
            for video_id, (facts, shared) in rows.items()
            if self._may_view(viewer, facts, shared)
        }

    async def see(self, viewer: Viewer, video_id: str) -> Allowed:
        """Raises NotFound, identically, for what is not there and what may not be known of."""
        self.require_access(viewer)
        allowed = (await self.seen(viewer, [video_id])).get(video_id)
        if allowed is None:
            raise NotFound
        return allowed

    async def own(self, viewer: Viewer, video_id: str) -> Actor:
        """Raises NotFound; NotSignedIn, NotAllowed where it is seen but somebody else's."""
        facts = (await self.see(viewer, video_id)).facts
        if viewer.user_id is None:
            raise NotSignedIn
        if not may_edit(viewer, facts):
            raise NotAllowed("Only its owner can do this with a video.")
        return Actor(viewer.user_id, viewer.name)

    async def own_or_moderate(self, viewer: Viewer, video_id: str) -> Actor:
        """Raises NotFound; NotSignedIn, NotAllowed where it is seen but not to be changed."""
        facts = (await self.see(viewer, video_id)).facts
        if viewer.user_id is None:
            raise NotSignedIn
        moderates = may_moderate(viewer, facts)
        if not moderates and not may_edit(viewer, facts):
            raise NotAllowed("Only its owner can change this video.")
        return Actor(viewer.user_id, viewer.name, moderates)

    async def own_even_deleted(self, viewer: Viewer, video_id: str) -> Actor:
        """Raises NotFound for whatever is not the viewer's."""
        self.require_access(viewer)
        found = (await self._rows.access(viewer, [video_id])).get(video_id)
        if viewer.user_id is None or found is None or not may_edit(viewer, found[0]):
            raise NotFound
        return Actor(viewer.user_id, viewer.name)

    def needs_grant(self, facts: AccessFacts) -> bool:
        return needs_grant(facts, anonymous_access=self._anonymous_access)

    def _may_view(self, viewer: Viewer, facts: AccessFacts, shared: Shared) -> bool:
        return may_view(viewer, facts, shared, anonymous_access=self._anonymous_access)
