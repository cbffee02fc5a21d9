"""How loud each audio track is (EBU R 128, EBU Tech 3342): measured and told; the sound is not changed.

ffmpeg's ``ebur128`` filter measures the stereo that is published, and prints a summary at the end.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.facts import DAMAGED_SOUND, SourceFacts
from video_service.domain.plan import AudioRendition, Plan
from video_service.domain.ports import RevisionWork
from video_service.domain.transport_stream import AAC_FRAME_SAMPLES
from video_service.pipeline.complaints import tells_of_damaged_sound
from video_service.pipeline.downmix import side_by_side, to_stereo
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg
from video_service.pipeline.limits import loudness_limits
from video_service.pipeline.sound_commands import audio_frames, opened_sides, placed, track_of
from video_service.pipeline.workbench import Workbench

_SUMMARY = re.compile(
    r"Summary:\s+Integrated loudness:\s+I:\s+(\S+) LUFS\s.*?LRA:\s+(\S+) LU\s.*?Peak:\s+(\S+) dBFS", re.DOTALL
)
#: What the filter says where nothing is above the gate (EBU Tech 3341).
_NOTHING_LUFS = -70.0


async def measure_loudness(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """By the name of the rendition. Nothing else decodes all sound in one go, so damage to it is found here,
    and noted with the warnings. Raises ToolFailed."""
    assert revision.plan is not None, "an extra exists only after its plan"
    found, damage = {}, ""
    for track in revision.plan.audio:
        command = _measured(facts, revision.plan, track, bench.sandbox.source_path(source))
        async with bench.folder() as folder:
            said = await run_ffmpeg(
                bench.sandbox, command, source, folder, limits=loudness_limits(facts), niceness=niceness
            )
        found[track.name] = read_summary(said)
        damage += said if tells_of_damaged_sound(said) else ""
    if damage:
        await bench.work.add_warning(revision.revision_id, DAMAGED_SOUND, damage)
    return found


def read_summary(said: str) -> dict[str, float | None]:
    """``None`` for silence. Raises ToolFailed where there is no summary."""
    # The last one: a source's texts are printed too, before it.
    at = said.rfind("Summary:")
    match = _SUMMARY.match(said, at) if at >= 0 else None
    if match is None:
        raise ToolFailed("no loudness was measured", said)
    integrated, spread, peak = map(float, match.groups())
    is_silent = integrated <= _NOTHING_LUFS
    return {
        "integrated_lufs": None if is_silent else integrated,
        "range_lu": None if is_silent else spread,
        "true_peak_dbtp": peak if math.isfinite(peak) else None,
    }


def _measured(facts: SourceFacts, plan: Plan, track: AudioRendition, source: str) -> list[str]:
    sounds = opened_sides(source, track, vn=None, sn=None, dn=None)
    sides = [to_stereo(sound, track_of(facts, side)) for sound, side in zip(sounds, track.sides, strict=True)]
    if len(sides) > 1:
        # What is joined is as long as the shorter of the two.
        whole = range(audio_frames(plan.timeline) * AAC_FRAME_SAMPLES)
        sides = [placed(side, facts, whole).filter("atrim", end_sample=len(whole)) for side in sides]
    sound = side_by_side(sides).filter("ebur128", peak="true", framelog="verbose")
    output = ffmpeg.output(sound, "-", f="null").global_args(
        "-hide_banner", "-nostdin", "-v", "repeat+info", "-nostats", "-copyts"
    )
    return list(ffmpeg.compile(output)[1:])
