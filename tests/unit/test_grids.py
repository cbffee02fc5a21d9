"""Grids for pictures at varying times: where they lie, and what they lose."""

from array import array
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import unhurried
from video_service.domain.grids import fit, least_steps_per_tick, own_step

TIMES = st.lists(st.integers(1, 20_000), min_size=2, max_size=60).map(
    lambda steps: [0, *map(int, np.cumsum(steps))]
)
RATES = st.fractions(Fraction(1, 20_000), Fraction(1, 1000), max_denominator=90_000)


def lost(pts: list[int], begin: int, steps_per_tick: Fraction) -> int:
    """As ffmpeg counts: each goes to the nearest place, the first to the first one."""
    places = [0, *(floor((tick - begin) * steps_per_tick + Fraction(1, 2)) for tick in pts[1:])]
    return sum(after <= before for before, after in pairwise(places))


def test_a_grid_lies_where_most_pictures_do() -> None:
    on_it = [1000 + 3000 * n for n in range(20)]
    assert fit([1000, *on_it[1:]], Fraction(1, 3000)).begin == 1000
    late = [1000, *(tick + 1080 for tick in on_it[1:])]
    found = fit(late, Fraction(1, 3000))
    assert found.begin == pytest.approx(2080, abs=60), "12 ms later than the first"
    assert found.evenness == pytest.approx(0.95, abs=0.05)


@pytest.mark.parametrize("first", [-1499, -750, -600, 0, 600, 750, 900])
def test_a_first_picture_that_lies_off_takes_no_other_s_place(first: int) -> None:
    shivers = np.random.default_rng(1).normal(0, 9, 400).round().astype(int)
    pts = [90_000 + first, *(90_000 + 1500 * n + int(shiver) for n, shiver in enumerate(shivers, 1))]
    found = fit(pts, Fraction(1, 1500))
    assert found.lost == lost(pts, found.begin, Fraction(1, 1500)) == 0
    assert abs(found.begin - pts[0]) < 1500
    off = [(tick - found.begin + 750) % 1500 - 750 for tick in pts[1:]]
    assert abs(sum(off) / len(off)) < 10, "where most of them are"


def test_an_extra_picture_at_the_beginning_has_the_place_before() -> None:
    pts = [0, *(1400 + 3000 * n for n in range(100))]
    found = fit(pts, Fraction(1, 3000))
    assert found.begin == pytest.approx(1400 - 3000, abs=30)
    assert found.lost == 0


def test_pictures_that_lie_anywhere_move_nothing() -> None:
    pts = [int(tick) for tick in np.random.default_rng(1).integers(1, 10**6, 400).cumsum()]
    found = fit(pts, Fraction(1, 3000))
    assert (found.begin, found.evenness) == (pts[0], 0)


@unhurried
@given(pts=TIMES, steps_per_tick=RATES)
def test_what_a_grid_loses_is_counted(pts: list[int], steps_per_tick: Fraction) -> None:
    found = fit(array("q", pts), steps_per_tick)
    assert 0 <= found.evenness <= 1 + 1e-9
    assert abs(found.begin - pts[0]) <= 1 / steps_per_tick
    # Half a place is rounded either way.
    near = [lost(pts, found.begin + tick, steps_per_tick) for tick in (-1, 0, 1)]
    assert min(near) <= found.lost <= max(near)


@unhurried
@given(pts=TIMES, steps_per_tick=RATES, most=st.integers(0, 3))
def test_no_grid_that_loses_little_is_passed_over(
    pts: list[int], steps_per_tick: Fraction, most: int
) -> None:
    if fit(pts, steps_per_tick).lost <= most:
        assert steps_per_tick * Fraction(1001, 1000) >= least_steps_per_tick(pts, most)


def test_a_grid_of_their_own_is_found_between_pauses() -> None:
    shivers = np.random.default_rng(1).normal(0, 40, 4000)
    places = [n for n in range(4000) if n % 97 and not 1000 < n < 1400]
    pts = [round(2971.3 * n + shivers[n]) for n in places]
    assert own_step(pts) == pytest.approx(2971.3, abs=0.01)
