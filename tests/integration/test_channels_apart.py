"""Cameras and editors for broadcasts store every channel as a track of its own: two of them are heard as left
and right."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.support.house import House
from video_service.domain.extras import Extra
from video_service.pipeline import chunk_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.segment_checks import WrongSegment, check_audio

SECONDS, RATE_HZ, ORIGIN_SECONDS = 14, 48_000, 10
IN_STEP_SECONDS = 0.005
#: Of each track, when its beeps begin.
LEFT, RIGHT, MORE, MOST = (0.5, 3.2, 9.0, 13.0), (1.1, 4.6, 9.5, 12.0), (2.0, 11.0), (1.5, 6.0)
#: After the end of the shorter one.
LATE = (4.6, 9.0, 13.0)


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def recorded(
    path: Path, tracks: Sequence[Sequence[float]], lasts_seconds: Sequence[float] = (SECONDS,) * 4
) -> Path:
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={SECONDS}"]
    for begins, seconds in zip(tracks, lasts_seconds, strict=False):
        loud = "+".join(f"between(t,{begin},{begin + 0.06})" for begin in begins) or "0"
        inputs += ["-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*1000*t)*({loud})':s={RATE_HZ}:d={seconds}"]
    maps = [part for number in range(len(tracks) + 1) for part in ("-map", str(number))]
    encoders = ["-c:v", "mpeg2video", "-g", "12", "-c:a", "pcm_s16le"]
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, *maps, *encoders, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def beeps_of_sides(path: Path) -> list[list[float]]:
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    assert frames[0].pts is not None
    assert frames[0].time_base is not None
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    begin_seconds = float(frames[0].pts * frames[0].time_base) - ORIGIN_SECONDS
    each = [np.flatnonzero(np.abs(side) > 0.12) for side in samples]
    return [
        [begin_seconds + at / RATE_HZ for at in side[np.diff(side, prepend=-RATE_HZ) > RATE_HZ / 5]]
        for side in each
    ]


def refusing_once() -> Callable[..., None]:
    refusals = [WrongSegment("not so")]

    def check(*seen: Any) -> None:
        if refusals:
            raise refusals.pop()
        check_audio(*seen)

    return check


@pytest.mark.parametrize("kind", ["mxf", "mov"])
@pytest.mark.parametrize("decodes_first", [False, True])
async def test_left_is_heard_on_the_left_and_right_on_the_right(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: str, decodes_first: bool
) -> None:
    house = House(tmp_path / "house", recorded(tmp_path / f"a.{kind}", (LEFT, RIGHT, MORE, MOST)), sandbox)
    plan = await house.probe()
    assert [(track.stream_index, track.right_index) for track in plan.audio] == [(1, 2), (3, 4)]
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane.is_sound:
            if decodes_first:
                monkeypatch.setattr(chunk_job, "check_audio", refusing_once())
            await house.chunk(index)
    for name, expected in (("a0", (LEFT, RIGHT)), ("a1", (MORE, MOST))):
        heard = beeps_of_sides(await house.whole(name))
        for side, begins in zip(heard, expected, strict=True):
            assert side == pytest.approx(begins, abs=IN_STEP_SECONDS)


async def assert_both_are_measured(house: House, tracks: Sequence[Sequence[float]]) -> None:
    """Whichever side beeps."""
    await house.extra(Extra.WAVEFORM)
    waveform = json.loads((house.media / "waveform.json").read_text())
    loud = np.flatnonzero(np.array(waveform["peaks"]) > 5) * waveform["seconds_per_peak"]
    for begin in tracks[0] or tracks[1]:
        assert np.abs(loud - begin).min() < 0.1
    measured = await house.extra(Extra.LOUDNESS)
    assert measured["a0"]["true_peak_dbtp"] == pytest.approx(20 * np.log10(0.5), abs=0.5)


@pytest.mark.parametrize("tracks", [(LEFT, ()), ((), RIGHT)])
async def test_its_waveform_and_loudness_are_of_both(
    tmp_path: Path, sandbox: Sandbox, tracks: Sequence[Sequence[float]]
) -> None:
    house = House(tmp_path / "house", recorded(tmp_path / "a.mxf", tracks), sandbox)
    await house.probe()
    await assert_both_are_measured(house, tracks)


@pytest.mark.parametrize("lasts_seconds", [(SECONDS, 3), (3, SECONDS)])
async def test_all_of_the_longer_one_is_heard_and_measured(
    tmp_path: Path, sandbox: Sandbox, lasts_seconds: Sequence[float]
) -> None:
    tracks = [
        begins if seconds == SECONDS else ()
        for begins, seconds in zip((LATE, LATE), lasts_seconds, strict=True)
    ]
    house = House(tmp_path / "house", recorded(tmp_path / "a.mov", tracks, lasts_seconds), sandbox)
    for index, chunk in enumerate((await house.probe()).chunks):
        if chunk.lane.is_sound:
            await house.chunk(index)
    for side, begins in zip(beeps_of_sides(await house.whole("a0")), tracks, strict=True):
        assert side == pytest.approx(begins, abs=IN_STEP_SECONDS)
    await assert_both_are_measured(house, tracks)


async def test_three_are_a_pair_and_one(tmp_path: Path, sandbox: Sandbox) -> None:
    house = House(tmp_path / "house", recorded(tmp_path / "a.mov", (LEFT, RIGHT, MORE)), sandbox)
    plan = await house.probe()
    assert [(track.stream_index, track.right_index) for track in plan.audio] == [(1, 2), (3, None)]
