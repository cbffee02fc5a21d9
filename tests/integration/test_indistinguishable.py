"""What a stranger must not learn: whether a video is private, somebody else's, deleted, or never was.

Every face is asked about each kind; whole answers are compared, and so is the number of round trips
to the database, which is what time would tell. `tests/benchmarks/access_timing.py` measures the time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
import pytest

from playhead.video.v1 import sharing_pb2, upload_pb2, video_pb2, viewing_pb2
from tests.integration.test_catalog import delete, update
from tests.integration.test_grpc_web import HEADERS, PATH, framed
from tests.integration.test_sharing import make_link, pass_of, share, unshare, with_master
from tests.integration.test_watch import event, watch
from tests.support.video_service import Metadata, Running
from video_service.domain.video import new_id
from video_service.repository.engine import DB

PRIVATE = video_pb2.VISIBILITY_PRIVATE

Ask = Callable[[str], Awaitable[Any]]


class Queries:
    """Counts what goes to the database, and holds on to nothing else."""

    def __init__(self) -> None:
        self.count = 0


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Queries:
    counted = Queries()
    run = DB.run_querystring

    async def counting(*arguments: Any, **options: Any) -> Any:
        counted.count += 1
        return await run(*arguments, **options)

    monkeypatch.setattr(DB, "run_querystring", counting)
    return counted


async def hidden_videos(service: Running) -> dict[str, str]:
    """Ids by kind, the last of nothing at all."""
    private = await with_master(service)
    uploading = (await service.create_upload("ada", 1, visibility=PRIVATE)).video_id
    deleted = await with_master(service, visibility=video_pb2.VISIBILITY_PUBLIC)
    await delete(service, "ada", deleted.id)
    unshared = await with_master(service)
    await share(service, unshared.id, "eve")
    await unshare(service, unshared.id, "eve")
    return {
        "private": private.id,
        "uploading": uploading,
        "deleted": deleted.id,
        "unshared": unshared.id,
        "never existed": new_id(),
    }


async def native(call: Any) -> tuple[Any, ...]:
    """Everything that a client gets of a failed call."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    return error.code(), error.details(), error.initial_metadata(), error.trailing_metadata()


def refusal_of(ask: Ask) -> Ask:
    return lambda video_id: native(ask(video_id))


@asynccontextmanager
async def browser(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.url) as client:
        yield client


def without_date(answer: httpx.Response) -> tuple[Any, ...]:
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "date"]
    return answer.status_code, headers, answer.content


def native_faces(service: Running, who: Metadata) -> dict[str, Ask]:
    def update(video_id: str) -> Any:
        request = video_pb2.UpdateVideoRequest(video=video_pb2.Video(id=video_id, title="Mine"))
        request.update_mask.paths.append("title")
        return service.videos.UpdateVideo(request, metadata=who)

    videos, sharing = service.videos, service.sharing
    person = video_pb2.Owner(id="eve", name="Eve")
    return {
        "GetVideo": lambda id: videos.GetVideo(video_pb2.GetVideoRequest(id=id), metadata=who),
        "GetPlayback": lambda id: videos.GetPlayback(video_pb2.GetPlaybackRequest(id=id), metadata=who),
        "ListRelatedVideos": lambda id: videos.ListRelatedVideos(
            video_pb2.ListRelatedVideosRequest(id=id), metadata=who
        ),
        "GetDownload": lambda id: videos.GetDownload(video_pb2.GetDownloadRequest(id=id), metadata=who),
        "RecordViewing": lambda id: service.viewings.RecordViewing(
            viewing_pb2.RecordViewingRequest(video_id=id, position_seconds=9, watched_seconds=99),
            metadata=who,
        ),
        "AddToWatchLater": lambda id: service.viewings.AddToWatchLater(
            viewing_pb2.AddToWatchLaterRequest(video_id=id), metadata=who
        ),
        "UpdateVideo": update,
        "DeleteVideo": lambda id: videos.DeleteVideo(video_pb2.DeleteVideoRequest(id=id), metadata=who),
        "UndeleteVideo": lambda id: videos.UndeleteVideo(video_pb2.UndeleteVideoRequest(id=id), metadata=who),
        "ListShares": lambda id: sharing.ListShares(sharing_pb2.ListSharesRequest(video_id=id), metadata=who),
        "AddPerson": lambda id: sharing.AddPerson(
            sharing_pb2.AddPersonRequest(video_id=id, person=person), metadata=who
        ),
        "RemovePerson": lambda id: sharing.RemovePerson(
            sharing_pb2.RemovePersonRequest(video_id=id, person_id="x"), metadata=who
        ),
        "CreateShareLink": lambda id: sharing.CreateShareLink(
            sharing_pb2.CreateShareLinkRequest(video_id=id), metadata=who
        ),
        "RevokeShareLink": lambda id: sharing.RevokeShareLink(
            sharing_pb2.RevokeShareLinkRequest(video_id=id, link_id=new_id()), metadata=who
        ),
        "OpenShareLink": lambda id: sharing.OpenShareLink(
            sharing_pb2.OpenShareLinkRequest(video_id=id, secret=new_id(), password="guess"), metadata=who
        ),
    }


async def assert_all_alike(ids: dict[str, str], ask: Ask, queries: Queries, face: str) -> None:
    answers, counts = {}, {}
    for kind, video_id in ids.items():
        before = queries.count
        answers[kind] = await ask(video_id)
        counts[kind] = queries.count - before
    expected, expected_count = answers["never existed"], counts["never existed"]
    assert answers == dict.fromkeys(ids, expected), face
    assert counts == dict.fromkeys(ids, expected_count), face


@pytest.mark.parametrize("role", ["nobody", "user", "moderator", "admin", "opened another link"])
async def test_native_calls_tell_nothing(service: Running, queries: Queries, role: str) -> None:
    ids = await hidden_videos(service)
    who: Metadata = () if role == "nobody" else service.as_("eve", role=role)
    if role == "opened another link":
        other = await with_master(service)
        who = await pass_of(service, other.id, (await make_link(service, other.id)).secret)
    for face, ask in native_faces(service, who).items():
        await assert_all_alike(ids, refusal_of(ask), queries, face)


async def test_a_revoked_pass_tells_nothing(service: Running, queries: Queries) -> None:
    """Its bearer knew the video; that it is still there, they no longer learn."""
    kept, gone = await with_master(service), await with_master(service)
    metadata = {}
    for video in (kept, gone):
        made = await make_link(service, video.id)
        metadata[video.id] = await pass_of(service, video.id, made.secret)
        await service.fetch("DELETE FROM share_links")
    await service.fetch("DELETE FROM videos WHERE id = $1", gone.id)

    async def ask(video_id: str) -> Any:
        request = video_pb2.GetVideoRequest(id=video_id)
        return await native(service.videos.GetVideo(request, metadata=metadata[video_id]))

    await assert_all_alike({"kept": kept.id, "never existed": gone.id}, ask, queries, "GetVideo")


async def test_grpc_web_tells_nothing(service: Running, queries: Queries) -> None:
    ids = await hidden_videos(service)
    async with browser(service) as client:

        async def ask(video_id: str) -> Any:
            body = framed(video_pb2.GetVideoRequest(id=video_id))
            return without_date(await client.post(f"{PATH}GetVideo", content=body, headers=HEADERS))

        await assert_all_alike(ids, ask, queries, "gRPC-Web")


@pytest.mark.parametrize("file", ["master.m3u8", "poster.jpg", "v360/index.m3u8", "v360/00000.ts"])
@pytest.mark.parametrize("grant", ["public", "forged", "of another video"])
async def test_media_tells_nothing(service: Running, queries: Queries, file: str, grant: str) -> None:
    ids = await hidden_videos(service)
    revisions = {
        video_id: await service.fetchval("SELECT id FROM revisions WHERE video = $1", video_id) or new_id()
        for video_id in ids.values()
    }
    own = await with_master(service, "eve")
    if grant == "of another video":
        request = video_pb2.GetPlaybackRequest(id=own.id)
        playback = await service.videos.GetPlayback(request, metadata=service.as_("eve"))
        grant = playback.hls_path.split("/")[2]
    async with browser(service) as client:

        async def ask(video_id: str) -> Any:
            return without_date(await client.get(f"/media/{grant}/{video_id}/{revisions[video_id]}/{file}"))

        # Twice: what was asked for before is answered from memory, whatever it is.
        for look in ("first", "second"):
            await assert_all_alike(ids, ask, queries, f"{file} {look}")
        before = queries.count
        for video_id in ids.values():
            await ask(video_id)
        assert queries.count == before, "what does not exist is remembered like what does"


async def test_who_watches_a_private_video_does_not_show_in_a_strangers_look(
    service: Running, queries: Queries
) -> None:
    watched, missing = await with_master(service), new_id()
    request = video_pb2.GetPlaybackRequest(id=watched.id)
    path = (await service.videos.GetPlayback(request, metadata=service.as_("ada"))).hls_path
    revision = path.split("/")[4]
    async with browser(service) as client:
        assert (await client.get(path)).status_code == 200
        counts = []
        for video_id in (watched.id, missing):
            before = queries.count
            assert (await client.get(f"/media/public/{video_id}/{revision}/master.m3u8")).status_code == 404
            counts.append(queries.count - before)
    assert counts == [1, 1]


async def test_a_forged_grant_costs_no_look_up(service: Running, queries: Queries) -> None:
    video = await with_master(service)
    revision = await service.revision_of(video.id)
    async with browser(service) as client:
        before = queries.count
        for video_id in (video.id, new_id()):
            answer = await client.get(f"/media/{'A' * 39}/{video_id}/{revision}/master.m3u8")
            assert answer.status_code == 404
        assert queries.count == before


async def test_what_was_missing_is_found_as_soon_as_it_is_public(service: Running) -> None:
    """Remembering what is not there must not hide what then is."""
    video = await with_master(service)
    path = f"/media/public/{video.id}/{await service.revision_of(video.id)}/master.m3u8"
    async with browser(service) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get(path)).status_code == 404
        # The announcement of the change is heard before the watcher's event is sent.
        stream = watch(service, "ada", {video.id: 0})
        await event(stream)
        await update(service, "ada", video.id, visibility=video_pb2.VISIBILITY_PUBLIC)
        await event(stream)
        stream.cancel()
        assert (await client.get(path)).status_code == 200


async def test_a_watch_stream_tells_nothing(service: Running, queries: Queries) -> None:
    ids = await hidden_videos(service)

    async def ask(video_id: str) -> Any:
        cursor = video_pb2.WatchVideosRequest.Cursor(id=video_id)
        request = video_pb2.WatchVideosRequest(videos=[cursor])
        stream = service.videos.WatchVideos(request, metadata=service.as_("eve"))
        answer = await stream.read()
        stream.cancel()
        assert answer.gone_id == video_id
        return answer.WhichOneof("event"), await stream.initial_metadata()

    await assert_all_alike(ids, ask, queries, "WatchVideos")


async def test_upload_ids_tell_nothing(service: Running, queries: Queries) -> None:
    open_upload = await service.create_upload("ada", 5)
    complete = await service.create_upload("ada", 1)
    await service.append("ada", complete.id, 0, b"x")
    await service.complete("ada", complete.id)
    ids = {"open": open_upload.id, "complete": complete.id, "never existed": new_id()}
    who = service.as_("eve")
    uploads = service.uploads

    def append(upload_id: str) -> Any:
        head = upload_pb2.AppendUploadRequest.Head(id=upload_id, offset_bytes=0)
        parts = [upload_pb2.AppendUploadRequest(head=head), upload_pb2.AppendUploadRequest(data=b"evil")]
        return uploads.AppendUpload(iter(parts), metadata=who)

    faces: dict[str, Ask] = {
        "GetUpload": lambda id: uploads.GetUpload(upload_pb2.GetUploadRequest(id=id), metadata=who),
        "CompleteUpload": lambda id: uploads.CompleteUpload(
            upload_pb2.CompleteUploadRequest(id=id), metadata=who
        ),
        "AbortUpload": lambda id: uploads.AbortUpload(upload_pb2.AbortUploadRequest(id=id), metadata=who),
        "AppendUpload": append,
    }
    for face, ask in faces.items():
        await assert_all_alike(ids, refusal_of(ask), queries, face)
    assert await service.append("ada", open_upload.id, 0, b"mine!")
