"""Makes the preview of a card: a few moments of the video, moving, as an animated WebP."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.facts import SourceFacts
from video_service.domain.pictures import fitted
from video_service.domain.ports import RevisionWork
from video_service.pipeline import pictures, posters
from video_service.pipeline.commands import compiled
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import MAX_POSTER_BYTES, poster_limits
from video_service.pipeline.outbox import take
from video_service.pipeline.workbench import Workbench, media_key

_SHORT_SIDE = 180
_PICTURES_PER_SECOND = 8
_PICTURES = 32
_FRACTIONS = (0.1, 0.35, 0.6, 0.85)
#: Worth to be decoded for one of the moments.
_REACH_SECONDS = 10.0
_FILE = "preview.webp"


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`."""
    width, height = fitted(*facts.video.shown_size, _SHORT_SIDE)
    command = arguments(facts, width, height, bench.sandbox.source_path(source))
    limits = poster_limits(len(_FRACTIONS) * facts.frames.size_bytes)
    async with bench.folder() as folder:
        await run_ffmpeg(bench.sandbox, command, source, folder, limits=limits, niceness=niceness)
        content = await asyncio.to_thread(take, folder, _FILE, MAX_POSTER_BYTES)
    await bench.objects.replace(media_key(revision, _FILE), content)
    return {"width": width, "height": height}


def arguments(facts: SourceFacts, width: int, height: int, source: str) -> tuple[str, ...]:
    moments = {posters.moment(facts, part, reach_seconds=_REACH_SECONDS): None for part in _FRACTIONS}
    streams = [_moving(facts, at, _PICTURES // len(moments), width, height, source) for at in moments]
    stream = ffmpeg.filter(streams, "concat", n=len(streams), v=1, a=0).filter("format", "yuv420p")
    options = {"c:v": "libwebp_anim", "quality": 55, "compression_level": 4, "loop": 0, "f": "webp"}
    return compiled([ffmpeg.output(stream, _FILE, **options, map_metadata=-1)])


def _moving(facts: SourceFacts, at: posters.Moment, count: int, width: int, height: int, source: str) -> Any:
    """Some pictures from a moment on."""
    stream = at.pictures(source, facts.video).filter("setpts", "PTS-STARTPTS")
    stream = stream.filter("fps", _PICTURES_PER_SECOND).filter("trim", end_frame=count)
    stream = pictures.in_plain_colours(stream, facts.video, width, height)
    return pictures.photographed(stream, facts.video, width, height)
