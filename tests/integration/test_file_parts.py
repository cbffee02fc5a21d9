"""Segments of a long file are made without reading all of its index, or of the file, and are the same."""

import asyncio
import re
import shutil
import subprocess
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from tests.support.flash_and_beep import Sound, recording
from tests.support.house import House
from tests.unit.test_matroska_index import CLUSTER, VOID
from video_service.domain import matroska_index
from video_service.domain.container_index import ClusterPlaces
from video_service.domain.file_parts import FilePart
from video_service.domain.matroska_middle import read_middle
from video_service.domain.plan import Plan
from video_service.pipeline import file_parts
from video_service.pipeline.ffmpeg import detect_sandbox

RATE, SECONDS = 10, 60
PYRAMID = ("-bf", "3", "-g", "20", "-x264-params", "b-pyramid=normal:ref=3")
OPEN = ("-x264-params", "open-gop=1:keyint=20:bframes=3")
EVERY = range(RATE * SECONDS)
#: Nothing moves from the first second on, until long after the first segments.
FROZEN = [*range(RATE), *range(RATE * 40, RATE * 100)]
SOURCES = {
    "index last": ("a.mp4", EVERY, PYRAMID, ()),
    "index first": ("a.mp4", EVERY, PYRAMID, ("-movflags", "+faststart")),
    "begins late": ("a.mov", EVERY, PYRAMID, ("-output_ts_offset", "7.3")),
    "never copied": ("a.mp4", EVERY, OPEN, ()),
    "with a clock": ("a.mov", EVERY, PYRAMID, ("-timecode", "01:00:00:00", "-write_tmcd", "1")),
    "frozen": ("a.mp4", FROZEN, OPEN, ()),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, pictures, options, layout = SOURCES[request.param]
    size = (160, 120)
    # Sound that is no multiple of anything, so that chunks of the file hold odd numbers of its frames.
    made = recording(
        tmp_path / "made.mp4", pictures, RATE, [4], options=options, sound=Sound(rate_hz=44_100), size=size
    )
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made), "-c", "copy", *layout]
    subprocess.run([*command, str(tmp_path / name)], check=True, timeout=60)
    return tmp_path / name


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Copies of the parts that were used."""
    copies: list[Path] = []
    write = file_parts._write

    def remembered(source: Path, file: Path, found: FilePart) -> None:
        write(source, file, found)
        copies.append(Path(shutil.copy(file, tmp_path / f"part{len(copies)}")))

    monkeypatch.setattr(file_parts, "_write", remembered)
    return copies


def packets(path: Path) -> Iterator[tuple[int, Any, Any, bytes]]:
    with av.open(str(path)) as file:
        for packet in file.demux():
            if packet.size:
                yield packet.stream_index, packet.pts, packet.dts, bytes(packet)


async def first_segments(folder: Path, source: Path) -> dict[str, bytes]:
    house = House(folder, source, await detect_sandbox("auto"))
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        if chunk.first_segment == 0:
            await house.chunk(index)
    found = await asyncio.to_thread(lambda: sorted(house.media.glob("*/*.ts")))
    assert {path.parent.name for path in found} == set(plan.rendition_names)
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in found}


async def test_the_first_segments_are_those_of_the_whole_file(
    tmp_path: Path, source: Path, used: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await first_segments(tmp_path / "whole", source)
    assert not used
    monkeypatch.setattr(file_parts, "_LEAST_INDEX_BYTES", 0)
    assert await first_segments(tmp_path / "beginning", source) == whole
    assert len(used) >= 3, "of the header, of pictures, of sound"
    of_all = list(packets(source))
    for file in used:
        read = list(packets(file))
        assert len(read) < len(of_all) / 2
        for stream in {stream for stream, *_ in of_all}:
            own = [packet for packet in read if packet[0] == stream]
            assert own == [packet for packet in of_all if packet[0] == stream][: len(own)]
        assert {0, 1} <= {stream for stream, *_ in read}


HEADERS = {
    "chapters": "-i made.mp4 -i chapters.txt -map 0 -map_chapters 1",
    "two tracks of sound": "-i made.mp4 -map 0 -map 0:a -metadata:s:a:1 language=nld",
    "turned, with a clock": "-i made.mp4 -map 0 -metadata:s:v rotate=90 -timecode 01:00:00:00",
}
CHAPTERS = ";FFMETADATA1\ntitle=Long\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1\nSTART={10 * n}\nEND={10 * n + 10}\ntitle=Part {n}\n" for n in range(6)
)


def described(folder: Path, options: str) -> Path:
    recording(
        folder / "made.mp4", FROZEN, RATE, [4], options=PYRAMID, size=(160, 120), sound=Sound(rate_hz=44_100)
    )
    (folder / "chapters.txt").write_text(CHAPTERS)
    command = ["ffmpeg", "-nostdin", "-v", "error", *options.split(), "-c", "copy", "a.mov"]
    subprocess.run(command, check=True, timeout=60, cwd=folder)
    return folder / "a.mov"


@pytest.mark.parametrize("name", HEADERS)
async def test_a_beginning_says_what_the_whole_file_says(
    tmp_path: Path, name: str, used: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = described(tmp_path, HEADERS[name])
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    plan = await house.probe()
    assert not used
    monkeypatch.setattr(file_parts, "_LEAST_INDEX_BYTES", 0)
    again = House(tmp_path / "again", source, await detect_sandbox("auto"))
    assert await again.probe() == plan
    [part] = used
    assert 2 * len(list(packets(part))) < len(list(packets(source)))
    assert again.work.facts == house.work.facts
    assert plan.timeline.duration_seconds > SECONDS
    assert len(house.work.facts["source_chapters"]) == (6 if name == "chapters" else 0)
    assert len(plan.audio) == (2 if "sound" in name else 1)


async def test_what_has_no_such_beginning_is_read_from_itself(
    tmp_path: Path, used: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_parts, "_LEAST_INDEX_BYTES", 0)
    source = recording(
        tmp_path / "a.mp4", range(100), RATE, [], size=(160, 120),
        options=("-g", "20", "-movflags", "frag_keyframe+empty_moov"),
    )  # fmt: skip
    assert await first_segments(tmp_path / "house", source)
    assert not used


ALL = range(RATE * 150)
#: As browsers and interrupted recorders leave them.
WITHOUT_INDEX = {
    "copied": (ALL, "libx264", PYRAMID, 0.0),
    "sound before the picture": (ALL, "libx264", PYRAMID, -0.3),
    "open": (ALL, "libx264", OPEN, 0.0),
    "key frames far apart": (ALL, "libx264", ("-bf", "0", "-g", "250"), 0.0),
    "for browsers": (ALL, "libvpx-vp9", ("-g", "50"), 0.2),
    # Longer than is read beyond a segment.
    "still": ([*range(RATE * 100), *range(RATE * 135, RATE * 150)], "libx264", ("-bf", "0", "-g", "20"), 0.0),
}
#: When the segments are shown that are made again.
AGAIN_SECONDS = (75, 90, 105, 112, 149)


@pytest.mark.parametrize("name", WITHOUT_INDEX)
async def test_segments_of_matroska_without_an_index_are_those_of_the_whole_file(
    tmp_path: Path, name: str, used: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, codec, options, begins = WITHOUT_INDEX[name]
    sound = Sound(start_seconds=begins, rate_hz=48_000, codec=("-c:a", "libopus"))
    made = recording(
        tmp_path / "made.mkv", pictures, RATE, [pictures[-50]], codec=codec, options=options, sound=sound,
        size=(160, 120),
    )  # fmt: skip
    source = without_index(made, tmp_path / "a.mkv")
    monkeypatch.setattr(matroska_index, "_PLACE_BYTES", 0)
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    plan = await house.probe()
    [(key, facts)] = house.bench._facts.items()
    begins_seconds = [plan.timeline.start_seconds(k) for k in range(plan.timeline.segment_count)]
    for seconds in AGAIN_SECONDS:
        segment = bisect_right(begins_seconds, seconds) - 1
        house.bench._facts[key] = replace(facts, clusters=None)
        whole = await made_alone(house, plan, segment)
        house.bench._facts[key] = facts
        assert await made_alone(house, plan, segment) == whole
    assert not house.work.failures
    assert len(used) >= 2 * (len(AGAIN_SECONDS) - 2), "of sound and of pictures, but where that is most of it"
    of_all = len(list(packets(source)))
    assert min(len(list(packets(file))) for file in used) < of_all / 5
    assert all(file.stat().st_size == source.stat().st_size for file in used)


async def made_alone(house: House, plan: Plan, segment: int) -> dict[str, bytes]:
    """A segment of all renditions, while all others are there."""
    for name in plan.rendition_names:
        for other in range(plan.timeline.segment_count):
            path = house.media / name / f"{other:05d}.ts"
            path.unlink(missing_ok=True)
            if other != segment:
                path.write_bytes(b"there")
    for index, chunk in enumerate(plan.chunks):
        if segment in chunk.segments:
            await house.chunk(index)
    return {name: (house.media / name / f"{segment:05d}.ts").read_bytes() for name in plan.rendition_names}


def without_index(made: Path, path: Path) -> Path:
    """Nobody can go back in a pipe to say where what is."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made), "-c", "copy", "-f", "matroska", "-"]
    path.write_bytes(subprocess.run(command, check=True, timeout=60, capture_output=True).stdout)
    return path


def test_ffmpeg_steps_over_what_is_left_out_of_very_large_files(tmp_path: Path) -> None:
    """Three gigabytes, most of which are an element inside a cluster that nobody needs to know."""
    made = recording(tmp_path / "made.mkv", range(RATE * 8), RATE, [], options=("-g", "10"), size=(160, 120))
    content = without_index(made, tmp_path / "a.mkv").read_bytes()
    clusters = [found.start() for found in re.finditer(re.escape(CLUSTER), content)]
    assert len(clusters) >= 2
    first, last, more = clusters[0], clusters[-1], 3 << 30
    # A cluster of nothing but what fills up, which keeps to what ffmpeg steps over at once.
    fillers = [VOID + (1 << 56 | (1 << 30) - 9).to_bytes(8)] * 3
    filled = CLUSTER + (1 << 56 | more).to_bytes(8)
    large = tmp_path / "large.mkv"
    with large.open("wb") as file:
        file.write(content[:first] + filled)
        for filler in fillers:
            begin = file.tell()
            file.write(filler)
            file.seek(begin + (1 << 30))
        file.write(content[first:])
    moved = len(filled) + more
    places = ClusterPlaces([first, last + moved], [0, 1], len(content) + moved)
    with large.open("rb") as file:
        part = read_middle(file, places, 7_800, 8_000)
    assert part.kept[0].stop == first
    file_parts._write(large, tmp_path / "part.mkv", part)
    of_all, of_part = list(packets(tmp_path / "a.mkv")), list(packets(tmp_path / "part.mkv"))
    assert 0 < len(of_part) < len(of_all)
    assert of_part == of_all[-len(of_part) :]
