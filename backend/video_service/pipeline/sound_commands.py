"""A plan's sound as ffmpeg arguments. Pure."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import ffmpeg

from video_service.domain.facts import SourceFacts
from video_service.domain.plan import AudioRendition, Plan, Timeline
from video_service.domain.sound import AudioTrack
from video_service.domain.transport_stream import AAC_FRAME_SAMPLES
from video_service.pipeline.commands import (
    OFFSET_SECONDS,
    SAFE_INPUT,
    TS_FLAGS,
    Command,
    compiled,
    opened,
    segmenter,
)
from video_service.pipeline.downmix import of_any_layout, side_by_side, to_stereo

SAMPLE_RATE_HZ = 48_000
#: Several AAC frames in each PES packet: one in each would make two fifths of the stream headers and
#: stuffing. The muxer waits for more frames only where it may delay, and must not add that to the times.
_PACKED_SOUND: Mapping[str, Any] = {
    "muxdelay": 0.7,
    "segment_format_options": f"{TS_FLAGS}:mpegts_copyts=1",
}
#: Frames that the AAC encoder needs to forget that it began in the middle.
_AUDIO_PREROLL_FRAMES = 8
#: A jump as long as a packet is one that was lost: silence, or some left out. The shortest in use are of 20
#: ms; shorter jumps are of clocks that tick only every 10 or 16 ms.
_JUMP_SECONDS = 0.017
#: Where sound changes its layout or rate, what follows was recorded for itself: any jump is one of the sound.
_JUMP_SECONDS_AFTER_CHANGE = 0.005
#: Where packets have the times at which they came, they are early and late by turns. A jump is more than how
#: late or early they usually are; what is less moves the sound by a packet's part of the last second only,
#: and by what it is late on the whole, as where a clock drifts. Jumps are usual, too, where packets come in
#: bursts.
_STEADY = (
    "if(N, 0, st(1, T))",
    "st(0, T - ld(1) - ld(4))",  # how much later than the end of what came before
    "st(2, S / min(N + S, max(4 * S, SR)))",
    "if(gt(abs(ld(0)), max({jump_seconds}, 5 * ld(3))),"
    " st(1, T - ld(4));"
    " st(3, ld(3) + S / max(2 * S, SR) * (min(abs(ld(0)), {usual_seconds}) - ld(3))),"
    " st(1, ld(1) + ld(2) * (ld(0) + ld(4)));"
    " st(3, ld(3) + ld(2) * (abs(ld(0)) - ld(3)));"
    " st(4, ld(4) + ld(2) * ld(0)))",
    "st(1, ld(1) + S / SR)",
    "round((ld(1) + ld(4) - S / SR) / TB)",
)
#: How late what comes in bursts usually is at most: a gap of minutes is not usual.
_USUAL_SECONDS = 0.04
#: What is not in step when it jumps may jump by less. So a step between this and a jump is torn, too.
_LEAST_JUMP_SECONDS = 0.015
#: Sound whose clock is not the picture's is put back in step before anybody notices, played faster or slower
#: by what nobody hears (3 cents).
_IN_STEP: Mapping[str, Any] = {
    "min_comp": 0.004,
    "max_soft_comp": 0.002,
    "flags": "+res",  # from the first sample on: to begin later would lose some
}
#: How far before its first needed sample a track is read, for codecs that need to settle.
_AUDIO_SEEK_SECONDS = 1.0
#: A frame this near to where reading begins is the first of all, not the first after a change.
_UNCHANGED_SECONDS = 0.2
#: Sound must outlast the picture, or some players never report the end.
_AUDIO_TAIL_SECONDS = 0.064


def encode_audio(
    facts: SourceFacts, plan: Plan, track: AudioRendition, first: int, count: int, source: str,
    *, is_decoded: bool = False,
) -> Command:  # fmt: skip
    """Encodes a run of segments of one track; ``is_decoded``: of a file that `decode_audio` wrote.

    All chunks share one grid of AAC frames that begins with the picture. A chunk starts a few
    frames early and ends a few late, and what is not its own falls into files that are thrown
    away, so chunks made apart join without a gap.
    """
    wanted = _samples(plan.timeline, first, count)
    seek_seconds = _sound_seek(facts, wanted)
    recorded = [track_of(facts, side) for side in track.sides]
    if is_decoded:
        decoded = ffmpeg.input(f"file:{source}", **SAFE_INPUT)
        sounds = [decoded[str(number)] for number in range(len(recorded))]
    else:
        sounds = list(map(to_stereo, opened_sides(source, track, seek_seconds=seek_seconds), recorded))
    sides = [
        placed(sound, facts, wanted, is_spliced=is_decoded or one.is_spliced)
        for sound, one in zip(sounds, recorded, strict=True)
    ]
    return _encoded(side_by_side(sides), plan, track, first, count, seek_seconds)


def opened_sides(
    source: str, track: AudioRendition, *, seek_seconds: float | None = None, **more: Any
) -> list[Any]:
    """Each side is read for itself: where one ends, all of the other would be held until the file does."""
    # To read it once, as always, is what makes the second another input than the first.
    return [
        opened(source, side, seek_seconds=seek_seconds, most_errors=1.0, **apart, **more)
        for side, apart in zip(track.sides, ({}, {"stream_loop": 0}), strict=False)
    ]


def placed(sound: Any, facts: SourceFacts, wanted: range, *, is_spliced: bool = False) -> Any:
    """Silence before and after it, so that it is what is wanted."""
    sound = sound.filter("asetpts", f"PTS-{facts.start_seconds:.6f}/TB")
    sound = in_step(sound, wanted.start, is_spliced=is_spliced)
    # Sound may end before the chunk, or never reach it.
    return sound.filter("apad", whole_len=len(wanted))


def in_step(sound: Any, first_sample: int, *, is_spliced: bool = False) -> Any:
    """Each sample at its time; silence or a cut makes the first the one that is told."""
    jump_seconds = _JUMP_SECONDS_AFTER_CHANGE if is_spliced else _JUMP_SECONDS
    sound = sound.filter(
        "asetpts", ";".join(_STEADY).format(jump_seconds=jump_seconds, usual_seconds=_USUAL_SECONDS)
    )
    # What comes before only tells how late the first is.
    sound = sound.filter("atrim", start=f"{first_sample / SAMPLE_RATE_HZ:.6f}")
    # The second resampler sees equal rates, because `first_pts` counts samples of its input's rate.
    return sound.filter(
        "aresample", SAMPLE_RATE_HZ, min_hard_comp=min(jump_seconds, _LEAST_JUMP_SECONDS), **_IN_STEP
    ).filter("aresample", SAMPLE_RATE_HZ, first_pts=first_sample)


def encode_silence(plan: Plan, track: AudioRendition, first: int, count: int) -> Command:
    """A run of segments in place of a track's own, on the same grid."""
    silence = ffmpeg.input(f"anullsrc=cl=stereo:r={SAMPLE_RATE_HZ}", f="lavfi")["0"]
    return _encoded(silence, plan, track, first, count)


def _encoded(
    sound: Any, plan: Plan, track: AudioRendition, first: int, count: int, seek_seconds: float | None = None
) -> Command:
    """Sound whose first sample is the first that a run of segments is made from."""
    timeline, last = plan.timeline, first + count
    is_first, is_last = first == 0, last == timeline.segment_count
    wanted = _samples(timeline, first, count)
    sound = sound.filter("atrim", end_sample=len(wanted)).filter("asetpts", f"N+{wanted.start}")
    stop = timeline.segment_count - 1 if is_last else last
    numbers = range(first + 1 if is_first else first, stop + 1)
    cuts = [first_audio_frame(timeline, k) * AAC_FRAME_SAMPLES / SAMPLE_RATE_HZ for k in numbers]
    number = first if is_first else first - 1
    options: dict[str, Any] = {"c:a": "aac", "b:a": track.bitrate_bps, "ac": track.channels}
    # Half an AAC frame early: rounding to the transport clock never moves a cut.
    options |= segmenter(number, [OFFSET_SECONDS + cut - 0.01 for cut in cuts], **_PACKED_SOUND)
    options["output_ts_offset"] = str(OFFSET_SECONDS)
    output = ffmpeg.output(sound, f"{track.name}/%05d.ts", **options)
    return Command(compiled([output]), (track.name,), False, seek_seconds)


def decode_audio(
    facts: SourceFacts, plan: Plan, track: AudioRendition, first: int, count: int, source: str, file: str
) -> tuple[str, ...]:
    """Decodes what a run of segments needs of a track into a file: stereo of one rate, at its times.

    Where layout or rate change on the way, ffmpeg builds its filters anew, and those that count samples or
    fill up begin again. Nothing here does either.
    """
    wanted = _samples(plan.timeline, first, count)
    seek_seconds = _sound_seek(facts, wanted)
    begin_seconds = facts.start_seconds if seek_seconds is None else seek_seconds
    end_seconds = facts.start_seconds + wanted.stop / SAMPLE_RATE_HZ + _AUDIO_SEEK_SECONDS
    sides = []
    for sound in opened_sides(source, track, seek_seconds=seek_seconds):
        # Where the rate changes, ffmpeg 5.1 gives the first frame a time as if it had changed long ago.
        sound = sound.filter("aselect", f"gt(n,0)+lt(t,{begin_seconds + _UNCHANGED_SECONDS:.6f})")
        sound = of_any_layout(sound).filter("aresample", SAMPLE_RATE_HZ)
        sides.append(sound.filter("atrim", start=f"{begin_seconds:.6f}", end=f"{end_seconds:.6f}"))
    options = {"c:a": "pcm_s16le", "f": "matroska", "map_metadata": -1}
    return compiled([ffmpeg.output(*sides, file, **options)])


def track_of(facts: SourceFacts, track: AudioRendition) -> AudioTrack:
    """What the source says of it."""
    [recorded] = [one for one in facts.audio if one.stream_index == track.stream_index]
    return recorded


def _samples(timeline: Timeline, first: int, count: int) -> range:
    """Of the whole sound, those that a run of segments is made from."""
    last = first + count
    start = max(0, first_audio_frame(timeline, first) - _AUDIO_PREROLL_FRAMES) if first else 0
    end = audio_frames(timeline) if last == timeline.segment_count else first_audio_frame(timeline, last) + 4
    return range(start * AAC_FRAME_SAMPLES, end * AAC_FRAME_SAMPLES)


def _sound_seek(facts: SourceFacts, wanted: range) -> float | None:
    """Where a track is read from; ``None`` from the beginning."""
    seek_seconds = max(0.0, facts.start_seconds + wanted.start / SAMPLE_RATE_HZ - _AUDIO_SEEK_SECONDS)
    # Matroska knows where to go by its pictures alone: before the first of them it would go there.
    precedes = facts.first_picture_is_held and seek_seconds < facts.frames.pts[0] * facts.video.time_base
    return None if precedes or not wanted.start else seek_seconds


def audio_frames(timeline: Timeline) -> int:
    """How many AAC frames the whole sound has."""
    return ceil((timeline.duration_seconds + _AUDIO_TAIL_SECONDS) * SAMPLE_RATE_HZ / AAC_FRAME_SAMPLES)


def first_audio_frame(timeline: Timeline, segment: int) -> int:
    """The first AAC frame that belongs to a segment: the first that begins at or after its cut."""
    cut = (timeline.cuts[segment] - timeline.cuts[0]) * timeline.time_base
    return ceil(cut * SAMPLE_RATE_HZ / AAC_FRAME_SAMPLES)
