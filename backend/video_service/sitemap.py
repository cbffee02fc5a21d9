"""What search engines are told of."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from video_service.authority import Authority
from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput
from video_service.domain.sitemap import (
    MOST_COUNTED,
    MOST_IN_ANY_PART,
    PublicVideo,
    PublicVideos,
    prefix_characters,
)


@dataclass(frozen=True)
class SitemapPart:
    videos: Collection[PublicVideo]
    prefix_characters: int
    """Not 0: there are too many for one part; the parts are those of every prefix of this length."""


class Sitemap:
    def __init__(self, videos: PublicVideos, authority: Authority) -> None:
        self._videos = videos
        self._authority = authority

    async def part(self, viewer: Viewer, prefix: str) -> SitemapPart:
        """Raises InvalidInput, and NotSignedIn where nothing is shown to strangers."""
        self._authority.require_access(viewer)
        if not re.fullmatch("[a-z2-7]{0,2}", prefix):
            raise InvalidInput("prefix", "must be the first one or two characters of ids")
        parted_by = 0 if prefix else prefix_characters(await self._videos.count(MOST_COUNTED))
        if parted_by:
            return SitemapPart((), parted_by)
        return SitemapPart(await self._videos.starting_with(prefix, MOST_IN_ANY_PART), 0)
