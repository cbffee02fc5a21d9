"""Sources with only sound can be watched: their cover, else their wave, for as long as the sound lasts."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.flash_and_beep import beeps
from tests.support.house import House
from tests.support.recordings import first_tiles
from video_service.domain.facts import SourceFacts
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

#: Longer than the still is encoded for.
SECONDS = 17
BEEPS_SECONDS = (2.5, 12.0)
#: Media time 0 on the transport clock.
ORIGIN = 10


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def sound(path: Path, *options: str | Path, seconds: float = SECONDS) -> Path:
    """Silence but for the beeps."""
    loud = "+".join(f"between(t,{at},{at + 0.06})" for at in BEEPS_SECONDS)
    wave = f"aevalsrc='0.5*sin(2*PI*1000*t)*({loud})':s=48000:d={seconds}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", wave, *map(str, options)]
    subprocess.run([*command, str(path)], check=True, timeout=30)
    return path


def cover(folder: Path) -> Path:
    bars = ["-f", "lavfi", "-i", "smptehdbars=size=501x281", "-frames:v", "1"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *bars, str(folder / "cover.png")]
    subprocess.run(command, check=True, timeout=30)
    return folder / "cover.png"


def with_cover(folder: Path, name: str, *options: str) -> Path:
    return sound(folder / name, "-i", cover(folder), "-map", "0:a", "-map", "1:v", "-c:v", "copy",
                 "-disposition:v", "attached_pic", *options)  # fmt: skip


def opened(house: House) -> SourceFacts:
    [facts] = house.bench._facts.values()
    return facts


async def check(house: House) -> None:
    """One light rung without a hole, and each beep when it was recorded."""
    plan = await house.everything()
    assert [rung.copied for rung in plan.rungs] == [True]
    assert house.work.ready
    assert house.work.warnings == []
    assert SECONDS <= plan.timeline.duration_seconds < SECONDS + 1
    parts = sorted((house.media / plan.rungs[0].name).glob("*.ts"))
    assert len(parts) == plan.timeline.segment_count > 2
    assert sum(part.stat().st_size for part in parts) * 8 / SECONDS < 200_000
    heard = [time - ORIGIN for time in beeps(await house.whole("a0"))]
    assert heard == pytest.approx(BEEPS_SECONDS, abs=0.005)


async def test_a_song_is_watched_with_its_cover(tmp_path: Path, sandbox: Sandbox) -> None:
    source = with_cover(tmp_path, "song.m4a")
    house = House(tmp_path / "house", source, sandbox)
    await check(house)
    assert (house.work.facts["width"], house.work.facts["height"]) == (500, 280)
    colours = first_tiles(tmp_path / "cover.png", pixels="rgb24")
    for shown in (*house.media.glob("v*/*.ts"), house.media / "poster.jpg"):
        assert np.abs(first_tiles(shown, pixels="rgb24") - colours).mean() < 3


async def test_without_a_cover_the_wave_is_shown(tmp_path: Path, sandbox: Sandbox) -> None:
    source = sound(tmp_path / "voice.mp3")
    house = House(tmp_path / "house", source, sandbox)
    await check(house)
    luma = first_tiles(house.media / "poster.jpg").reshape(3, 16, 16)[0]
    # The tiles of the beeps are bright, those of silence and the bands above and below are not.
    loud = {int(at / SECONDS * 16) for at in BEEPS_SECONDS}
    brightness = luma[4:12].max(axis=0) - luma[0]
    assert {int(column) for column in np.argsort(brightness)[-2:]} == loud
    assert opened(house).video.is_still


async def test_sound_of_quicktimes_own_is_heard(tmp_path: Path, sandbox: Sandbox) -> None:
    """Matroska has no name for it."""
    source = sound(tmp_path / "voice.mov", "-c:a", "adpcm_ima_qt")
    await check(House(tmp_path / "house", source, sandbox))


async def test_a_damaged_cover_is_no_obstacle(tmp_path: Path, sandbox: Sandbox) -> None:
    source = with_cover(tmp_path, "song.mp3", "-id3v2_version", "3")
    content = source.read_bytes()
    at = content.index(b"IDAT")
    source.write_bytes(content[:at] + bytes(400) + content[at + 400 :])
    house = House(tmp_path / "house", source, sandbox)
    await house.everything()
    assert house.work.ready
    assert (house.work.facts["width"], house.work.facts["height"]) == (1280, 720)


async def test_of_a_recording_without_its_end_the_rest_is_heard(tmp_path: Path, sandbox: Sandbox) -> None:
    source = sound(tmp_path / "cut.m4a", "-movflags", "+faststart")
    source.write_bytes(source.read_bytes()[:-4000])
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert house.work.ready
    assert [rung.copied for rung in plan.rungs] == [True], "nothing is wrong with the picture"
    [warning] = house.work.facts["warnings"]
    assert "ends too early" in warning
    assert 5 < plan.timeline.duration_seconds < SECONDS
    assert beeps(await house.whole("a0"))


async def test_every_track_of_a_source_of_sound_is_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    """Their marks and names survive the working copy."""
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:duration=3")
    marks = ("-disposition:a:0", "comment", "-disposition:a:1", "default")
    names = ("-metadata:s:a:0", "title=Cutter", "-metadata:s:a:1", "language=fre")
    source = sound(tmp_path / "two.mka", *tone, "-map", "0:a", "-map", "1:a", *marks, *names, "-c:a", "flac")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert [(track.name, track.language, track.title, track.is_aside) for track in plan.audio] == [
        ("a0", "fr", "French", False), ("a1", None, "Cutter", True),
    ]  # fmt: skip
    assert plan.timeline.duration_seconds >= SECONDS, "as long as the longest"
    assert len(beeps(await house.whole("a1"))) == len(BEEPS_SECONDS)


async def test_what_only_seems_to_be_sound_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    source = sound(tmp_path / "noise.m4a", "-movflags", "+faststart", seconds=3)
    content = source.read_bytes()
    source.write_bytes(content[: content.index(b"mdat") + 8])
    house = House(tmp_path / "house", source, sandbox)
    with pytest.raises(AssertionError):
        await house.probe()
    assert house.work.failure is not None
    assert "sound in this file cannot be decoded" in house.work.failure[1]
