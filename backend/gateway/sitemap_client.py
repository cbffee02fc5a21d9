"""What search engines are told of, as the gateway sees it: the video service's SitemapService."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.video_client import VideoClient
from playhead.video.v1 import sitemap_pb2, sitemap_pb2_grpc


@dataclass(frozen=True)
class PublicVideo:
    id: str
    updated_at: datetime


@dataclass(frozen=True)
class SitemapPart:
    videos: list[PublicVideo]
    prefix_characters: int
    """Not 0: there are too many for one part; the parts are those of every prefix of this length."""


class SitemapClient:
    def __init__(self, client: VideoClient) -> None:
        self._client = client
        self._stub = sitemap_pb2_grpc.SitemapServiceStub(client.channel)  # type: ignore[no-untyped-call]

    async def part(self, prefix: str) -> SitemapPart:
        """As a stranger sees it. Raises :class:`gateway.problems.Problem`."""
        request = sitemap_pb2.GetSitemapRequest(prefix=prefix)
        answer = await self._client.ask(self._stub.GetSitemap, request, None)
        videos = [PublicVideo(one.id, one.update_time.ToDatetime(tzinfo=UTC)) for one in answer.videos]
        return SitemapPart(videos, answer.prefix_characters)
