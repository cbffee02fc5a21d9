"""``CaptionService``, for native gRPC and gRPC-Web alike."""

from typing import Any

from playhead.video.v1 import captions_pb2, captions_pb2_grpc
from shared.tokens import Scope
from video_service.captions import CaptionDesk
from video_service.domain.captions import Caption, CaptionKind
from video_service.domain.errors import InvalidInput
from video_service.rpc.calls import Calls
from video_service.rpc.convert import timestamp

_KINDS = {
    CaptionKind.SUBTITLES: captions_pb2.CAPTION_KIND_SUBTITLES,
    CaptionKind.CAPTIONS: captions_pb2.CAPTION_KIND_CAPTIONS,
}
_KIND_OF = {number: kind for kind, number in _KINDS.items()} | {
    captions_pb2.CAPTION_KIND_UNSPECIFIED: CaptionKind.SUBTITLES
}


class CaptionServicer(captions_pb2_grpc.CaptionServiceServicer):
    def __init__(self, desk: CaptionDesk, calls: Calls) -> None:
        self._desk = desk
        self._calls = calls

    def add_to(self, server: Any) -> None:
        """To a native server or to sonora's: both are registered with alike."""
        captions_pb2_grpc.add_CaptionServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]

    async def ListCaptions(
        self, request: captions_pb2.ListCaptionsRequest, context: Any
    ) -> captions_pb2.ListCaptionsResponse:
        async with self._calls.answering("ListCaptions", context, Scope.MANAGE) as caller:
            found = await self._desk.list(caller.viewer, request.video_id)
            return captions_pb2.ListCaptionsResponse(captions=[_message(one) for one in found])

    async def UploadCaptions(
        self, request: captions_pb2.UploadCaptionsRequest, context: Any
    ) -> captions_pb2.UploadCaptionsResponse:
        async with self._calls.answering("UploadCaptions", context, Scope.MANAGE) as caller:
            if request.kind not in _KIND_OF:
                raise InvalidInput("kind", "is not one of subtitles, captions")
            added, ignored = await self._desk.upload(
                caller.viewer,
                request.video_id,
                request.language,
                _KIND_OF[request.kind],
                request.label,
                request.file,
            )
            return captions_pb2.UploadCaptionsResponse(captions=_message(added), ignored=ignored)

    async def ReplaceCaptions(
        self, request: captions_pb2.ReplaceCaptionsRequest, context: Any
    ) -> captions_pb2.ReplaceCaptionsResponse:
        async with self._calls.answering("ReplaceCaptions", context, Scope.MANAGE) as caller:
            changed, ignored = await self._desk.replace(
                caller.viewer, request.video_id, request.id, request.file
            )
            return captions_pb2.ReplaceCaptionsResponse(captions=_message(changed), ignored=ignored)

    async def RenameCaptions(
        self, request: captions_pb2.RenameCaptionsRequest, context: Any
    ) -> captions_pb2.RenameCaptionsResponse:
        async with self._calls.answering("RenameCaptions", context, Scope.MANAGE) as caller:
            changed = await self._desk.rename(caller.viewer, request.video_id, request.id, request.label)
            return captions_pb2.RenameCaptionsResponse(captions=_message(changed))

    async def DownloadCaptions(
        self, request: captions_pb2.DownloadCaptionsRequest, context: Any
    ) -> captions_pb2.DownloadCaptionsResponse:
        async with self._calls.answering("DownloadCaptions", context, Scope.MANAGE) as caller:
            as_subrip = request.format == captions_pb2.CAPTION_FORMAT_SUBRIP
            read = self._desk.subrip if as_subrip else self._desk.webvtt
            caption, text = await read(caller.viewer, request.video_id, request.id)
            return captions_pb2.DownloadCaptionsResponse(captions=_message(caption), file=text.encode())

    async def DeleteCaptions(
        self, request: captions_pb2.DeleteCaptionsRequest, context: Any
    ) -> captions_pb2.DeleteCaptionsResponse:
        async with self._calls.answering("DeleteCaptions", context, Scope.MANAGE) as caller:
            await self._desk.remove(caller.viewer, request.video_id, request.id)
            return captions_pb2.DeleteCaptionsResponse()


def _message(caption: Caption) -> captions_pb2.Captions:
    return captions_pb2.Captions(
        id=caption.id,
        language=caption.language,
        kind=_KINDS[caption.kind],
        label=caption.label,
        embedded=caption.embedded,
        update_time=timestamp(caption.updated_at),
    )
