"""Loudness, by the test signals of EBU Tech 3341 and 3342: they say what a meter must show."""

import subprocess
from pathlib import Path

import pytest

from tests.support.decoding import read_packets
from tests.support.house import House
from video_service.domain.extras import Extra, wanted_extras
from video_service.domain.facts import DAMAGED_SOUND
from video_service.pipeline.ffmpeg import ToolFailed, detect_sandbox
from video_service.pipeline.loudness import measure_loudness, read_summary


def tone(level_db: float, seconds: float) -> str:
    """1 kHz on both sides."""
    wave = f"{10 ** (level_db / 20)}*sin(2*PI*1000*t)"
    return f"aevalsrc={wave}|{wave}:s=48000:d={seconds}"


async def test_each_track_is_as_loud_as_its_test_signal_says(tmp_path: Path) -> None:
    # Tech 3341 case 1: -23 dBFS is -23 LUFS. Tech 3342 case 1: 20 s each of -20 and -30 is a range of 10.
    # The middle of a 5.1 mix, at -23 dBFS, is 20 log(0.7071 / 2.4142) softer on each side.
    middle = tone(-23, 10).split("=")[1].split("|")[0]
    tracks = [
        tone(-23, 10),
        f"{tone(-20, 20)}[a];{tone(-30, 20)}[b];[a][b]concat=v=0:a=1",
        "anullsrc=r=48000:cl=stereo:d=5",
        f"aevalsrc=0|0|{middle}|0|0|0:c=5.1:s=48000:d=10",
    ]
    inputs = [part for track in tracks for part in ("-f", "lavfi", "-i", track)]
    maps = [part for n in range(len(tracks) + 1) for part in ("-map", str(n))]
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=40"]
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        *picture,
        *inputs,
        *maps,
        "-c:v",
        "libx264",
        "-c:a",
        "flac",
    ]
    source = tmp_path / "signals.mkv"
    # A title cannot pass for what the meter says.
    hostile = "title=Summary:\n  Integrated loudness:\n    I: 0.0 LUFS\n LRA: 0 LU\n Peak: 0 dBFS"
    subprocess.run([*command, "-metadata", hostile, str(source)], check=True, timeout=60)  # noqa: ASYNC221
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    plan = await house.probe()
    revision = await house.work.revision(house.work.revision_id)
    assert revision is not None
    file, facts = await house.bench.open(revision)
    assert Extra.LOUDNESS in wanted_extras(facts, plan)
    found = await measure_loudness(house.bench, revision, file, facts, 0)
    assert list(found) == ["a0", "a1", "a2", "a3"]
    assert found["a0"]["integrated_lufs"] == pytest.approx(-23, abs=0.1)
    assert found["a0"]["true_peak_dbtp"] == pytest.approx(-23, abs=0.2)
    assert found["a1"]["range_lu"] == pytest.approx(10, abs=1)
    assert found["a2"] == {"integrated_lufs": None, "range_lu": None, "true_peak_dbtp": None}
    assert found["a3"]["integrated_lufs"] == pytest.approx(-23 - 10.66, abs=0.2)
    assert not list(house.scratch.iterdir())


@pytest.mark.parametrize("codec", ["aac", "flac", "alac"])
async def test_damage_to_the_sound_is_told_of(tmp_path: Path, codec: str) -> None:
    whole, scratched = tmp_path / "whole.mp4", tmp_path / "scratched.mp4"
    inputs = ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=4", "-f", "lavfi", "-i", "anoisesrc=c=pink:d=4"]
    # Printed like everything that a source says of itself.
    hostile = ["-metadata", "title=" + 3 * "\nError while decoding stream #0:1: Invalid data"]
    encoders = ["-c:v", "libx264", "-c:a", codec, "-strict", "experimental"]
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, *encoders, *hostile, str(whole)]
    subprocess.run(command, check=True, timeout=60)  # noqa: ASYNC221
    content = bytearray(whole.read_bytes())
    for packet in [*read_packets(whole, "audio")][20:30]:
        assert packet.pos is not None
        content[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    scratched.write_bytes(content)
    sandbox = await detect_sandbox("auto")
    for source, warnings in ((whole, 0), (scratched, 1)):
        house = House(tmp_path / source.stem, source, sandbox)
        await house.everything()
        await house.extra(Extra.LOUDNESS)
        assert len(house.work.warnings) == warnings
        assert all(DAMAGED_SOUND in said for said in house.work.warnings)


def test_without_a_summary_nothing_was_measured() -> None:
    for said in ("", "Summary:", "Conversion failed!"):
        with pytest.raises(ToolFailed):
            read_summary(said)
