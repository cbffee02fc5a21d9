"""Bands and turns: which of two jobs goes first."""

import itertools

from video_service.repository.priorities import Band, priority

#: A film of three hours, uploaded in a century.
_LAST_TURN = 100 * 366 * 86_400 // 50 + 3 * 3600


def test_a_band_never_reaches_into_the_next() -> None:
    for lower, higher in itertools.pairwise(Band):
        assert priority(lower, 0) < priority(higher, _LAST_TURN)


def test_lower_turns_go_first_for_a_century() -> None:
    assert priority(Band.LADDER, _LAST_TURN) < priority(Band.LADDER, _LAST_TURN - 1)


def test_priorities_fit_into_32_bits() -> None:
    assert -(2**31) <= priority(min(Band), 2**40) <= priority(max(Band), 0) < 2**31
