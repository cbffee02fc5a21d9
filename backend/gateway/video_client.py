"""The video service as the gateway sees it. Nothing else here touches generated code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.contextvars import get_contextvars

from gateway.problems import Problem
from gateway.video_records import (
    AuditEvent,
    Chapter,
    Checksum,
    Embedding,
    Failure,
    Hit,
    Loudness,
    NewUpload,
    Opening,
    Owner,
    Person,
    Picture,
    Rendition,
    Reprocessing,
    Upload,
    Usage,
    Video,
    VideoPage,
    VideoQuery,
)
from playhead.video.v1 import (
    audit_pb2,
    audit_pb2_grpc,
    owner_pb2,
    owner_pb2_grpc,
    upload_pb2,
    upload_pb2_grpc,
    video_pb2,
    video_pb2_grpc,
)
from shared.rpc_errors import WireError, from_rpc_error

Answer = TypeVar("Answer")

_DEADLINE_SECONDS = 10.0
#: Completing flushes the whole file to disk, and many gigabytes take their time.
_COMPLETE_DEADLINE_SECONDS = 120.0
_HEALTH_DEADLINE_SECONDS = 2.0
#: The rows of a person with many thousands of videos.
_DELETE_OWNER_DEADLINE_SECONDS = 60.0
#: A service that comes back is noticed within this; gRPC's own limit is two minutes.
_LONGEST_RECONNECT_MILLISECONDS = 5_000
#: A silent connection is probed this often, so that a machine that vanished is noticed.
_KEEPALIVE_MILLISECONDS = 20_000
#: Of an upload's message, by the contract.
DATA_BYTES = 2**20

#: What a write raises when the service has already answered.
_CALL_ENDED = (
    grpc.aio.AioRpcError,
    grpc.aio.UsageError,
    grpc.aio.InternalError,
    asyncio.InvalidStateError,
)


class VideoClient:
    """Calls on behalf of whoever the ``authorization`` value names. Every call raises
    :class:`Problem`; open it inside a running event loop."""

    def __init__(self, target: str) -> None:
        options = [
            ("grpc.keepalive_time_ms", _KEEPALIVE_MILLISECONDS),
            ("grpc.max_reconnect_backoff_ms", _LONGEST_RECONNECT_MILLISECONDS),
        ]
        self._channel = grpc.aio.insecure_channel(target, options=options)
        self._videos = video_pb2_grpc.VideoServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._uploads = upload_pb2_grpc.UploadServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._owners = owner_pb2_grpc.OwnerServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._audit = audit_pb2_grpc.AuditServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._health = health_pb2_grpc.HealthStub(self._channel)

    @property
    def channel(self) -> grpc.aio.Channel:
        """For stubs of the service's other contracts; call them through :meth:`ask`."""
        return self._channel

    async def close(self) -> None:
        await self._channel.close(None)

    async def ask(
        self, method: Callable[..., Awaitable[Answer]], request: Any, caller: str | None,
        *, deadline_seconds: float = _DEADLINE_SECONDS,
    ) -> Answer:  # fmt: skip
        """Calls a method of another contract."""
        return await _answer(method(request, **_call(caller, deadline_seconds)))

    async def healthy(self) -> bool:
        request = health_pb2.HealthCheckRequest()
        try:
            answer = await self._health.Check(request, timeout=_HEALTH_DEADLINE_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def video(self, caller: str | None, video_id: str, share_pass: str | None = None) -> Video:
        request = video_pb2.GetVideoRequest(id=video_id)
        call = self._videos.GetVideo(request, **_call(caller, share_pass=share_pass))
        return video_of((await _answer(call)).video)

    async def opening(self, video_id: str, *, deadline_seconds: float) -> tuple[Video, Opening | None]:
        """As strangers open it; ``None`` for the answers where these would carry a grant, or there is nothing
        to play yet."""
        timed = _call(None, deadline_seconds)
        opened = await _answer(self._videos.GetVideo(video_pb2.GetVideoRequest(id=video_id), **timed))
        video = video_of(opened.video)
        if video.visibility != "public" or not video.playable:
            return video, None
        try:
            request = video_pb2.GetPlaybackRequest(id=video_id)
            playback = await _answer(self._videos.GetPlayback(request, **timed))
        except Problem:  # it may have changed since; the page asks by itself
            return video, None
        if playback.HasField("expire_time"):
            return video, None
        return video, Opening(opened.SerializeToString(), playback.SerializeToString(), playback.hls_path)

    async def videos(self, caller: str | None, asked: VideoQuery) -> VideoPage:
        fields = {name: value for name, value in vars(asked).items() if name != "created_after"}
        request = video_pb2.ListVideosRequest(**fields)
        if asked.created_after is not None:
            request.created_after_time.FromDatetime(asked.created_after)
        answer = await _answer(self._videos.ListVideos(request, **_call(caller)))
        hits = tuple(Hit(one.video_id, one.start_seconds, one.text, one.language) for one in answer.hits)
        return VideoPage(tuple(map(video_of, answer.videos)), hits, answer.next_page_token)

    async def related(
        self, caller: str | None, video_id: str, page_size: int, share_pass: str | None = None
    ) -> tuple[Video, ...]:
        request = video_pb2.ListRelatedVideosRequest(id=video_id, page_size=page_size)
        call = self._videos.ListRelatedVideos(request, **_call(caller, share_pass=share_pass))
        return tuple(map(video_of, (await _answer(call)).videos))

    async def person(self, caller: str | None, person_id: str) -> Person:
        request = video_pb2.GetPersonRequest(id=person_id)
        answer = await _answer(self._videos.GetPerson(request, **_call(caller)))
        return Person(answer.person.id, answer.person.name, answer.video_count)

    async def update_video(
        self,
        caller: str | None,
        video_id: str,
        changes: Mapping[str, str | bool | Sequence[str] | Sequence[Chapter] | Embedding],
    ) -> Video:
        """Changes title, description, tags, visibility, chapters, downloadable or embedding: those that
        are given."""
        values: dict[str, Any] = {**changes, "id": video_id}
        if "visibility" in changes:
            values["visibility"] = _visibility(str(changes["visibility"]))
        if "chapters" in changes:
            values["chapters"] = [video_pb2.Chapter(**vars(one)) for one in values["chapters"]]
        if "embedding" in changes:
            values["embedding"] = video_pb2.Embedding(**vars(changes["embedding"]))
        request = video_pb2.UpdateVideoRequest(
            video=video_pb2.Video(**values), update_mask=FieldMask(paths=list(changes))
        )
        return video_of((await _answer(self._videos.UpdateVideo(request, **_call(caller)))).video)

    async def delete_video(self, caller: str | None, video_id: str) -> datetime:
        """Returns until when it can be undone."""
        request = video_pb2.DeleteVideoRequest(id=video_id)
        answer = await _answer(self._videos.DeleteVideo(request, **_call(caller)))
        return _time(answer.undo_until_time)

    async def undelete_video(self, caller: str | None, video_id: str) -> Video:
        request = video_pb2.UndeleteVideoRequest(id=video_id)
        return video_of((await _answer(self._videos.UndeleteVideo(request, **_call(caller)))).video)

    async def reprocess_video(self, caller: str | None, video_id: str) -> Video:
        request = video_pb2.ReprocessVideoRequest(id=video_id)
        return video_of((await _answer(self._videos.ReprocessVideo(request, **_call(caller)))).video)

    async def cancel_processing(self, caller: str | None, video_id: str) -> Video:
        request = video_pb2.CancelProcessingRequest(id=video_id)
        return video_of((await _answer(self._videos.CancelProcessing(request, **_call(caller)))).video)

    async def hls_path(self, caller: str | None, video_id: str, share_pass: str | None = None) -> str:
        """Path of the master playlist on the video service, grant included."""
        request = video_pb2.GetPlaybackRequest(id=video_id)
        answer = await _answer(self._videos.GetPlayback(request, **_call(caller, share_pass=share_pass)))
        return str(answer.hls_path)

    async def download_path(
        self, caller: str | None, video_id: str, audio: str, share_pass: str | None = None
    ) -> str:
        """Path of the file on the video service, grant included; empty while it is being made."""
        request = video_pb2.GetDownloadRequest(id=video_id, audio=audio)
        answer = await _answer(self._videos.GetDownload(request, **_call(caller, share_pass=share_pass)))
        return str(answer.path)

    async def create_upload(self, caller: str, new: NewUpload) -> Upload:
        request = upload_pb2.CreateUploadRequest(
            size_bytes=new.size_bytes,
            max_size_bytes=new.max_size_bytes,
            filename=new.filename,
            metadata=new.metadata,
            title=new.title,
            description=new.description,
            visibility=_visibility(new.visibility) if new.visibility else None,
            storage_quota_bytes=new.quotas.storage_bytes,
            daily_quota_bytes=new.quotas.daily_bytes,
            max_concurrent_uploads=new.quotas.concurrent_uploads,
        )
        return _upload((await _answer(self._uploads.CreateUpload(request, **_call(caller)))).upload)

    async def usage(self, caller: str) -> Usage:
        answer = await _answer(self._uploads.GetUsage(upload_pb2.GetUsageRequest(), **_call(caller)))
        return Usage(answer.stored_bytes, answer.uploaded_today_bytes, answer.open_uploads)

    async def upload(self, caller: str, upload_id: str) -> Upload:
        request = upload_pb2.GetUploadRequest(id=upload_id)
        return _upload((await _answer(self._uploads.GetUpload(request, **_call(caller)))).upload)

    async def append(
        self,
        caller: str,
        upload_id: str,
        offset_bytes: int,
        data: AsyncIterator[bytes],
        checksum: Checksum | None = None,
    ) -> Upload:
        """Appends pieces of any size; flow control holds the sender back, so memory stays bounded.

        What ``data`` raises goes to the caller, after the stream has ended and what came before is kept.
        """
        head = upload_pb2.AppendUploadRequest.Head(id=upload_id, offset_bytes=offset_bytes)
        if checksum:
            head.checksum_algorithm, head.checksum = checksum.algorithm, checksum.digest
        call = self._uploads.AppendUpload(metadata=_call(caller)["metadata"])
        tried_bytes, ended_early = 0, False
        try:
            await call.write(upload_pb2.AppendUploadRequest(head=head))
            async for piece in data:
                tried_bytes += len(piece)
                for start in range(0, len(piece), DATA_BYTES):
                    message = upload_pb2.AppendUploadRequest(data=piece[start : start + DATA_BYTES])
                    await call.write(message)
            await call.done_writing()
        except _CALL_ENDED:
            ended_early = True  # why, the answer says below
        except BaseException:
            call.cancel()
            raise
        try:
            return _upload((await _answer(call)).upload)
        except Problem as problem:
            if not ended_early or problem.error.reason != "INTERNAL":
                raise
            # grpc.aio puts an error of its own over the service's answer where that meets a write.
            stands = await self.upload(caller, upload_id)
            raise Problem(_why_refused(stands, offset_bytes, tried_bytes)) from problem

    async def complete_upload(self, caller: str, upload_id: str) -> Video:
        request = upload_pb2.CompleteUploadRequest(id=upload_id)
        call = self._uploads.CompleteUpload(request, **_call(caller, _COMPLETE_DEADLINE_SECONDS))
        return video_of((await _answer(call)).video)

    async def abort_upload(self, caller: str, upload_id: str) -> None:
        request = upload_pb2.AbortUploadRequest(id=upload_id)
        await _answer(self._uploads.AbortUpload(request, **_call(caller)))

    async def rename_owner(self, service: str, owner_id: str, name: str) -> None:
        """``service`` is a token of the gateway's own."""
        request = owner_pb2.RenameOwnerRequest(id=owner_id, name=name)
        await _answer(self._owners.RenameOwner(request, **_call(service)))

    async def delete_owner(self, service: str, owner_id: str) -> None:
        """Everything that is the person's. ``service`` is a token of the gateway's own."""
        request = owner_pb2.DeleteOwnerRequest(id=owner_id)
        await _answer(self._owners.DeleteOwner(request, **_call(service, _DELETE_OWNER_DEADLINE_SECONDS)))

    async def audit_events(
        self, admin: str, before: datetime | None, actor_id: str, action_prefix: str, most: int
    ) -> list[AuditEvent]:
        """What was done to videos, newest first."""
        request = audit_pb2.ListAuditEventsRequest(
            page_size=most, actor_id=actor_id, action_prefix=action_prefix
        )
        if before:
            request.before_time.FromDatetime(before)
        answer = await _answer(self._audit.ListAuditEvents(request, **_call(admin)))
        return [_audit_event(event) for event in answer.events]


def _call(
    caller: str | None, deadline_seconds: float = _DEADLINE_SECONDS, share_pass: str | None = None
) -> dict[str, Any]:
    metadata = [("authorization", caller)] if caller else []
    if share_pass:
        metadata.append(("playhead-share", share_pass))
    if request_id := get_contextvars().get("request_id"):  # what the log lines of both services share
        metadata.append(("x-request-id", request_id))
    return {"metadata": metadata, "timeout": deadline_seconds}


async def _answer(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise Problem(from_rpc_error(error)) from error


def _why_refused(stands: Upload, offset_bytes: int, tried_bytes: int) -> WireError:
    """What the service must have said to so many bytes at an offset, by where the upload stands now."""
    end_bytes = offset_bytes + tried_bytes
    continued = offset_bytes <= stands.offset_bytes <= end_bytes
    if continued and 0 <= stands.size_bytes < end_bytes:
        return WireError("TOO_LARGE", "These are more bytes than the upload was created for.")
    if stands.offset_bytes != offset_bytes:
        offset = {"offset": str(stands.offset_bytes)}
        message = "The bytes do not continue where the upload stands."
        return WireError("UPLOAD_OFFSET_MISMATCH", message, offset)
    return WireError("UNAVAILABLE", "The video service did not take the bytes; try again.")


def _visibility(name: str) -> video_pb2.Visibility:
    return cast(video_pb2.Visibility, video_pb2.Visibility.Value(f"VISIBILITY_{name.upper()}"))


def _name(enum: Any, prefix: str, value: int) -> str:
    return str(enum.Name(value)).removeprefix(prefix).lower()


def _time(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)


def _upload(message: Any) -> Upload:
    expires_at = _time(message.expire_time) if message.HasField("expire_time") else None
    return Upload(
        id=message.id,
        video_id=message.video_id,
        size_bytes=message.size_bytes,
        offset_bytes=message.offset_bytes,
        expires_at=expires_at,
        complete=message.complete,
        limit_bytes=message.limit_bytes,
        metadata=message.metadata,
    )


def video_of(message: Any) -> Video:
    known = message.HasField
    return Video(
        id=message.id,
        title=message.title,
        description=message.description,
        tags=tuple(message.tags),
        visibility=_name(video_pb2.Visibility, "VISIBILITY_", message.visibility),
        state=_name(video_pb2.VideoState, "VIDEO_STATE_", message.state),
        playable=message.playable,
        progress=message.progress,
        seconds_left=message.seconds_left if known("seconds_left") else None,
        duration_seconds=message.duration_seconds if known("duration_seconds") else None,
        width=message.width if known("width") else None,
        height=message.height if known("height") else None,
        owner=Owner(message.owner.id, message.owner.name),
        created_at=_time(message.create_time),
        updated_at=_time(message.update_time),
        renditions=tuple(map(_rendition, message.renditions)),
        chapters=tuple(Chapter(one.start_seconds, one.title) for one in message.chapters),
        poster_path=message.poster_path or None,
        posters=tuple(map(_picture, message.posters)),
        storyboard_path=message.storyboard_path or None,
        preview=_picture(message.preview) if known("preview") else None,
        waveform_path=message.waveform_path or None,
        stills=tuple(map(_picture, message.stills)),
        warnings=tuple(message.warnings),
        failure=Failure(message.failure.reason, message.failure.message) if known("failure") else None,
        reprocessing=_reprocessing(message.reprocessing) if known("reprocessing") else None,
        editable=message.editable,
        moderatable=message.moderatable,
        filename=message.filename or None,
        loudness=tuple(map(_loudness, message.loudness)),
        downloadable=message.downloadable,
        view_count=message.view_count,
        captioned=message.captioned,
        embedding=Embedding(message.embedding.anywhere, list(message.embedding.sites)),
    )


def _picture(message: Any) -> Picture:
    return Picture(message.path, message.content_type, message.width, message.height)


def _loudness(message: Any) -> Loudness:
    names = ("integrated_lufs", "range_lu", "true_peak_dbtp")
    values = (getattr(message, name) if message.HasField(name) else None for name in names)
    return Loudness(message.rendition, *values)


def _reprocessing(message: Any) -> Reprocessing:
    seconds_left = message.seconds_left if message.HasField("seconds_left") else None
    return Reprocessing(message.progress, seconds_left)


def _audit_event(message: Any) -> AuditEvent:
    return AuditEvent(
        id=message.id,
        time=_time(message.time),
        actor_id=message.actor_id,
        actor_name=message.actor_name,
        action=message.action,
        subject_id=message.subject_id,
        details=dict(message.details),
    )


def _rendition(message: Any) -> Rendition:
    return Rendition(
        name=message.name,
        kind=_name(video_pb2.RenditionKind, "RENDITION_KIND_", message.kind),
        codecs=message.codecs,
        width=message.width or None,
        height=message.height or None,
        frame_rate=message.frame_rate or None,
        bandwidth_bps=message.bandwidth_bps,
        complete=message.complete,
        title=message.title or None,
        language=message.language or None,
    )
