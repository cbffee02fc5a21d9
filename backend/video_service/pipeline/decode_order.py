"""When pictures are decoded: the same for every rung, whoever made it.

The DTS of the n-th picture in decoding order is the PTS of the picture shown ``depth`` places before
the n-th. So segments of all rungs join at every cut without a step or a hole between their DTS, which
players take for pictures out of place. The first pictures have none before them: players take the
first DTS for time 0, so the first is decoded when it is shown, and those after it within its duration.

ffmpeg evaluates ``setts`` with 64-bit floats and ten variables that last from packet to packet
(bitstream filter documentation, ``setts``; utilities, expression evaluation). Packets for the
MPEG-TS muxer are counted in 1/90000 s there, whatever its ``TB`` says.
"""

from fractions import Fraction

from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Timeline
from video_service.domain.transport_stream import CLOCK_HZ

#: Of x264 with B-pyramids.
_ENCODED_DEPTH = 2
#: Variables of an expression that remain for waiting pictures.
_MOST_DEPTH = 8


def first_decode_seconds(facts: SourceFacts, timeline: Timeline, segment: int) -> float:
    """Media time at which a segment's first picture is decoded; ``segment`` may be the one after the last."""
    return float(_decode_seconds(facts, timeline, sum(timeline.frame_counts[:segment])))


def lead_in_pictures(facts: SourceFacts, timeline: Timeline) -> int:
    """How many pictures must be seen before it is known when the next is decoded."""
    if timeline.on_grid:
        return _ENCODED_DEPTH
    return min(max(_ENCODED_DEPTH, facts.video.reorder_depth), _MOST_DEPTH)


def decode_times(facts: SourceFacts, timeline: Timeline, first: int, *, leads_in: bool = False) -> str:
    """A bitstream filter that sets the DTS of a run of segments.

    ``leads_in``: at least ``lead_in_pictures`` come before the run's first, and are thrown away.
    """
    depth = lead_in_pictures(facts, timeline)
    index = sum(timeline.frame_counts[:first])
    begin = _seconds(timeline, timeline.cuts[first])
    if leads_in:
        waiting = [n - depth for n in range(depth)]
    else:
        waiting = [_ticks(_decode_seconds(facts, timeline, index + n) - begin) for n in range(depth)]
    new = "PTS"
    if first == 0:
        new = f"if(eq(N,0),PTS+{_ticks(_decode_seconds(facts, timeline, depth))},PTS)"
    # The earliest of those that wait and the new one leaves; another takes its place.
    starting = ";".join(f"st({n},STARTPTS+({ticks}))" for n, ticks in enumerate(waiting))
    passing = [f"st(8,ld({n}));st({n},max(ld(8),ld(9)));st(9,min(ld(8),ld(9)))" for n in range(depth)]
    expression = ";".join([f"if(eq(N,0),{starting})", f"st(9,{new})", *passing])
    return "setts=pts=PTS:dts=" + expression.replace(",", r"\,")


def _decode_seconds(facts: SourceFacts, timeline: Timeline, index: int) -> Fraction:
    """Media time at which a picture is decoded, by its number in decoding order."""
    depth = lead_in_pictures(facts, timeline)
    if index > depth:
        return _shown_seconds(facts, timeline, index - depth)
    return _shown_seconds(facts, timeline, 1) * Fraction(index, depth + 1)


def _shown_seconds(facts: SourceFacts, timeline: Timeline, index: int) -> Fraction:
    """Media time at which a picture is shown, by its number in the order of showing."""
    if timeline.on_grid:
        return index * timeline.time_base
    pts = facts.frames.pts
    return _seconds(timeline, pts[index] if index < len(pts) else facts.frames.end)


def _seconds(timeline: Timeline, tick: int) -> Fraction:
    return (tick - timeline.cuts[0]) * timeline.time_base


def _ticks(seconds: Fraction) -> int:
    return round(seconds * CLOCK_HZ)
