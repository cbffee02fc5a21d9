"""Pauses between attempts grow, but never beyond five minutes, and differ from one another."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox.delivery import pause_after


@given(st.integers(min_value=0, max_value=10**9))
def test_pauses_double_up_to_five_minutes_less_at_most_a_half(attempts: int) -> None:
    full_seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256][attempts] if attempts < 9 else 300
    assert full_seconds / 2 <= pause_after(attempts) <= full_seconds


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({pause_after(9) for _ in range(10)}) > 1
