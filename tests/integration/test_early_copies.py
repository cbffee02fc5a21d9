"""What must be copied before it can be watched is copied while it arrives, and is the same for that."""

import asyncio
import hashlib
import io
import random
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from contextvars import Context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.integration.test_catalog import refused
from tests.integration.test_reprocessing import cancel, remove
from tests.integration.test_reprocessing import jobs as queued_jobs
from tests.integration.test_sandbox import sleeping, wait_for_status
from tests.support.clips import barcode_clip
from tests.support.house import House
from tests.support.recordings import MEDIA
from tests.support.video_service import Running
from video_service.domain import frames
from video_service.domain.container_index import IndexedVideo
from video_service.domain.early_copies import (
    LEAST_BYTES,
    LEAST_SLOW_BYTES,
    BrokenOff,
    Look,
    arrives_in_order,
    early_copy_key,
    is_worthwhile,
)
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.facts import DAMAGED, SourceFacts
from video_service.domain.frames import NO_TIMES
from video_service.domain.matroska_elements import Element, Elements
from video_service.domain.matroska_index import Clusters, read_matroska_video
from video_service.domain.stores import source_key
from video_service.domain.transport_stream import BEGINNING_BYTES
from video_service.pipeline import early_copy_job, precedence, workbench, working_copy
from video_service.pipeline import probe as probing
from video_service.pipeline.ffmpeg import ToolFailed, detect_sandbox
from video_service.pipeline.ffprobe import Answer, Ffprobe
from video_service.pipeline.precedence import PRECEDENCE, Need
from video_service.pipeline.probe import probe, probe_header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.working_copy import can_be_early, make_early_copy, make_working_copy, recipe
from video_service.repository import jobs
from video_service.repository.early_copies import EarlyCopyRows
from video_service.repository.engine import DB
from video_service.storage import arrivals
from video_service.storage.arrivals import LocalArrivals
from video_service.storage.objects import LocalObjects
from video_service.storage.staging import LocalStaging

UPLOAD_ID = "a" * 26
#: Of a large upload, before a copy is ordered.
ENOUGH_BYTES = 16 << 20
#: How sources are made of a clip, by the end of their name.
MADE = {
    "ts": ("-c", "copy"),
    "m2ts": ("-c", "copy", "-f", "mpegts", "-mpegts_m2ts_mode", "1"),
    "mpg": ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2"),
    "flv": ("-c", "copy"),
    "wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "dv": (
        "-vf", "scale=720:576", "-r", "25", "-c:v", "dvvideo", "-pix_fmt", "yuv420p",
        "-ac", "2", "-c:a", "pcm_s16le",
    ),
    "mpeg4.avi": ("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"),
    "h264.avi": ("-c", "copy"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"),
}  # fmt: skip
#: Not to be copied early: what matters is at the end, or tells key frames there, or there is only sound.
NOT_EARLY = {
    "mp4": ("-c", "copy"),
    "mkv": ("-c", "copy"),
    "mxf": ("-c:v", "mpeg2video", "-c:a", "pcm_s16le"),
    "divx3.avi": ("-c:v", "msmpeg4v3", "-c:a", "libmp3lame"),
    "m4a": ("-vn", "-c:a", "copy"),
    "mp2.ts": ("-vn", "-c:a", "mp2"),
}
RECORDED = (
    "avi-mpeg4-mp3-no-pts.avi",
    "broadcast-h264-mp2.ts",
    "broadcast-mpeg2-interlaced.ts",
    "flv-h264-aac.flv",
)
#: Sound alone has no pictures that would tell of it while it arrives.
ONLY_LATE = ("audio-only-with-cover.flac",)


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def source(folder: Path, kind: str, options: tuple[str, ...]) -> Path:
    clip = barcode_clip(folder / "clip.mp4", seconds=8, size=(320, 180))
    made = folder / f"made.{kind}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(clip), *options, str(made)]
    subprocess.run(command, check=True, timeout=60)
    return made


def stored(path: Path) -> list[str]:
    """Every packet, with what is in it, stream by stream."""
    fields = "packet=stream_index,pts,dts,duration,flags,size,data_hash"
    shown = ["-show_data_hash", "md5", "-show_entries", fields, "-of", "csv", str(path)]
    told = subprocess.run(["ffprobe", "-v", "error", *shown], check=True, capture_output=True, timeout=60)
    return sorted(told.stdout.decode().splitlines(), key=lambda line: line.split(",")[1])


def megabytes(content: bytes) -> list[bytes]:
    return [content[at : at + (1 << 20)] for at in range(0, len(content), 1 << 20)]


async def in_pieces(content: bytes, *, size_bytes: int = 50_021) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(content), size_bytes):
        yield content[at : at + size_bytes]


def found(name: str, made: dict[str, tuple[str, ...]], folder: Path) -> Path:
    """A recording, or what is made here."""
    if name in made:
        return source(folder, name, made[name])
    if not MEDIA.exists():
        pytest.skip("no recordings beside this checkout")
    return MEDIA / name


@pytest.mark.parametrize("name", [*MADE, *RECORDED])
async def test_a_copy_of_what_arrives_is_a_copy_of_the_whole(
    sandbox: Sandbox, name: str, tmp_path: Path
) -> None:
    path = found(name, MADE, tmp_path)
    header = await probe_header(sandbox, path)
    assert can_be_early(header)
    for folder in ("early", "late"):
        (tmp_path / folder).mkdir()
    content = path.read_bytes()
    assert arrives_in_order(content[:BEGINNING_BYTES])
    early = await make_early_copy(
        sandbox, in_pieces(content), len(content), header, tmp_path / "early", Need()
    )
    late = await make_working_copy(sandbox, path, len(content), header, tmp_path / "late")
    assert stored(early.path) == stored(late.path)
    assert early.is_damaged == late.is_damaged
    facts = await probe(sandbox, late.path)
    assert await probe(sandbox, early.path, early.clusters) == facts
    assert late.answer == await answered(sandbox, late.path)


def nothing(*_: object) -> None:
    """For who does not want to be told."""


async def answered(sandbox: Sandbox, path: Path) -> Answer:
    """What ffprobe says of a file that is there."""
    ffprobe = Ffprobe(sandbox, path, source_bytes=1 << 30)
    return Answer(await ffprobe.header(), ffprobe.found_damage)


@pytest.mark.parametrize("name", ["mxf", "divx3.avi", "m4a", "mp2.ts", *ONLY_LATE])
async def test_what_is_copied_afterwards_is_known_when_the_copy_is_there(
    sandbox: Sandbox, name: str, tmp_path: Path
) -> None:
    path = found(name, NOT_EARLY, tmp_path)
    header = await probe_header(sandbox, path)
    (tmp_path / "copy").mkdir()
    copy = await make_working_copy(sandbox, path, path.stat().st_size, header, tmp_path / "copy")
    assert copy.answer == await answered(sandbox, copy.path)


async def test_a_copy_is_kept_where_nobody_could_say_at_once_what_it_is(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> Answer:
        raise ToolFailed("ffprobe ended with -9", "")

    monkeypatch.setattr(working_copy, "header_of_what_comes", killed)
    house = House(tmp_path / "house", source(tmp_path, "ts", MADE["ts"]), sandbox)
    assert sum((await house.everything()).timeline.frame_counts) == 240
    assert house.work.ready


async def test_a_damaged_frame_of_sound_costs_little_else(sandbox: Sandbox, tmp_path: Path) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    content = bytearray(path.read_bytes())
    header = await probe_header(sandbox, path)
    # ADTS: a sampling rate that does not exist (ISO/IEC 13818-7 table 35).
    frames = [at for at in range(len(content) - 4) if content[at : at + 2] == b"\xff\xf1"]
    content[frames[len(frames) // 2] + 2] |= 0x3C
    (tmp_path / "damaged.ts").write_bytes(content)
    (tmp_path / "whole").mkdir()
    whole = await make_working_copy(sandbox, path, len(content), header, tmp_path / "whole")
    late = await make_working_copy(sandbox, tmp_path / "damaged.ts", len(content), header, tmp_path)
    lost = len(stored(whole.path)) - len(stored(late.path))
    assert 0 < lost <= 16, "at most what shares a PES packet with it"
    house = House(tmp_path / "house", tmp_path / "damaged.ts", sandbox)
    assert sum((await house.everything()).timeline.frame_counts) == 240
    assert house.work.ready


@pytest.mark.parametrize("name", NOT_EARLY)
async def test_what_is_not_known_before_its_end_is_not_copied_early(
    sandbox: Sandbox, name: str, tmp_path: Path
) -> None:
    assert not can_be_early(await probe_header(sandbox, source(tmp_path, name, NOT_EARLY[name])))


@pytest.mark.parametrize(("flags", "is_in_order"), [(0x110, True), (0x130, False), (0x10, False)])
def test_avi_is_copied_early_where_its_index_changes_nothing(flags: int, is_in_order: bool) -> None:
    """What lies beside its pictures, and whether all of it is shown, in that order."""
    beginning = b"RIFF\0\0\0\0AVI LIST\0\0\0\0hdrlavih" + bytes(16) + flags.to_bytes(4, "little")
    assert arrives_in_order(beginning + bytes(BEGINNING_BYTES)) == is_in_order


async def test_what_is_wrong_with_a_copy_is_said_when_it_is_looked_at(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    header = await probe_header(sandbox, path)
    monkeypatch.setattr(frames, "MAX_PACKETS", 100)
    content = path.read_bytes()
    copy = await make_early_copy(sandbox, in_pieces(content), len(content), header, tmp_path, Need())
    with pytest.raises(UnsupportedMedia, match="more pictures than a day holds"):
        await probe(sandbox, copy.path, copy.clusters)


async def test_input_that_breaks_off_or_is_refused_is_no_copy(sandbox: Sandbox, tmp_path: Path) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    header = await probe_header(sandbox, path)
    content = path.read_bytes()

    async def broken() -> AsyncGenerator[bytes, None]:
        yield content[: len(content) // 2]
        raise BrokenOff("given up")

    with pytest.raises(BrokenOff):
        await make_early_copy(sandbox, broken(), len(content), header, tmp_path, Need())

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield bytes(1 << 20)

    # No program reads on what it cannot make sense of, or it ends by its limits.
    with pytest.raises(ToolFailed):
        await make_early_copy(sandbox, endless(), 1, header, tmp_path, Need())


async def test_sound_that_changes_is_no_early_copy(sandbox: Sandbox, tmp_path: Path) -> None:
    """What is decoded could take any room."""
    path = source(tmp_path, "ts", ("-c:v", "copy", "-c:a", "aac", "-ac", "2"))
    content = path.read_bytes()
    content += source(tmp_path, "mono.ts", ("-c:v", "copy", "-c:a", "aac", "-ac", "1")).read_bytes()
    header = await probe_header(sandbox, path)
    assert can_be_early(header)
    with pytest.raises(BrokenOff, match="changes"):
        await make_early_copy(sandbox, in_pieces(content), len(content), header, tmp_path, Need())


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_an_early_copy_is_used_where_it_was_made_as_it_would_be_now(
    sandbox: Sandbox, is_damaged: bool, tmp_path: Path
) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    house = House(tmp_path / "house", path, sandbox)
    header = await probe_header(sandbox, path)
    copies = tmp_path / "copies"
    copies.mkdir()
    copy = await make_working_copy(sandbox, path, path.stat().st_size, header, copies)
    inode = copy.path.stat().st_ino
    key = early_copy_key("sources/source", recipe(header), is_damaged=is_damaged)
    await house.objects.adopt(key, copy.path)
    await house.probe()
    [used] = (tmp_path / "house" / "objects" / "work").glob("*/*/source.mkv")
    assert used.stat().st_ino == inode
    assert house.work.facts["warnings"] == ((DAMAGED,) if is_damaged else ())


async def test_a_video_does_not_fail_with_an_early_copy_that_another_worker_took(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    house = House(tmp_path / "house", path, sandbox)
    key = early_copy_key("sources/source", recipe(await probe_header(sandbox, path)), is_damaged=False)
    await house.objects.create(key, b"a copy")
    materialise = house.objects.materialise

    async def taken(wanted: str) -> Path:
        file = await materialise(wanted)
        if wanted == key:
            file.unlink()
        return file

    monkeypatch.setattr(house.objects, "materialise", taken)
    assert sum((await house.probe()).timeline.frame_counts) == 240


async def test_an_early_copy_that_was_made_in_another_way_is_not_used(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    house = House(tmp_path / "house", path, sandbox)
    key = early_copy_key("sources/source", "0" * 32, is_damaged=False)
    await house.objects.create(key, b"of tracks that were not found at first")
    plan = await house.everything()
    assert sum(plan.timeline.frame_counts) == 240
    revision = await house.work.revision(house.work.revision_id)
    assert revision is not None
    await house.bench.forget_copy(revision)
    assert await house.objects.head(key) is None, "nobody needs it any more"


# --- Matroska, which is only read ------------------------------------------------

CLUSTERS = ("-c", "copy", "-cluster_time_limit", "700")
GROWING = {
    "mkv": CLUSTERS,
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", *CLUSTERS[2:]),
    # As browsers record: nothing says how large anything is.
    "live.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-live", "1", *CLUSTERS[2:]),
}


@pytest.mark.parametrize("name", GROWING)
async def test_what_is_read_while_it_arrives_is_what_the_whole_says(
    sandbox: Sandbox, name: str, tmp_path: Path
) -> None:
    path = source(tmp_path, name, GROWING[name])
    content, growing = path.read_bytes(), tmp_path / "growing"
    chance, clusters, known = random.Random(7), Clusters(), 0
    for size_bytes in sorted(chance.randrange(len(content)) for _ in range(60)):
        growing.write_bytes(content[:size_bytes])
        with growing.open("rb") as file:
            clusters.read_on(file)
        assert clusters.pictures >= known, "nothing is read again"
        known = clusters.pictures
    whole = await probe(sandbox, path)
    assert known > len(whole.frames.pts) / 2
    assert await probe(sandbox, path, clusters) == whole


def test_a_beginning_without_end_is_not_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head of the least elements there are (RFC 8794 section 11.3.2), in a segment of unknown size."""
    looked_at = 0

    def at(elements: Elements, place: int, end: int) -> Element:
        nonlocal looked_at
        looked_at += 1
        return real(elements, place, end)

    real = Elements.at
    monkeypatch.setattr(Elements, "at", at)
    content = bytes.fromhex("1a45dfa380 18538067ff") + bytes.fromhex("ec80") * 100_000
    clusters, looks = Clusters(), 20
    for look in range(1, looks + 1):
        clusters.read_on(io.BytesIO(content[: len(content) * look // looks]))
    assert 10_000 < looked_at < looks * 10_000 + len(content)


class OneCopy:
    """The rows of an early copy that everybody wants."""

    is_over = False

    async def begin(self, upload_id: str) -> int:
        return LEAST_BYTES

    async def is_wanted(self, upload_id: str) -> bool:
        return True

    async def end(self, upload_id: str) -> None:
        self.is_over = True

    async def left(self) -> list[str]:
        return []

    async def forget(self, upload_id: str) -> None:
        pass


async def test_the_first_job_reads_only_what_came_last(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = source(tmp_path, "mkv", CLUSTERS).read_bytes()
    house = House(tmp_path / "house", tmp_path / "made.mkv", sandbox)
    objects = tmp_path / "house" / "objects"
    staging, copies = LocalStaging(objects, house.objects), OneCopy()
    # Enough to tell what it is; the rest comes after it was looked at.
    there_bytes = len(content) * 2 // 3
    monkeypatch.setattr(arrivals, "_PIECE_BYTES", there_bytes)

    class Arriving(LocalArrivals):
        async def growing(self, upload_id: str) -> AsyncGenerator[BinaryIO, None]:
            looks = super().growing(upload_id)
            yield await anext(looks)
            rest = in_pieces(content[there_bytes:])
            await staging.append(upload_id, there_bytes, rest, limit_bytes=len(content), checksum=None)
            await staging.seal(upload_id, len(content))
            async for file in looks:
                yield file

    await staging.create(UPLOAD_ID)
    beginning = in_pieces(content[:there_bytes])
    await staging.append(UPLOAD_ID, 0, beginning, limit_bytes=len(content), checksum=None)
    async with asyncio.timeout(60):
        await early_copy_job.run(house.bench, copies, Arriving(objects), {"upload_id": UPLOAD_ID})
    assert copies.is_over
    known: list[int] = []

    def read_the_rest(file: BinaryIO, clusters: Clusters) -> IndexedVideo:
        known.append(clusters.pictures)
        return read_matroska_video(file, clusters)

    monkeypatch.setattr(probing, "read_matroska_video", read_the_rest)
    revision = await house.work.revision(house.work.revision_id)
    assert revision is not None
    revision = replace(revision, source_key=source_key(UPLOAD_ID))
    _, facts = await house.bench.open(revision)
    assert known == [len(facts.frames.pts)] == [240]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_copy_is_looked_at_while_the_first_job_looks_at_its_source(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    path = source(tmp_path, "ts", MADE["ts"])
    house = House(tmp_path / "house", path, sandbox)
    made = await house.work.revision(house.work.revision_id)
    assert made is not None
    revision = replace(made, source_key=source_key(UPLOAD_ID))
    await house.objects.adopt(revision.source_key, path)
    looks = 0

    async def look(
        sandbox: Sandbox, file: Path, clusters: Clusters | None = None, answer: Answer | None = None
    ) -> SourceFacts:
        nonlocal looks
        looks += 1
        if fails and looks == 1:
            raise UnsupportedMedia(NO_TIMES)
        return await probe(sandbox, file, clusters, answer)

    class First(OneCopy):
        async def end(self, upload_id: str) -> None:
            self.job = asyncio.ensure_future(house.bench.open(revision))

    monkeypatch.setattr(workbench, "probe", look)
    copies, there = First(), LocalArrivals(tmp_path / "house" / "objects")
    async with asyncio.timeout(60):
        await early_copy_job.run(house.bench, copies, there, {"upload_id": UPLOAD_ID})
        _, facts = await copies.job
    assert looks == 1 + fails
    assert len(facts.frames.pts) == 240


async def test_what_nobody_waits_for_stands_still_while_a_copy_is_behind_what_arrives(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "_PATIENCE_SECONDS", 600.0)
    content = source(tmp_path, "ts", MADE["ts"]).read_bytes()
    house = House(tmp_path / "house", tmp_path / "made.ts", sandbox)
    seen: list[str] = []

    class Arriving(LocalArrivals):
        async def file(self, upload_id: str) -> Path:
            return tmp_path / "made.ts"

        async def pieces(self, upload_id: str, look: Look) -> AsyncGenerator[bytes, None]:
            async for piece in in_pieces(content[:-1]):
                yield piece
            for behind_bytes, status in ((6, "sleeping"), (10, "stopped"), (6, "stopped"), (2, "sleeping")):
                look(behind_bytes << 20, False)
                await asyncio.to_thread(wait_for_status, ladder, status)
                seen.append(status)
            yield content[-1:]
            look(0, True)

    copies, coming = OneCopy(), Arriving(tmp_path / "house" / "objects")
    job = partial(early_copy_job.run, house.bench, copies, coming, urgency_behind=-11)
    async with sleeping() as ladder, asyncio.timeout(60) as deadline:
        with PRECEDENCE.running(ladder.pid, deadline, Need(niceness=12)):
            await job({"upload_id": UPLOAD_ID})
    assert seen == ["sleeping", "stopped", "stopped", "sleeping"]


# --- what arrives ---------------------------------------------------------------


async def test_arrivals_are_read_to_the_last_byte_while_they_come(tmp_path: Path) -> None:
    staging = LocalStaging(tmp_path, LocalObjects(tmp_path))
    await staging.create(UPLOAD_ID)
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def read() -> None:
        async for piece in LocalArrivals(tmp_path).pieces(UPLOAD_ID, nothing):
            got.put_nowait(piece)

    async def append(offset_bytes: int, content: bytes) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        await staging.append(UPLOAD_ID, offset_bytes, pieces(), limit_bytes=100, checksum=None)

    async with asyncio.timeout(30):
        reading = asyncio.create_task(read())
        await append(0, b"first")
        assert await got.get() == b"first"
        await append(5, b"last")
        await staging.seal(UPLOAD_ID, 9)
        await reading
    assert b"".join(got.get_nowait() for _ in range(got.qsize())) == b"last"
    assert [piece async for piece in LocalArrivals(tmp_path).pieces(UPLOAD_ID, nothing)] == [b"firstlast"]


async def test_of_what_arrives_is_told_though_who_reads_it_stands_still(tmp_path: Path) -> None:
    """As a program that something more urgent has stopped, and that does not ask for more."""
    staging, content = LocalStaging(tmp_path, LocalObjects(tmp_path)), bytes(4 << 20)
    told: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()

    async def until(expected: tuple[int, bool]) -> None:
        while await told.get() != expected:
            pass

    def look(behind_bytes: int, is_all: bool) -> None:
        told.put_nowait((behind_bytes, is_all))

    await staging.create(UPLOAD_ID)
    await staging.append(UPLOAD_ID, 0, in_pieces(content[:-1]), limit_bytes=len(content), checksum=None)
    async with asyncio.timeout(30), aclosing(LocalArrivals(tmp_path).pieces(UPLOAD_ID, look)) as pieces:
        got_bytes = len(await anext(pieces))
        assert got_bytes < len(content)
        await until((len(content) - 1 - got_bytes, False))
        rest = in_pieces(content[-1:])
        await staging.append(UPLOAD_ID, len(content) - 1, rest, limit_bytes=len(content), checksum=None)
        await until((len(content) - got_bytes, False))
        await staging.seal(UPLOAD_ID, len(content))
        await until((len(content) - got_bytes, True))


async def test_arrivals_that_are_given_up_or_stay_away_break_off(tmp_path: Path) -> None:
    staging = LocalStaging(tmp_path, LocalObjects(tmp_path))
    await staging.create(UPLOAD_ID)
    with pytest.raises(BrokenOff):
        async for _ in LocalArrivals(tmp_path, patience_seconds=0.1).pieces(UPLOAD_ID, nothing):
            pass
    pieces = LocalArrivals(tmp_path).pieces(UPLOAD_ID, nothing)
    async with asyncio.timeout(30):
        waiting = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        await staging.discard(UPLOAD_ID)
        with pytest.raises(BrokenOff):
            await waiting
        with pytest.raises(BrokenOff):
            await LocalArrivals(tmp_path).file(UPLOAD_ID)


# --- the rows -------------------------------------------------------------------


def transport_packets(size_bytes: int) -> bytes:
    """Null packets (ISO 13818-1 table 2-3)."""
    return (b"\x47\x1f\xff\x10" + bytes(184)) * (size_bytes // 188 + 1)


async def ordered(service: Running) -> list[str]:
    rows = await service.fetch("SELECT entrypoint, payload FROM pgqueuer ORDER BY id")
    return [f"{row['entrypoint']} {row['payload'].decode()}" for row in rows]


@pytest.mark.parametrize("piece_bytes", [1 << 20, 8 << 20, 32 << 20])
async def test_a_copy_is_ordered_once_there_is_enough(service: Running, piece_bytes: int) -> None:
    """However large the requests are in which it comes."""
    upload = await service.create_upload("ada", LEAST_BYTES)
    content = transport_packets(32 << 20)[: 32 << 20]
    for at in range(0, len(content), piece_bytes):
        await service.append("ada", upload.id, at, *megabytes(content[at : at + piece_bytes]))
        expected = [f'early_copy {{"upload_id":"{upload.id}"}}'] if at + piece_bytes >= ENOUGH_BYTES else []
        assert await ordered(service) == expected


async def test_a_copy_is_ordered_of_a_short_recording_that_comes_slowly(service: Running) -> None:
    upload = await service.create_upload("ada", LEAST_SLOW_BYTES)
    await service.fetch("UPDATE uploads SET created_at = now() - interval '5 seconds'")
    await service.append("ada", upload.id, 0, transport_packets(1 << 20)[: 1 << 20])
    assert await ordered(service) == [f'early_copy {{"upload_id":"{upload.id}"}}']


@pytest.mark.parametrize(
    ("beginning", "size_bytes", "within_seconds", "is_copied"),
    [
        (b"FLV\x01", -1, 0.01, True),
        (b"FLV\x01", 64 << 20, 0.01, True),
        # A quarter is there, so three times as long is left.
        (b"FLV\x01", (64 << 20) - 4, 0.32, False),
        (b"FLV\x01", (64 << 20) - 4, 0.34, True),
        (b"FLV\x01", 4 << 20, 0.34, True),
        (b"FLV\x01", (4 << 20) - 4, 60, False),
        # Matroska, of which only the list of pictures is made.
        (b"\x1a\x45\xdf\xa3", 64 << 20, 0.01, True),
        (b"\x1a\x45\xdf\xa3", (64 << 20) - 4, 60, False),
    ],
)
def test_what_is_small_is_copied_early_if_the_rest_takes_a_second(
    beginning: bytes, size_bytes: int, within_seconds: float, is_copied: bool
) -> None:
    assert is_worthwhile(beginning, size_bytes, size_bytes // 4, within_seconds) == is_copied


@pytest.mark.parametrize("why", ["it is small", "its index is at its end", "it is nothing known"])
async def test_no_copy_is_ordered_of(service: Running, why: str) -> None:
    size_bytes = LEAST_SLOW_BYTES - 1 if why == "it is small" else LEAST_BYTES
    content = transport_packets(ENOUGH_BYTES)[: min(ENOUGH_BYTES, size_bytes)]
    if why == "its index is at its end":
        content = b"\0\0\0\x20ftypisom" + content[12:]
    elif why == "it is nothing known":
        content = bytes(len(content))
    upload = await service.create_upload("ada", size_bytes)
    await service.append("ada", upload.id, 0, *megabytes(content))
    assert await ordered(service) == []


async def arriving(service: Running) -> str:
    """An upload of 64 MiB, of which the copy is ordered."""
    upload = await service.create_upload("ada", LEAST_BYTES)
    await service.append("ada", upload.id, 0, *megabytes(transport_packets(32 << 20)[: 32 << 20]))
    return str(upload.id)


async def completed(service: Running, upload_id: str) -> str:
    """The first job of its revision."""
    await service.append("ada", upload_id, 32 << 20, *megabytes(bytes(32 << 20)))
    video = await service.complete("ada", upload_id)
    return f'probe {{"revision_id":"{await service.revision_of(video.id)}"}}'


async def test_the_first_job_waits_for_a_copy_that_is_being_made(service: Running) -> None:
    rows = EarlyCopyRows()
    upload_id = await arriving(service)
    copying = await ordered(service)
    assert await rows.begin(upload_id) == LEAST_BYTES
    assert await rows.begin(upload_id) is None, "only once"
    first_job = await completed(service, upload_id)
    await service.fetch("UPDATE pgqueuer SET status = 'picked', heartbeat = now()")
    await jobs.enqueue_lost()
    assert await ordered(service) == copying
    assert await rows.is_wanted(upload_id)
    for _ in range(2):
        await rows.end(upload_id)
        assert await ordered(service) == [*copying, first_job]


@pytest.mark.parametrize(
    "fell", ["status = 'queued'", "status = 'picked', heartbeat = now() - interval '1 minute'"]
)
async def test_the_first_job_does_not_wait_for_a_slot_for_a_copy_whose_worker_fell(
    service: Running, fell: str
) -> None:
    """Those of all other workers may be taken for hours."""
    rows = EarlyCopyRows()
    upload_id = await arriving(service)
    copying = await ordered(service)
    assert await rows.begin(upload_id)
    first_job = await completed(service, upload_id)
    await service.fetch(f"UPDATE pgqueuer SET {fell}")
    await jobs.enqueue_lost()
    assert await ordered(service) == [*copying, first_job]
    await rows.end(upload_id)
    assert await ordered(service) == [*copying, first_job]


async def test_the_first_job_is_ordered_once_however_many_see_that_it_is_missing(service: Running) -> None:
    rows = EarlyCopyRows()
    upload_id = await arriving(service)
    copying = await ordered(service)
    assert await rows.begin(upload_id)
    first_job = await completed(service, upload_id)
    async with DB.transaction():
        assert await jobs.enqueue_lost() == 1
        ending = asyncio.create_task(rows.end(upload_id), context=Context())
        await asyncio.sleep(0.5)
    await ending
    assert await ordered(service) == [*copying, first_job]


async def test_nobody_waits_for_a_copy_that_was_not_begun_or_is_over(service: Running) -> None:
    rows = EarlyCopyRows()
    late, early = await arriving(service), await arriving(service)
    copying = await ordered(service)
    first_job = await completed(service, late)
    assert await rows.begin(late) is None
    assert await ordered(service) == [*copying, first_job]
    assert await rows.begin(early)
    await rows.end(early)
    assert not await rows.is_wanted(early)
    assert await ordered(service) == [*copying, first_job]
    other_job = await completed(service, early)
    assert await ordered(service) == [*copying, first_job, other_job]


@pytest.mark.parametrize("is_made", [False, True])
async def test_who_stops_the_processing_gives_up_its_early_copy(service: Running, is_made: bool) -> None:
    rows, objects = EarlyCopyRows(), LocalObjects(service.settings.objects)
    upload_id = await arriving(service)
    assert await rows.begin(upload_id)
    await completed(service, upload_id)
    source = source_key(upload_id)
    await objects.create(early_copy_key(source, "0" * 32, is_damaged=False), b"what was copied early")
    if is_made:
        await rows.end(upload_id)
    [video_id] = [row["id"] for row in await service.fetch("SELECT id FROM videos")]
    revision_id = await service.revision_of(video_id)
    await cancel(service, "ada", video_id)
    assert not await rows.is_wanted(upload_id), "one that is still being made is not kept"
    assert await queued_jobs(service, revision_id, "remove_revision")
    await remove(service, video_id, revision_id)
    assert set(await objects.sizes("sources")) == {source}


async def test_a_job_is_not_lost_with_the_copy_that_it_waits_for(service: Running) -> None:
    upload_id = await arriving(service)
    assert await EarlyCopyRows().begin(upload_id)
    first_job = await completed(service, upload_id)
    await service.fetch("DELETE FROM pgqueuer")
    await jobs.enqueue_lost()
    assert await ordered(service) == [first_job]


async def test_a_copy_of_bytes_that_may_have_been_taken_back_is_not_wanted(service: Running) -> None:
    rows = EarlyCopyRows()
    upload_id = await arriving(service)
    assert await rows.begin(upload_id)
    wrong = hashlib.sha256(b"something else").digest()
    garbage = service.append(
        "ada", upload_id, 32 << 20, b"garbage", checksum_algorithm="sha256", checksum=wrong
    )
    assert await refused(garbage) == ("INVALID_INPUT", {"field": "checksum"})
    assert not await rows.is_wanted(upload_id)
    first_job = await completed(service, upload_id)
    assert (await ordered(service))[-1] == first_job
