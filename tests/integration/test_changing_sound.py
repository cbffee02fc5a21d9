"""Broadcasts change the layout and the rate of their sound where advertisements begin: all is heard, and when
it was recorded."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support.decoding import heard, packets
from tests.support.flash_and_beep import Sound, beeps, flashes, pictures, recording
from tests.support.house import House
from video_service.domain.dv_sound import DvSound
from video_service.domain.extras import Extra
from video_service.domain.plan import Chunk
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

RATE, SECONDS = 25, 3
AAC_STEP = 1920
IN_STEP = 0.005
ORIGIN_SECONDS = 10
#: As films have speech: in the centre only.
SURROUND = Sound(codec=("-af", "pan=5.1(side)|FC=1.9*c0", "-c:a", "ac3"))
STEREO = Sound(codec=("-c:a", "ac3"))
#: Of AAC a copy says once for all how it is to be decoded.
AAC_SURROUND = Sound(codec=("-af", "pan=5.1|FC=1.9*c0", "-c:a", "aac"))
AAC_STEREO = Sound(codec=("-c:a", "aac"))
AAC_MONO = Sound(layout="mono", codec=("-c:a", "aac"))
OLD_STEREO = Sound(codec=("-c:a", "mp2"))
OLD_MONO = Sound(rate_hz=44_100, layout="mono", codec=("-c:a", "mp2"))


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def broadcast(folder: Path, kind: str, sounds: list[Sound]) -> Path:
    """Each of them for three seconds, with a flash and a beep just after it begins and before it ends."""
    numbers = range(RATE * SECONDS)
    parts = [
        recording(folder / f"{n}.ts", numbers, RATE, {10, 60}, options=("-g", "50"), sound=sound)
        for n, sound in enumerate(sounds)
    ]
    (folder / "parts.txt").write_text("".join(f"file {part}\n" for part in parts))
    joined = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "concat", "-safe", "0"]
    command = [*joined, "-i", str(folder / "parts.txt"), "-c", "copy", str(folder / "joined.ts")]
    subprocess.run(command, check=True, timeout=30)
    if kind == "mkv":
        remux = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(folder / "joined.ts"), "-c", "copy"]
        subprocess.run([*remux, str(folder / "joined.mkv")], check=True, timeout=30)
    return folder / f"joined.{kind}"


@pytest.mark.parametrize(("kind", "apart"), [("ts", False), ("mkv", True)])
@pytest.mark.parametrize(
    "sounds",
    [[STEREO, SURROUND, STEREO], [SURROUND, STEREO, SURROUND], [OLD_MONO, OLD_STEREO, OLD_MONO]],
    ids=["into_surround", "out_of_surround", "mono_and_stereo"],
)
async def test_all_of_it_is_heard_in_time(
    tmp_path: Path, sandbox: Sandbox, sounds: list[Sound], kind: str, apart: bool
) -> None:
    house = House(tmp_path / "house", broadcast(tmp_path, kind, sounds), sandbox)
    plan = await house.probe()
    if apart:  # some of them see nothing but what the header does not tell of
        each = [
            Chunk(chunk.lane, segment, 1, chunk.renditions)
            for chunk in plan.chunks
            for segment in chunk.segments
        ]
        house.work.plan = plan = replace(plan, chunks=tuple(each))
    for index in range(len(plan.chunks)):
        await house.chunk(index)
    await house.end()
    assert house.work.ready
    assert (house.work.failures, house.work.warnings) == ({}, [])
    seen, heard = flashes(pictures(await house.whole(plan.rungs[0].name))), beeps(await house.whole("a0"))
    assert len(seen) == 2 * len(sounds)
    assert heard == pytest.approx(seen, abs=IN_STEP)
    parts = sorted((house.media / "a0").glob("*.ts"))
    times = [packet.pts for packet in packets(parts, await house.whole("a0"))]
    assert {after - before for before, after in pairwise(times)} == {AAC_STEP}, "no gap and no overlap"
    assert not list(house.scratch.iterdir())


async def test_its_waveform_is_that_of_the_whole(tmp_path: Path, sandbox: Sandbox) -> None:
    house = House(tmp_path / "house", broadcast(tmp_path, "ts", [STEREO, SURROUND, STEREO]), sandbox)
    plan = await house.probe()
    await house.extra(Extra.WAVEFORM)
    waveform = json.loads((house.media / "waveform.json").read_text())
    peaks, step_seconds = waveform["peaks"], waveform["seconds_per_peak"]
    assert len(peaks) * step_seconds == pytest.approx(plan.timeline.duration_seconds, abs=step_seconds)
    expected = [part * SECONDS + number / RATE for part in range(3) for number in (10, 60)]
    # Parts that are joined last as long as their sound, a frame of it more than their pictures.
    for begins in expected:
        around = peaks[int(begins / step_seconds) : int((begins + 0.2) / step_seconds) + 1]
        assert max(around) > 10, "each beep is where it is heard"
    assert sum(peak > 10 for peak in peaks) <= 2 * len(expected)


@pytest.mark.parametrize(
    "sounds",
    [
        [AAC_STEREO, AAC_SURROUND, AAC_STEREO], [AAC_SURROUND, AAC_STEREO, AAC_SURROUND],
        [AAC_MONO, AAC_STEREO, AAC_MONO],
    ],
    ids=["into_surround", "out_of_surround", "mono_and_stereo"],
)  # fmt: skip
async def test_all_of_aac_in_a_transport_stream_is_heard_in_time(
    tmp_path: Path, sandbox: Sandbox, sounds: list[Sound]
) -> None:
    await test_all_of_it_is_heard_in_time(tmp_path, sandbox, sounds, "ts", apart=False)


def tape(folder: Path, rates_hz: Sequence[int]) -> Path:
    """One recording behind the other, as on a tape that two cameras used."""
    options = ("-aspect", "4:3")
    parts = [
        recording(
            folder / f"{n}.dv", range(RATE * SECONDS), RATE, {10, 60}, codec="dvvideo", options=options,
            size=(720, 576), sound=Sound(rate_hz=rate_hz, codec=("-c:a", "pcm_s16le")),
        )
        for n, rate_hz in enumerate(rates_hz)
    ]  # fmt: skip
    path = folder / "tape.dv"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("rates_hz", [(48_000, 32_000, 48_000), (32_000, 48_000)])
async def test_a_tape_whose_sound_changes_its_rate_is_heard_at_its_pitch(
    tmp_path: Path, sandbox: Sandbox, rates_hz: Sequence[int]
) -> None:
    house = House(tmp_path / "house", tape(tmp_path, rates_hz), sandbox)
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane.is_sound:
            await house.chunk(index)
    path = await house.whole("a0")
    expected = [part * SECONDS + number / RATE for part in range(len(rates_hz)) for number in (10, 60)]
    found = beeps(path)
    assert found == pytest.approx([ORIGIN_SECONDS + begins for begins in expected], abs=IN_STEP)
    sound = heard(path)
    for begins in found:
        at = round((begins - sound.seconds[0] + 0.005) * sound.rate_hz)
        tone = sound.samples[at : at + sound.rate_hz // 20]  # 50 waves of the beep's 1 kHz
        assert np.count_nonzero(np.diff(np.signbit(tone))) == pytest.approx(100, abs=2)


@pytest.mark.parametrize("piece_bytes", [7_777, 100_000, 1 << 20])
def test_of_a_tape_the_same_is_seen_as_it_comes(tmp_path: Path, piece_bytes: int) -> None:
    path = tape(tmp_path, (48_000, 32_000))
    skimmed, seen = DvSound(), DvSound()
    with path.open("rb") as file:
        skimmed.skim(file)
        file.seek(0)
        while piece := file.read(piece_bytes):
            assert seen.look(piece) == piece
    assert seen.begins == skimmed.begins == {48_000: 0, 32_000: path.stat().st_size // 2}
    assert seen.has_changed(None)
