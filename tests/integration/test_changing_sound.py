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
from video_service.pipeline.probe import probe_header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.working_copy import make_working_copy

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
#: Of DV: what ten or twelve of a frame are, and the pack that says of what kind its sound is.
SEQUENCE_BYTES, AAUX_SOURCE = 80 * 150, 0x50
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


def tape(folder: Path, rates_hz: Sequence[int], *, is_coarse: bool = False) -> Path:
    """One recording behind the other, as on a tape that two cameras used. Where it is coarse, its 32 kHz are
    called those of 12 bits, of which there are two pairs: its beeps are noise then."""
    options = ("-aspect", "4:3")
    path = folder / "tape.dv"
    with path.open("wb") as file:
        for n, rate_hz in enumerate(rates_hz):
            part = recording(
                folder / f"{n}.dv", range(RATE * SECONDS), RATE, {10, 60}, codec="dvvideo", options=options,
                size=(720, 576), sound=Sound(rate_hz=rate_hz, codec=("-c:a", "pcm_s16le")),
            )  # fmt: skip
            content = bytearray(part.read_bytes())
            if is_coarse and rate_hz == 32_000:
                for sequence in range(0, len(content), SEQUENCE_BYTES):
                    for block in (0, 3):
                        pack = sequence + 80 * (6 + 16 * block) + 3
                        if content[pack] == AAUX_SOURCE:
                            content[pack + 4] |= 1
            file.write(content)
    return path


async def heard_of(house: House) -> list[Path]:
    """The tracks that are made of a source, each as a whole."""
    plan = await house.probe()
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane.is_sound:
            await house.chunk(index)
    return [await house.whole(track.name) for track in plan.audio]


def sound_times(path: Path) -> list[float]:
    """Of its packets, in seconds."""
    shown = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "packet=pts_time"]
    said = subprocess.check_output([*shown, "-of", "csv=p=0", str(path)], text=True, timeout=30)
    return [float(seconds) for seconds in said.split()]


def due(parts: Sequence[int]) -> list[float]:
    """When beeps are heard."""
    return [ORIGIN_SECONDS + part * SECONDS + number / RATE for part in parts for number in (10, 60)]


@pytest.mark.parametrize("rates_hz", [(48_000, 32_000, 48_000), (32_000, 48_000)])
async def test_a_tape_whose_sound_changes_its_rate_is_heard_at_its_pitch(
    tmp_path: Path, sandbox: Sandbox, rates_hz: Sequence[int]
) -> None:
    [path] = await heard_of(House(tmp_path / "house", tape(tmp_path, rates_hz), sandbox))
    found = beeps(path)
    assert found == pytest.approx(due(range(len(rates_hz))), abs=IN_STEP)
    sound = heard(path)
    for begins in found:
        at = round((begins - sound.seconds[0] + 0.005) * sound.rate_hz)
        tone = sound.samples[at : at + sound.rate_hz // 20]  # 50 waves of the beep's 1 kHz
        assert np.count_nonzero(np.diff(np.signbit(tone))) == pytest.approx(100, abs=2)


@pytest.mark.parametrize(
    ("rates_hz", "second"), [((32_000, 48_000, 32_000), [0, 2]), ((48_000, 32_000), None)],
    ids=["from_the_first", "later"],
)  # fmt: skip
async def test_a_tape_may_have_a_second_track_at_one_rate_only(
    tmp_path: Path, sandbox: Sandbox, rates_hz: Sequence[int], second: Sequence[int] | None
) -> None:
    """What begins later than ffprobe looks is not heard."""
    paths = await heard_of(House(tmp_path / "house", tape(tmp_path, rates_hz, is_coarse=True), sandbox))
    parts = [range(len(rates_hz)), *([] if second is None else [second])]
    for path, having in zip(paths, parts, strict=True):
        assert beeps(path) == pytest.approx(due(having), abs=IN_STEP)


async def test_where_a_tape_is_blank_between_two_cameras_nothing_is_heard(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The copy has no silence there: ffmpeg makes all of it at once, an hour of it in 1.6 GB."""
    path = tape(tmp_path, (48_000, 32_000))
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + bytes(half) + content[half:])
    [whole] = await heard_of(House(tmp_path / "house", path, sandbox))
    assert beeps(whole) == pytest.approx(due([0, 2]), abs=IN_STEP)
    folder = tmp_path / "copy"
    folder.mkdir()
    header = await probe_header(sandbox, path)
    copy = await make_working_copy(sandbox, path, path.stat().st_size, header, folder)
    gap_seconds = max(after - before for before, after in pairwise(sound_times(copy.path)))
    assert gap_seconds == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("piece_bytes", [7_777, 100_000, 1 << 20])
def test_of_a_tape_the_same_is_seen_however_it_comes(tmp_path: Path, piece_bytes: int) -> None:
    path, seen = tape(tmp_path, (48_000, 32_000), is_coarse=True), DvSound()
    half = path.stat().st_size // 2
    with path.open("rb") as file:
        while piece := file.read(piece_bytes):
            assert seen.look(piece) == piece
    assert seen.begins(1) == {48_000: 0, 32_000: half}
    assert seen.begins(2) == {32_000: half}
    assert seen.has_changed(1)
    assert not seen.has_changed(2)


def test_what_breaks_off_does_not_change_a_tape(tmp_path: Path) -> None:
    content, seen = tape(tmp_path, (48_000, 32_000)).read_bytes(), DvSound()
    seen.look(content[: len(content) // 2 + 100_000])
    assert not seen.has_changed(1)
