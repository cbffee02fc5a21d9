"""Every real recording has its expected outcome: watched as its author meant it, or refused with a reason."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.decoding import picture_tags
from tests.support.house import House
from tests.support.recordings import (
    MEDIA,
    RECORDINGS,
    REFUSED,
    SHARED,
    Recording,
    beginning,
    first_tiles,
    judge,
    source_tiles,
)
from video_service.domain.errors import Reason
from video_service.pipeline import poster_job, probe_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real recordings are not beside the checkout")


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def test_every_recording_has_an_expectation() -> None:
    there = {path.name for path in MEDIA.iterdir()} - {"MANIFEST.md"}
    assert there == {recording.name for recording in RECORDINGS} | set(REFUSED)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
async def test_a_recording_is_shown(tmp_path: Path, sandbox: Sandbox, recording: Recording) -> None:
    if recording.costs_seconds:
        house = House(tmp_path, MEDIA / recording.name, sandbox)
        await beginning(house, await house.probe())
        await poster_job.run(house.bench, {"revision_id": house.work.revision_id})
    else:
        house = await judge(recording, tmp_path, sandbox)
    plan, facts = house.work.plan, house.work.facts
    assert plan is not None
    assert (facts["width"], facts["height"]) == recording.size
    assert len(plan.rungs) == recording.rungs
    assert [rung.copied for rung in plan.rungs] == [recording.copied] + [False] * (recording.rungs - 1)
    [rate] = {float(rung.frame_rate) for rung in plan.rungs}
    assert rate == pytest.approx(recording.rate, rel=0.01)
    assert len(plan.audio) == recording.audio
    assert (*facts["warnings"], *house.work.warnings) == recording.warnings
    if recording.seconds:
        assert facts["duration_seconds"] == pytest.approx(recording.seconds, abs=0.05)
    source = source_tiles(recording)
    for made in sorted(house.media.glob("v*/00000.ts")):
        check_picture(recording, source, made)
    assert not list(house.scratch.iterdir())


def check_picture(recording: Recording, source: NDArray[np.int16], made: Path) -> None:
    """Upright and in the source's colours, and tagged as such."""
    off = np.abs(first_tiles(made) - source)
    # Small rungs lose detail; a turn, a wrong matrix or range is off by far more. HDR is tone-mapped
    # after scaling here, before it there.
    assert off.mean() < (6 if recording.is_hdr else 4), (made.parent.name, off.mean())
    stream = picture_tags(made)
    assert stream["pix_fmt"] == "yuv420p"
    if recording.is_hdr:
        assert {stream[f"color_{key}"] for key in ("space", "transfer", "primaries")} == {"bt709"}
    if not recording.copied:
        assert stream["color_range"] == "tv"


async def test_what_only_the_first_picture_tells_of_its_encoder_is_known_later(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Build 142 of x264: read as the standard says, its 4:4:4 is garbage."""
    [recording] = [one for one in RECORDINGS if one.name == "h264-yuv444-mp3.mp4"]
    house = House(tmp_path, MEDIA / recording.name, sandbox)
    plan = await house.probe()
    segment = plan.timeline.segment_count // 2
    for number, chunk in enumerate(plan.chunks):
        if segment in chunk.segments and not chunk.lane.is_sound:
            await house.chunk(number)
    made = sorted(house.media.glob(f"v*/{segment:05d}.ts"))
    assert made
    source = source_tiles(recording, plan.timeline.start_seconds(segment))
    for one in made:
        check_picture(recording, source, one)
    assert house.work.warnings == []


@pytest.mark.parametrize("name", REFUSED)
async def test_a_recording_is_refused_with_a_reason(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    house = House(tmp_path, MEDIA / name, sandbox)
    await probe_job.run(house.bench, {"revision_id": house.work.revision_id})
    assert house.work.failure is not None
    reason, sentence = house.work.failure
    assert reason == Reason.UNSUPPORTED_MEDIA
    assert REFUSED[name] in sentence
    assert sentence.endswith(".")
    assert not list(house.scratch.iterdir())
