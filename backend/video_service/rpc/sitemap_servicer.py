"""``SitemapService``: native gRPC only, for the gateway."""

from typing import Any

from playhead.video.v1 import sitemap_pb2, sitemap_pb2_grpc
from shared.tokens import Scope
from video_service.rpc.calls import Calls
from video_service.rpc.convert import timestamp
from video_service.sitemap import Sitemap


class SitemapServicer(sitemap_pb2_grpc.SitemapServiceServicer):
    def __init__(self, sitemap: Sitemap, calls: Calls) -> None:
        self._sitemap, self._calls = sitemap, calls

    async def GetSitemap(
        self, request: sitemap_pb2.GetSitemapRequest, context: Any
    ) -> sitemap_pb2.GetSitemapResponse:
        async with self._calls.answering("GetSitemap", context, Scope.READ) as caller:
            part = await self._sitemap.part(caller.viewer, request.prefix)
            entry = sitemap_pb2.GetSitemapResponse.Entry
            return sitemap_pb2.GetSitemapResponse(
                videos=[entry(id=one.id, update_time=timestamp(one.updated_at)) for one in part.videos],
                prefix_characters=part.prefix_characters,
            )
