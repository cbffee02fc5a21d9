"""Choosing a poster: a still of the video or a picture of one's own, and what is refused."""

import asyncio
import json
import subprocess
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest

from playhead.video.v1 import poster_pb2, poster_pb2_grpc, video_pb2
from tests.integration.test_catalog import PRIVATE, PUBLIC, refused
from tests.integration.test_reprocessing import all_but_finish, reprocessed
from tests.support.video_service import RENDITIONS, Running
from video_service.domain.extras import Extra
from video_service.domain.pictures import POSTER_FILES
from video_service.pipeline import own_poster_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.workbench import Workbench
from video_service.purging import remove_revision
from video_service.repository.posters import PosterRows
from video_service.repository.queue import Queue
from video_service.repository.revisions import RemovableRevisions
from video_service.storage.objects import LocalObjects


def picture(path: Path, size: str = "1600x1000", *options: str) -> bytes:
    source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:d=1:r=1")
    command = ["ffmpeg", "-v", "error", "-y", *source, "-frames:v", "1", *options, str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path.read_bytes()


def shown_pixels(content: bytes, kind: str) -> tuple[int, int]:
    command = [
        "ffprobe",
        "-v",
        "error",
        "-f",
        kind,
        "-show_entries",
        "stream=width,height",
        "-of",
        "csv=p=0",
        "-",
    ]
    width, height = subprocess.run(command, input=content, capture_output=True, check=True).stdout.split(b",")
    return int(width), int(height)


def stub(service: Running) -> Any:
    return poster_pb2_grpc.PosterServiceStub(service.channel)  # type: ignore[no-untyped-call]


async def upload(service: Running, person: str, video_id: str, content: bytes) -> video_pb2.Video:
    requests = [poster_pb2.UploadPosterRequest(video_id=video_id)]
    pieces = range(0, len(content), 1 << 20)
    requests += [poster_pb2.UploadPosterRequest(data=content[at : at + (1 << 20)]) for at in pieces]
    return (await stub(service).UploadPoster(iter(requests), metadata=service.as_(person))).video


async def choose(service: Running, person: str, video_id: str, still: int) -> video_pb2.Video:
    request = poster_pb2.ChooseStillRequest(video_id=video_id, still=still)
    return (await stub(service).ChooseStill(request, metadata=service.as_(person))).video


async def remove(service: Running, person: str, video_id: str) -> video_pb2.Video:
    request = poster_pb2.RemovePosterRequest(video_id=video_id)
    return (await stub(service).RemovePoster(request, metadata=service.as_(person))).video


async def get(service: Running, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=service.url) as client:
        return await client.get(path)


@asynccontextmanager
async def worker(service: Running, scratch: Path) -> AsyncIterator[None]:
    """A slot that looks at pictures."""
    sandbox = await detect_sandbox("auto")
    objects = LocalObjects(service.settings.objects)
    bench = Workbench.make(service.work, objects, sandbox, scratch)
    handlers = {"own_poster": partial(own_poster_job.run, bench, PosterRows())}
    stop = asyncio.Event()
    async with Queue.connect(service.database_url) as queue:
        slot = asyncio.create_task(queue.run_slot(handlers, stop))
        try:
            yield
        finally:
            stop.set()
            await slot


async def until_nothing_is_queued(service: Running) -> None:
    """The answer comes before the job's end."""
    left = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'own_poster'"
    async with asyncio.timeout(20):
        while await service.fetchval(left):  # noqa: ASYNC110, the answer is what is asked for
            await asyncio.sleep(0.02)


async def test_a_picture_of_ones_own_is_made_anew_and_stays_with_the_video(
    service: Running, tmp_path: Path
) -> None:
    video, revision_id = await service.published("ada", visibility=PUBLIC)
    await service.work.poster_published(revision_id, 1280, 720)
    before = await service.get("ada", video.id)
    assert before.poster_path.endswith(f"{revision_id}/poster.jpg")
    secret = b"GPS 52.5200 N 13.4050 E"
    content = picture(tmp_path / "a.png")
    content = content[:33] + _text_chunk(secret) + content[33:]
    async with worker(service, tmp_path):
        after = await upload(service, "ada", video.id, content)
        jpeg = await get(service, after.poster_path)
        assert (jpeg.status_code, jpeg.headers["content-type"]) == (200, "image/jpeg")
        assert shown_pixels(jpeg.content, "jpeg_pipe") == (1152, 720)
        found = {}
        for one in after.posters:
            answer = await get(service, one.path)
            assert answer.headers["content-type"] == one.content_type
            assert secret not in answer.content
            kind = one.content_type.removeprefix("image/") + "_pipe"
            found[kind, one.width, one.height] = shown_pixels(answer.content, kind)
        assert found == {
            ("webp_pipe", 512, 320): (512, 320),
            ("webp_pipe", 1152, 720): (1152, 720),
            ("jpeg_pipe", 1152, 720): (1152, 720),
        }
        await until_nothing_is_queued(service)
        assert not list((service.settings.objects / "work").rglob("picture")), "what was sent is not kept"
        assert (await get(service, before.poster_path)).status_code == 404, "it was never there"
        again = await upload(service, "ada", video.id, picture(tmp_path / "b.webp", "90x160"))
    assert [(one.width, one.height) for one in again.posters] == [(90, 160)] * 3, "never enlarged"
    assert (await get(service, after.poster_path)).status_code == 404, "nobody wants it any more"
    new = await reprocessed(service, "ada", video.id)
    await all_but_finish(service, new)
    await service.work.finish(new, RENDITIONS)
    kept = await service.get("ada", video.id)
    assert kept.poster_path == again.poster_path
    poster_id = kept.poster_path.split("/")[-2]
    objects = LocalObjects(service.settings.objects)
    await remove_revision(video.id, poster_id, RemovableRevisions(), objects)
    assert (await get(service, kept.poster_path)).status_code == 200, "it is in use"
    back = await remove(service, "ada", video.id)
    assert back.poster_path == ""
    await remove_revision(video.id, poster_id, RemovableRevisions(), objects)
    assert await objects.sizes(f"videos/{video.id}/{poster_id}") == {}


def _text_chunk(text: bytes) -> bytes:
    """PNG (third edition) section 11.3.3.2."""

    body = b"tEXtComment\0" + text
    return (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


async def test_what_is_no_picture_is_refused(service: Running, tmp_path: Path) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    jpeg = picture(tmp_path / "a.jpg", "320x200")
    bomb = picture(tmp_path / "b.png", "9000x9000", "-pix_fmt", "gray")
    hostile = {
        "UNSUPPORTED_MEDIA": [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
            b"GIF89a" + bytes(100),
            b"\xff\xd8\xff\xe0" + bytes(5000),
            jpeg[:200],
            b"RIFF\x00\x01\x00\x00WEBPVP8X" + bytes(300),
            bomb,
        ],
        "TOO_LARGE": [jpeg + bytes(10 << 20)],
    }
    async with worker(service, tmp_path):
        for reason, contents in hostile.items():
            for content in contents:
                error, _ = await refused(upload(service, "ada", video.id, content))
                assert error == reason, content[:40]
        await until_nothing_is_queued(service)
    assert (await service.get("ada", video.id)).poster_path == ""
    assert not list(service.settings.objects.rglob("picture"))


async def test_a_job_that_is_broken_off_at_its_last_line_does_it_the_next_time(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    objects = LocalObjects(service.settings.objects)
    bench = Workbench.make(service.work, objects, await detect_sandbox("auto"), tmp_path)
    monkeypatch.setattr(service.service.posters, "_wait_seconds", 0.2)
    assert (await refused(upload(service, "ada", video.id, picture(tmp_path / "a.jpg"))))[0] == "UNAVAILABLE"
    [row] = await service.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'own_poster'")
    with monkeypatch.context() as patch:
        patch.setattr(LocalObjects, "delete_below", AsyncMock(side_effect=asyncio.CancelledError))
        with pytest.raises(asyncio.CancelledError):
            await own_poster_job.run(bench, PosterRows(), json.loads(row["payload"]))
    shown = (await service.get("ada", video.id)).poster_path
    assert shown != ""
    await own_poster_job.run(bench, PosterRows(), json.loads(row["payload"]))
    assert not list(service.settings.objects.rglob("picture"))
    assert (await service.get("ada", video.id)).poster_path == shown


async def test_a_still_is_chosen_and_only_by_the_owner(service: Running) -> None:
    video, revision_id = await service.published("ada", visibility=PRIVATE)
    objects = LocalObjects(service.settings.objects)
    for still in (0, 1):
        for name in POSTER_FILES:
            key = f"videos/{video.id}/{revision_id}/stills/{still}/{name}"
            await objects.create(key, f"still {still} {name}".encode())
    assert (await refused(choose(service, "ada", video.id, 0)))[0] == "NOT_READY"
    sizes = {"width": 1280, "height": 720}
    await service.fetch("INSERT INTO extras (revision, kind) VALUES ($1, 'stills')", revision_id)
    await service.work.extra_done(revision_id, Extra.STILLS, {"pictures": [sizes, sizes]})
    seen = await service.get("ada", video.id)
    assert [(one.width, one.height) for one in seen.stills] == [(568, 320)] * 2
    assert (await get(service, seen.stills[1].path)).content == b"still 1 small.webp"
    after = await choose(service, "ada", video.id, 1)
    assert (await get(service, after.poster_path)).content == b"still 1 poster.jpg"
    assert (await refused(choose(service, "ada", video.id, 2)))[0] == "NOT_READY"
    for call in (choose(service, "bob", video.id, 0), remove(service, "bob", video.id)):
        assert (await refused(call))[0] == "NOT_FOUND"
    change = video_pb2.UpdateVideoRequest(
        video=video_pb2.Video(id=video.id, visibility=PUBLIC), update_mask={"paths": ["visibility"]}
    )
    await service.videos.UpdateVideo(change, metadata=service.as_("ada"))
    assert list((await service.get("bob", video.id)).stills) == [], "they are the owner's to choose from"
    for call in (choose(service, "bob", video.id, 0), upload(service, "bob", video.id, b"")):
        assert (await refused(call))[0] == "NOT_ALLOWED"
    actions = await service.fetch("SELECT DISTINCT action FROM audit_events WHERE action LIKE '%poster'")
    assert [row["action"] for row in actions] == ["video.poster"]


async def test_without_a_worker_somebody_is_told_and_the_picture_comes_later(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    monkeypatch.setattr(service.service.posters, "_wait_seconds", 0.2)
    content = picture(tmp_path / "a.jpg", "64x64")
    assert (await refused(upload(service, "ada", video.id, content)))[0] == "UNAVAILABLE"
    async with service.service.events.follow([video.id]) as changed, worker(service, tmp_path):
        await changed.next(20)
    assert (await service.get("ada", video.id)).poster_path != ""
