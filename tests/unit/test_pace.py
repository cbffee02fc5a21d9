"""The estimate of the time that is left, against a clock that the test turns."""

from datetime import UTC, datetime, timedelta

import pytest

from video_service.domain.pace import Pace

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return _BEGIN + timedelta(seconds=seconds)


def worked(pace: Pace, since: int, until: int, per_second: float) -> Pace:
    for second in range(since + 1, until + 1):
        pace = pace.after(per_second, at(second))
    return pace


def test_nothing_is_said_before_there_is_something_to_say() -> None:
    pace = Pace(_BEGIN, _BEGIN)
    assert pace.seconds_left(0.0, at(100)) is None
    assert pace.after(0.5, at(1)).seconds_left(0.5, at(1)) is None


@pytest.mark.parametrize("passed", [10, 60, 600])
def test_at_an_even_pace_it_is_what_is_left_by_the_pace(passed: int) -> None:
    pace = worked(Pace(_BEGIN, _BEGIN), 0, passed, 0.001)
    left = pace.seconds_left(passed * 0.001, at(passed))
    assert left == pytest.approx(1000 - passed, rel=0.02)


def test_a_wait_in_the_queue_lengthens_it_and_is_forgotten_later() -> None:
    pace = worked(Pace(_BEGIN, _BEGIN), 0, 60, 0.001)
    before, waiting = pace.seconds_left(0.06, at(60)), pace.seconds_left(0.06, at(180))
    assert before is not None
    assert waiting is not None
    assert waiting > 5 * before
    pace = worked(pace, 3600, 3900, 0.001)
    assert pace.seconds_left(0.36, at(3900)) == pytest.approx(640, rel=0.02)


def test_what_stands_still_has_no_end() -> None:
    pace = worked(Pace(_BEGIN, _BEGIN), 0, 60, 0.001)
    assert pace.seconds_left(0.06, at(3600)) is None


def test_progress_that_does_not_grow_takes_nothing_away() -> None:
    pace = worked(Pace(_BEGIN, _BEGIN), 0, 60, 0.001)
    assert pace.after(-0.5, at(60)) == pace
