"""Makes the storyboard of key frames only: it costs a small part of what decoding everything would."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.facts import SourceFacts
from video_service.domain.ports import RevisionWork
from video_service.domain.storyboard import Storyboard, storyboard_of
from video_service.pipeline import pictures
from video_service.pipeline.commands import compiled, opened
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg, run_lines
from video_service.pipeline.limits import key_frame_limits, key_packet_limits
from video_service.pipeline.outbox import keep, take
from video_service.pipeline.workbench import Workbench, media_key

#: Twenty-five pictures of noise are smaller.
_MAX_SHEET_BYTES = 4 << 20
_MAX_SHEETS = 64
_KEYS = "keys.mkv"
#: All pictures of a minute of 720p: a few seconds of work.
_FEW_PIXELS = 2e9
#: What the metadata filter prints of each picture (ffmpeg filters documentation).
_PICTURE = re.compile(r"frame:\d+ +pts:-?\d+ +pts_time:(-?[\d.]+)")


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`."""
    assert revision.plan is not None
    duration_seconds = revision.plan.timeline.duration_seconds
    storyboard = storyboard_of(*facts.video.shown_size, duration_seconds)
    times_seconds: list[float] = []

    def read(lines: list[str]) -> None:
        found = (_PICTURE.match(line) for line in lines)
        times_seconds.extend(float(match[1]) - facts.start_seconds for match in found if match)

    decoded = facts.frames.pts if reads_all(facts, storyboard) else facts.frames.keyframes
    limits = key_frame_limits(
        facts, len(decoded), file_bytes=_MAX_SHEET_BYTES, output_bytes=_MAX_SHEETS * _MAX_SHEET_BYTES,
        output_files=_MAX_SHEETS,
    )  # fmt: skip
    async with bench.folder() as keys_folder, bench.folder() as folder:
        if not reads_all(facts, storyboard):
            limits_of_keys = key_packet_limits(facts)
            command = key_packets(facts, storyboard, bench.sandbox.source_path(source))
            await run_ffmpeg(
                bench.sandbox, command, source, keys_folder,
                limits=limits_of_keys, niceness=niceness,
            )  # fmt: skip
            source = keep(keys_folder, _KEYS)
        command = sheets_of(facts, storyboard, bench.sandbox.source_path(source))
        said = await run_lines(
            bench.sandbox, "ffmpeg", command, source, read, limits=limits, folder=folder, niceness=niceness
        )
        if not times_seconds:
            raise ToolFailed("no key frame could be decoded", said)
        sheets = storyboard.sheet_count(len(times_seconds))
        for sheet in range(sheets):
            content = await asyncio.to_thread(take, folder, f"{sheet:03d}.jpg", _MAX_SHEET_BYTES)
            await bench.objects.replace(media_key(revision, f"storyboard/{sheet:03d}.jpg"), content)
    # Last of all: whoever finds it finds the sheets.
    vtt = storyboard.vtt(times_seconds, duration_seconds)
    await bench.objects.replace(media_key(revision, "storyboard.vtt"), vtt.encode())
    return {"pictures": len(times_seconds), "width": storyboard.width, "height": storyboard.height}


def reads_all(facts: SourceFacts, storyboard: Storyboard) -> bool:
    """Of something short whose key frames are far apart, a storyboard of these would tell too little; and by
    themselves key frames may not be whole."""
    if facts.video.recovery_pictures or (facts.video.has_fields and facts.container != "matroska"):
        return True  # of fields, only Matroska's packets have the filter's time base
    keys_seconds = facts.duration_seconds / len(facts.frames.keyframes)
    pixels = facts.video.width * facts.video.height * len(facts.frames.pts)
    return keys_seconds > 2 * storyboard.interval_seconds and pixels < _FEW_PIXELS


def key_packets(facts: SourceFacts, storyboard: Storyboard, source: str) -> tuple[str, ...]:
    """Copies the packets of as many key frames as will be shown, or somewhat more, into a file: what is not
    needed is not decoded, and a demuxer with an index does not even read it."""
    keys_per_picture = storyboard.interval_seconds * len(facts.frames.keyframes) / facts.duration_seconds
    every = max(1, int(keys_per_picture + 0.001))
    has_fields = facts.video.has_fields
    stream = opened(source, facts.video, seek_seconds=None, discard="default" if has_fields else "nokey")
    # Each picture is of its own shape, where the source does not say one of all.
    options = {"c": "copy", "f": "matroska", "map_metadata": -1, "map_chapters": -1, "sar": 0}
    # Counted, because the filter's time base is not always that of its packets.
    is_left_out = f"st(0,ld(0)+1)*0+st(1,pts)*0+st(2,mod(ld(0)-1,{every}))"
    # Alone, the first field of a picture is not shown. The second is shown sooner than any other picture.
    soon_ticks = float(Fraction(3, 4) / facts.mean_rate / facts.video.time_base)
    is_no_field = f"ld(2)+not(between(pts-ld(1),0,{soon_ticks:.3f}))" if has_fields else "1"
    drop = {"bsf:v": f"noise=drop='if(key,{is_left_out},{is_no_field})'"}
    return compiled([ffmpeg.output(stream, _KEYS, **options, **drop)])


def sheets_of(facts: SourceFacts, storyboard: Storyboard, source: str) -> tuple[str, ...]:
    """Sheets as ``000.jpg`` …, and of each picture a line with its time, in seconds of the source.

    ``source``: the whole of it where all is read, else its key packets."""
    video, size = facts.video, (storyboard.width, storyboard.height)
    options: dict[str, Any] = {"seek_seconds": None, "most_errors": 1.0, "reinit_filter": "0"}
    if reads_all(facts, storyboard):
        stream = pictures.one_size(opened(source, video, **options), video)
        apart = f"gte(t-prev_selected_t,{storyboard.interval_seconds - 0.001:.3f})"
        stream = stream.filter("select", f"isnan(prev_selected_t)+{apart}")
    else:
        stream = pictures.one_size(opened(source, replace(video, stream_index=0), **options), video)
    # Fields are left as they are: their lines are made fewer than one field has.
    stream = pictures.in_plain_colours(stream, video, *size)
    stream = pictures.as_jpeg(pictures.photographed(stream, video, *size))
    # Only pictures with metadata are printed.
    stream = stream.filter("metadata", mode="add", key="storyboard", value="1")
    stream = stream.filter("metadata", mode="print", file="-", direct=1)
    stream = stream.filter("tile", f"{storyboard.columns}x{storyboard.rows}")
    output = ffmpeg.output(
        stream, "%03d.jpg", **{"q:v": 5, "f": "image2", "start_number": 0, "fps_mode": "passthrough"}
    )
    return compiled([output])
