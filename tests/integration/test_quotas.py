"""Quotas of uploads over native gRPC: nobody gets more, however they race, and what ends is given back."""

import asyncio
import os
from collections import Counter
from typing import Any

import grpc
import pytest

from playhead.video.v1 import captions_pb2, upload_pb2
from tests.integration.test_catalog import delete, refused
from tests.integration.test_upload_service import abort, staged_file, status
from tests.support.video_service import Running, reason_of
from video_service.purging import purge
from video_service.repository.removal import PurgeableRows
from video_service.storage.objects import LocalObjects


async def usage(service: Running, person: str) -> tuple[int, int, int]:
    """Stored bytes, bytes of today, open uploads."""
    answer = await service.uploads.GetUsage(upload_pb2.GetUsageRequest(), metadata=service.as_(person))
    return answer.stored_bytes, answer.uploaded_today_bytes, answer.open_uploads


def staged_files(service: Running) -> set[str]:
    return {path.name for path in (service.settings.objects / "staging").iterdir()}


async def outcome(call: Any) -> str:
    """The reason of a refusal, or nothing."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return reason_of(error)[0]
    return ""


@pytest.mark.parametrize("quota", ["storage_quota_bytes", "daily_quota_bytes"])
async def test_racing_creations_never_exceed_a_quota(service: Running, quota: str) -> None:
    calls = [service.create_upload("ada", 10, **{quota: 95}) for _ in range(40)]
    outcomes = await asyncio.gather(*(outcome(call) for call in calls))
    assert Counter(outcomes) == {"": 9, "QUOTA_EXCEEDED": 31}
    assert await usage(service, "ada") == (90, 90, 9)
    refusal = await refused(service.create_upload("ada", 10, **{quota: 95}))
    named = {"quota": quota.partition("_")[0], "limit_bytes": "95", "used_bytes": "90"}
    assert refusal == ("QUOTA_EXCEEDED", named)
    assert (await service.create_upload("ada", 5, **{quota: 95})).limit_bytes == 5
    assert (await service.create_upload("bob", 95, **{quota: 95})).limit_bytes == 95, "each has their own"


async def test_racing_creations_are_never_more_than_may_be_open(service: Running) -> None:
    calls = [service.create_upload("ada", 10, max_concurrent_uploads=4) for _ in range(20)]
    outcomes = await asyncio.gather(*(outcome(call) for call in calls))
    assert Counter(outcomes) == {"": 4, "RATE_LIMITED": 16}
    reason, data = await refused(service.create_upload("ada", 10, max_concurrent_uploads=4))
    assert (reason, int(data["retry_after_seconds"]) > 0) == ("RATE_LIMITED", True)


async def test_what_is_refused_leaves_nothing(service: Running) -> None:
    upload = await service.create_upload("ada", 10)
    await refused(service.create_upload("ada", 10, storage_quota_bytes=15))
    await refused(service.create_upload("ada", 10, max_concurrent_uploads=1))
    assert staged_files(service) == {upload.id}
    assert await service.fetchval("SELECT count(*) FROM videos") == 1


async def test_an_upload_that_is_given_up_gives_back(service: Running) -> None:
    limits = {"storage_quota_bytes": 10, "daily_quota_bytes": 10, "max_concurrent_uploads": 1}
    upload = await service.create_upload("ada", 10, **limits)
    await abort(service, "ada", upload.id)
    assert await usage(service, "ada") == (0, 0, 0)
    idle = await service.create_upload("ada", 10, **limits)
    await service.fetch("UPDATE uploads SET created_at = now() - interval '3 days'")
    file = staged_file(service, idle.id)
    long_ago = file.stat().st_mtime - 3 * 86_400
    os.utime(file, (long_ago, long_ago))
    await service.service.intake.expire()
    assert (await service.create_upload("ada", 10, **limits)).limit_bytes == 10


async def test_a_source_counts_until_its_bytes_are_gone(service: Running) -> None:
    video = await service.uploaded("ada", b"0123456789")
    assert await usage(service, "ada") == (10, 10, 0)
    await delete(service, "ada", video.id)
    refusal = await refused(service.create_upload("ada", 1, storage_quota_bytes=10))
    assert refusal[0] == "QUOTA_EXCEEDED", "it can be brought back"
    await service.fetch("UPDATE videos SET deleted_at = now() - interval '2 days'")
    objects = LocalObjects(service.settings.objects)
    await purge(video.id, PurgeableRows(), objects, undo_seconds=86_400)
    assert await usage(service, "ada") == (0, 0, 0)


async def test_captions_count_with_what_is_kept_of_them(service: Running) -> None:
    video = await service.uploaded("ada", b"0123456789")
    file = b"1\n00:00:01,000 --> 00:00:02,000\n\xc4h\n"
    request = captions_pb2.UploadCaptionsRequest(video_id=video.id, language="en", file=file)
    await service.captions.UploadCaptions(request, metadata=service.as_("ada"))
    kept_bytes = len("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nÄh\n".encode())
    assert await usage(service, "ada") == (10 + kept_bytes, 10, 0)
    refusal = await refused(service.create_upload("ada", 1, storage_quota_bytes=10 + kept_bytes))
    assert refusal[0] == "QUOTA_EXCEEDED"
    await service.fetch("UPDATE captions SET touched = false")
    assert await usage(service, "ada") == (10, 10, 0), "what a source holds counts with it"


async def test_a_day_later_the_daily_quota_is_new_and_the_storage_is_not(service: Running) -> None:
    await service.uploaded("ada", b"0123456789")
    assert (await refused(service.create_upload("ada", 1, daily_quota_bytes=10)))[0] == "QUOTA_EXCEEDED"
    await service.fetch("UPDATE uploads SET created_at = now() - interval '24 hours'")
    assert await usage(service, "ada") == (10, 0, 0)
    assert (await service.create_upload("ada", 1, daily_quota_bytes=10)).limit_bytes == 1


async def test_an_unknown_length_gets_what_is_left_and_gives_back_what_it_did_not_need(
    service: Running,
) -> None:
    await service.uploaded("ada", b"0123456789")
    upload = await service.create_upload("ada", -1, storage_quota_bytes=15, max_size_bytes=1000)
    assert upload.limit_bytes == 5
    assert await usage(service, "ada") == (15, 15, 1)
    assert (await refused(service.create_upload("ada", 1, storage_quota_bytes=15)))[0] == "QUOTA_EXCEEDED"
    await service.append("ada", upload.id, 0, b"123")
    refusal = await refused(service.append("ada", upload.id, 3, b"456"))
    assert refusal == ("TOO_LARGE", {"limit_bytes": "5"})
    assert (await status(service, "ada", upload.id)).offset_bytes == 3
    await service.complete("ada", upload.id)
    assert await usage(service, "ada") == (13, 13, 0)
    assert (await service.create_upload("ada", 2, storage_quota_bytes=15)).limit_bytes == 2


async def test_usage_is_ones_own(service: Running) -> None:
    await service.create_upload("ada", 10)
    assert await usage(service, "bob") == (0, 0, 0)
    anonymous = service.uploads.GetUsage(upload_pb2.GetUsageRequest())
    assert (await refused(anonymous))[0] == "NOT_SIGNED_IN"


async def test_usage_is_read_from_its_index_alone(service: Running) -> None:
    await service.create_upload("ada", 10)
    await service.fetch(
        "INSERT INTO uploads (id, video, owner, size_bytes, max_size_bytes, complete, created_at)"
        " SELECT lpad(n::text, 26, 'x'), video, owner, 1, 1, true, now() FROM uploads,"
        " generate_series(1, 5000) n"
    )
    await service.fetch("INSERT INTO owners (id, name) SELECT n::text, '' FROM generate_series(1, 50) n")
    await service.fetch("UPDATE uploads SET owner = (abs(hashtext(id)) % 50 + 1)::text WHERE owner = 'ada'")
    await service.fetch("VACUUM ANALYZE uploads")
    plan = await service.fetch(
        "EXPLAIN SELECT sum(reserved_bytes), count(*) FILTER (WHERE NOT complete) FROM uploads"
        " WHERE owner = '7' AND created_at IS NOT NULL"
    )
    assert any("Index Only Scan using uploads_owner" in row[0] for row in plan), plan
