"""What decisions about videos need."""

from collections.abc import Collection

from video_service.domain.access import AccessFacts, Shared, Viewer
from video_service.domain.video import Visibility
from video_service.repository.tables import Videos, is_id

#: One round trip, whatever is there and whatever is not.
_ACCESS = """
SELECT v.id, v.owner, v.visibility, v.deleted_at IS NOT NULL AS deleted, v.access_epoch,
    EXISTS (SELECT 1 FROM shares s WHERE s.video = v.id AND s.person = {}) AS by_name,
    l.id IS NOT NULL AS by_link, l.expires_at AS link_ends_at
FROM videos v LEFT JOIN share_links l
    ON l.id = {} AND l.video = v.id AND (l.expires_at IS NULL OR l.expires_at > now())
WHERE v.id = ANY({}::varchar[])
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
        rows = await Videos.raw(_ACCESS, viewer.user_id, link_id, wanted)
        return {
            row["id"]: (
                AccessFacts(row["owner"], Visibility(row["visibility"]), row["deleted"], row["access_epoch"]),
                Shared(row["by_name"], row["by_link"], row["link_ends_at"]),
            )
            for row in rows
        }
