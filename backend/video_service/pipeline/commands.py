"""A plan's pictures as ffmpeg arguments, built with ffmpeg-python. Pure.

The forms are those that keep every picture exactly once: see the ffmpeg documentation of
``-copyts``, ``-noaccurate_seek``, the ``trim`` and ``fps`` filters, and the hls and segment muxers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import ffmpeg

from video_service.domain.facts import MAX_PIXELS, SourceFacts, VideoTrack
from video_service.domain.formats import DEMUXERS
from video_service.domain.plan import AudioRendition, Plan, Timeline, VideoRung
from video_service.domain.timeline import LONG_BEFORE_SECONDS, entry_before, keyframe_before
from video_service.domain.transport_stream import CLOCK_HZ
from video_service.pipeline import pictures
from video_service.pipeline.decode_order import decode_times, lead_in_pictures

#: Media time 0 in every segment, so that no timestamp of any stream is negative.
OFFSET_SECONDS = 10
_PRESET = "veryfast"
#: So that a retry gives the same bytes: with more, how far one has come decides how many bits another may
#: take where a rung reaches its maxrate (x264, encoder/ratecontrol.c). Other cores make other chunks, which
#: costs less than threads that wait for each other.
_THREADS = 1
#: Without the list of demuxers, a playlist named like a video reads other files.
SAFE_INPUT: Mapping[str, str | int] = {
    "protocol_whitelist": "file",
    "format_whitelist": DEMUXERS,
    "max_pixels": MAX_PIXELS,
}
TS_FLAGS = "mpegts_flags=+initial_discontinuity:pat_period=60:sdt_period=60"
#: ffmpeg compares a forced key frame's time with a picture's in ticks of the transport clock, each
#: rounded for itself: asked for nine tenths of a tick before, it is never a picture late.
_JUST_BEFORE_SECONDS = 10e-6
#: By itself ffmpeg writes the headers of a copied picture behind its SEI messages, where GStreamer does not
#: know yet what these are about and drops them.
_HEADERS_FIRST = "h264_mp4toannexb,dump_extra"
#: A source that ends earlier than its times promise may be completed by this much, not by more.
_MAX_CLONE_SECONDS = 1
#: How much earlier a damaged source is read, for a picture that can stay: so many key frames, and so long as
#: anything is read before, as what says that all are key frames may be damaged, too.
_MENDING_KEYFRAMES = 2


@dataclass(frozen=True)
class Command:
    """Arguments for ffmpeg, and where its segments appear."""

    arguments: tuple[str, ...]
    folders: tuple[str, ...]
    """Renditions; each has a folder of its own, in which files are numbered like segments. Numbers
    outside the run hold what belongs to other chunks."""
    named_when_complete: bool
    """True: a file has its final name only when complete. False: only when the next one exists."""
    seek_seconds: float | None
    """From where the source is read, in its own time; ``None`` from the beginning."""


def encode_video(
    facts: SourceFacts, plan: Plan, rungs: list[VideoRung], first: int, count: int, source: str,
    *, report_seconds: float, mending: bool = False,
) -> Command:  # fmt: skip
    """Encodes a run of segments of some rungs with one decode; says so often how far it is.

    A packet that cannot be decoded ends ffmpeg with TOO_MANY_ERRORS; with ``mending``, the picture
    before it stays instead (on a grid; elsewhere it is missing).
    """
    timeline, video, best = plan.timeline, facts.video, rungs[0]
    seek_seconds = _seek_for(facts, timeline, first, mending=mending)
    from_start = seek_seconds is None
    stream = opened(source, video, seek_seconds=seek_seconds, most_errors=float(mending), reinit_filter="0")
    stream = pictures.whole(pictures.one_size(stream, video), video)
    if video.is_unordered:
        # A key frame, where decoding begins, is shown when it is decoded.
        stream = stream.filter("setpts", f"STARTPTS+N/({_ratio(facts.mean_rate)})/TB")
    stream = _trimmed(stream, facts, timeline, first, count, from_start=from_start, mending=mending)
    stream = pictures.in_plain_colours(stream, video, best.width, best.height)
    shown = _each_smaller(pictures.shown(stream, video, best.width, best.height), rungs)
    inner = [timeline.start_seconds(k) for k in range(first + 1, first + count)]
    start = 0.0 if timeline.on_grid else facts.start_seconds
    outputs = []
    for rung, picture in zip(rungs, shown, strict=True):
        options = _encoder(rung) | pictures.tags(video)
        if inner:
            times = (start + seconds - _JUST_BEFORE_SECONDS for seconds in inner)
            options["force_key_frames"] = ",".join(f"{time:.6f}" for time in times)
        options |= {
            "bsf:v": decode_times(facts, timeline, first),
            "output_ts_offset": f"{OFFSET_SECONDS - start:.6f}",
            "f": "hls",
            "hls_time": 0.1,  # shorter than any segment: cut at every forced key frame
            "hls_list_size": 0,
            "hls_flags": "temp_file",
            "start_number": first,
            "hls_segment_options": TS_FLAGS,
            "hls_segment_filename": f"{rung.name}/%05d.ts",
        }
        outputs.append(ffmpeg.output(picture, f"{rung.name}/chunk.m3u8", **options))
    arguments = compiled(outputs, report_seconds=report_seconds)
    return Command(arguments, tuple(rung.name for rung in rungs), True, seek_seconds)


def copy_video(
    facts: SourceFacts, plan: Plan, rung: VideoRung, first: int, count: int, source: str
) -> Command:
    """Cuts the source's own packets at its key frames.

    Where a demuxer lands when it seeks is not exact, and decode times follow from the pictures
    before, so reading begins at an earlier key frame, and what comes before the first cut falls
    into a file that is thrown away.
    """
    timeline = plan.timeline
    is_first, last = first == 0, first + count
    time_base = facts.video.time_base
    seek_seconds = None if is_first else _lead_in_seconds(facts, timeline, first)
    stream = opened(source, facts.video, seek_seconds=seek_seconds)
    numbers = range(first + is_first, min(last, timeline.segment_count - 1) + 1)
    cuts = [timeline.start_seconds(k) for k in numbers]
    number = first if is_first else first - 1
    from_start = seek_seconds is None
    times = decode_times(facts, timeline, 0 if from_start else first, leads_in=not from_start)
    options: dict[str, Any] = {"c": "copy", "bsf:v": f"{_HEADERS_FIRST},{times}"}
    if last < timeline.segment_count:
        # The copy runs a little into the next chunk so that its cut closes this one. With
        # `-copyts` the end is a time of the source.
        options["to"] = f"{float(timeline.cuts[last] * time_base) + 1:.6f}"
    options |= segmenter(number, [OFFSET_SECONDS + cut - 0.001 for cut in cuts])
    options["output_ts_offset"] = f"{OFFSET_SECONDS - facts.start_seconds:.6f}"
    output = ffmpeg.output(stream, f"{rung.name}/%05d.ts", **options)
    return Command(compiled([output]), (rung.name,), False, seek_seconds)


def opened(
    source: str, track: VideoTrack | AudioRendition, *, seek_seconds: float | None,
    most_errors: float | None = None, **more: Any,
) -> Any:  # fmt: skip
    """A track of the source, from the key frame on that precedes a time."""
    # Turning is a part of what is planned, so ffmpeg does not do it by itself.
    options: dict[str, Any] = {**SAFE_INPUT, "noautorotate": None, **more}
    if isinstance(track, VideoTrack) and track.x264_build is not None:
        options["x264_build"] = track.x264_build
    if isinstance(track, VideoTrack) and track.recovery_pictures:
        # Encoders count with care. How far before its first picture reading begins is decided here.
        options["flags"] = "+output_corrupt"
    if most_errors is not None:
        options["max_error_rate"] = most_errors
    if seek_seconds is not None:
        options |= {"seek_timestamp": 1, "noaccurate_seek": None, "ss": f"{seek_seconds:.6f}"}
    return ffmpeg.input(f"file:{source}", **options)[str(track.stream_index)]


def _trimmed(
    stream: Any, facts: SourceFacts, timeline: Timeline, first: int, count: int,
    *, from_start: bool, mending: bool,
) -> Any:  # fmt: skip
    """Exactly the pictures of the segments; ``from_start``: of a stream that begins with the first of all."""
    begin, end = timeline.cuts[first], timeline.cuts[first + count]
    is_last = first + count == timeline.segment_count
    if not timeline.on_grid:
        bounds = {"start_pts": begin} if is_last else {"start_pts": begin, "end_pts": end}
        return stream.filter("trim", **bounds)
    rate = 1 / timeline.time_base
    media_time = f"PTS-{facts.frames.begin}"
    if from_start and facts.frames.begin != facts.frames.pts[0]:
        media_time = f"if(eq(N,0),0,{media_time})"
    stream = stream.filter("setpts", media_time)
    shared = round(facts.mean_rate / rate) if facts.frames.is_constant_rate else 1
    if shared > 1:
        # Of pictures that share a step of the grid the last is shown. The one that lies on the step is
        # the last where all are moved by half of what they span.
        shift_seconds = (1 - Fraction(1, shared)) / 2 / rate
        stream = stream.filter("settb", f"1/{CLOCK_HZ}")
        stream = stream.filter("setpts", f"PTS+{round(shift_seconds * CLOCK_HZ)}")
    if mending:
        # The first picture that can be shown stands in for those before it, the last for those after.
        start = f"{float(begin * timeline.time_base):.6f}"
        stream = stream.filter("fps", _ratio(rate), start_time=start)
        stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    else:
        # At the end, a picture shorter than half a step is still a picture.
        stream = stream.filter("fps", _ratio(rate), eof_action="pass")
        last_seconds = (facts.frames.pts[-1] - facts.frames.begin) * facts.video.time_base
        if is_last or end * timeline.time_base > last_seconds:
            stays = (facts.frames.end - facts.frames.pts[-1]) * facts.video.time_base
            held = ceil((stays + _MAX_CLONE_SECONDS) * rate)
            stream = stream.filter("tpad", stop=held, stop_mode="clone")
    return stream.filter("trim", start_pts=begin, end_pts=end)


def _each_smaller(stream: Any, rungs: list[VideoRung]) -> Iterator[Any]:
    """The pictures of each rung, from those of the best. Each is scaled from the one above it, not from
    the source: to read a picture costs more than what is made of it, and bicubic twice is hardly softer."""
    for rung in rungs[1:]:
        branches = stream.filter_multi_output("split", 2)
        yield branches[0]
        stream = branches[1].filter("scale", rung.width, rung.height).filter("setsar", 1)
    yield stream


def _lead_in_seconds(facts: SourceFacts, timeline: Timeline, first: int) -> float | None:
    """The last key frame from which enough pictures precede a segment; ``None`` from the beginning."""
    frames = facts.frames
    index = sum(timeline.frame_counts[:first]) - lead_in_pictures(facts, timeline)
    position = bisect_right(frames.keyframes, frames.pts[index]) - 1 if index > 0 else 0
    return None if position <= 0 else float(frames.keyframes[position] * facts.video.time_base)


def _seek_for(facts: SourceFacts, timeline: Timeline, first: int, *, mending: bool) -> float | None:
    """The key frame from which decoding reaches the segment's first picture, or an earlier one; ``None`` from
    the beginning."""
    if first == 0:
        return None
    keyframes, key = facts.frames.keyframes, keyframe_before(facts, timeline, first)
    position = entry_before(facts, key)
    if mending:
        long_before = bisect_right(keyframes, key - LONG_BEFORE_SECONDS / facts.video.time_base) - 1
        position = min(bisect_left(keyframes, key) - _MENDING_KEYFRAMES, long_before)
    if position <= 0:
        return None
    # Rounded up: a microsecond too early would mean the key frame before.
    wanted = keyframes[position] + _late_ticks(facts, position)
    return ceil(wanted * facts.video.time_base * 10**6) / 10**6


def _late_ticks(facts: SourceFacts, position: int) -> int:
    """How much later than a key frame ffmpeg is told to begin. Where an edit list cuts pictures away, it has
    open key frames of HEVC later than they are, by no more than pictures are delayed, and begins a GOP too
    early (libavformat/mov.c, can_seek_to_key_sample). It looks for the last one that is decoded by then."""
    frames, delay = facts.frames, facts.frames.longest_delay
    if facts.container != "mov" or facts.video.codec != "hevc" or not frames.has_leading_pictures:
        return 0
    following = frames.keyframes[position + 1] if position + 1 < len(frames.keyframes) else frames.end
    return delay if following - frames.keyframes[position] > 2 * delay + 1 else 0


def _encoder(rung: VideoRung) -> dict[str, Any]:
    return {
        "c:v": "libx264",
        "preset": _PRESET,
        "threads": _THREADS,
        "crf": rung.crf,
        "maxrate": rung.maxrate_bps,
        "bufsize": rung.bufsize_bits,
        "profile:v": rung.profile,
        "level": rung.level,
        "g": 9999,  # key frames are where the timeline says, and nowhere else
        "sc_threshold": 0,
        "fps_mode": "passthrough",
        "enc_time_base": "1/90000",
        "map_metadata": -1,
        "muxdelay": 0,
        "muxpreload": 0,
    }


def segmenter(start_number: int, times_seconds: list[float], **changes: Any) -> dict[str, Any]:
    # Without times the muxer would cut every two seconds.
    times = ",".join(f"{seconds:.6f}" for seconds in times_seconds) or "1000000000"
    return {
        "map_metadata": -1,
        "muxdelay": 0,
        "muxpreload": 0,
        "f": "segment",
        "segment_format": "mpegts",
        "segment_format_options": TS_FLAGS,
        "segment_start_number": start_number,
        "segment_times": times,
        **changes,
    }


def compiled(outputs: list[Any], *, report_seconds: float = 0.1) -> tuple[str, ...]:
    """The arguments after ``ffmpeg``."""
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    merged = merged.global_args(
        "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-copyts",
        "-progress", "pipe:1", "-stats_period", f"{report_seconds}",
    )  # fmt: skip
    return tuple(ffmpeg.compile(merged.overwrite_output())[1:])


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
