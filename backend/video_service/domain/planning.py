"""Facts to plan: which lanes there are, and where their chunks begin and end."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from video_service.domain.facts import SourceFacts
from video_service.domain.ladder import make_ladder, may_copy
from video_service.domain.plan import AudioRendition, Chunk, Lane, Plan, Timeline, VideoRung
from video_service.domain.timeline import cut_at_keyframes, cut_on_grid

#: A copy above this needs an encoded companion for slower networks from the first moment.
_EASY_COPY_BPS = 3_000_000
_EXPRESS_SHORT_SIDE = 360
_AUDIO_BITRATE_BPS = 128_000

#: Longest content of a chunk, in seconds, by what it is for.
_COPY_CHUNK_SECONDS = 600.0
_AUDIO_CHUNK_SECONDS = 60.0
_LADDER_CHUNK_SECONDS = 28.0
#: A chunk of a lane is not interrupted, so its estimated time bounds how long others wait for it.
_EXPRESS_WALL_SECONDS = 4.0
_LADDER_WALL_SECONDS = 60.0

#: Pixels that one core decodes and x264's veryfast encodes in a second, measured and rounded down.
_DECODED_PIXELS = {"h264": 250e6, "mpeg2video": 250e6, "mpeg4": 250e6}
_OTHER_DECODED_PIXELS = 150e6
_ENCODED_PIXELS = 60e6
_CORES = 2


def make_plan(facts: SourceFacts) -> Plan:
    """Everything decided about a revision before the first segment is made. Pure."""
    copied = may_copy(facts)
    rungs = make_ladder(facts, copied=copied)
    timeline = cut_at_keyframes(facts) if copied else cut_on_grid(facts, rungs[0].frame_rate)
    audio = tuple(
        AudioRendition(
            name=f"a{number}",
            stream_index=track.stream_index,
            codecs="mp4a.40.2",
            channels=2,
            bitrate_bps=_AUDIO_BITRATE_BPS,
            language=track.language,
            title=track.title or (track.language or f"Track {number + 1}"),
        )
        for number, track in enumerate(facts.audio[:1])
    )
    chunks = tuple(_chunks(facts, timeline, rungs, audio))
    return Plan(timeline, rungs, audio, chunks)


def _chunks(
    facts: SourceFacts, timeline: Timeline, rungs: Sequence[VideoRung], audio: Sequence[AudioRendition]
) -> Iterator[Chunk]:
    encoded = [rung for rung in rungs if not rung.copied]
    copies = [rung for rung in rungs if rung.copied]
    for rung in copies:
        yield from _lane(timeline, Lane.EXPRESS, (rung.name,), [1, 10**6], _COPY_CHUNK_SECONDS)
    express = None
    if encoded and (not copies or copies[0].maxrate_bps > _EASY_COPY_BPS):
        express = _express_rung(encoded)
        seconds = _EXPRESS_WALL_SECONDS / _wall_per_second(facts, [express])
        yield from _lane(timeline, Lane.EXPRESS, (express.name,), [1, 1, 2, 2, 4], seconds)
    for track in audio:
        yield from _lane(timeline, Lane.AUDIO, (track.name,), [1, 4, 10**6], _AUDIO_CHUNK_SECONDS)
    ladder = [rung for rung in encoded if rung is not express]
    if ladder:
        seconds = min(_LADDER_CHUNK_SECONDS, _LADDER_WALL_SECONDS / _wall_per_second(facts, ladder))
        names = tuple(rung.name for rung in ladder)
        yield from _lane(timeline, Lane.LADDER, names, [1, 2, 4, 10**6], seconds)


def _express_rung(encoded: Sequence[VideoRung]) -> VideoRung:
    """The largest rung that is not larger than 360p, or the smallest there is."""
    small = [rung for rung in encoded if min(rung.width, rung.height) <= _EXPRESS_SHORT_SIDE]
    return small[0] if small else encoded[-1]


def _lane(
    timeline: Timeline, lane: Lane, renditions: tuple[str, ...], sizes: Sequence[int], most_seconds: float
) -> Iterator[Chunk]:
    """Chunks of growing numbers of segments, each at most so long, but at least one segment."""
    first = number = 0
    while first < timeline.segment_count:
        most = sizes[min(number, len(sizes) - 1)]
        count, seconds = 1, timeline.segment_seconds(first)
        while count < most and first + count < timeline.segment_count:
            seconds += timeline.segment_seconds(first + count)
            if seconds > most_seconds:
                break
            count += 1
        yield Chunk(lane, first, count, renditions)
        first += count
        number += 1


def _wall_per_second(facts: SourceFacts, rungs: Sequence[VideoRung]) -> float:
    """Estimated seconds for a second of content, on the cores that a worker should have."""
    return max(0.01, cpu_per_second(facts, rungs) / _CORES)


def cpu_per_second(facts: SourceFacts, rungs: Sequence[VideoRung]) -> float:
    """Estimated CPU seconds for a second of content, with one decode for all rungs."""
    video = facts.video
    pixels = _DECODED_PIXELS.get(video.codec, _OTHER_DECODED_PIXELS)
    decoded = video.width * video.height * facts.mean_rate / Fraction(pixels)
    encoded = sum(rung.width * rung.height * rung.frame_rate for rung in rungs) / Fraction(_ENCODED_PIXELS)
    return float(decoded + encoded)
