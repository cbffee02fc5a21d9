"""Public videos, by id."""

from collections.abc import Collection

from video_service.domain.sitemap import PublicVideo
from video_service.repository.tables import Videos

#: As the index ``videos_sitemap`` has it.
_PUBLIC = "visibility = 'public' AND playable AND state <> 'failed' AND deleted_at IS NULL"
_COUNT = f"SELECT count(*) FROM (SELECT FROM videos WHERE {_PUBLIC} LIMIT {{}}) AS counted"  # noqa: S608
#: Characters are compared as bytes, in which everything that an id may have comes before `{`.
_STARTING_WITH = (
    f"SELECT id, updated_at FROM videos WHERE {_PUBLIC}"  # noqa: S608
    " AND id ~>=~ {} AND id ~<~ {} ORDER BY id USING ~<~ LIMIT {}"
)


class SitemapRows:
    """Implements :class:`video_service.domain.sitemap.PublicVideos`."""

    async def count(self, most: int) -> int:
        rows = await Videos.raw(_COUNT, most)
        return int(rows[0]["count"])

    async def starting_with(self, prefix: str, most: int) -> Collection[PublicVideo]:
        rows = await Videos.raw(_STARTING_WITH, prefix, prefix + "{", most)
        return [PublicVideo(row["id"], row["updated_at"]) for row in rows]
