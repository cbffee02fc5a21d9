"""What a token's scopes allow, over every method of the video service."""

from typing import Any

import grpc
import pytest

from playhead.video.v1 import audit_pb2, captions_pb2, sharing_pb2, upload_pb2, video_pb2, viewing_pb2
from shared.tokens import ALL_SCOPES, Scope
from tests.integration.test_catalog import refused
from tests.support.video_service import Running, reason_of
from video_service.domain.video import new_id

#: What issue 3 asks of each method. UpdateVideo takes `upload` too, while a video is uploading:
#: a form's fields may come after its file.
METHODS: dict[tuple[str, str], tuple[Any, set[Scope]]] = {
    ("videos", "GetVideo"): (video_pb2.GetVideoRequest(), {Scope.READ}),
    ("videos", "ListVideos"): (video_pb2.ListVideosRequest(), {Scope.READ}),
    ("videos", "ListRelatedVideos"): (video_pb2.ListRelatedVideosRequest(), {Scope.READ}),
    ("videos", "GetPerson"): (video_pb2.GetPersonRequest(), {Scope.READ}),
    ("videos", "GetPlayback"): (video_pb2.GetPlaybackRequest(), {Scope.READ}),
    ("videos", "GetDownload"): (video_pb2.GetDownloadRequest(), {Scope.READ}),
    ("videos", "WatchVideos"): (video_pb2.WatchVideosRequest(), {Scope.READ}),
    ("videos", "UpdateVideo"): (video_pb2.UpdateVideoRequest(), {Scope.MANAGE, Scope.UPLOAD}),
    ("videos", "DeleteVideo"): (video_pb2.DeleteVideoRequest(), {Scope.MANAGE}),
    ("videos", "UndeleteVideo"): (video_pb2.UndeleteVideoRequest(), {Scope.MANAGE}),
    ("videos", "ReprocessVideo"): (video_pb2.ReprocessVideoRequest(), {Scope.MANAGE}),
    ("videos", "CancelProcessing"): (video_pb2.CancelProcessingRequest(), {Scope.MANAGE}),
    ("uploads", "CreateUpload"): (upload_pb2.CreateUploadRequest(), {Scope.UPLOAD}),
    ("uploads", "GetUpload"): (upload_pb2.GetUploadRequest(), {Scope.UPLOAD}),
    ("uploads", "CompleteUpload"): (upload_pb2.CompleteUploadRequest(), {Scope.UPLOAD}),
    ("uploads", "AbortUpload"): (upload_pb2.AbortUploadRequest(), {Scope.UPLOAD}),
    ("sharing", "ListShares"): (sharing_pb2.ListSharesRequest(), {Scope.MANAGE}),
    ("sharing", "AddPerson"): (sharing_pb2.AddPersonRequest(), {Scope.MANAGE}),
    ("sharing", "RemovePerson"): (sharing_pb2.RemovePersonRequest(), {Scope.MANAGE}),
    ("sharing", "CreateShareLink"): (sharing_pb2.CreateShareLinkRequest(), {Scope.MANAGE}),
    ("sharing", "RevokeShareLink"): (sharing_pb2.RevokeShareLinkRequest(), {Scope.MANAGE}),
    ("sharing", "OpenShareLink"): (sharing_pb2.OpenShareLinkRequest(), {Scope.READ}),
    ("captions", "ListCaptions"): (captions_pb2.ListCaptionsRequest(), {Scope.MANAGE}),
    ("captions", "UploadCaptions"): (captions_pb2.UploadCaptionsRequest(), {Scope.MANAGE}),
    ("captions", "ReplaceCaptions"): (captions_pb2.ReplaceCaptionsRequest(), {Scope.MANAGE}),
    ("captions", "RenameCaptions"): (captions_pb2.RenameCaptionsRequest(), {Scope.MANAGE}),
    ("captions", "DownloadCaptions"): (captions_pb2.DownloadCaptionsRequest(), {Scope.MANAGE}),
    ("captions", "DeleteCaptions"): (captions_pb2.DeleteCaptionsRequest(), {Scope.MANAGE}),
    ("viewings", "RecordViewing"): (viewing_pb2.RecordViewingRequest(), {Scope.READ}),
    ("viewings", "ListHistory"): (viewing_pb2.ListHistoryRequest(), {Scope.READ}),
    ("viewings", "ListUnfinished"): (viewing_pb2.ListUnfinishedRequest(), {Scope.READ}),
    ("viewings", "ListWatchLater"): (viewing_pb2.ListWatchLaterRequest(), {Scope.READ}),
    ("viewings", "RemoveFromHistory"): (viewing_pb2.RemoveFromHistoryRequest(), {Scope.MANAGE}),
    ("viewings", "ClearHistory"): (viewing_pb2.ClearHistoryRequest(), {Scope.MANAGE}),
    ("viewings", "SetHistoryPaused"): (viewing_pb2.SetHistoryPausedRequest(), {Scope.MANAGE}),
    ("viewings", "AddToWatchLater"): (viewing_pb2.AddToWatchLaterRequest(), {Scope.MANAGE}),
    ("viewings", "RemoveFromWatchLater"): (viewing_pb2.RemoveFromWatchLaterRequest(), {Scope.MANAGE}),
    ("audit", "ListAuditEvents"): (audit_pb2.ListAuditEventsRequest(), {Scope.MANAGE}),
}


async def reason(service: Running, stub: str, method: str, request: Any, scopes: set[Scope]) -> str:
    metadata = service.as_("ada", role="admin", scopes=scopes)
    call = getattr(getattr(service, stub), method)(request, metadata=metadata)
    try:
        await (call.read() if method == "WatchVideos" else call)
    except grpc.aio.AioRpcError as error:
        return reason_of(error)[0]
    return "OK"


async def test_every_method_refuses_a_token_without_its_scope(service: Running) -> None:
    for (stub, method), (request, allowed) in METHODS.items():
        assert await reason(service, stub, method, request, set(ALL_SCOPES - allowed)) == "NOT_ALLOWED", (
            method
        )
        assert await reason(service, stub, method, request, set()) == "NOT_ALLOWED", method
        for scope in allowed:
            assert await reason(service, stub, method, request, {scope}) != "NOT_ALLOWED", method


async def test_appending_needs_the_scope_too(service: Running) -> None:
    head = upload_pb2.AppendUploadRequest(head=upload_pb2.AppendUploadRequest.Head(id=new_id()))
    metadata = service.as_("ada", scopes={Scope.READ, Scope.MANAGE})
    assert (await refused(service.uploads.AppendUpload(iter([head]), metadata=metadata)))[0] == "NOT_ALLOWED"


async def test_every_method_is_in_the_table() -> None:
    named = {method for _, method in METHODS} | {"AppendUpload", "GetUsage"}
    files = (video_pb2, upload_pb2, sharing_pb2, audit_pb2, captions_pb2, viewing_pb2)
    offered = {
        method.name
        for file in files
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert offered == named


@pytest.mark.parametrize("complete", [False, True])
async def test_who_may_only_upload_changes_a_video_only_while_it_uploads(
    service: Running, complete: bool
) -> None:
    upload = await service.create_upload("ada", 3)
    if complete:
        await service.append("ada", upload.id, 0, b"abc")
        await service.complete("ada", upload.id)
    request = video_pb2.UpdateVideoRequest(video=video_pb2.Video(id=upload.video_id, title="Late"))
    request.update_mask.paths.append("title")
    call = service.videos.UpdateVideo(request, metadata=service.as_("ada", scopes={Scope.UPLOAD}))
    if complete:
        assert (await refused(call))[0] == "NOT_ALLOWED"
    else:
        assert (await call).video.title == "Late"
