"""Captions as the gateway sees them: the video service's CaptionService."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from gateway.video_client import VideoClient
from playhead.video.v1 import captions_pb2, captions_pb2_grpc

Kind = Literal["subtitles", "captions"]
Format = Literal["vtt", "srt"]
_KINDS = {
    "subtitles": captions_pb2.CAPTION_KIND_SUBTITLES,
    "captions": captions_pb2.CAPTION_KIND_CAPTIONS,
}
_KIND_OF: dict[int, Kind] = {
    captions_pb2.CAPTION_KIND_SUBTITLES: "subtitles",
    captions_pb2.CAPTION_KIND_CAPTIONS: "captions",
}
_FORMATS = {"vtt": captions_pb2.CAPTION_FORMAT_WEBVTT, "srt": captions_pb2.CAPTION_FORMAT_SUBRIP}


@dataclass(frozen=True)
class Captions:
    id: str
    language: str
    kind: Kind
    label: str
    embedded: bool
    updated_at: datetime


class CaptionClient:
    """Calls on behalf of whoever the ``authorization`` value names, over the video client's
    channel. Every call raises :class:`gateway.problems.Problem`."""

    def __init__(self, client: VideoClient) -> None:
        self._client = client
        self._stub = captions_pb2_grpc.CaptionServiceStub(client.channel)  # type: ignore[no-untyped-call]

    async def list(self, caller: str, video_id: str) -> list[Captions]:
        request = captions_pb2.ListCaptionsRequest(video_id=video_id)
        answer = await self._client.ask(self._stub.ListCaptions, request, caller)
        return [_captions(one) for one in answer.captions]

    async def upload(
        self, caller: str, video_id: str, language: str, kind: Kind, label: str, file: bytes
    ) -> tuple[Captions, int]:
        """The captions, and how many places of the file were left out."""
        request = captions_pb2.UploadCaptionsRequest(
            video_id=video_id, language=language, kind=_KINDS[kind], label=label, file=file
        )
        answer = await self._client.ask(self._stub.UploadCaptions, request, caller)
        return _captions(answer.captions), answer.ignored

    async def replace(
        self, caller: str, video_id: str, captions_id: str, file: bytes
    ) -> tuple[Captions, int]:
        request = captions_pb2.ReplaceCaptionsRequest(video_id=video_id, id=captions_id, file=file)
        answer = await self._client.ask(self._stub.ReplaceCaptions, request, caller)
        return _captions(answer.captions), answer.ignored

    async def rename(self, caller: str, video_id: str, captions_id: str, label: str) -> Captions:
        request = captions_pb2.RenameCaptionsRequest(video_id=video_id, id=captions_id, label=label)
        return _captions((await self._client.ask(self._stub.RenameCaptions, request, caller)).captions)

    async def download(
        self, caller: str, video_id: str, captions_id: str, form: Format
    ) -> tuple[Captions, bytes]:
        request = captions_pb2.DownloadCaptionsRequest(
            video_id=video_id, id=captions_id, format=_FORMATS[form]
        )
        answer = await self._client.ask(self._stub.DownloadCaptions, request, caller)
        return _captions(answer.captions), bytes(answer.file)

    async def delete(self, caller: str, video_id: str, captions_id: str) -> None:
        request = captions_pb2.DeleteCaptionsRequest(video_id=video_id, id=captions_id)
        await self._client.ask(self._stub.DeleteCaptions, request, caller)


def _captions(message: Any) -> Captions:
    return Captions(
        id=message.id,
        language=message.language,
        kind=_KIND_OF[message.kind],
        label=message.label,
        embedded=message.embedded,
        updated_at=message.update_time.ToDatetime(tzinfo=UTC),
    )
