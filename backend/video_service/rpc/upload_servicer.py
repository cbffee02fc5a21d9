"""``UploadService``: native gRPC only, for the gateway."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from prometheus_client import Counter

from playhead.video.v1 import upload_pb2, upload_pb2_grpc
from shared.tokens import Scope
from video_service.catalog import Catalog
from video_service.domain.errors import InvalidInput, Unavailable
from video_service.domain.quotas import Quotas
from video_service.domain.stores import Checksum
from video_service.domain.video import Visibility
from video_service.intake import Intake, NewUpload
from video_service.rpc.calls import SELF_BOUNDED, Calls
from video_service.rpc.convert import upload_message, video_message, visibility_of

#: Completing flushes the whole file to the disk, and many gigabytes take their time.
_COMPLETE_SECONDS = 300.0
#: Between two pieces of an upload.
PIECE_SECONDS = 120.0
_BYTES = Counter("playhead_upload_bytes", "Bytes of uploads that arrived")


class UploadServicer(upload_pb2_grpc.UploadServiceServicer):
    def __init__(
        self, intake: Intake, catalog: Catalog, calls: Calls, *, piece_seconds: float = PIECE_SECONDS
    ) -> None:
        self._piece_seconds = piece_seconds
        self._intake = intake
        self._catalog = catalog
        self._calls = calls

    async def CreateUpload(
        self, request: upload_pb2.CreateUploadRequest, context: Any
    ) -> upload_pb2.CreateUploadResponse:
        async with self._calls.answering("CreateUpload", context, Scope.UPLOAD) as caller:
            new = NewUpload(
                size_bytes=request.size_bytes,
                max_size_bytes=request.max_size_bytes,
                filename=request.filename,
                metadata=request.metadata,
                title=request.title,
                description=request.description,
                visibility=visibility_of(request.visibility) or Visibility.UNLISTED,
                quotas=Quotas(
                    max(0, request.storage_quota_bytes),
                    max(0, request.daily_quota_bytes),
                    max(0, request.max_concurrent_uploads),
                ),
            )
            status = await self._intake.create(caller.viewer, new)
            return upload_pb2.CreateUploadResponse(upload=upload_message(status))

    async def GetUpload(
        self, request: upload_pb2.GetUploadRequest, context: Any
    ) -> upload_pb2.GetUploadResponse:
        async with self._calls.answering("GetUpload", context, Scope.UPLOAD) as caller:
            status = await self._intake.status(caller.viewer, request.id)
            return upload_pb2.GetUploadResponse(upload=upload_message(status))

    async def AppendUpload(
        self, requests: AsyncIterator[upload_pb2.AppendUploadRequest], context: Any
    ) -> upload_pb2.AppendUploadResponse:
        async with self._calls.answering(
            "AppendUpload", context, Scope.UPLOAD, most_seconds=SELF_BOUNDED
        ) as caller:
            pieces = aiter(requests)
            first = await _next(pieces, self._piece_seconds)
            if first is None or first.WhichOneof("part") != "head":
                raise InvalidInput("head", "must come first")
            head = first.head
            named = bool(head.checksum_algorithm)
            checksum = Checksum(head.checksum_algorithm, head.checksum) if named else None
            status = await self._intake.append(
                caller.viewer, head.id, head.offset_bytes, _pieces(pieces, self._piece_seconds), checksum
            )
            return upload_pb2.AppendUploadResponse(upload=upload_message(status))

    async def CompleteUpload(
        self, request: upload_pb2.CompleteUploadRequest, context: Any
    ) -> upload_pb2.CompleteUploadResponse:
        async with self._calls.answering(
            "CompleteUpload", context, Scope.UPLOAD, most_seconds=_COMPLETE_SECONDS
        ) as caller:
            video = await self._intake.complete(caller.viewer, request.id)
            seen = self._catalog.seen(caller.viewer, video)
            return upload_pb2.CompleteUploadResponse(video=video_message(seen))

    async def AbortUpload(
        self, request: upload_pb2.AbortUploadRequest, context: Any
    ) -> upload_pb2.AbortUploadResponse:
        async with self._calls.answering("AbortUpload", context, Scope.UPLOAD) as caller:
            await self._intake.abort(caller.viewer, request.id)
            return upload_pb2.AbortUploadResponse()

    async def GetUsage(
        self, request: upload_pb2.GetUsageRequest, context: Any
    ) -> upload_pb2.GetUsageResponse:
        async with self._calls.answering("GetUsage", context, Scope.READ, Scope.UPLOAD) as caller:
            usage = await self._intake.usage(caller.viewer)
            return upload_pb2.GetUsageResponse(
                stored_bytes=usage.stored_bytes,
                uploaded_today_bytes=usage.uploaded_today_bytes,
                open_uploads=usage.open_uploads,
            )


async def _pieces(
    requests: AsyncIterator[upload_pb2.AppendUploadRequest], piece_seconds: float
) -> AsyncIterator[bytes]:
    while (request := await _next(requests, piece_seconds)) is not None:
        if request.WhichOneof("part") != "data":
            raise InvalidInput("data", "must follow the head")
        _BYTES.inc(len(request.data))
        yield request.data


async def _next(
    requests: AsyncIterator[upload_pb2.AppendUploadRequest], seconds: float
) -> upload_pb2.AppendUploadRequest | None:
    """Raises Unavailable where nothing comes for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(requests, None)
    except TimeoutError as late:
        raise Unavailable("No more bytes came for a while.") from late
