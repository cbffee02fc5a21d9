"""Facts to plan: which lanes there are, and where their chunks begin and end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from video_service.domain.facts import SourceFacts
from video_service.domain.ladder import make_ladder, may_copy
from video_service.domain.plan import AudioRendition, Chunk, Lane, Plan, Timeline, VideoRung
from video_service.domain.sound import MAX_AUDIO_TRACKS, choices, track_names
from video_service.domain.timeline import begun_on_grid, cut_at_keyframes, cut_on_grid, keyframe_before

#: A copy above this needs an encoded companion for slower networks from the first moment.
_EASY_COPY_BPS = 3_000_000
_EXPRESS_SHORT_SIDE = 360
_AUDIO_BITRATE_BPS = 128_000

#: Longest content of a chunk, in seconds, by what it is for.
_COPY_CHUNK_SECONDS = 600.0
_AUDIO_CHUNK_SECONDS = 120.0
_ENCODED_CHUNK_SECONDS = 28.0
#: Of a source with key frames so far apart that chunks must be longer than they should.
_LONGEST_CHUNK_SECONDS = 240.0
#: A chunk of a lane is not interrupted, so its estimated time bounds how long others wait for it.
_EXPRESS_WALL_SECONDS = 4.0
_LADDER_WALL_SECONDS = 120.0
#: No ladder chunk takes more than this part of what remains, so that workers end together; but what
#: starting costs is not worth it for fewer seconds than these.
_LADDER_SHARE = 0.5
_SHORTEST_SHARE_SECONDS = 4.0
#: So much of what is copied, or of sound, is made at once: to start a program again takes longer.
_AT_ONCE_SECONDS = 8.0
#: What would be left for one more chunk joins the one before it, if it is shorter.
_SHORTEST_REST_SECONDS = 4.0
#: Where the second segment begins so long after a key frame, who makes the first goes on with it: to decode
#: all of that again takes what a viewer has in hand.
_AGAIN_SECONDS = 1.0
#: A chunk may be shorter by this part, to let the next begin nearer to a key frame.
_GIVEN_UP_FOR_A_KEYFRAME = 0.4

#: Pixels that one core decodes and x264's veryfast encodes in a second, measured and rounded down.
_DECODED_PIXELS = {"h264": 250e6, "mpeg2video": 250e6, "mpeg4": 250e6}
_OTHER_DECODED_PIXELS = 150e6
_ENCODED_PIXELS = 60e6
#: An express program has work for so many cores: decoding is one, encoding another.
_EXPRESS_CORES = 2


def make_plan(facts: SourceFacts) -> Plan:
    """Everything decided about a revision before the first segment is made. Pure."""
    copied = may_copy(facts)
    rungs = make_ladder(facts, copied=copied)
    if not copied:
        facts = begun_on_grid(facts, rungs[0].frame_rate)
    timeline = cut_at_keyframes(facts) if copied else cut_on_grid(facts, rungs[0].frame_rate)
    audio = _audio(facts)
    chunks = tuple(_chunks(facts, timeline, rungs, audio))
    return Plan(timeline, rungs, audio, chunks)


def _audio(facts: SourceFacts) -> tuple[AudioRendition, ...]:
    offered = choices(facts.audio)[:MAX_AUDIO_TRACKS]
    names = track_names([track for track, *_ in offered])
    return tuple(
        AudioRendition(
            name=f"a{number}",
            stream_index=track.stream_index,
            codecs="mp4a.40.2",
            channels=2,
            bitrate_bps=_AUDIO_BITRATE_BPS,
            language=track.language,
            title=name,
            is_aside=track.is_aside,
            describes_video=track.describes_video,
            right_index=right[0].stream_index if right else None,
        )
        for number, ((track, *right), name) in enumerate(zip(offered, names, strict=True))
    )


def _chunks(
    facts: SourceFacts, timeline: Timeline, rungs: Sequence[VideoRung], audio: Sequence[AudioRendition]
) -> Iterator[Chunk]:
    encoded = [rung for rung in rungs if not rung.copied]
    copies = [rung for rung in rungs if rung.copied]
    preroll_seconds = _preroll_seconds(facts, timeline)
    pace = _Pace((1,), _COPY_CHUNK_SECONDS, _AT_ONCE_SECONDS)
    copied = [chunk for rung in copies for chunk in _lane(timeline, Lane.EXPRESS, (rung.name,), pace)]
    express, soon_encoded = None, []
    if encoded and (not copies or copies[0].maxrate_bps > _EASY_COPY_BPS):
        express = _express_rung(encoded)
        seconds = min(
            _ENCODED_CHUNK_SECONDS, _EXPRESS_WALL_SECONDS * _EXPRESS_CORES / cpu_per_second(facts, [express])
        )
        is_again = max(preroll_seconds[1:2], default=0) >= _AGAIN_SECONDS
        sizes = (4, 2, 2, 4) if is_again else (1, 1, 2, 2, 4)
        pace = _Pace(sizes, seconds, preroll_seconds=preroll_seconds)
        soon_encoded = list(_lane(timeline, Lane.EXPRESS, (express.name,), pace))
    sound = list(_sound_chunks(timeline, audio))
    # Of those that are equally urgent the first is begun first. A copy is there at once, and waits for its
    # sound only.
    yield from (*copied, *sound, *soon_encoded) if copied else (*soon_encoded, *sound)
    ladder = [rung for rung in encoded if rung is not express]
    if ladder:
        seconds = min(_ENCODED_CHUNK_SECONDS, _LADDER_WALL_SECONDS / cpu_per_second(facts, ladder))
        pace = _Pace((), seconds, share=_LADDER_SHARE, preroll_seconds=preroll_seconds)
        yield from _lane(timeline, Lane.LADDER, tuple(rung.name for rung in ladder), pace)


def _sound_chunks(timeline: Timeline, audio: Sequence[AudioRendition]) -> Iterator[Chunk]:
    for number, track in enumerate(audio):
        lane = Lane.ALTERNATIVE if number else Lane.AUDIO
        pace = _Pace((1, 4), _AUDIO_CHUNK_SECONDS, _AT_ONCE_SECONDS)
        yield from _lane(timeline, lane, (track.name,), pace)


def _express_rung(encoded: Sequence[VideoRung]) -> VideoRung:
    """The largest rung that is not larger than 360p, or the smallest there is."""
    small = [rung for rung in encoded if min(rung.width, rung.height) <= _EXPRESS_SHORT_SIDE]
    return small[0] if small else encoded[-1]


@dataclass(frozen=True)
class _Pace:
    """How much of a lane a chunk takes. It is at least one segment.

    Segments are published one by one while their chunk is made: small first chunks serve what else
    a worker's slot must do soon, not this lane itself.
    """

    first_sizes: tuple[int, ...]
    """Segments in the first chunks, at most."""
    most_seconds: float
    at_once_seconds: float = 0.0
    """What remains is one chunk if it is not longer."""
    share: float = 1.0
    """The largest part of what remains."""
    preroll_seconds: Sequence[float] = ()
    """What must be decoded before each segment's first picture; empty where that is nothing."""

    def preroll(self, segment: int) -> float:
        return self.preroll_seconds[segment] if self.preroll_seconds else 0.0

    def end(self, timeline: Timeline, number: int, first: int) -> int:
        """The segment after the last of a chunk, its number in the lane and first segment given."""
        left_seconds = timeline.duration_seconds - timeline.start_seconds(first)
        if left_seconds <= self.at_once_seconds:
            return timeline.segment_count
        # Where a long run must be decoded first, a longer chunk is made of it: else a source with a
        # single key frame would be decoded as often as it has chunks.
        worthwhile_seconds = min(self.preroll(first), _LONGEST_CHUNK_SECONDS)
        share_seconds = max(self.share * left_seconds, _SHORTEST_SHARE_SECONDS)
        longest_seconds = max(self.most_seconds, worthwhile_seconds)
        limit_seconds = max(min(self.most_seconds, share_seconds), worthwhile_seconds)
        if left_seconds - limit_seconds < _SHORTEST_REST_SECONDS and left_seconds <= self.most_seconds:
            limit_seconds = left_seconds
        most = self.first_sizes[number] if number < len(self.first_sizes) else timeline.segment_count
        last, seconds = first + 1, timeline.segment_seconds(first)
        while last < min(first + most, timeline.segment_count):
            added_seconds = timeline.segment_seconds(last)
            # A share ends with the nearest cut.
            if seconds + added_seconds / 2 > limit_seconds or seconds + added_seconds > longest_seconds:
                break
            seconds += added_seconds
            last += 1
        if last == timeline.segment_count:
            return last
        fewest = last - int((last - first) * _GIVEN_UP_FOR_A_KEYFRAME)
        return min(range(fewest, last + 1), key=lambda end: (self.preroll(end), -end))


def _lane(timeline: Timeline, lane: Lane, renditions: tuple[str, ...], pace: _Pace) -> Iterator[Chunk]:
    first = number = 0
    while first < timeline.segment_count:
        last = pace.end(timeline, number, first)
        yield Chunk(lane, first, last - first, renditions)
        first, number = last, number + 1


def _preroll_seconds(facts: SourceFacts, timeline: Timeline) -> list[float]:
    """From the key frame before each segment to its first picture. Cuts of a copy are key frames."""
    if not timeline.on_grid:
        return []
    begin, time_base = facts.frames.begin, facts.video.time_base
    found = []
    for segment in range(timeline.segment_count):
        ticks = keyframe_before(facts, timeline, segment) - begin
        key_seconds = ticks * time_base.numerator / time_base.denominator
        found.append(max(0.0, timeline.start_seconds(segment) - key_seconds))
    return found


def cpu_per_second(facts: SourceFacts, rungs: Sequence[VideoRung]) -> float:
    """Estimated CPU seconds for a second of content, with one decode for all rungs."""
    video = facts.video
    pixels = _DECODED_PIXELS.get(video.codec, _OTHER_DECODED_PIXELS)
    decoded = video.width * video.height * facts.mean_rate / Fraction(pixels)
    encoded = sum(rung.width * rung.height * rung.frame_rate for rung in rungs) / Fraction(_ENCODED_PIXELS)
    return max(0.02, float(decoded + encoded))
