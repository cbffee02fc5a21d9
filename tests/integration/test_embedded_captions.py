"""Subtitles and chapters inside a source, by the real ffmpeg in its box; ffprobe is the judge."""

import asyncio
import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import House
from tests.support.recordings import MEDIA
from video_service.domain.caption_files import read
from video_service.domain.caption_stores import EmbeddedCaption
from video_service.domain.cues import MAX_CUES, Cue
from video_service.domain.extras import Extra
from video_service.pipeline import captions
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

SRT = "1\n00:00:00,200 --> 00:00:00,700\n<i>Olá</i> & co\n\n2\n00:00:00,800 --> 00:00:01,500\nTwo\n"
CHAPTERS = (
    ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=First\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=400\nEND=1000\ntitle=Se\\=cond\n"
)


@pytest.fixture(scope="session")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def made(folder: Path, name: str, *options: str) -> Path:
    """A second of film with subtitles and chapters."""
    (folder / "s.srt").write_text(SRT)
    (folder / "c.txt").write_text(CHAPTERS)
    command = [
        "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=1.6",
        "-i", "s.srt", "-i", "c.txt", "-map", "0:v", "-map", "1:s", "-map_chapters", "2",
        "-c:v", "libx264", "-preset", "ultrafast", "-metadata:s:s:0", "language=por",
        *options, name,
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=60, cwd=folder)
    return folder / name


def with_pictures(folder: Path, base: Path) -> Path:
    """The film with subtitles that are pictures instead of its own."""
    # The end of an empty display set: enough for a muxer to make a track of it.
    (folder / "p.sup").write_bytes(b"PG" + bytes(8) + b"\x80\x00\x00")
    inputs = ["-i", str(base), "-f", "sup", "-i", str(folder / "p.sup")]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-map", "0:v", "-map", "1", "-c", "copy"]
    subprocess.run([*command, str(folder / "p.mkv")], check=True, timeout=60)
    return folder / "p.mkv"


def chapter_titles(source: Path) -> list[str]:
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(source)]
    done = subprocess.run(command, capture_output=True, check=True)
    return [one["tags"]["title"] for one in json.loads(done.stdout)["chapters"]]


async def extracted(folder: Path, source: Path, sandbox: Sandbox) -> tuple[House, list[EmbeddedCaption]]:
    house = House(folder, source, sandbox)
    await house.probe()
    revision = await house.work.revision("")
    assert revision is not None
    assert Extra.CAPTIONS in house.work.facts["extras"]
    file, facts = await house.bench.open(revision)
    await captions.make(house.bench, revision, file, facts, 0)
    return house, house.work.captions


def cues(found: EmbeddedCaption) -> tuple[Cue, ...]:
    return read(found.caption.webvtt.encode(), "en").cues


def packets(source: Path, stream: int) -> list[tuple[float, float]]:
    """When ffprobe has the subtitles of a stream begin and end, counted from the first picture."""
    shown = [
        "-show_entries",
        "packet=stream_index,pts_time,duration_time,size:stream=index,codec_type,start_time",
    ]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *shown, "-of", "json", str(source)], capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    [start, *_] = [float(one["start_time"]) for one in answer["streams"] if one["codec_type"] == "video"]
    return [
        (float(one["pts_time"]) - start, float(one["pts_time"]) - start + float(one["duration_time"]))
        for one in answer["packets"]
        if one["stream_index"] == stream and int(one["size"]) > 2
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mkv", ("-c:s", "srt")),
        ("b.mkv", ("-c:s", "ass")),
        ("c.mp4", ("-c:s", "mov_text")),
        ("d.mkv", ("-c:s", "webvtt", "-output_ts_offset", "5")),
    ],
)
async def test_text_and_chapters_are_taken_over_in_media_time(
    name: str, options: tuple[str, ...], tmp_path: Path, sandbox: Sandbox
) -> None:
    house, [found] = await extracted(tmp_path, made(tmp_path, name, *options), sandbox)
    assert (found.caption.language, found.caption.label) == ("pt", "Portuguese")
    first, second = cues(found)
    assert (first.text, second.text) == ("<i>Olá</i> &amp; co", "Two")
    for cue, (start_ms, end_ms) in ((first, (200, 700)), (second, (800, 1500))):
        assert abs(cue.start_ms - start_ms) <= 10, "SubStation Alpha counts hundredths"
        assert abs(cue.end_ms - end_ms) <= 10
    told = [(one.start_seconds, one.title) for one in house.work.facts["source_chapters"]]
    if name != "d.mkv":  # the muxer moves its streams, and not its chapters
        assert told == [(0, "First"), (0.4, "Se=cond")]
    assert (house.media / "chapters.json").exists()


async def test_a_source_that_is_copied_first_keeps_its_text(tmp_path: Path, sandbox: Sandbox) -> None:
    source = made(tmp_path, "a.flv", "-c:v", "flv", "-c:s", "text")
    _, [found] = await extracted(tmp_path, source, sandbox)
    assert [cue.text for cue in cues(found)] == ["Olá &amp; co", "Two"], "its text knows no styles"


async def test_pictures_of_text_are_told_of(tmp_path: Path, sandbox: Sandbox) -> None:
    source = with_pictures(tmp_path, made(tmp_path, "base.mkv", "-c:s", "srt"))
    house = House(tmp_path, source, sandbox)
    await house.probe()
    assert house.work.facts["warnings"] == ("Subtitles of these kinds are not taken over: PGS (pictures).",)


def with_closed_captions(folder: Path) -> Path:
    """The film with a pair of CEA-608 before each picture (ATSC A/53 part 4, H.264 annex D)."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    bare = ["-i", str(made(folder, "b.mkv")), "-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb"]
    subprocess.run([*command, *bare, str(folder / "b.h264")], check=True, timeout=60)
    data = b"\xb5\x00\x31GA94\x03\x41\xff\xfc\x94\x2c\xff"
    message = b"\x00\x00\x00\x01\x06\x04" + bytes([len(data)]) + data + b"\x80"
    slices = re.compile(rb"\x00\x00\x00?\x01(?=[\x65\x41\x61\x25\x21])")
    (folder / "cc.h264").write_bytes(
        slices.sub(lambda start: message + start[0], (folder / "b.h264").read_bytes())
    )
    source = folder / "cc.mp4"
    subprocess.run(
        [*command, "-r", "25", "-i", str(folder / "cc.h264"), "-c", "copy", str(source)], check=True
    )
    return source


@pytest.mark.parametrize("closed", [True, False])
async def test_closed_captions_in_the_picture_are_told_of(
    closed: bool, tmp_path: Path, sandbox: Sandbox
) -> None:
    source = with_closed_captions(tmp_path) if closed else made(tmp_path, "a.mkv")
    house, _ = await extracted(tmp_path, source, sandbox)
    told = [one.strip() for one in house.work.warnings]
    assert told == (["Closed captions inside the picture are not taken over."] if closed else [])


@pytest.mark.skipif(not MEDIA.exists(), reason="no real recordings")
@pytest.mark.parametrize(
    ("name", "tracks"),
    [("mkv-h264-ac3-srt.mkv", 1), ("mkv-h264-ac3-ass.mkv", 1), ("two-audio-two-subtitles.mp4", 2)],
)
async def test_real_subtitles_begin_and_end_as_ffprobe_says(
    name: str, tracks: int, tmp_path: Path, sandbox: Sandbox
) -> None:
    _, found = await extracted(tmp_path, MEDIA / name, sandbox)
    assert len(found) == tracks
    for one in found:
        expected = [times for times in packets(MEDIA / name, one.stream_index) if times[1] > times[0]]
        shown = cues(one)
        assert shown
        for cue in shown:
            nearest = min(expected, key=lambda times: abs(times[0] - cue.start_ms / 1000))
            assert abs(max(0.0, nearest[0]) - cue.start_ms / 1000) <= 0.011


@pytest.mark.skipif(not MEDIA.exists(), reason="no real recordings")
async def test_real_chapters_are_those_of_the_file(tmp_path: Path, sandbox: Sandbox) -> None:
    source = MEDIA / "mkv-yuv444-chapters.mkv"
    house = House(tmp_path, source, sandbox)
    await house.probe()
    titles = chapter_titles(source)
    assert titles
    assert [one.title for one in house.work.facts["source_chapters"]] == titles


def _with_more_tracks(folder: Path) -> Path:
    """The film with subtitles, with too many of them, and with none."""
    made(folder, "base.mkv", "-c:s", "srt")
    lines = (f"{n // 60000:02d}:{n // 1000 % 60:02d}.{n % 1000:03d}" for n in range(MAX_CUES + 2))
    cues = (f"{begin} --> {end}\nx\n" for begin, end in pairwise(lines))
    (folder / "long.vtt").write_text("\n".join(["WEBVTT\n", *cues]))
    (folder / "empty.vtt").write_text("WEBVTT\n")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", "base.mkv", "-i", "long.vtt"]
    command += ["-i", "empty.vtt", "-map", "0", "-map", "1", "-map", "2", "-c", "copy", "-c:s", "srt"]
    titled = ["-metadata:s:s:1", "title=The long one", "-metadata:s:s:2", "title=The empty one", "all.mkv"]
    subprocess.run([*command, *titled], check=True, timeout=60, cwd=folder)
    return folder / "all.mkv"


async def test_a_track_that_is_too_long_is_named_and_one_without_text_is_not(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    source = await asyncio.to_thread(_with_more_tracks, tmp_path)
    house, [found] = await extracted(tmp_path, source, sandbox)
    assert found.caption.language == "pt"
    assert [one.strip() for one in house.work.warnings if "could not" in one] == [
        "These subtitles could not be taken over: The long one."
    ]
