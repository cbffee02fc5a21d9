"""Pictures of H.264 as containers hold them, written bit by bit (ITU-T H.264 sections 7.3, D.1.8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import unhurried
from video_service.domain.avc_pictures import (
    are_alike,
    configured_sequences,
    length_size,
    recovery_pictures,
    says_entry,
    sequences,
)

DELIMITER, IDR, SLICE = b"\x09\xf0", b"\x65\x88\x84", b"\x41\x9a\x02"


def units(*contents: bytes, length_bytes: int = 4) -> bytes:
    return b"".join(len(content).to_bytes(length_bytes) + content for content in contents)


def started(*contents: bytes) -> bytes:
    """Units as annex B has them, the first one's start code with the zero more that it may have."""
    return b"\0" + b"".join(b"\0\0\1" + content for content in contents)


def recovery(count: int) -> bytes:
    """The message of a recovery point: its count as ue(v), two flags, two bits, and what fills the byte."""
    code = f"{count + 1:b}"
    bits = "0" * (len(code) - 1) + code + "10" + "00" + "1"
    body = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    return bytes([6, len(body)]) + body


def sei(*messages: bytes) -> bytes:
    return b"\x06" + b"".join(messages) + b"\x80"


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 38, 119, 255, 65_535])
def test_a_recovery_point_says_how_long_it_takes(count: int) -> None:
    assert recovery_pictures(units(DELIMITER, sei(recovery(count)), SLICE), 4) == count


def test_messages_before_it_are_passed_over() -> None:
    unregistered = b"\x05\xff\x2c" + b"x" * (255 + 44)
    odd = b"\xff\x01\x02ab"  # of type 256
    assert recovery_pictures(units(sei(unregistered, odd, recovery(5)), SLICE), 4) == 5
    assert recovery_pictures(units(sei(unregistered), sei(recovery(6)), SLICE), 4) == 6


def test_an_idr_picture_needs_no_recovery() -> None:
    assert recovery_pictures(units(DELIMITER, IDR), 4) is None
    assert recovery_pictures(units(sei(recovery(5)), IDR), 4) is None


def test_a_picture_without_such_a_message_is_whole_but_not_independent() -> None:
    assert recovery_pictures(units(DELIMITER, SLICE), 4) == 0
    assert recovery_pictures(units(b"\x67abc", b"\x68d", SLICE), 4) == 0


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_lengths_have_the_size_that_the_header_says(length_bytes: int) -> None:
    header = bytes([1, 0x64, 0, 0x1F, 0xFC | length_bytes - 1, 0xE1])
    assert length_size(header) == length_bytes
    assert recovery_pictures(units(sei(recovery(9)), SLICE, length_bytes=length_bytes), length_bytes) == 9


def test_what_cannot_be_seen_is_not_guessed() -> None:
    long_message = sei(b"\x05\xff\xff" + b"\0" * 2000)
    assert recovery_pictures(units(long_message, SLICE)[:500], 4) is None
    assert recovery_pictures(b"", 4) is None
    assert recovery_pictures(b"\x81\0\0\x80" + units(sei(recovery(5)), SLICE), 4) is None, "not a picture"
    assert length_size(b"") is None
    assert length_size(b"\0\0\0\1\x67") is None, "start codes instead of lengths"


@pytest.mark.parametrize("count", [0, 8, 119])
def test_start_codes_may_lie_between_units(count: int) -> None:
    parameters = b"\x67\x64\0\x1f", b"\x68\xeb\xe3"
    assert recovery_pictures(started(DELIMITER, *parameters, sei(recovery(count)), SLICE), None) == count
    assert recovery_pictures(started(DELIMITER, *parameters, sei(recovery(count)), IDR), None) is None


def test_decoding_begins_where_a_picture_says_so() -> None:
    assert says_entry(started(DELIMITER, IDR))
    assert says_entry(started(sei(recovery(0)), SLICE))
    assert not says_entry(started(DELIMITER, SLICE)), "whole, but what follows may need more"
    assert not says_entry(units(DELIMITER, IDR)), "lengths instead of start codes"
    assert not says_entry(b"")


@unhurried
@given(st.binary(max_size=200), st.one_of(st.integers(1, 4), st.none()))
def test_any_bytes_are_read_to_an_end(content: bytes, length_bytes: int | None) -> None:
    content = content.replace(b"\2", b"\0\0\1")  # start codes are rare by chance
    found = recovery_pictures(content, length_bytes)
    assert found is None or found >= 0


#: Of profile 77 and level 4, with the numbers 0 and 1 as ue(v), and something behind them.
FIRST, OTHER, SECOND = b"\x67\x4d\x40\x28\x96\x52", b"\x67\x4d\x40\x28\x96\x53", b"\x67\x4d\x40\x28\x4f"


def test_what_pictures_are_like_is_told_by_number() -> None:
    for content, length_bytes in (
        (units(FIRST, SECOND, IDR), 4),
        (started(FIRST, SECOND + b"\0", IDR), None),
    ):
        assert set(sequences(content, length_bytes)) == {(0, FIRST), (1, SECOND)}
    # The last of what was read may go on.
    assert set(sequences(started(DELIMITER, FIRST), None)) == set()
    stored = len(FIRST).to_bytes(2) + FIRST + len(SECOND).to_bytes(2) + SECOND
    configuration = b"\x01\x4d\x40\x28\xff\xe2" + stored + b"\x01\0\x02\x68\xce"
    assert list(configured_sequences(configuration)) == [(0, FIRST), (1, SECOND)]
    assert list(configured_sequences(b"")) == []


@pytest.mark.parametrize(
    ("told", "expected"), [({FIRST, SECOND}, True), ({FIRST}, True), (set(), True), ({FIRST, OTHER}, False)]
)
def test_a_number_means_the_same_wherever_it_stands(told: set[bytes], expected: bool) -> None:
    assert are_alike({one for unit in told for one in sequences(units(unit, IDR), 4)}) == expected
