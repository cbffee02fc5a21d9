"""Sound is where it was recorded though packets of it were lost or its clock is not the picture's, and whole
where a clock only ticks coarsely."""

import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.support.decoding import heard, packets, read_packets
from tests.support.flash_and_beep import Sound, beeps, recording
from tests.support.house import House
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

RATE, SECONDS = 25, 18
#: In each chunk one before and one after what is done to the sound there.
FLASHES = (5, 35, 60, 110, 190, 270, 300, 360, 430)
ORIGIN_SECONDS = 10
AAC_STEP = 1920
IN_STEP_SECONDS = 0.005
AAC, AAC_44, MP2 = Sound(), Sound(rate_hz=44_100), Sound(codec=("-c:a", "mp2"))
AC3, OPUS = Sound(codec=("-c:a", "ac3")), Sound(codec=("-c:a", "libopus"))


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def recorded(folder: Path, kind: str, sound: Sound, filters: str) -> Path:
    """What a bitstream filter makes of the packets of the sound, in a file of its own."""
    # Each packet with a time of its own.
    alone = ("-pes_payload_size", "0") if kind == "ts" else ()
    numbers, whole, made = range(RATE * SECONDS), folder / f"whole.{kind}", folder / f"made.{kind}"
    recording(whole, numbers, RATE, FLASHES, options=("-g", "50", *alone), sound=sound)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(whole), "-map", "0", "-c", "copy", *alone]
    subprocess.run([*command, "-bsf:a", filters, str(made)], check=True, timeout=60)
    return made


async def sound_of(house: House) -> Path:
    """All of it, of which no piece is missing or there twice."""
    plan = await house.probe()
    own = [index for index, chunk in enumerate(plan.chunks) if "a0" in chunk.renditions]
    assert len(own) > 1, "chunks are made apart"
    for index in own:
        await house.chunk(index)
    whole = await house.whole("a0")
    parts = sorted((house.media / "a0").glob("*.ts"))
    times = [packet.pts for packet in packets(parts, whole)]
    assert {after - before for before, after in pairwise(times)} == {AAC_STEP}
    return whole


def shown_seconds(packet: "av.Packet[Any]") -> float:
    assert packet.pts is not None
    assert packet.time_base is not None
    return float(packet.pts * packet.time_base)


def assert_in_step(sound: Path, path: Path, within_seconds: float = IN_STEP_SECONDS) -> None:
    """Each beep is where the packets of the source have it."""
    begins = min(shown_seconds(packet) for packet in read_packets(path, "video"))
    expected = [time - begins + ORIGIN_SECONDS for time in beeps(path)]
    assert len(expected) == len(FLASHES)
    assert beeps(sound) == pytest.approx(expected, abs=within_seconds)


@pytest.mark.parametrize(
    ("kind", "sound", "packet_samples"),
    [
        ("ts", AAC, 1024), ("ts", MP2, 1152), ("ts", AC3, 1536), ("mp4", AAC_44, 1024), ("flv", AAC_44, 1024),
        ("mkv", AAC, 1024), ("mkv", OPUS, 960),
    ],
)  # fmt: skip
async def test_what_follows_a_lost_packet_is_not_early(
    tmp_path: Path, sandbox: Sandbox, kind: str, sound: Sound, packet_samples: int
) -> None:
    numbers = [round(at * sound.rate_hz / packet_samples) for at in (0.8, 4.0, 9.5, 13.5)]
    lost = "+".join(f"eq(n,{number})" for number in numbers)
    path = recorded(tmp_path, kind, sound, f"noise=drop='{lost}'")
    assert_in_step(await sound_of(House(tmp_path / "house", path, sandbox)), path)


@pytest.mark.parametrize("factor", [1.0005, 0.9995])
async def test_a_clock_that_drifts_is_followed(tmp_path: Path, sandbox: Sandbox, factor: float) -> None:
    slow_or_fast = Sound(codec=("-af", f"asetrate={48_000 * factor},aresample=48000", "-c:a", "aac"))
    path = recorded(tmp_path, "mkv", slow_or_fast, f"setts=pts=PTS*{factor}:dts=DTS*{factor}")
    assert_in_step(await sound_of(House(tmp_path / "house", path, sandbox)), path)


def tears(samples: np.ndarray) -> Any:
    """Where a sine of 500 Hz breaks off: of one each sample follows from the two before it, at whatever speed
    it is played by so little."""
    surprise = samples[2:] - 2 * np.cos(2 * np.pi * 500 / 48_000) * samples[1:-1] + samples[:-2]
    return np.flatnonzero(np.abs(surprise) > 0.02)


TONE = ("-af", "aeval=0.5*sin(2*PI*500*t):c=same")


@pytest.mark.parametrize("tick_seconds", [0.001, 0.010, 0.0156])
async def test_a_clock_that_ticks_coarsely_tears_nothing(
    tmp_path: Path, sandbox: Sandbox, tick_seconds: float
) -> None:
    tone = Sound(codec=(*TONE, "-c:a", "aac"))
    coarse = f"floor(PTS*TB/{tick_seconds})*{tick_seconds}/TB"
    path = recorded(tmp_path, "mkv", tone, f"setts=pts={coarse}:dts={coarse}")
    samples = heard(await sound_of(House(tmp_path / "house", path, sandbox))).samples[9600:-9600]
    assert not len(tears(samples))


def early_and_late(most_seconds: float) -> str:
    """As where a clock is read when packets come: each by another time, none before the one before it."""
    jitter = f"{most_seconds}*(2*mod(abs(sin(12.9898*(N+1))*43758.5453)\\,1)-1)/TB"
    pts, dts = (f"max({what}+{jitter}\\,if(N\\,PREV_OUT{what}+1\\,0))" for what in ("PTS", "DTS"))
    return f"setts=pts='{pts}':dts='{dts}'"


#: Two at once, when the second is there: as what is buffered on its way comes.
IN_PAIRS = "setts=pts='PTS-mod(N\\,2)*0.02/TB':dts='DTS-mod(N\\,2)*0.02/TB'"
AS_AAC, AS_OPUS = ("-c:a", "aac"), ("-c:a", "libopus")
OF_60_MS = (*AS_OPUS, "-frame_duration", "60")
OF_A_SECOND = ("-af", f"{TONE[1]},asetnsamples=48000", "-c:a", "pcm_s16le")


@pytest.mark.parametrize(
    ("codec", "times"),
    [
        *((codec, early_and_late(most)) for codec in (AS_AAC, AS_OPUS, OF_60_MS) for most in (0.012, 0.020)),
        (OF_A_SECOND, early_and_late(0.006)),
        (AS_OPUS, IN_PAIRS),
    ],
)
async def test_packets_that_come_early_and_late_by_turns_tear_nothing(
    tmp_path: Path, sandbox: Sandbox, codec: tuple[str, ...], times: str
) -> None:
    path = recorded(tmp_path, "mkv", Sound(codec=(*TONE, *codec)), times)
    house = House(tmp_path / "house", path, sandbox)
    sound = heard(await sound_of(house))
    plan = house.work.plan
    assert plan is not None
    chunks = [chunk for chunk in plan.chunks if chunk.lane.is_sound]
    begins = [plan.timeline.start_seconds(chunk.first_segment) for chunk in chunks]
    # Until some have come, and where chunks join, nobody knows how late they are within a few milliseconds.
    at_seconds = tears(sound.samples[9600:-9600]) / sound.rate_hz + 0.2
    assert not [at for at in at_seconds if all(abs(at - begin) > 0.5 for begin in begins)]


async def test_what_follows_a_lost_packet_is_not_early_where_others_come_early_and_late(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    opus = Sound(codec=("-c:a", "libopus", "-frame_duration", "60"))
    path = recorded(tmp_path, "mkv", opus, f"noise=drop='eq(n,154)',{early_and_late(0.012)}")
    sound = await sound_of(House(tmp_path / "house", path, sandbox))
    # The packets' own times are of no use.
    assert_in_step(sound, tmp_path / "whole.mkv", within_seconds=0.020)
