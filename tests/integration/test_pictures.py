"""What is made around a video of its pictures and its sound, judged by what can be seen in it."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.clips import barcode_clip
from tests.support.decoding import BARCODE_BITS
from tests.support.house import House
from video_service.domain.extras import Extra
from video_service.domain.storyboard import storyboard_of
from video_service.pipeline import poster_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

RATE = 25
_CUE = re.compile(
    r"(\d\d):(\d\d):([\d.]+) --> (\d\d):(\d\d):([\d.]+)\n(storyboard/\d{3}\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)"
)


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


@pytest.fixture(scope="module")
async def house(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Of a clip whose clock does not begin at zero, with a key frame every two seconds."""
    folder = tmp_path_factory.mktemp("pictures")
    options = ("-output_ts_offset", "7")
    clip = barcode_clip(folder / "a.mkv", seconds=14, size=(480, 270), rate=RATE, options=options)
    house = House(folder / "house", clip, sandbox)
    await house.probe()
    return house


def gray(file: Path, *filters: str) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    look = ",".join([*filters, f"crop=iw:ih/20:0:ih/40,scale={BARCODE_BITS}:1:flags=area,format=gray"])
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-vf", look, "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=30)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, BARCODE_BITS)


def number_of(file: Path, *filters: str) -> int:
    """What picture of the clip a picture shows."""
    [row] = gray(file, *filters)
    return sum(1 << bit for bit in range(BARCODE_BITS) if row[bit] > 127)


def probed(file: Path) -> tuple[str, int, int]:
    entries = "stream=codec_name,width,height"
    command = ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", str(file)]
    [stream] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    return stream["codec_name"], stream["width"], stream["height"]


async def test_each_cue_of_the_storyboard_shows_what_is_there_at_its_time(house: House) -> None:
    made = await house.extra(Extra.STORYBOARD)
    cues = _CUE.findall((house.media / "storyboard.vtt").read_text())
    assert made["pictures"] == len(cues) == 7
    shown, ends = [], 0.0
    for hours, minutes, seconds, *rest in cues:
        begin = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        assert begin == ends, "no gap"
        ends = int(rest[0]) * 3600 + int(rest[1]) * 60 + float(rest[2])
        sheet, x, y, width, height = rest[3:]
        shown.append((begin, number_of(house.media / sheet, f"crop={width}:{height}:{x}:{y}")))
    assert shown == [(2.0 * n, 2 * RATE * n) for n in range(7)]
    assert ends == 14.0


async def test_each_key_frame_is_shown_once_and_nothing_else_is(tmp_path: Path) -> None:
    """Of an MP4 file with pictures that are shown in another order than they are stored."""
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=14, size=(320, 180))
    house = House(tmp_path / "house", clip, await detect_sandbox("auto"))
    await house.everything()
    assert (await house.extra(Extra.STORYBOARD))["pictures"] == 7


async def test_a_short_clip_with_one_key_frame_has_a_storyboard_too(sandbox: Sandbox, tmp_path: Path) -> None:
    options = ("-g", "999", "-x264-params", "keyint=infinite")
    clip = barcode_clip(tmp_path / "a.mp4", seconds=5, size=(160, 90), rate=RATE, options=options)
    house = House(tmp_path / "house", clip, sandbox)
    await house.probe()
    assert (await house.extra(Extra.STORYBOARD))["pictures"] == 3


async def test_a_storyboard_of_hours_stays_small_and_a_portrait_upright() -> None:
    assert storyboard_of(1920, 1080, 7200.0).interval_seconds == 10.0
    portrait = storyboard_of(1080, 1920, 60.0)
    assert (portrait.width, portrait.height, portrait.interval_seconds) == (102, 180, 2.0)


async def test_stills_are_different_pictures_in_every_format(house: House) -> None:
    made = await house.extra(Extra.STILLS)
    assert made["pictures"] == [{"width": 480, "height": 270}] * 5
    numbers = []
    for still in range(5):
        folder = house.media / f"stills/{still}"
        assert probed(folder / "poster.jpg") == ("mjpeg", 480, 270)
        assert probed(folder / "poster.webp") == ("webp", 480, 270)
        assert probed(folder / "small.webp") == ("webp", 480, 270), "never enlarged"
        numbers.append(number_of(folder / "poster.jpg"))
        assert number_of(folder / "small.webp") == numbers[-1]
    assert numbers == sorted(set(numbers)), "in the order of the video"
    assert numbers[-1] - numbers[0] > 6 * RATE, "from all of it"


async def test_the_preview_moves_through_the_whole_video(house: House) -> None:
    assert await house.extra(Extra.PREVIEW) == {"width": 320, "height": 180}
    content = (house.media / "preview.webp").read_bytes()
    # RFC 9649 section 2.7: the extended header, and a chunk for each picture.
    assert content[12:16] == b"VP8X"
    assert [1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27)] == [320, 180]
    assert content.count(b"ANMF") == 32
    assert len(content) < 500_000


def beep(path: Path) -> Path:
    """Six seconds, of which the third and the fourth are loud: half of full scale."""
    sound = "aevalsrc='if(between(t,2,4),0.5*sin(880*PI*t),0)':d=6:s=48000"
    inputs = ("-f", "lavfi", "-i", "color=s=64x36:r=5:d=6", "-f", "lavfi", "-i", sound)
    coded = ("-c:v", "libx264", "-c:a", "aac", str(path))
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *coded], check=True, timeout=30)
    return path


async def test_the_waveform_tells_loud_from_silent(sandbox: Sandbox, tmp_path: Path) -> None:
    clip = beep(tmp_path / "a.mp4")
    house = House(tmp_path / "house", clip, sandbox)
    await house.probe()
    assert await house.extra(Extra.WAVEFORM) == {"peaks": 60}
    waveform = json.loads((house.media / "waveform.json").read_text())
    assert waveform["seconds_per_peak"] == 0.1
    peaks = waveform["peaks"]
    assert max(peaks[:19] + peaks[41:]) <= 2
    assert all(abs(peak - 50) <= 3 for peak in peaks[21:39])


async def test_one_single_picture_has_everything_that_it_can_have(sandbox: Sandbox, tmp_path: Path) -> None:
    clip = barcode_clip(tmp_path / "a.mp4", seconds=1 / 30, size=(64, 36), sound=False)
    house = House(tmp_path / "house", clip, sandbox)
    await house.probe()
    assert (await house.extra(Extra.STORYBOARD))["pictures"] == 1
    assert (await house.extra(Extra.STILLS))["pictures"] == [{"width": 64, "height": 36}]
    assert not {Extra.PREVIEW, Extra.WAVEFORM} & {*house.work.facts["extras"]}, "nothing moves or sounds"


def shades(path: Path) -> NDArray[np.int16]:
    """All pictures of a file, as means of tiles of 32 x 32 pixels of 640 x 360."""
    shown = ["-vf", "scale=640:360,crop=640:352,scale=20:11:flags=area", "-fps_mode", "passthrough"]
    command = ["ffmpeg", "-v", "error", "-i", str(path), *shown, "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 11, 20).astype(np.int16)


async def test_pictures_of_what_is_refreshed_by_columns_are_whole(tmp_path: Path, sandbox: Sandbox) -> None:
    """Its key frames by themselves are grey but for a column."""
    options = ("-bf", "0", "-x264-params", "intra-refresh=1:keyint=60:bframes=0")
    source = barcode_clip(tmp_path / "source.mp4", seconds=12, options=options)
    house = House(tmp_path / "house", source, sandbox)
    await house.probe()
    await poster_job.run(house.bench, {"revision_id": house.work.revision_id})
    stills = await house.extra(Extra.STILLS)
    story = await house.extra(Extra.STORYBOARD)
    assert story["pictures"] >= 5, "not only the one before which nothing is needed"
    files = [house.media / "poster.jpg", *sorted(house.media.glob("stills/*/poster.jpg"))]
    assert len(files) == 1 + len(stills["pictures"])
    pictures = await asyncio.to_thread(shades, source)
    for file in files:
        [made] = await asyncio.to_thread(shades, file)
        assert abs(pictures - made).max(axis=(1, 2)).min() < 6, file
    assert not house.work.warnings
