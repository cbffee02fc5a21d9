"""Surround in stereo: each channel where and as loud as ITU-R BS.775 has it, and nothing clips."""

import asyncio
import subprocess
from itertools import accumulate
from math import log10, sqrt
from pathlib import Path

import numpy as np
import pytest

from tests.support.house import House
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

#: Of full scale, of each channel's tone.
LEVEL = 0.5
LEFT, RIGHT, BOTH, NONE = (1, 0), (0, 1), (1, 1), (0, 0)
R = 1 / sqrt(2)
A, B = 1 + 2 * R, 1 + 3 * R
THIRD = (1 / 3, 1 / 3)


def scaled(side: tuple[int, int], factor: float) -> tuple[float, float]:
    return side[0] * factor, side[1] * factor


#: What a channel of full scale becomes on the left and on the right.
LAYOUTS: dict[str, list[tuple[float, float]]] = {
    "mono": [BOTH],
    "stereo": [LEFT, RIGHT],
    "2.1": [LEFT, RIGHT, NONE],
    "quad": [scaled(LEFT, 1 / (1 + R)), scaled(RIGHT, 1 / (1 + R)), scaled(LEFT, R / (1 + R)),
             scaled(RIGHT, R / (1 + R))],
    "5.1": [scaled(LEFT, 1 / A), scaled(RIGHT, 1 / A), scaled(BOTH, R / A), NONE, scaled(LEFT, R / A),
            scaled(RIGHT, R / A)],
    "7.1": [scaled(LEFT, 1 / B), scaled(RIGHT, 1 / B), scaled(BOTH, R / B), NONE, scaled(LEFT, R / B),
            scaled(RIGHT, R / B), scaled(LEFT, R / B), scaled(RIGHT, R / B)],
    "BL+BR": [LEFT, RIGHT],
    "FL+BL+BR": [THIRD] * 3,
}  # fmt: skip


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def surround(path: Path, layout: str, waves: list[str]) -> Path:
    """A small picture and a second of these waves."""
    sound = f"aevalsrc={'|'.join(waves)}:c={layout}:s=48000:d=1"
    inputs = ["-f", "lavfi", "-i", "color=s=64x64:r=10:d=1", "-f", "lavfi", "-i", sound]
    # Float, so that the source itself neither clips nor loses channels that its codec does not know.
    encoded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_f32le"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, *encoded, str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path


async def sound_of(house: House) -> None:
    """Nothing but the sound is made."""
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane.is_sound:
            await house.chunk(index)


async def heard(house: House) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Samples of the only rendition, left and right."""
    whole = await house.whole("a0")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(whole), "-f", "f32le", "-"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True, timeout=30)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_each_channel_is_where_it_belongs(tmp_path: Path, sandbox: Sandbox, layout: str) -> None:
    expected = LAYOUTS[layout]
    tones_hz = list(accumulate([200] * len(expected)))
    waves = [f"{LEVEL}*sin(2*PI*{hz}*t)" for hz in tones_hz]
    house = House(tmp_path / "house", surround(tmp_path / "tones.mov", layout, waves), sandbox)
    await sound_of(house)
    sound = (await heard(house))[12_000:36_000]
    spectrum = np.abs(np.fft.rfft(sound, axis=0)) / (len(sound) / 2)
    for hz, sides in zip(tones_hz, expected, strict=True):
        for side in (0, 1):
            level = float(spectrum[hz // 2, side]) / LEVEL
            if sides[side]:
                assert 20 * log10(level / sides[side]) == pytest.approx(0, abs=1), (hz, side, level)
            else:
                assert level < 0.003, (hz, side, level)


async def test_full_scale_in_every_channel_does_not_clip(tmp_path: Path, sandbox: Sandbox) -> None:
    source = surround(tmp_path / "loud.mov", "5.1", ["sin(2*PI*300*t)"] * 6)
    house = House(tmp_path / "house", source, sandbox)
    await sound_of(house)
    sound = (await heard(house))[12_000:36_000]
    assert 0.97 < float(np.abs(sound).max()) <= 1.03
    # A clipped sine has other harmonics than its own.
    spectrum = np.abs(np.fft.rfft(sound[:, 0])) / (len(sound) / 2)
    assert float(spectrum[160:].max()) < 0.02
