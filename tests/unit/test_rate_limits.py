"""Rates: what is let through, when it may come again, and how much memory it takes.

The oracle for the algorithm is the leaky bucket that ITU-T I.371 annex A proves it equal to.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.env import Rate
from shared.rate_limits import RateLimit, TooOften, require, take

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def allowed(limit: RateLimit, key: str) -> bool:
    try:
        take((limit, key))
    except TooOften:
        return False
    return True


def test_ten_in_a_hurry_then_one_every_thirty_seconds() -> None:
    clock = Clock()
    limit = RateLimit("test", Rate(10, 300), clock_nanoseconds=clock)
    assert [allowed(limit, "a") for _ in range(12)] == [True] * 10 + [False] * 2
    assert allowed(limit, "b"), "another key has a rate of its own"
    clock.now += 29 * SECOND
    with pytest.raises(TooOften) as refusal:
        take((limit, "a"))
    assert refusal.value.retry_after_seconds == 1
    clock.now += 1 * SECOND
    assert [allowed(limit, "a") for _ in range(2)] == [True, False]
    clock.now += 1000 * SECOND
    assert [allowed(limit, "a") for _ in range(11)] == [True] * 10 + [False]


@given(
    count=st.integers(1, 9),
    period_seconds=st.integers(1, 100),
    pauses=st.lists(st.integers(0, 30 * SECOND), max_size=60),
)
def test_it_lets_through_what_a_leaky_bucket_would(
    count: int, period_seconds: int, pauses: list[int]
) -> None:
    clock = Clock()
    limit = RateLimit("test", Rate(count, period_seconds), clock_nanoseconds=clock)
    interval = period_seconds * SECOND // count  # one drop leaks in this time
    drops, before = Fraction(0), 0
    for pause in pauses:
        clock.now += pause
        drops = max(Fraction(0), drops - Fraction(clock.now - before, interval))
        before = clock.now
        # The bucket's size is the whole period, in drops.
        fits = drops + 1 <= Fraction(period_seconds * SECOND, interval)
        assert allowed(limit, "a") == fits
        drops += fits


@given(count=st.integers(1, 1000), period_seconds=st.integers(1, 10_000), tries=st.integers(1, 50))
def test_coming_again_when_told_works_and_sooner_does_not(
    count: int, period_seconds: int, tries: int
) -> None:
    clock = Clock()
    limit = RateLimit("test", Rate(count, period_seconds), clock_nanoseconds=clock)
    for _ in range(count + tries):
        if not allowed(limit, "a"):
            wait = limit.wait_nanoseconds("a")
            clock.now += wait - 1
            assert not allowed(limit, "a")
            clock.now += 1
            assert allowed(limit, "a")


def test_one_refusal_counts_nothing_anywhere() -> None:
    clock = Clock()
    narrow = RateLimit("narrow", Rate(1, 10), clock_nanoseconds=clock)
    wide = RateLimit("wide", Rate(2, 100), clock_nanoseconds=clock)
    take((narrow, "a"), (wide, "a"))
    with pytest.raises(TooOften) as refusal:
        take((narrow, "a"), (wide, "a"))
    assert refusal.value.retry_after_seconds == 10
    take((wide, "a"))
    with pytest.raises(TooOften) as refusal:
        require((narrow, "a"), (wide, "a"))
    assert refusal.value.retry_after_seconds == 50, "the longer wait is told"


def test_without_a_rate_nothing_is_too_often() -> None:
    limit = RateLimit("test", None)
    assert all(allowed(limit, "a") for _ in range(10_000))


def test_a_flood_of_keys_takes_bounded_memory_and_does_not_wash_away_who_is_refused() -> None:
    clock = Clock()
    limit = RateLimit("test", Rate(3, 3600), clock_nanoseconds=clock, most_keys=100)
    assert [allowed(limit, "guesser") for _ in range(4)] == [True] * 3 + [False]
    for number in range(10_000):
        limit.count("x" * 10_000 + str(number))
        assert len(limit._new_at) <= 100
    assert not allowed(limit, "guesser")


def test_who_is_as_good_as_new_is_forgotten_first() -> None:
    clock = Clock()
    limit = RateLimit("test", Rate(3, 60), clock_nanoseconds=clock, most_keys=100)
    for number in range(90):
        limit.count(f"long ago {number}")
    clock.now += 60 * SECOND
    for number in range(60):
        for _ in range(3):
            limit.count(f"now {number}")
    assert [allowed(limit, f"now {number}") for number in range(60)] == [False] * 60
