"""H.264 whose fields are stored one by one: a picture of two fields is one picture."""

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.clips import barcode_clip, read_barcodes
from tests.support.decoding import looks
from tests.support.ebml import in_groups
from tests.support.fields import GROUP, RATE_HZ, Times, field_pictures
from tests.support.house import House
from video_service.domain.extras import Extra
from video_service.domain.frames import FrameIndex
from video_service.domain.ladder import may_copy
from video_service.domain.matroska_index import Clusters, read_matroska_video
from video_service.pipeline import working_copy
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.precedence import Need
from video_service.pipeline.probe import probe, probe_header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.working_copy import WorkingCopy, make_early_copy, make_working_copy

PICTURES = 235
TIMES: tuple[Times, ...] = ("of frames", "of fields", "of first fields")
#: As where a camera decides for each picture. The first of all are whole.
ADAPTIVE = [n for n in range(PICTURES) if n < 20 or n % 7 in (0, 3, 4)]


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


async def copied(sandbox: Sandbox, source: Path, folder: Path) -> WorkingCopy:
    header = await probe_header(sandbox, source)
    source_bytes = len(await asyncio.to_thread(source.read_bytes))
    return await make_working_copy(sandbox, source, source_bytes, header, folder)


def index_of(copy: WorkingCopy) -> FrameIndex:
    with copy.path.open("rb") as file:
        return read_matroska_video(file, copy.clusters).frames


def packets(path: Path) -> list[bytes]:
    """All that is told of each, and what is in it."""
    entries = ["-show_data_hash", "md5", "-show_entries", "packet=pts,dts,duration,flags,data_hash"]
    command = ["ffprobe", "-v", "error", *entries, "-of", "csv", str(path)]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.splitlines()


def decoded_seconds(path: Path) -> list[float]:
    """When ffmpeg shows each picture that it decodes of a file, from the first on."""
    shown = ["-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", *shown, str(path)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = [float(line.strip(",")) for line in done.stdout.split()]
    return [seconds - found[0] for seconds in found]


@pytest.mark.parametrize("whole", [(), ADAPTIVE], ids=["all", "adaptive"])
@pytest.mark.parametrize("times", TIMES)
async def test_two_fields_are_shown_as_one_picture(
    tmp_path: Path, sandbox: Sandbox, times: Times, whole: Collection[int]
) -> None:
    source = field_pictures(tmp_path / "camera.ts", PICTURES, times, whole=whole)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert plan.timeline.time_base == Fraction(1, RATE_HZ)
    assert plan.timeline.duration_seconds == PICTURES / RATE_HZ
    assert not any(rung.copied for rung in plan.rungs)
    await house.extra(Extra.STORYBOARD)
    begins = re.findall(r"00:([\d.]+) -->", (house.media / "storyboard.vtt").read_text())
    assert begins == ["00.000", "02.000", "04.000", "06.000", "08.000"], "whole pictures, from the first on"
    shown = list(looks(await house.whole(plan.rungs[0].name)))
    assert [look.number for look in shown] == list(range(PICTURES))
    steps = [b.seconds - a.seconds for a, b in pairwise(shown)]
    assert steps == pytest.approx([1 / RATE_HZ] * len(steps))
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])


@pytest.mark.parametrize("name", ["copied.mp4", "copied.mkv"])
async def test_what_was_copied_from_a_transport_stream_keeps_its_pictures(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    source = field_pictures(tmp_path / "camera.ts", PICTURES, "of fields", whole=ADAPTIVE)
    ffmpeg("-i", source, "-c", "copy", tmp_path / name)
    facts = await probe(sandbox, tmp_path / name)
    frames, time_base = facts.frames, facts.video.time_base
    seconds = [float((ticks - frames.begin) * time_base) for ticks in frames.pts]
    assert seconds == pytest.approx(decoded_seconds(source))
    assert float((frames.end - frames.begin) * time_base) == pytest.approx(PICTURES / RATE_HZ)
    house = House(tmp_path / "house", tmp_path / name, sandbox)
    plan = await house.everything()
    assert not any(rung.copied for rung in plan.rungs)
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(PICTURES))
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])


@pytest.mark.parametrize("whole", [(), ADAPTIVE], ids=["all", "adaptive"])
@pytest.mark.parametrize("times", TIMES)
async def test_pictures_are_counted_as_they_are_decoded(
    tmp_path: Path, sandbox: Sandbox, times: Times, whole: Collection[int]
) -> None:
    source = field_pictures(tmp_path / "camera.ts", 40, times, whole=whole)
    copy = await copied(sandbox, source, tmp_path)
    facts = await probe(sandbox, copy.path, copy.clusters, copy.answer)
    frames, time_base = facts.frames, facts.video.time_base
    seconds = [float((ticks - frames.begin) * time_base) for ticks in frames.pts]
    assert seconds == pytest.approx(decoded_seconds(source))
    keys = [float((ticks - frames.begin) * time_base) for ticks in frames.keyframes]
    assert keys == [first / RATE_HZ for first in range(0, 40, GROUP)]
    assert (frames.end - frames.begin) * time_base == Fraction(40, RATE_HZ)
    assert frames.size_bytes > 40 * 60 * 384, "of both fields"
    assert facts.video.may_be_interlaced
    assert not may_copy(facts)


async def test_times_stay_in_order_around_a_field_that_is_missing(tmp_path: Path, sandbox: Sandbox) -> None:
    """The next field, of the same parity, is no second one."""
    source = field_pictures(tmp_path / "torn.ts", 40, "of first fields", lost=(13, 27, 28))
    assert list(index_of(await copied(sandbox, source, tmp_path)).pts) == [40 * n for n in range(40)]


@pytest.mark.parametrize("cut_bytes", [50_021, 500_009])
async def test_a_copy_is_read_while_it_grows(tmp_path: Path, sandbox: Sandbox, cut_bytes: int) -> None:
    source = field_pictures(tmp_path / "camera.ts", 60, "of frames")
    copy = await copied(sandbox, source, tmp_path)
    clusters, content, growing = Clusters(), copy.path.read_bytes(), tmp_path / "growing.mkv"
    for end in range(cut_bytes, len(content), cut_bytes):
        growing.write_bytes(content[:end])
        with growing.open("rb") as file:
            clusters.read_on(file)
    read_on = index_of(replace(copy, clusters=clusters))
    assert read_on == index_of(copy)
    assert list(read_on.pts) == [40 * n for n in range(60)]


async def test_blocks_in_groups_are_read_alike(tmp_path: Path, sandbox: Sandbox) -> None:
    """As other programs than ffmpeg write them."""
    source = field_pictures(tmp_path / "camera.ts", 40, "of fields")
    copy = await copied(sandbox, source, tmp_path)
    copy.path.write_bytes(in_groups(copy.path.read_bytes()))
    assert list(index_of(copy).pts) == [40 * n for n in range(40)]


async def test_the_same_is_made_of_what_arrives(tmp_path: Path, sandbox: Sandbox) -> None:
    source = field_pictures(tmp_path / "camera.ts", 60, "of first fields")
    content = source.read_bytes()
    header = await probe_header(sandbox, source)

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield content

    copy = await make_early_copy(sandbox, pieces(), len(content), header, tmp_path, Need())
    assert list(index_of(copy).pts) == [40 * n for n in range(60)]


def progressive(folder: Path) -> Path:
    return encoded(folder, "bframes=3:keyint=30")


def both_fields_in_one(folder: Path) -> Path:
    return encoded(folder, "tff=1:bframes=3:keyint=30")


def open_gop(folder: Path) -> Path:
    return encoded(folder, "open-gop=1:bframes=3:keyint=30:min-keyint=30")


def damaged_start(folder: Path) -> Path:
    path = open_gop(folder)
    content = path.read_bytes()
    path.write_bytes(content[len(content) // 7 :])
    return path


def wrapping(folder: Path) -> Path:
    path = progressive(folder)
    offset = f"{2**33 / 90_000 - 2 - 1.4:.3f}"
    ffmpeg("-i", path, "-c", "copy", "-output_ts_offset", offset, folder / "wraps.ts")
    return folder / "wraps.ts"


def encoded(folder: Path, parameters: str) -> Path:
    clip = barcode_clip(folder / "clip.mp4", seconds=5, size=(320, 192))
    ffmpeg("-i", clip, "-c:v", "libx264", "-x264-params", parameters, "-c:a", "mp2", folder / "a.ts")
    return folder / "a.ts"


@pytest.mark.parametrize("make", [progressive, both_fields_in_one, open_gop, damaged_start, wrapping])
async def test_of_other_streams_every_time_stays(
    tmp_path: Path, sandbox: Sandbox, make: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, stored = make(tmp_path), []
    for containers in (working_copy._FIELDS_SHARE_TIMES, ()):
        monkeypatch.setattr(working_copy, "_FIELDS_SHARE_TIMES", containers)
        folder = tmp_path / str(len(containers))
        folder.mkdir()
        copy = await copied(sandbox, source, folder)
        stored.append(packets(copy.path))
    assert stored[0] == stored[1]
    assert len(stored[0]) > 200
