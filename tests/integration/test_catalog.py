"""The catalog over native gRPC: who sees what, changes, lists, search, deletion."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from playhead.video.v1 import video_pb2
from tests.support.video_service import Running, reason_of
from video_service.domain.video import new_id
from video_service.purging import purge
from video_service.repository.removal import PurgeableRows
from video_service.storage.objects import LocalObjects

PUBLIC, UNLISTED, PRIVATE = (
    video_pb2.VISIBILITY_PUBLIC,
    video_pb2.VISIBILITY_UNLISTED,
    video_pb2.VISIBILITY_PRIVATE,
)


async def refused(call: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return reason_of(caught.value)


async def update(service: Running, person: str, video_id: str, **fields: Any) -> video_pb2.Video:
    request = video_pb2.UpdateVideoRequest(
        video=video_pb2.Video(id=video_id, **fields), update_mask=FieldMask(paths=list(fields))
    )
    return (await service.videos.UpdateVideo(request, metadata=service.as_(person))).video


async def listed(service: Running, person: str | None = None, **request: Any) -> Any:
    metadata = service.as_(person) if person else ()
    return await service.videos.ListVideos(video_pb2.ListVideosRequest(**request), metadata=metadata)


async def delete(service: Running, person: str, video_id: str) -> Any:
    request = video_pb2.DeleteVideoRequest(id=video_id)
    return await service.videos.DeleteVideo(request, metadata=service.as_(person))


async def undelete(service: Running, person: str, video_id: str) -> video_pb2.Video:
    request = video_pb2.UndeleteVideoRequest(id=video_id)
    return (await service.videos.UndeleteVideo(request, metadata=service.as_(person))).video


async def test_a_private_video_is_indistinguishable_from_a_missing_one(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PRIVATE)
    answers = []
    for video_id in (video.id, new_id(), "", "\0", "x" * 5000):
        for person in (None, "bob"):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await service.get(person, video_id)
            error = caught.value
            answers.append((error.code(), error.details(), reason_of(error)))
    assert len({repr(answer) for answer in answers}) == 1
    assert answers[0][0] is grpc.StatusCode.NOT_FOUND
    assert (await service.get("ada", video.id)).id == video.id


async def test_only_the_owner_sees_filename_warnings_and_failure(service: Running) -> None:
    video, revision_id = await service.planned("ada", filename="holiday.mp4")
    await service.work.add_warning(revision_id, "The subtitles were left out.", "log")
    mine, theirs = await service.get("ada", video.id), await service.get("bob", video.id)
    assert (mine.filename, list(mine.warnings), mine.editable) == (
        "holiday.mp4",
        ["The subtitles were left out."],
        True,
    )
    assert (theirs.filename, list(theirs.warnings), theirs.editable) == ("", [], False)
    await service.work.fail(revision_id, "UNSUPPORTED_MEDIA", "There is no picture.", "log")
    assert (await service.get("ada", video.id)).failure.reason == "UNSUPPORTED_MEDIA"
    assert not (await service.get("bob", video.id)).HasField("failure")


async def test_update_changes_what_the_mask_names(service: Running) -> None:
    video = await service.uploaded("ada", title="Before", description="kept")
    after = await update(service, "ada", video.id, title="  Nach dem Fest  ", tags=["a", "b", "a"])
    assert (after.title, after.description, list(after.tags)) == ("Nach dem Fest", "kept", ["a", "b"])
    assert after.version > video.version
    assert after.update_time.ToNanoseconds() > video.update_time.ToNanoseconds()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"tags": ["x"] * 3 + [str(n) for n in range(20)]}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
        ({"visibility": 0}, "visibility"),
        ({"visibility": 77}, "visibility"),
        ({"filename": "other"}, "update_mask"),
        ({}, "update_mask"),
    ],
)
async def test_update_names_the_field_that_is_wrong(
    service: Running, fields: dict[str, Any], named: str
) -> None:
    video = await service.uploaded("ada")
    reason, data = await refused(update(service, "ada", video.id, **fields))
    assert (reason, data["field"]) == ("INVALID_INPUT", named)


async def test_only_the_owner_changes_and_deletes(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    assert (await refused(update(service, "bob", video.id, title="Mine")))[0] == "NOT_ALLOWED"
    assert (await refused(delete(service, "bob", video.id)))[0] == "NOT_ALLOWED"
    request = video_pb2.DeleteVideoRequest(id=video.id)
    assert (await refused(service.videos.DeleteVideo(request)))[0] == "NOT_SIGNED_IN"


async def test_the_public_list_holds_only_what_everyone_can_watch(service: Running) -> None:
    shown, _ = await service.published("ada", visibility=PUBLIC)
    await service.published("ada", visibility=UNLISTED)
    await service.published("ada", visibility=PRIVATE)
    await service.planned("ada", visibility=PUBLIC)
    gone, _ = await service.published("ada", visibility=PUBLIC)
    await delete(service, "ada", gone.id)
    _, failed = await service.planned("ada", visibility=PUBLIC)
    await service.work.fail(failed, "INTERNAL", "No.", "")
    for person, owner in ((None, ""), ("bob", "ada"), ("ada", "")):
        assert [video.id for video in (await listed(service, person, owner=owner)).videos] == [shown.id]
    assert len((await listed(service, "ada", owner="me")).videos) == 5
    assert not (await listed(service, "bob", owner="me")).videos
    assert (await refused(listed(service, None, owner="me")))[0] == "NOT_SIGNED_IN"


async def test_pages_hold_every_video_once_newest_first(service: Running) -> None:
    made = [(await service.uploaded("ada", title=f"Film {n}")).id for n in range(5)]
    seen, token = [], ""
    while True:
        page = await listed(service, "ada", owner="me", page_size=2, page_token=token)
        seen += [video.id for video in page.videos]
        token = page.next_page_token
        if len(seen) == 2:
            await service.uploaded("ada", title="Arrives while someone reads")
        if not token:
            break
    assert seen == made[::-1]


async def test_a_page_token_belongs_to_its_list(service: Running) -> None:
    for _ in range(2):
        await service.uploaded("ada", title="Film")
    token = (await listed(service, "ada", owner="me", page_size=1)).next_page_token
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[20] ^= 1
    tampered = base64.urlsafe_b64encode(raw).decode()
    requests = [
        ("bob", {"owner": "me", "page_token": token}),
        ("ada", {"owner": "", "page_token": token}),
        ("ada", {"owner": "me", "query": "film", "page_token": token}),
        ("ada", {"owner": "me", "page_token": tampered}),
        ("ada", {"owner": "me", "page_token": "§"}),
        ("ada", {"owner": "me", "page_token": "A" * 40}),
    ]
    for person, request in requests:
        reason, data = await refused(listed(service, person, **request))
        assert (reason, data) == ("INVALID_INPUT", {"field": "page_token"})
    assert (await refused(listed(service, page_size=101)))[1] == {"field": "page_size"}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("mountain", ["Mountain biking"]),
        ("BIK mount", []),
        ("mountain bik", ["Mountain biking"]),
        ("überraschung", ["Die Überraschung"]),
        ("alps", ["Mountain biking"]),
        ("second line", ["Die Überraschung"]),
        ("it's", ["It's raining"]),
        ("' | ! & :* (", None),
        ("film:*", []),
    ],
)
async def test_search_finds_words_and_the_beginning_of_the_last(
    service: Running, query: str, titles: list[str] | None
) -> None:
    first = await service.uploaded("ada", title="Mountain biking")
    await update(service, "ada", first.id, tags=["Alps 2026"])
    await service.uploaded("ada", title="Die Überraschung", description="First.\nSecond line.")
    await service.uploaded("ada", title="It's raining")
    call = listed(service, "ada", owner="me", query=query)
    if titles is None:
        assert await refused(call) == ("INVALID_INPUT", {"field": "query", "code": "NO_WORDS"})
    else:
        assert [video.title for video in (await call).videos] == titles


async def test_playback_needs_a_plan_and_carries_a_grant_where_needed(service: Running) -> None:
    early = await service.uploaded("ada")
    request = video_pb2.GetPlaybackRequest(id=early.id)
    assert (await refused(service.videos.GetPlayback(request)))[0] == "NOT_READY"
    video, revision_id = await service.planned("ada", visibility=PUBLIC)
    request = video_pb2.GetPlaybackRequest(id=video.id)
    playback = await service.videos.GetPlayback(request)
    assert playback.hls_path == f"/media/public/{video.id}/{revision_id}/master.m3u8"
    assert not playback.HasField("expire_time")
    await update(service, "ada", video.id, visibility=PRIVATE)
    assert (await refused(service.videos.GetPlayback(request)))[0] == "NOT_FOUND"
    playback = await service.videos.GetPlayback(request, metadata=service.as_("ada"))
    assert playback.hls_path.split("/")[2] != "public"
    lifetime = playback.expire_time.ToDatetime(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(hours=5, minutes=59) < lifetime <= timedelta(hours=6)


async def test_deleting_hides_at_once_and_can_be_undone(service: Running) -> None:
    video, revision_id = await service.planned("ada", visibility=PUBLIC)
    await service.work.chunk_done(revision_id, 0)
    undo_until = (await delete(service, "ada", video.id)).undo_until_time.ToDatetime(tzinfo=UTC)
    assert timedelta(hours=23, minutes=59) < undo_until - datetime.now(UTC) <= timedelta(hours=24)
    assert (await refused(service.get("ada", video.id)))[0] == "NOT_FOUND"
    assert not (await listed(service, "ada", owner="me")).videos
    assert await service.work.revision(revision_id) is None
    assert await service.work.begin_chunk(revision_id, 1) is None
    chunk_jobs = "SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'chunk%'"
    assert await service.fetchval(chunk_jobs) == 0
    assert (await refused(undelete(service, "bob", video.id)))[0] == "NOT_FOUND"
    assert (await undelete(service, "ada", video.id)).id == video.id
    assert await service.fetchval(chunk_jobs) == 3
    assert (await service.work.begin_chunk(revision_id, 1)) is not None


async def test_purging_removes_bytes_and_rows_but_not_before_time(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    objects = LocalObjects(service.settings.objects)
    await objects.create(f"videos/{video.id}/{revision_id}/v360/00000.ts", b"x")
    [source] = await objects.sizes("sources")
    await delete(service, "ada", video.id)
    await purge(video.id, PurgeableRows(), objects, undo_seconds=3600)
    assert source in await objects.sizes("sources")
    await purge(video.id, PurgeableRows(), objects, undo_seconds=0)
    await purge(video.id, PurgeableRows(), objects, undo_seconds=0)
    assert not await objects.sizes("sources")
    assert not await objects.sizes(f"videos/{video.id}")
    tables = ("videos", "revisions", "chunks", "uploads")
    counts = [await service.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    assert counts == [0, 0, 0, 0]
    assert (await refused(undelete(service, "ada", video.id)))[0] == "NOT_FOUND"


async def test_changes_at_the_same_time_are_all_counted(service: Running) -> None:
    video = await service.uploaded("ada")
    await asyncio.gather(*(update(service, "ada", video.id, title=f"Title {n}") for n in range(20)))
    assert (await service.get("ada", video.id)).version == video.version + 20
