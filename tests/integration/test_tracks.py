"""Of several tracks those are taken that belong to what is shown."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.boxes import inner
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.decoding import heard
from tests.support.house import House
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.ffprobe import Ffprobe
from video_service.pipeline.probe import probe_header
from video_service.pipeline.sandbox import Sandbox


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def tone(hz: int) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency={hz}:duration=2")


def pitch_hz(path: Path) -> float:
    sound = heard(path)
    middle = sound.samples[sound.rate_hz // 2 : sound.rate_hz * 3 // 2]
    return float(np.abs(np.fft.rfft(middle)).argmax()) * sound.rate_hz / len(middle)


async def test_of_a_broadcast_the_sound_of_its_own_program_is_heard(tmp_path: Path, sandbox: Sandbox) -> None:
    """The other one has a smaller picture, and comes first."""
    small = barcode_clip(tmp_path / "small.mp4", seconds=1, size=(176, 144), sound=False)
    large = barcode_clip(tmp_path / "large.mp4", seconds=2, size=(320, 180), sound=False)
    tones = (*tone(400), *tone(1000), *tone(2500))
    mapped = ("-map", "0", "-map", "2", "-map", "1", "-map", "3", "-map", "4", "-c:v", "copy", "-c:a", "mp2")
    names = ("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=fre")
    programs = ("-program", "program_num=1:st=0:st=1", "-program", "program_num=2:st=2:st=3:st=4")
    ffmpeg("-i", small, "-i", large, *tones, *mapped, *names, *programs, tmp_path / "multiplex.ts")
    house = House(tmp_path / "house", tmp_path / "multiplex.ts", sandbox)
    plan = await house.everything()
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(60))
    assert [track.language for track in plan.audio] == ["fr", None]
    assert pitch_hz(await house.whole("a0")) == pytest.approx(1000, abs=5)
    assert pitch_hz(await house.whole("a1")) == pytest.approx(2500, abs=5)
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])


def without_pictures(folder: Path, name: str, *options: str | Path) -> Path:
    """A track is there for them, and the sound is whole."""
    clip = barcode_clip(folder / "clip.mp4", seconds=1, size=(640, 360), sound=False)
    both = ("-i", clip, *tone(1000), *options, "-c:v", "copy", "-c:a", "aac")
    path = folder / name
    if path.suffix in (".mp4", ".mov"):
        ffmpeg(*both, path)
        content = bytearray(path.read_bytes())
        table = "moov/trak/mdia/minf/stbl"  # the first track's
        for box, count_at in {"stts": 12, "ctts": 12, "stsc": 12, "stss": 12, "stsz": 16, "stco": 12}.items():
            at = inner(bytes(content), f"{table}/{box}") + count_at
            content[at : at + 4] = bytes(4)
        path.write_bytes(content)
    else:
        ffmpeg(*both, "-bsf:v:0", "noise=drop=1", path)
    return path


@pytest.mark.parametrize("name", ["voice.mp4", "voice.mov", "voice.mkv", "radio.ts", "voice.avi"])
async def test_a_track_without_a_picture_is_none(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    """A recorder's, whose camera was covered: it is watched as sound without a picture is."""
    source = without_pictures(tmp_path, name)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert (plan.rungs[0].width, plan.rungs[0].height) == (1280, 720), "the wave"
    assert plan.timeline.duration_seconds == pytest.approx(2, abs=0.5)
    assert pitch_hz(await house.whole("a0")) == pytest.approx(1000, abs=5)
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])


@pytest.mark.parametrize("name", ["two.mov", "two.mkv"])
async def test_a_smaller_picture_is_shown_where_the_larger_is_none(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    small = barcode_clip(tmp_path / "small.mp4", seconds=1, size=(320, 180), sound=False)
    source = without_pictures(tmp_path, name, "-i", small, "-map", "0", "-map", "2", "-map", "1")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert (plan.rungs[0].width, plan.rungs[0].height) == (320, 180)
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(30))


async def test_a_file_is_not_read_again_for_every_track_without_a_picture(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=1, size=(640, 360), sound=False)
    copied = (*["-map", "0"] * 20, "-map", "1", "-c:v", "copy", "-bsf:v", "noise=drop=1", "-c:a", "aac")
    ffmpeg("-i", clip, *tone(1000), *copied, tmp_path / "many.mkv")
    looks = 0
    has_packets = Ffprobe.has_packets

    async def counted(ffprobe: Ffprobe, stream_index: int) -> bool:
        nonlocal looks
        looks += 1
        return await has_packets(ffprobe, stream_index)

    monkeypatch.setattr(Ffprobe, "has_packets", counted)
    assert (await probe_header(sandbox, tmp_path / "many.mkv")).video is None
    assert looks == 2
