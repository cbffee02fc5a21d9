"""The timeline: every picture in exactly one segment, and cuts where every rung can be cut."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import NTSC, SOURCES, shivering, source, steady_sources, uneven_source, unhurried
from video_service.domain.facts import SourceFacts
from video_service.domain.ladder import frame_rate
from video_service.domain.plan import Timeline
from video_service.domain.planning import make_plan
from video_service.domain.timeline import begun_as_planned, begun_on_grid, cut_at_keyframes, cut_on_grid


def on_grid(facts: SourceFacts) -> Timeline:
    return cut_on_grid(facts, frame_rate(facts))


def lengths(timeline: Timeline) -> list[float]:
    return [round(timeline.segment_seconds(k), 6) for k in range(timeline.segment_count)]


def check_shape(timeline: Timeline) -> None:
    assert all(before < after for before, after in pairwise(timeline.cuts))
    assert timeline.segment_count == len(timeline.frame_counts) == len(timeline.cuts) - 1
    assert all(count > 0 for count in timeline.frame_counts)
    assert timeline.start_seconds(0) == 0
    ends = list(accumulate(timeline.segment_seconds(k) for k in range(timeline.segment_count)))
    assert ends[-1] == pytest.approx(timeline.duration_seconds)
    starts = [timeline.start_seconds(k) for k in range(1, timeline.segment_count)]
    assert starts == pytest.approx(ends[:-1], abs=1e-5)


@unhurried
@given(SOURCES)
def test_cuts_at_key_frames_hold_every_picture_once(facts: SourceFacts) -> None:
    timeline, pts = cut_at_keyframes(facts), facts.frames.pts
    check_shape(timeline)
    assert not timeline.on_grid
    assert timeline.time_base == facts.video.time_base
    assert (timeline.cuts[0], timeline.cuts[-1]) == (pts[0], facts.frames.end)
    assert set(timeline.cuts[:-1]) <= set(facts.frames.keyframes)
    held = [sum(a <= tick < b for tick in pts) for a, b in pairwise(timeline.cuts)]
    assert list(timeline.frame_counts) == held
    assert sum(held) == len(pts)


@unhurried
@given(SOURCES)
def test_a_cut_is_the_next_key_frame_after_two_and_then_four_seconds(facts: SourceFacts) -> None:
    timeline, base = cut_at_keyframes(facts), facts.video.time_base
    for number, (cut, after) in enumerate(pairwise(timeline.cuts)):
        least = (2 if number == 0 else 4) / base - Fraction(1, 2)
        early = [key for key in facts.frames.keyframes if cut < key < after]
        # What is passed over is too early, or would leave a tail of less than half a second.
        assert all(key - cut < least or (facts.frames.end - key) * base < 0.5 for key in early)
        if after != facts.frames.end:
            assert after - cut >= least


@unhurried
@given(SOURCES)
def test_a_grid_has_a_place_for_every_picture(facts: SourceFacts) -> None:
    timeline, rate = on_grid(facts), frame_rate(facts)
    check_shape(timeline)
    assert timeline.on_grid
    assert timeline.time_base == 1 / rate
    assert timeline.cuts[0] == 0
    assert timeline.frame_counts == tuple(b - a for a, b in pairwise(timeline.cuts))
    assert sum(timeline.frame_counts) == timeline.cuts[-1]
    if not facts.frames.is_constant_rate:
        last_seconds = float((facts.frames.pts[-1] - facts.frames.pts[0]) * facts.video.time_base)
        seconds = max(facts.duration_seconds, last_seconds + 1 / float(rate))
        assert timeline.duration_seconds == pytest.approx(seconds, abs=1 / float(rate))


@unhurried
@given(steady_sources())
def test_a_steady_source_keeps_its_number_of_pictures(facts: SourceFacts) -> None:
    count = len(facts.frames.pts)
    expected = count if facts.video.nominal_rate <= 60 else -(-count // 2)
    assert on_grid(facts).cuts[-1] == expected


@unhurried
@given(seconds=st.floats(3, 40), rate=st.sampled_from([Fraction(24_000, 1001), 25, NTSC, 30, 50, 60]))
def test_without_key_frames_a_grid_is_cut_after_two_seconds_and_then_every_four(
    seconds: float, rate: Fraction
) -> None:
    first, *inner, last = lengths(on_grid(source(seconds=seconds, rate=rate, every=10**6)))
    frame_seconds = 1 / float(rate)
    assert first == pytest.approx(2, abs=frame_seconds)
    assert inner == pytest.approx([4] * len(inner), abs=frame_seconds)
    assert 0.5 - frame_seconds <= last < 4.5 + frame_seconds


@pytest.mark.parametrize(
    ("seconds", "every", "expected"),
    [
        (16, 75, [2.5, 5, 5, 3.5]),  # the nearest one, at most 3/8 of a segment away
        (18, 250, [2, 4, 4, 4, 4]),  # 8.333 s is too far from 6 and 10 s, and after 18 s there is nothing
        (27, 250, [2, 4, 4, 4, 2.666667, 4, 4.333333, 2]),
        (30, 170, [2, 3.666667, 4, 4, 3.333333, 4, 4, 3.333333, 1.666667]),
    ],
)
def test_a_cut_on_a_grid_goes_to_a_key_frame_nearby(seconds: int, every: int, expected: list[float]) -> None:
    assert lengths(on_grid(source(seconds=seconds, every=every))) == expected


@pytest.mark.parametrize(
    ("seconds", "rate", "counts"),
    [
        (0, 30, [1]),
        (2.4, 30, [72]),  # a tail of 0.4 s joins the segment before it
        (2.5, 30, [60, 15]),
        (11, 30, [60, 120, 120, 30]),
        (10.1, 25, [50, 100, 102]),
        (11, NTSC, [60, 120, 120, 30]),
        (11, 120, [120, 240, 240, 60]),
        (300, Fraction(1, 10), [1] * 30),  # pictures that last longer than a segment should
    ],
)
def test_counts_on_a_grid(seconds: float, rate: Fraction, counts: list[int]) -> None:
    assert list(on_grid(source(seconds=seconds, rate=rate, every=10**6)).frame_counts) == counts


@pytest.mark.parametrize(
    ("seconds", "every", "expected"),
    [
        (11, 60, [2, 4, 4, 1]),
        (11, 30, [2, 4, 4, 1]),
        (11, 90, [3, 6, 2]),
        (11, 150, [5, 5, 1]),
        (11, 330, [11]),
        (6.4, 60, [2, 4.4]),  # a tail of 0.4 s joins the segment before it
        (1, 60, [1]),
    ],
)
def test_lengths_between_key_frames(seconds: float, every: int, expected: list[float]) -> None:
    assert lengths(cut_at_keyframes(source(seconds=seconds, every=every))) == expected


def test_a_key_frame_half_a_tick_early_is_on_time() -> None:
    # 30.1 pictures a second, a tick for each: two seconds are 60.2 ticks, four are 120.4.
    facts = source(seconds=12, rate=Fraction(301, 10), every=30, time_base=Fraction(10, 301))
    assert cut_at_keyframes(facts).frame_counts == (60, 120, 120, 61)


def test_varying_pictures_stay_where_they_are() -> None:
    facts = uneven_source([500, 250, 1250, 3000, 1000, 4000], every=1, time_base=Fraction(1, 1000))
    timeline = cut_at_keyframes(facts)
    assert timeline.cuts == (0, 2000, 6000, 10_000)
    assert timeline.frame_counts == (3, 2, 1)


@pytest.mark.parametrize("time_base", [Fraction(1), Fraction(3), Fraction(5), Fraction(60)])
def test_a_clock_coarser_than_a_segment_ends_in_cuts_all_the_same(time_base: Fraction) -> None:
    facts = uneven_source([1] * 20, every=1, time_base=time_base)
    timeline = cut_at_keyframes(facts)
    check_shape(timeline)
    assert sum(timeline.frame_counts) == 20


def test_the_grid_of_a_varying_source_lasts_as_long_as_its_pictures() -> None:
    steps = [33, 34, 33, 33, 500, 33, 34] * 20
    timeline = on_grid(uneven_source(steps, time_base=Fraction(1, 1000)))
    assert timeline.time_base == Fraction(1, 30)
    assert timeline.cuts[-1] == round(sum(steps) * 30 / 1000)


@pytest.mark.parametrize("first_ms", [-16, -12, -4, 0, 4, 12, 16])
def test_a_first_picture_that_lies_off_moves_no_other(first_ms: float) -> None:
    facts = shivering(30, 0.1, first_ms=first_ms, codec="vp9")
    plan = make_plan(facts)
    assert plan.rungs[0].frame_rate == 30
    assert plan.timeline.cuts[-1] == len(facts.frames.pts)
    begun = begun_as_planned(facts, plan.timeline)
    assert not begun.first_picture_is_held
    off = [(tick - begun.frames.begin) * 30 / 90_000 for tick in facts.frames.pts]
    assert off[1:] == pytest.approx(range(1, len(off)), abs=0.02)
    assert begun_as_planned(begun, plan.timeline) == begun


def test_a_picture_that_is_held_ends_where_the_others_begin() -> None:
    facts = shivering(30, 0.1, first_ms=-12, codec="vp9")
    early = replace(facts.frames, begin=facts.frames.pts[0] - 90_000)
    held = begun_as_planned(facts, make_plan(replace(facts, frames=early)).timeline)
    assert held.first_picture_is_held
    assert held.frames.begin == begun_on_grid(facts, Fraction(30)).frames.begin - 90_000


@unhurried
@given(SOURCES)
def test_only_pictures_at_varying_times_move_a_grid(facts: SourceFacts) -> None:
    timeline = make_plan(facts).timeline
    if facts.frames.is_constant_rate or not timeline.on_grid:
        assert timeline.begin is None
        assert begun_as_planned(facts, timeline) == facts
    else:
        assert timeline.begin is not None
        assert abs(timeline.begin - facts.frames.pts[0]) <= timeline.time_base / facts.video.time_base


@pytest.mark.parametrize("rate", [30, 120])
def test_a_last_picture_that_stays_is_shown_as_long_as_it_stays(rate: int) -> None:
    facts = source(seconds=6, rate=rate)
    stays = replace(facts.frames, end=facts.frames.pts[-1] + 20 * 90_000)
    timeline = on_grid(replace(facts, frames=stays))
    assert timeline.duration_seconds == pytest.approx(6 + 20, abs=0.05)
    # A container's rounding, or twice as long: not on purpose.
    rounded = replace(facts.frames, end=facts.frames.pts[-1] + 90_000 // min(rate, 60) * 19 // 10)
    assert on_grid(replace(facts, frames=rounded)).duration_seconds == 6


@pytest.mark.parametrize("rate", [30, NTSC])
def test_three_hours_hold_every_picture(rate: Fraction) -> None:
    facts = source(seconds=3 * 3600, rate=rate)
    pictures = len(facts.frames.pts)
    for timeline in (cut_at_keyframes(facts), on_grid(facts)):
        check_shape(timeline)
        assert sum(timeline.frame_counts) == pictures
        assert 2690 <= timeline.segment_count <= 2710
        assert timeline.duration_seconds == pytest.approx(pictures / float(rate), abs=1e-4)
