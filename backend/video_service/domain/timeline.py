"""The timeline: all cuts of a video, known before a single segment is made."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil

from video_service.domain.facts import SourceFacts
from video_service.domain.grids import fit
from video_service.domain.plan import Timeline

#: Of the first segment and of all others. A short first one is what starts playback soon.
_TARGETS = Fraction(2), Fraction(4)
#: A cut on a grid may be this part of a segment earlier or later, where the source has a key frame.
_LEEWAY = Fraction(3, 8)
#: Pictures go to the grid's nearest place, so one this part of a step after a cut is still on time.
_ON_TIME = Fraction(1, 4)
#: A tail shorter than this joins the segment before it.
_SHORTEST_SECONDS = Fraction(1, 2)
#: Nothing is read from longer before what is wanted, if a key frame is nearer.
LONG_BEFORE_SECONDS = 12
#: A last picture shown for longer than this many steps of the grid stays on purpose.
_LASTING_STEPS = 2


def cut_at_keyframes(facts: SourceFacts) -> Timeline:
    """Cuts are key frames of the source, and its frame times are kept."""
    frames, time_base = facts.frames, facts.video.time_base
    shortest = ceil(_SHORTEST_SECONDS / time_base)
    # A key frame half a tick early is on time, but not the cut itself where a tick takes seconds.
    least, later_least = (max(1, ceil(target / time_base - Fraction(1, 2))) for target in _TARGETS)
    cuts = [frames.pts[0]]
    while True:
        position = bisect_left(frames.keyframes, cuts[-1] + least)
        if position == len(frames.keyframes):
            break
        cut = frames.keyframes[position]
        if frames.end - cut < shortest:
            break
        cuts.append(cut)
        least = later_least
    places = [bisect_left(frames.pts, cut) for cut in cuts] + [len(frames.pts)]
    counts = tuple(after - before for before, after in itertools.pairwise(places))
    return Timeline(time_base, on_grid=False, cuts=(*cuts, frames.end), frame_counts=counts)


def begun_on_grid(facts: SourceFacts, rate: Fraction) -> SourceFacts:
    """With media time 0 where a grid of ``rate`` suits its pictures best: the first may lie off the others,
    and clocks shiver."""
    frames = facts.frames
    if frames.is_constant_rate or facts.video.is_unordered:  # which is shown at a constant rate, too
        return facts
    moved = fit(frames.pts, facts.video.time_base * rate).begin - frames.pts[0]
    return replace(facts, frames=replace(frames, begin=frames.begin + moved))


def begun_as_planned(facts: SourceFacts, timeline: Timeline) -> SourceFacts:
    """With media time 0 where the plan has it, whoever made that."""
    if timeline.begin is None:
        return facts
    return replace(facts, frames=replace(facts.frames, begin=timeline.begin))


def cut_on_grid(facts: SourceFacts, rate: Fraction) -> Timeline:
    """Cuts and pictures lie on a constant grid of ``rate`` pictures per second.

    Where the source has a key frame near a cut, the cut goes there: whoever makes the segment need not
    decode what is before it.
    """
    total = _grid_frames(facts, rate)
    places = _keyframe_places(facts, rate)
    shortest = max(1, ceil(_SHORTEST_SECONDS * rate))
    steps, later_steps = ((max(1, round(t * rate)), int(_LEEWAY * t * rate)) for t in _TARGETS)
    cuts = [0]
    while True:
        step, leeway = steps
        wanted = cuts[-1] + step
        cut = _near(places, wanted, leeway)
        if total - max(wanted, cut) < shortest:
            break
        cuts.append(cut)
        steps = later_steps
    cuts.append(total)
    counts = tuple(after - before for before, after in itertools.pairwise(cuts))
    begin = None if facts.frames.is_constant_rate else facts.frames.begin
    return Timeline(1 / rate, on_grid=True, cuts=tuple(cuts), frame_counts=counts, begin=begin)


def _keyframe_places(facts: SourceFacts, rate: Fraction) -> list[int]:
    """The first place on a grid that decoding reaches from each key frame, in order."""
    begin, steps = facts.frames.begin, facts.video.time_base * rate
    # In whole numbers, as there may be very many: a place is ``unit`` of them, a tick ``tick``.
    unit = steps.denominator * _ON_TIME.denominator
    tick, on_time = int(steps * unit), int(_ON_TIME * unit)
    return [-((on_time - (key - begin) * tick) // unit) for key in facts.frames.keyframes]


def _near(places: Sequence[int], wanted: int, leeway: int) -> int:
    """The nearest of these places, or the wanted one where they are all further away."""
    around = places[bisect_left(places, wanted - leeway) : bisect_right(places, wanted + leeway)]
    return min(around, key=lambda place: abs(place - wanted), default=wanted)


def keyframe_before(facts: SourceFacts, timeline: Timeline, segment: int) -> int:
    """The key frame, in source PTS, from which decoding reaches the segment's first picture; the
    first where there is none before it."""
    keyframes, wanted = facts.frames.keyframes, timeline.cuts[segment]
    if timeline.on_grid:
        # In whole numbers: it is asked for every segment.
        grid, source = timeline.time_base, facts.video.time_base
        quarters = wanted * _ON_TIME.denominator + _ON_TIME.numerator
        per_tick = _ON_TIME.denominator * grid.denominator * source.numerator
        wanted = facts.frames.begin + quarters * grid.numerator * source.denominator // per_tick
    return keyframes[max(0, bisect_right(keyframes, wanted) - 1)]


def entry_before(facts: SourceFacts, pts: int) -> int:
    """The position of the last key frame from which decoding reaches a picture whole; 0 where none does."""
    keyframes, recovery = facts.frames.keyframes, facts.video.recovery_pictures
    position = bisect_right(keyframes, pts) - 1
    if recovery:
        # That counts pictures which others need, others may lie between them. From one key frame to the next
        # every part is refreshed once.
        shown = facts.frames.pts
        key = keyframes[max(0, position)]
        whole = shown[max(0, bisect_left(shown, key) - recovery * (1 + facts.video.reorder_depth))]
        long_before = bisect_right(keyframes, key - LONG_BEFORE_SECONDS / facts.video.time_base) - 1
        position = min(position - 1, max(bisect_right(keyframes, whole) - 1, long_before))
    return max(0, position)


def _grid_frames(facts: SourceFacts, rate: Fraction) -> int:
    """How many pictures the grid has: one for each of the source's, where its rate is the grid's."""
    count = len(facts.frames.pts)
    frames, steps = facts.frames, facts.video.time_base * rate
    if facts.frames.is_constant_rate and count > 1:
        halvings = round(facts.mean_rate / rate)
        if abs(facts.mean_rate / halvings - rate) < rate / 100:
            last = (facts.frames.end - facts.frames.pts[-1]) * facts.video.time_base * rate
            # What a container says of the last picture's duration is rounded, unless the picture stays.
            held = round((frames.pts[0] - frames.begin) * steps)
            return held + -(-count // halvings) + (round(last) - 1 if last > _LASTING_STEPS else 0)
    # The last one has a place, however short it is shown.
    return max(round((frames.end - frames.begin) * steps), round((frames.pts[-1] - frames.begin) * steps) + 1)
