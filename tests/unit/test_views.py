"""What is a view, and who has finished."""

import itertools

import pytest

from video_service.domain.viewing import ViewGate, is_finished, is_view

HOUR = 3600.0


class Clock:
    now_seconds = 0.0

    def __call__(self) -> float:
        return self.now_seconds


@pytest.mark.parametrize(
    ("position_seconds", "duration_seconds", "finished"),
    [
        (0, 100, False),
        (89, 100, False),
        (90.5, 100, True),  # less than ten seconds are left
        (940, 1000, False),
        (951, 1000, True),  # more than 95 %
        (1000, 1000, True),
        (0, 8, True),  # nothing to come back to
        (500, None, False),
    ],
)
def test_who_is_near_the_end_has_finished(
    position_seconds: float, duration_seconds: float | None, finished: bool
) -> None:
    assert is_finished(position_seconds, duration_seconds) is finished


@pytest.mark.parametrize(
    ("watched_seconds", "duration_seconds", "view"),
    [
        (29, 600, False),
        (30, 600, True),
        (4, 10, False),
        (5, 10, True),
        (0, 0, False),
        (29, None, False),
        (30, None, True),
    ],
)
def test_a_view_is_thirty_seconds_or_half(
    watched_seconds: float, duration_seconds: float | None, view: bool
) -> None:
    assert is_view(watched_seconds, duration_seconds) is view


def test_a_viewer_passes_once_for_each_video() -> None:
    gate = ViewGate()
    assert [gate.lets_pass("ada", "one") for _ in range(3)] == [True, False, False]
    assert gate.lets_pass("ada", "two")
    assert gate.lets_pass("bob", "one")


@pytest.mark.parametrize("begun_hours", [0, 5, 11.9, 12, 23])
def test_a_viewer_passes_again_after_twelve_hours_at_the_earliest_and_twenty_four_at_the_latest(
    begun_hours: float,
) -> None:
    clock = Clock()
    gate = ViewGate(clock_seconds=clock)
    clock.now_seconds = begun_hours * HOUR
    assert gate.lets_pass("ada", "one")
    for half_hours in itertools.count(1):
        clock.now_seconds = (begun_hours + half_hours / 2) * HOUR
        if gate.lets_pass("ada", "one"):
            break
    assert 12 <= half_hours / 2 <= 24


def test_after_a_long_silence_everybody_passes() -> None:
    clock = Clock()
    gate = ViewGate(clock_seconds=clock)
    assert gate.lets_pass("ada", "one")
    clock.now_seconds = 24 * HOUR
    assert gate.lets_pass("ada", "one")


def test_a_flood_takes_bounded_memory_and_the_newest_are_remembered() -> None:
    gate = ViewGate(most_views=100)
    assert all(gate.lets_pass(f"viewer {number}", "one") for number in range(1000))
    assert not any(gate.lets_pass(f"viewer {number}", "one") for number in range(900, 1000))
    assert len(gate._newer._views) + len(gate._older._views) <= 200


def test_what_it_remembers_tells_nobody_anything() -> None:
    gate = ViewGate()
    gate.lets_pass("ada", "one")
    other = ViewGate()
    other.lets_pass("ada", "one")
    assert gate._newer._views != other._newer._views
