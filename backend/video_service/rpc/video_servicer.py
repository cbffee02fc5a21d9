"""``VideoService``, for native gRPC and gRPC-Web alike."""

import math
import time
from collections.abc import AsyncIterator
from typing import Any

from playhead.video.v1 import video_pb2, video_pb2_grpc
from shared.tokens import Scope
from video_service.catalog import Catalog, Gone
from video_service.discovery import Discovery
from video_service.domain.errors import InvalidInput
from video_service.downloading import Downloading
from video_service.rpc.calls import SELF_BOUNDED, Calls
from video_service.rpc.convert import (
    changes_of,
    filters_of,
    hit_message,
    owner_message,
    timestamp,
    video_message,
)
from video_service.rpc.streams import Streams

_MOST_WATCHING_SECONDS = 3600.0


class VideoServicer(video_pb2_grpc.VideoServiceServicer):
    def __init__(
        self, catalog: Catalog, discovery: Discovery, downloading: Downloading, calls: Calls, streams: Streams
    ) -> None:
        self._catalog = catalog
        self._discovery = discovery
        self._downloading = downloading
        self._calls = calls
        self._streams = streams

    def add_to(self, server: Any) -> None:
        """To a native server or to sonora's: both are registered with alike."""
        video_pb2_grpc.add_VideoServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]

    async def GetVideo(self, request: video_pb2.GetVideoRequest, context: Any) -> video_pb2.GetVideoResponse:
        async with self._calls.answering("GetVideo", context, Scope.READ) as caller:
            seen = await self._catalog.get(caller.viewer, request.id)
            return video_pb2.GetVideoResponse(video=video_message(seen))

    async def ListVideos(
        self, request: video_pb2.ListVideosRequest, context: Any
    ) -> video_pb2.ListVideosResponse:
        async with self._calls.answering("ListVideos", context, Scope.READ) as caller:
            page = await self._discovery.page(
                caller.viewer,
                request.query,
                request.owner,
                filters_of(request),
                request.page_size,
                request.page_token,
            )
            return video_pb2.ListVideosResponse(
                videos=[video_message(seen) for seen in page.videos],
                hits=[hit_message(hit) for hit in page.hits],
                next_page_token=page.next_page_token,
            )

    async def ListRelatedVideos(
        self, request: video_pb2.ListRelatedVideosRequest, context: Any
    ) -> video_pb2.ListRelatedVideosResponse:
        async with self._calls.answering("ListRelatedVideos", context, Scope.READ) as caller:
            found = await self._discovery.related(caller.viewer, request.id, request.page_size)
            return video_pb2.ListRelatedVideosResponse(videos=[video_message(seen) for seen in found])

    async def GetPerson(
        self, request: video_pb2.GetPersonRequest, context: Any
    ) -> video_pb2.GetPersonResponse:
        async with self._calls.answering("GetPerson", context, Scope.READ) as caller:
            found = await self._discovery.person(caller.viewer, request.id)
            return video_pb2.GetPersonResponse(
                person=owner_message(found.owner), video_count=found.video_count
            )

    async def UpdateVideo(
        self, request: video_pb2.UpdateVideoRequest, context: Any
    ) -> video_pb2.UpdateVideoResponse:
        async with self._calls.answering("UpdateVideo", context, Scope.MANAGE, Scope.UPLOAD) as caller:
            changes = changes_of(request.video, request.update_mask.paths)
            # A form's fields may come after its file: they are still a part of the upload.
            seen = await self._catalog.update(
                caller.viewer,
                request.video.id,
                changes,
                only_while_uploading=Scope.MANAGE not in caller.scopes,
            )
            return video_pb2.UpdateVideoResponse(video=video_message(seen))

    async def DeleteVideo(
        self, request: video_pb2.DeleteVideoRequest, context: Any
    ) -> video_pb2.DeleteVideoResponse:
        async with self._calls.answering("DeleteVideo", context, Scope.MANAGE) as caller:
            undo_until = await self._catalog.delete(caller.viewer, request.id)
            return video_pb2.DeleteVideoResponse(undo_until_time=timestamp(undo_until))

    async def UndeleteVideo(
        self, request: video_pb2.UndeleteVideoRequest, context: Any
    ) -> video_pb2.UndeleteVideoResponse:
        async with self._calls.answering("UndeleteVideo", context, Scope.MANAGE) as caller:
            seen = await self._catalog.undelete(caller.viewer, request.id)
            return video_pb2.UndeleteVideoResponse(video=video_message(seen))

    async def ReprocessVideo(
        self, request: video_pb2.ReprocessVideoRequest, context: Any
    ) -> video_pb2.ReprocessVideoResponse:
        async with self._calls.answering("ReprocessVideo", context, Scope.MANAGE) as caller:
            seen = await self._catalog.reprocess(caller.viewer, request.id)
            return video_pb2.ReprocessVideoResponse(video=video_message(seen))

    async def CancelProcessing(
        self, request: video_pb2.CancelProcessingRequest, context: Any
    ) -> video_pb2.CancelProcessingResponse:
        async with self._calls.answering("CancelProcessing", context, Scope.MANAGE) as caller:
            seen = await self._catalog.cancel(caller.viewer, request.id)
            return video_pb2.CancelProcessingResponse(video=video_message(seen))

    async def GetPlayback(
        self, request: video_pb2.GetPlaybackRequest, context: Any
    ) -> video_pb2.GetPlaybackResponse:
        async with self._calls.answering("GetPlayback", context, Scope.READ) as caller:
            playback = await self._catalog.playback(caller.viewer, request.id)
            expires_at = playback.expires_at
            return video_pb2.GetPlaybackResponse(
                hls_path=playback.hls_path, expire_time=None if expires_at is None else timestamp(expires_at)
            )

    async def GetDownload(
        self, request: video_pb2.GetDownloadRequest, context: Any
    ) -> video_pb2.GetDownloadResponse:
        async with self._calls.answering("GetDownload", context, Scope.READ) as caller:
            link = await self._downloading.link(caller.viewer, request.id, request.audio)
            return video_pb2.GetDownloadResponse(
                path=link.path,
                expire_time=None if link.expires_at is None else timestamp(link.expires_at),
                size_bytes=link.size_bytes,
            )

    async def WatchVideos(
        self, request: video_pb2.WatchVideosRequest, context: Any
    ) -> AsyncIterator[video_pb2.WatchVideosResponse]:
        answering = self._calls.answering("WatchVideos", context, Scope.READ, most_seconds=SELF_BOUNDED)
        async with answering as caller:
            known = {cursor.id: cursor.known_version for cursor in request.videos}
            if not known:
                raise InvalidInput("videos", "must not be empty")
            # Without a token there is an end as well: whoever still watches connects again.
            until = min(time.time() + _MOST_WATCHING_SECONDS, caller.expires_at or math.inf)
            with self._streams.one_of(caller.viewer):
                async for event in self._catalog.watch(caller.viewer, known, until):
                    if isinstance(event, Gone):
                        yield video_pb2.WatchVideosResponse(gone_id=event.video_id)
                    else:
                        yield video_pb2.WatchVideosResponse(video=video_message(event))
