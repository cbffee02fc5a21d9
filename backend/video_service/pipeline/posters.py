"""Posters: one picture in the sizes and formats of :class:`video_service.domain.pictures.PosterFiles`."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import structlog

from video_service.domain.facts import SourceFacts, VideoTrack
from video_service.domain.pictures import POSTER_FILES, PosterFiles, poster_files
from video_service.domain.plan import Plan
from video_service.domain.timeline import entry_before
from video_service.pipeline import pictures
from video_service.pipeline.commands import compiled, opened
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import MAX_POSTER_BYTES, poster_limits
from video_service.pipeline.outbox import take
from video_service.pipeline.workbench import Workbench

#: Of so many pictures that follow each other, the most typical one is taken.
_TYPICAL_OF = 10
_JPEG = {"q:v": 4}
#: Of libwebp: "photo" is its preset, and 75 its own default for quality.
_WEBP = {"c:v": "libwebp", "preset": "photo", "quality": 75, "compression_level": 4}

log = structlog.get_logger(__name__)

Made = dict[str, bytes]
"""The contents of a poster's files, by name."""


@dataclass(frozen=True)
class Moment:
    """Where in a source a picture is looked for."""

    seek_seconds: float | None
    """A key frame; ``None``: the first."""
    first_pts: int
    """The first picture that counts, in ticks of the source."""

    def pictures(self, source: str, video: VideoTrack) -> Any:
        """A stream of the pictures from the moment on."""
        stream = opened(source, video, seek_seconds=self.seek_seconds, most_errors=1.0, reinit_filter="0")
        return pictures.one_size(stream.filter("trim", start_pts=self.first_pts), video)


def moment(facts: SourceFacts, fraction: float, *, reach_seconds: float = 0.0) -> Moment:
    """A part (0 to 1) of the video further, or the key frame before that where it lies further back than
    it is worth to decode."""
    keyframes, time_base, pts = facts.frames.keyframes, facts.video.time_base, facts.frames.pts
    end = pts[-1] if facts.last_picture_stays else facts.frames.end
    wanted = pts[bisect_right(pts, pts[0] + int((end - pts[0]) * fraction)) - 1]
    key = keyframes[entry_before(facts, wanted)]
    seek_seconds = None if key == keyframes[0] else float(key * time_base)
    is_near = (wanted - key) * time_base <= reach_seconds or facts.video.recovery_pictures
    return Moment(seek_seconds, wanted if is_near else key)


async def picture_at(
    bench: Workbench, source: Path, facts: SourceFacts, plan: Plan, at: Moment, niceness: int
) -> tuple[PosterFiles, Made]:
    """The most typical of the pictures from a moment on. Raises what a run of ffmpeg does."""
    size, made = await pictures_at(bench, source, facts, plan, [at], niceness)
    if not made:
        raise FileNotFoundError("no picture can be decoded here")
    return size, made[0]


async def pictures_at(
    bench: Workbench, source: Path, facts: SourceFacts, plan: Plan, moments: Sequence[Moment], niceness: int
) -> tuple[PosterFiles, list[Made]]:
    """The most typical of the pictures from each moment on, but for those after which none can be decoded.
    Made together: to start ffmpeg costs as much as a picture. Raises ToolFailed, HostileOutput."""
    largest, video = plan.rungs[0], facts.video
    size = poster_files(largest.width, largest.height)
    shape = size.width, size.height
    files = []
    for number, at in enumerate(moments):
        stream = pictures.whole(at.pictures(bench.sandbox.source_path(source), video), video)
        stream = pictures.in_plain_colours(stream, video, *shape)
        stream = pictures.photographed(stream, video, *shape, typical_of=_TYPICAL_OF)
        files += outputs(stream, size.small, f"{number}-")
    limits = poster_limits(facts.frames.size_bytes, len(moments))
    made = []
    async with bench.folder() as folder:
        await run_ffmpeg(bench.sandbox, compiled(files), source, folder, limits=limits, niceness=niceness)
        for number, at in enumerate(moments):
            try:
                made.append(await _taken(folder, f"{number}-"))
            except FileNotFoundError:
                log.info("no picture can be decoded here", pts=at.first_pts)
    return size, made


async def run(bench: Workbench, command: tuple[str, ...], source: Path, niceness: int) -> Made:
    """Of :func:`outputs` without a prefix. Raises ToolFailed, HostileOutput, FileNotFoundError."""
    async with bench.folder() as folder:
        limits = poster_limits(0)
        await run_ffmpeg(bench.sandbox, command, source, folder, limits=limits, niceness=niceness)
        return await _taken(folder)


async def _taken(folder: Path, prefix: str = "") -> Made:
    return {
        name: await asyncio.to_thread(take, folder, f"{prefix}{name}", MAX_POSTER_BYTES)
        for name in POSTER_FILES
    }


async def publish(bench: Workbench, folder_key: str, made: Made) -> None:
    for name, content in made.items():
        await bench.objects.replace(f"{folder_key}/{name}", content)


def outputs(stream: Any, small: tuple[Any, Any], prefix: str = "") -> list[Any]:
    """The files of a poster, from a stream of one picture in RGB and as large as it will be.

    ``small``: the smaller width and height. ``prefix``: of the files' names."""
    branches = stream.filter_multi_output("split", 3)
    one = {"frames:v": 1, "f": "image2", "update": 1, "map_metadata": -1}
    # The encoder makes its own colours of these: BT.601, as WebP has them (RFC 9649 section 2.5).
    large = branches[1].filter("format", "bgra")
    less = branches[2].filter("scale", *small).filter("format", "bgra")
    return [
        ffmpeg.output(pictures.as_jpeg(branches[0]), f"{prefix}poster.jpg", **one, **_JPEG),
        ffmpeg.output(large, f"{prefix}poster.webp", **one, **_WEBP),
        ffmpeg.output(less, f"{prefix}small.webp", **one, **_WEBP),
    ]
