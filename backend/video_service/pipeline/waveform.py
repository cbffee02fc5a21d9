"""Measures how loud the sound is over time, for a picture of it."""

import json
import re
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Plan
from video_service.domain.ports import RevisionWork
from video_service.pipeline.commands import compiled
from video_service.pipeline.downmix import side_by_side
from video_service.pipeline.ffmpeg import ToolFailed, run_lines
from video_service.pipeline.limits import sound_limits
from video_service.pipeline.sound_commands import opened_sides
from video_service.pipeline.workbench import Workbench, media_key

_MOST_PEAKS = 1800
_SHORTEST_SECONDS = 0.1
#: Enough for peaks: what lies higher hardly adds to them.
_SAMPLE_RATE_HZ = 8000
#: What the ametadata filter prints of each run of samples, and what astats has measured of it (ffmpeg filters
#: documentation).
_PRINTED = re.compile(r"frame:.* pts_time:([\d.]+)|lavfi\.astats\.Overall\.Peak_level=(-?[\d.]+|-inf)")


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`."""
    assert revision.plan is not None
    samples = samples_per_peak(revision.plan)
    peaks: list[int] = []
    number = 0

    def read(lines: list[str]) -> None:
        nonlocal number
        for match in filter(None, map(_PRINTED.match, lines)):
            if match[1] is not None:
                number = round(float(match[1]) * _SAMPLE_RATE_HZ / samples)
                continue
            # Where sound changes its layout or rate, ffmpeg begins anew, with silence up to there.
            peaks.extend([0] * (number + 1 - len(peaks)))
            peaks[number] = max(peaks[number], _percent(match[2]))

    command = arguments(facts, revision.plan, samples, bench.sandbox.source_path(source))
    said = await run_lines(
        bench.sandbox, "ffmpeg", command, source, read, limits=sound_limits(facts), niceness=niceness
    )
    if not peaks:
        raise ToolFailed("no sound could be decoded", said)
    content = {"seconds_per_peak": samples / _SAMPLE_RATE_HZ, "peaks": peaks}
    await bench.objects.replace(
        media_key(revision, "waveform.json"), json.dumps(content, separators=(",", ":")).encode()
    )
    return {"peaks": len(peaks)}


def samples_per_peak(plan: Plan) -> int:
    seconds = max(_SHORTEST_SECONDS, plan.timeline.duration_seconds / _MOST_PEAKS)
    return ceil(seconds * _SAMPLE_RATE_HZ)


def arguments(facts: SourceFacts, plan: Plan, samples: int, source: str) -> tuple[str, ...]:
    """Prints the peak of each run of samples of the first track, in dB of full scale."""
    total = ceil(plan.timeline.duration_seconds * _SAMPLE_RATE_HZ)
    sides = [
        side.filter("asetpts", f"PTS-{facts.start_seconds:.6f}/TB")
        .filter("aformat", sample_rates=_SAMPLE_RATE_HZ, channel_layouts="mono")
        # Sound that begins late or breaks off is silent there: the peaks are those of the video's times.
        .filter("aresample", _SAMPLE_RATE_HZ, **{"async": 1, "first_pts": 0})
        .filter("apad", whole_len=total)
        .filter("atrim", end_sample=total)
        for side in opened_sides(source, plan.audio[0])
    ]
    sound = (
        side_by_side(sides)
        .filter("aformat", channel_layouts="mono")
        .filter("asetnsamples", samples, p=0)
        .filter("astats", metadata=1, reset=1, measure_perchannel="none", measure_overall="Peak_level")
        .filter("ametadata", mode="print", file="-", direct=1)
    )
    return compiled([ffmpeg.output(sound, "-", f="null")])


def _percent(decibels: str) -> int:
    """The part of full scale that a peak takes, in percent."""
    return min(100, round(100 * 10 ** (float(decibels) / 20)))
