"""What decisions about videos need."""

from collections.abc import Collection
from typing import Any

from video_service.domain.access import AccessFacts, Shared, Viewer
from video_service.domain.video import Visibility
from video_service.repository.tables import Videos, is_id

#: One round trip and one row for each id, whatever is there and whatever is not.
_ACCESS = """
SELECT asked.id, v.owner, v.visibility, v.deleted_at IS NOT NULL AS deleted, v.access_epoch,
    EXISTS (SELECT 1 FROM shares s WHERE s.video = asked.id AND s.person = {}) AS by_name,
    l.id IS NOT NULL AS by_link, l.expires_at AS link_ends_at
FROM unnest({}::varchar[]) AS asked (id)
LEFT JOIN videos v ON v.id = asked.id
LEFT JOIN share_links l
    ON l.id = {} AND l.video = asked.id AND (l.expires_at IS NULL OR l.expires_at > now())
"""


class AccessRows:
    """Implements :class:`video_service.domain.stores.AccessRows`."""

    async def access(
        self, viewer: Viewer, video_ids: Collection[str]
    ) -> dict[str, tuple[AccessFacts, Shared]]:
        wanted = [video_id for video_id in video_ids if is_id(video_id)]
        if not wanted:
            return {}
        opened = viewer.opened
        # A pass is of one video; the join makes sure that its link is that video's too.
        link_id = opened.link_id if opened is not None and opened.video_id in wanted else None
        rows = await Videos.raw(_ACCESS, viewer.user_id, wanted, link_id)
        return {row["id"]: (_facts_of(row), _shared_of(row)) for row in rows}


def _facts_of(row: dict[str, Any]) -> AccessFacts:
    """What is not there is as a deleted video of nobody's: the same way through the same rule."""
    there = row["owner"] is not None
    visibility = Visibility(row["visibility"] or Visibility.PRIVATE)
    return AccessFacts(row["owner"] or "", visibility, row["deleted"] or not there, row["access_epoch"] or 0)


def _shared_of(row: dict[str, Any]) -> Shared:
    return Shared(row["by_name"], row["by_link"], row["link_ends_at"])
