"""Uploads over native gRPC: no acknowledged byte is ever lost, none is ever doubled."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest

from playhead.video.v1 import upload_pb2, video_pb2
from tests.integration.test_catalog import delete, refused, undelete
from tests.support.video_service import Running, reason_of
from video_service.intake import Intake, expire_regularly

CONTENT = bytes(range(256)) * 1024


def staged_file(service: Running, upload_id: str) -> Path:
    return service.settings.objects / "staging" / upload_id


def source_file(service: Running, upload_id: str) -> Path:
    return service.settings.objects / "sources" / upload_id / "original"


async def status(service: Running, person: str, upload_id: str) -> upload_pb2.Upload:
    request = upload_pb2.GetUploadRequest(id=upload_id)
    return (await service.uploads.GetUpload(request, metadata=service.as_(person))).upload


async def abort(service: Running, person: str, upload_id: str) -> None:
    request = upload_pb2.AbortUploadRequest(id=upload_id)
    await service.uploads.AbortUpload(request, metadata=service.as_(person))


def head(upload_id: str, offset_bytes: int, **fields: Any) -> upload_pb2.AppendUploadRequest:
    return upload_pb2.AppendUploadRequest(
        head=upload_pb2.AppendUploadRequest.Head(id=upload_id, offset_bytes=offset_bytes, **fields)
    )


async def test_an_upload_becomes_a_processing_video_with_one_job(service: Running) -> None:
    upload = await service.create_upload("ada", len(CONTENT), filename="C:\\films\\my_summer.tour.mp4")
    before = await service.get("ada", upload.video_id)
    assert (before.title, before.filename, before.owner.name) == (
        "my summer.tour",
        "my_summer.tour.mp4",
        "Ada",
    )
    assert before.state == video_pb2.VIDEO_STATE_UPLOADING
    assert before.visibility == video_pb2.VISIBILITY_UNLISTED
    half = len(CONTENT) // 2
    assert (await service.append("ada", upload.id, 0, CONTENT[:half])).offset_bytes == half
    assert (await status(service, "ada", upload.id)).offset_bytes == half
    await service.append("ada", upload.id, half, CONTENT[half:-1], CONTENT[-1:])
    video = await service.complete("ada", upload.id)
    assert video.state == video_pb2.VIDEO_STATE_PROCESSING
    assert video.version > before.version
    again = await service.complete("ada", upload.id)
    assert (again.id, again.version) == (video.id, video.version)
    assert source_file(service, upload.id).read_bytes() == CONTENT
    assert not staged_file(service, upload.id).exists()
    jobs = await service.fetch("SELECT entrypoint, convert_from(payload, 'UTF8') AS payload FROM pgqueuer")
    assert [job["entrypoint"] for job in jobs] == ["probe"]
    assert await service.revision_of(video.id) in jobs[0]["payload"]
    after = await status(service, "ada", upload.id)
    assert (after.complete, after.offset_bytes, after.HasField("expire_time")) == (True, len(CONTENT), False)


async def test_size_may_be_unknown_until_complete(service: Running) -> None:
    upload = await service.create_upload("ada", -1, max_size_bytes=10)
    await service.append("ada", upload.id, 0, b"12345")
    assert await refused(service.append("ada", upload.id, 5, b"678901")) == (
        "TOO_LARGE",
        {"limit_bytes": "10"},
    )
    assert (await status(service, "ada", upload.id)).offset_bytes == 5
    await service.complete("ada", upload.id)
    assert (await status(service, "ada", upload.id)).size_bytes == 5


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"size_bytes": 0}, ("INVALID_INPUT", {"field": "size_bytes", "code": "FILE_EMPTY"})),
        ({"size_bytes": -2}, ("INVALID_INPUT", {"field": "size_bytes", "code": "FILE_EMPTY"})),
        ({"size_bytes": 11, "max_size_bytes": 10}, ("TOO_LARGE", {"limit_bytes": "10"})),
        (
            {"size_bytes": 1, "title": "x" * 201},
            ("INVALID_INPUT", {"field": "title", "code": "TOO_LONG", "most": "200"}),
        ),
        (
            {"size_bytes": 1, "description": "\x07"},
            ("INVALID_INPUT", {"field": "description", "code": "NOT_PRINTABLE"}),
        ),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_at_once(
    service: Running, request_: dict[str, Any], expected: Any
) -> None:
    assert await refused(service.create_upload("ada", **request_)) == expected
    assert await service.fetchval("SELECT count(*) FROM videos") == 0


async def test_an_upload_exists_only_for_who_created_it(service: Running) -> None:
    upload = await service.create_upload("ada", 5)
    calls = [
        status(service, "bob", upload.id),
        service.append("bob", upload.id, 0, b"12345"),
        service.complete("bob", upload.id),
        abort(service, "bob", upload.id),
        status(service, "ada", "\0"),
        service.append("ada", "../../etc/passwd", 0, b"x"),
    ]
    assert [await refused(call) for call in calls] == [("NOT_FOUND", {})] * len(calls)
    anonymous = service.uploads.GetUpload(upload_pb2.GetUploadRequest(id=upload.id))
    assert (await refused(anonymous))[0] == "NOT_SIGNED_IN"


async def test_bytes_must_continue_where_the_upload_stands(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    await service.append("ada", upload.id, 0, b"12345")
    for offset_bytes in (0, 4, 6, -1):
        refusal = await refused(service.append("ada", upload.id, offset_bytes, b"x"))
        assert refusal == ("UPLOAD_OFFSET_MISMATCH", {"offset": "5"})
    assert await refused(service.complete("ada", upload.id)) == ("UPLOAD_OFFSET_MISMATCH", {"offset": "5"})
    refusal = await refused(service.append("ada", upload.id, 5, b"678901"))
    assert refusal == ("TOO_LARGE", {"limit_bytes": "10"})
    await service.append("ada", upload.id, 5, b"67890")
    await service.complete("ada", upload.id)
    assert source_file(service, upload.id).read_bytes() == b"1234567890"


async def test_an_empty_file_is_no_video(service: Running) -> None:
    upload = await service.create_upload("ada", -1)
    told = {"field": "size_bytes", "code": "FILE_EMPTY"}
    assert await refused(service.complete("ada", upload.id)) == ("INVALID_INPUT", told)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_bytes_that_do_not_match_their_checksum_are_taken_back(
    service: Running, algorithm: str
) -> None:
    upload = await service.create_upload("ada", 10)
    await service.append("ada", upload.id, 0, b"12345")
    wrong = {"checksum_algorithm": algorithm, "checksum": hashlib.new(algorithm, b"other").digest()}
    refusal = await refused(service.append("ada", upload.id, 5, b"678", b"90", **wrong))
    assert refusal == ("INVALID_INPUT", {"field": "checksum"})
    assert (await status(service, "ada", upload.id)).offset_bytes == 5
    right = wrong | {"checksum": hashlib.new(algorithm, b"67890").digest()}
    assert (await service.append("ada", upload.id, 5, b"678", b"90", **right)).offset_bytes == 10
    unknown = {"checksum_algorithm": "crc32", "checksum": b"x"}
    refusal = await refused(service.append("ada", upload.id, 10, b"", **unknown))
    assert refusal == ("INVALID_INPUT", {"field": "checksum_algorithm"})


async def test_a_stream_out_of_order_is_refused(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    data = upload_pb2.AppendUploadRequest(data=b"x")
    for requests in (
        [],
        [data],
        [upload_pb2.AppendUploadRequest()],
        [head(upload.id, 0), head(upload.id, 0)],
    ):
        call = service.uploads.AppendUpload(iter(requests), metadata=service.as_("ada"))
        assert (await refused(call))[0] == "INVALID_INPUT"


async def until_staged(service: Running, upload_id: str, length_bytes: int) -> None:
    async with asyncio.timeout(60):
        while staged_file(service, upload_id).stat().st_size < length_bytes:  # noqa: ASYNC110, files send no events
            await asyncio.sleep(0.005)


async def test_what_arrived_before_a_broken_stream_is_kept(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    never = asyncio.Event()

    async def broken() -> AsyncIterator[upload_pb2.AppendUploadRequest]:
        yield head(upload.id, 0)
        yield upload_pb2.AppendUploadRequest(data=b"12345")
        await never.wait()

    call = service.uploads.AppendUpload(broken(), metadata=service.as_("ada"))
    await until_staged(service, upload.id, 5)
    call.cancel()
    assert (await status(service, "ada", upload.id)).offset_bytes == 5
    assert (await service.append("ada", upload.id, 5, b"67890")).offset_bytes == 10


async def test_a_newer_append_ends_an_older_one(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[upload_pb2.AppendUploadRequest]:
        yield head(upload.id, 0)
        yield upload_pb2.AppendUploadRequest(data=b"12345")
        await never.wait()

    older = service.uploads.AppendUpload(stuck(), metadata=service.as_("ada"))
    await until_staged(service, upload.id, 5)
    assert (await service.append("ada", upload.id, 5, b"67890")).offset_bytes == 10
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await older
    assert reason_of(caught.value)[0] == "UNAVAILABLE"
    await service.complete("ada", upload.id)
    assert source_file(service, upload.id).read_bytes() == b"1234567890"


async def test_what_a_checksum_may_still_take_back_is_neither_told_of_nor_sealed(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    await service.append("ada", upload.id, 0, b"1234")
    checksum = {"checksum_algorithm": "sha256", "checksum": hashlib.sha256(b"567890").digest()}
    all_is_sent = asyncio.Event()

    async def without_an_end() -> AsyncIterator[upload_pb2.AppendUploadRequest]:
        yield head(upload.id, 4, **checksum)
        yield upload_pb2.AppendUploadRequest(data=b"567890")
        await all_is_sent.wait()

    append = service.uploads.AppendUpload(without_an_end(), metadata=service.as_("ada"))
    await until_staged(service, upload.id, 10)
    assert (await status(service, "ada", upload.id)).offset_bytes == 4
    assert await refused(service.complete("ada", upload.id)) == ("UPLOAD_OFFSET_MISMATCH", {"offset": "4"})
    all_is_sent.set()
    assert (await append).upload.offset_bytes == 10
    await service.complete("ada", upload.id)
    assert source_file(service, upload.id).read_bytes() == b"1234567890"


async def sealed_before_a_crash(service: Running) -> upload_pb2.Upload:
    """What a crash leaves between sealing and writing it down."""
    upload = await service.create_upload("ada", 5)
    await service.append("ada", upload.id, 0, b"12345")
    source_file(service, upload.id).parent.mkdir(parents=True)
    staged_file(service, upload.id).rename(source_file(service, upload.id))
    return upload


async def test_complete_recovers_from_a_crash_after_the_rename(service: Running) -> None:
    upload = await sealed_before_a_crash(service)
    assert (await status(service, "ada", upload.id)).offset_bytes == 5
    assert (await service.complete("ada", upload.id)).state == video_pb2.VIDEO_STATE_PROCESSING


async def test_aborting_removes_upload_and_video_but_never_a_finished_video(service: Running) -> None:
    upload = await service.create_upload("ada", 5)
    await service.append("ada", upload.id, 0, b"123")
    await abort(service, "ada", upload.id)
    assert not staged_file(service, upload.id).exists()
    assert (await refused(service.get("ada", upload.video_id)))[0] == "NOT_FOUND"
    assert await refused(abort(service, "ada", upload.id)) == ("NOT_FOUND", {})
    done = await service.create_upload("ada", 1)
    await service.append("ada", done.id, 0, b"x")
    await service.complete("ada", done.id)
    assert await refused(abort(service, "ada", done.id)) == ("NOT_FOUND", {"complete": "true"})
    assert (await service.get("ada", done.video_id)).id == done.video_id
    await delete(service, "ada", done.video_id)
    assert await refused(status(service, "ada", done.id)) == ("NOT_FOUND", {})


async def test_a_video_is_deleted_while_it_is_uploaded_and_goes_on_when_that_is_undone(
    service: Running,
) -> None:
    upload = await service.create_upload("ada", 5)
    await service.append("ada", upload.id, 0, b"123")
    await delete(service, "ada", upload.video_id)
    assert await refused(status(service, "ada", upload.id)) == ("NOT_FOUND", {})
    await undelete(service, "ada", upload.video_id)
    await service.append("ada", upload.id, 3, b"45")
    assert (await service.complete("ada", upload.id)).state == video_pb2.VIDEO_STATE_PROCESSING


async def test_giving_up_takes_what_was_sealed_along(service: Running) -> None:
    upload = await sealed_before_a_crash(service)
    await abort(service, "ada", upload.id)
    assert not source_file(service, upload.id).parent.exists()


async def test_what_was_given_up_while_it_was_sealed_leaves_nothing(service: Running) -> None:
    upload = await service.create_upload("ada", 5)
    await service.append("ada", upload.id, 0, b"12345")
    other_process = await asyncpg.connect(service.database_url)
    try:
        async with other_process.transaction():
            await other_process.execute("DELETE FROM videos WHERE id = $1", upload.video_id)
            complete = asyncio.ensure_future(service.complete("ada", upload.id))
            async with asyncio.timeout(60):
                while not source_file(service, upload.id).exists():  # noqa: ASYNC110, files send no events
                    await asyncio.sleep(0.005)
    finally:
        await other_process.close()
    assert await refused(complete) == ("NOT_FOUND", {})
    assert not source_file(service, upload.id).parent.exists()


async def test_what_was_sealed_is_completed_instead_of_expiring(service: Running) -> None:
    sealed, deleted = [await sealed_before_a_crash(service) for _ in range(2)]
    await delete(service, "ada", deleted.video_id)
    await service.fetch("UPDATE uploads SET created_at = now() - interval '3 days'")
    await service.service.intake.expire()
    assert (await status(service, "ada", sealed.id)).complete
    assert (await service.get("ada", sealed.video_id)).state == video_pb2.VIDEO_STATE_PROCESSING
    assert source_file(service, sealed.id).read_bytes() == b"12345"
    assert not source_file(service, deleted.id).parent.exists()


class FailsOnce(Intake):
    def __init__(self) -> None:
        self.began, self.went_on = False, asyncio.Event()

    async def expire(self) -> int:
        if not self.began:
            self.began = True
            raise ConnectionRefusedError("the database is away")
        self.went_on.set()
        return 0


async def test_uploads_expire_again_after_an_outage() -> None:
    intake = FailsOnce()
    expiring = asyncio.create_task(expire_regularly(intake, 0.01))
    await asyncio.wait_for(intake.went_on.wait(), 30)
    expiring.cancel()


async def test_an_upload_expires_a_day_after_its_last_byte(service: Running) -> None:
    idle, alive = [await service.create_upload("ada", 5) for _ in range(2)]
    for upload in (idle, alive):
        await service.append("ada", upload.id, 0, b"123")
        await service.fetch(
            "UPDATE uploads SET created_at = now() - interval '3 days' WHERE id = $1", upload.id
        )
    file = staged_file(service, idle.id)
    a_day_ago = file.stat().st_mtime - 24 * 3600 - 60
    os.utime(file, (a_day_ago, a_day_ago))
    orphan = staged_file(service, "a" * 26)
    orphan.touch()
    os.utime(orphan, (a_day_ago, a_day_ago))
    await service.service.intake.expire()
    assert not file.exists()
    assert not orphan.exists()
    assert (await refused(status(service, "ada", idle.id)))[0] == "NOT_FOUND"
    assert (await refused(service.get("ada", idle.video_id)))[0] == "NOT_FOUND"
    assert (await status(service, "ada", alive.id)).offset_bytes == 3
