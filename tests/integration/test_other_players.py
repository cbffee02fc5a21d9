"""What players other than ours make of a finished video: a strict parser, ffmpeg, those that are
installed, and whoever downloads it as a file."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import m3u8
import pytest

from tests.support.clips import read_barcodes
from tests.support.flash_and_beep import Sound, beeps, flashes, pictures, recording
from tests.support.house import House, MemoryDownloads
from video_service.pipeline import download_job
from video_service.pipeline.ffmpeg import detect_sandbox

RATE, COUNT, FLASHES = 30, 168, (32, 120)
#: Cameras write what becomes a copied rung, with pictures out of order; the other is encoded throughout.
SOURCES = {
    "copied": ("clip.mp4", "libx264", ("-qp", "3", "-bf", "2", "-g", "60", "-keyint_min", "60")),
    "encoded": ("clip.mkv", "libvpx-vp9", ("-g", "60")),
}
#: Begins late and ends early, so that silence must fill it.
SOUNDS = {"copied": Sound(start_seconds=0.3, end_seconds=4.9), "encoded": Sound()}
#: One tick of the transport clock, in seconds.
TICK = 1 / 90_000


@pytest.fixture(scope="module", params=SOURCES)
async def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp(request.param)
    file, codec, options = SOURCES[request.param]
    sound = SOUNDS[request.param]
    clip = recording(folder / file, range(COUNT), RATE, FLASHES, codec=codec, options=options, sound=sound)
    house = House(folder / "house", clip, await detect_sandbox("auto"))
    plan = await house.everything()
    assert plan.rungs[0].copied is (request.param == "copied")
    assert len(plan.rungs) == 2
    return house


def load(file: Path) -> m3u8.M3U8:
    """As strictly as the parser can: a line that it does not know, or out of its place, is an error."""
    return m3u8.M3U8(file.read_text(), strict=True)


def run(*command: str, seconds: float = 120) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(command, capture_output=True, timeout=seconds, check=True)


def test_a_strict_parser_reads_the_master(house: House) -> None:
    plan, master = house.work.plan, load(house.media / "master.m3u8")
    assert plan is not None
    assert master.is_variant
    assert master.is_independent_segments
    told = {one.uri: one.stream_info for one in master.playlists}
    for rung in plan.rungs:
        stream = told.pop(f"{rung.name}/index.m3u8")
        assert stream.resolution == (rung.width, rung.height)
        assert stream.frame_rate == RATE
        assert stream.video_range == "SDR"
        assert stream.codecs == f"{rung.codecs},mp4a.40.2"
        assert stream.audio == "audio"
        assert 0 < stream.average_bandwidth <= stream.bandwidth
    assert not told
    [sound] = master.media
    assert (sound.type, sound.group_id, sound.uri) == ("AUDIO", "audio", "a0/index.m3u8")
    singles = {one.uri: one.iframe_stream_info for one in master.iframe_playlists}
    for rung in plan.rungs:
        single = singles.pop(f"{rung.name}/iframes.m3u8")
        assert single.resolution == (rung.width, rung.height)
        assert (single.codecs, single.video_range) == (rung.codecs, "SDR")
    assert not singles


def test_a_strict_parser_finds_every_segment(house: House) -> None:
    plan = house.work.plan
    assert plan is not None
    for name in plan.rendition_names:
        read = load(house.media / name / "index.m3u8")
        assert (read.playlist_type, read.is_endlist, read.media_sequence) == ("vod", True, 0)
        assert sum(segment.duration for segment in read.segments) == pytest.approx(COUNT / RATE, abs=1e-5)
        assert all(round(segment.duration) <= read.target_duration for segment in read.segments)
        assert all((house.media / name / segment.uri).is_file() for segment in read.segments)


def test_every_single_picture_is_one_and_the_right_one(house: House, tmp_path: Path) -> None:
    plan = house.work.plan
    assert plan is not None
    for rung in plan.rungs:
        read = load(house.media / rung.name / "iframes.m3u8")
        assert read.is_i_frames_only
        assert len(read.segments) == plan.timeline.segment_count
        assert sum(one.duration for one in read.segments) == pytest.approx(COUNT / RATE, abs=1e-5)
        begin_seconds, sizes = 0.0, []
        for one in read.segments:
            size, offset = map(int, one.byterange.split("@"))
            segment = (house.media / rung.name / one.uri).read_bytes()
            # RFC 8216 section 4.3.3.6: what lies before it in its file is what a decoder begins with.
            assert segment[offset + 1] & 0x40, "a unit begins here"
            alone = tmp_path / "alone.ts"
            alone.write_bytes(segment[: offset + size])
            assert read_barcodes(alone) == [round(begin_seconds * RATE)]
            begin_seconds += one.duration
            sizes.append(size * 8 / one.duration)
        [told] = [
            one.iframe_stream_info
            for one in load(house.media / "master.m3u8").iframe_playlists
            if one.uri == f"{rung.name}/iframes.m3u8"
        ]
        assert told.bandwidth == pytest.approx(max(sizes), abs=2)


def test_ffmpeg_plays_every_rendition_without_a_word(house: House) -> None:
    master = str(house.media / "master.m3u8")
    done = run("ffmpeg", "-nostdin", "-v", "warning", "-i", master, "-map", "0", "-f", "null", "-")
    assert done.stderr.decode() == ""


def test_ffmpeg_plays_single_pictures_without_a_word(house: House) -> None:
    single = str(house.media / "v360" / "iframes.m3u8")
    done = run("ffmpeg", "-nostdin", "-v", "warning", "-i", single, "-f", "framecrc", "-")
    shown = [line for line in done.stdout.decode().splitlines() if line and not line.startswith("#")]
    assert house.work.plan is not None
    assert len(shown) == house.work.plan.timeline.segment_count
    assert done.stderr.decode() == ""


@pytest.fixture(scope="module")
async def file(house: House) -> Path:
    rows = MemoryDownloads(house.work, "a0")
    made = await house.download(rows)
    assert rows.size_bytes == made.stat().st_size, rows.log
    assert not list(house.scratch.iterdir())
    return made


def test_a_download_holds_every_picture_at_its_time_from_0_on(house: House, file: Path) -> None:
    shown = pictures(file)
    assert [picture.number for picture in shown] == list(range(COUNT))
    for picture in shown:
        assert picture.seconds == pytest.approx(picture.number / RATE, abs=TICK)
    whole = house.media / "v360.ts"
    parts = sorted((house.media / "v360").glob("*.ts"))
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    streamed = pictures(whole)
    whole.unlink()
    assert len(streamed) == len(shown)
    apart = [a.seconds - b.seconds - 10 for a, b in zip(streamed, shown, strict=True)]
    assert max(map(abs, apart)) <= 2 * TICK


def test_a_download_is_in_step_with_its_sound(file: Path) -> None:
    white, loud = flashes(pictures(file)), beeps(file)
    assert len(loud) == len(white) == len(FLASHES)
    assert [abs(a - b) for a, b in zip(loud, white, strict=True)] == pytest.approx([0, 0], abs=0.005)


def test_a_download_is_a_plain_mp4_that_plays_while_it_arrives(file: Path) -> None:
    shown = [
        "-show_entries",
        "stream=codec_name,start_time,profile:format=start_time,format_name:format_tags",
    ]
    told = json.loads(run("ffprobe", "-v", "warning", *shown, "-of", "json", str(file)).stdout)
    assert [stream["codec_name"] for stream in told["streams"]] == ["h264", "aac"]
    assert [float(stream["start_time"]) for stream in told["streams"]] == [0, 0]
    assert "encoder" not in told["format"]["tags"], "nothing that changes when ffmpeg does"
    boxes = list(top_boxes(file.read_bytes()))
    assert boxes.index("moov") < boxes.index("mdat")
    played = run("ffmpeg", "-nostdin", "-v", "warning", "-i", str(file), "-map", "0", "-f", "null", "-")
    assert played.stderr.decode() == ""


def top_boxes(content: bytes) -> Iterator[str]:
    """ISO/IEC 14496-12 section 4.2."""
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8].decode()
        at += size if size != 1 else int.from_bytes(content[at + 8 : at + 16], "big")
    assert at == len(content)


async def test_a_download_has_no_picture_of_another_size_where_one_is_missing(house: House) -> None:
    lost = house.media / "v360" / "00001.ts"
    kept = lost.rename(house.media / "kept")
    try:
        made = await house.download(MemoryDownloads(house.work, ""))
    finally:
        kept.rename(lost)
    shown = ["-show_entries", "stream=codec_name,height", "-count_packets"]
    told = json.loads(run("ffprobe", "-v", "error", *shown, "-of", "json", str(made)).stdout)["streams"]
    assert [(stream["codec_name"], stream["height"]) for stream in told] == [("h264", 240)]
    assert read_barcodes(made) == list(range(COUNT))


async def test_a_download_that_lacks_a_picture_is_not_published(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = MemoryDownloads(house.work, "a0")
    first = house.media / "v360" / "00000.ts"
    whole = first.read_bytes()
    #: The end of the segment is gone: its size is nobody's business but the plan's.
    first.write_bytes(whole[: len(whole) // 2 // 188 * 188])
    try:
        for attempt in (1, 2):
            with pytest.raises(download_job.WrongFile):
                await house.download(rows)
            assert rows.failures == attempt
        made = await house.download(rows)
    finally:
        first.write_bytes(whole)
    assert rows.over
    assert not made.exists()
    assert "pictures, planned 168" in rows.log
