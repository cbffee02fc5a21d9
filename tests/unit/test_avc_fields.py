"""Fields of H.264 as packets of their own, written bit by bit (ITU-T H.264 sections 7.3.2.1.1 and 7.3.3)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import unhurried
from video_service.domain.avc_fields import FieldPairs, field_pairs

TOP, BOTTOM, FRAME = "10", "11", "0"
PICTURES = b"\x68\xce"
"""A picture parameter set: both numbers are 0."""


def code(value: int) -> str:
    """ue(v) (section 9.1)."""
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def unit(head: int, bits: str) -> bytes:
    """Its bits, with a 1 at their end, and what keeps zeros from looking like a start code."""
    bits += "1"
    content = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    return bytes([head]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", content)


def sequence(*, order: str = "", high: str = "", has_fields: bool = True, number_bits: int = 4) -> bytes:
    """``order``: all that is said of how pictures are ordered; ``high``: what high profiles say more."""
    order = order or code(0) + code(2)
    head = f"{100 if high else 77:08b}{0:08b}{40:08b}" + code(0) + high + code(number_bits - 4)
    return unit(
        0x67,
        head
        + order
        + code(2)
        + "0"
        + code(119)
        + code(33)
        + f"{not has_fields:b}"
        + "1" * has_fields
        + "100",
    )


def picture(kind: str, number: int = 1, *, number_bits: int = 4, planes: str = "") -> bytes:
    return unit(0x41, code(0) + code(5) + code(0) + planes + f"{number:0{number_bits}b}" + kind + "1" * 80)


def packet(*units: bytes) -> bytes:
    return b"".join(len(one).to_bytes(4) + one for one in (b"\x09\xf0", *units))


def pairs(told: bytes) -> FieldPairs:
    stored = b"\x01\x4d\x40\x28\xff\xe1" + len(told).to_bytes(2) + told
    found = field_pairs(stored + b"\x01" + len(PICTURES).to_bytes(2) + PICTURES)
    assert found is not None
    return found


def second(told: bytes, *pictures: bytes) -> list[bool]:
    looked = pairs(told)
    return [looked.is_second(packet(one)) for one in pictures]


@pytest.mark.parametrize(("first", "other"), [(TOP, BOTTOM), (BOTTOM, TOP)])
def test_the_second_is_the_other_field_of_the_same_frame(first: str, other: str) -> None:
    fields = [picture(kind, n) for n in (1, 2, 2) for kind in (first, other)]
    assert second(sequence(), *fields) == [False, True] * 3
    assert second(sequence(), picture(first), picture(FRAME), picture(other)) == [False] * 3
    assert second(sequence(), picture(first), picture(first), picture(other)) == [False, False, True]
    assert second(sequence(), picture(first, 1), picture(other, 2), picture(first, 2)) == [False, False, True]


@pytest.mark.parametrize(
    "told",
    [
        sequence(order=code(0) + code(12)),
        sequence(order=code(1) + "0" + code(300) + code(1) + code(2) + code(7) + code(9)),
        sequence(order=code(2)),
        # Zeros, between which is written what keeps them from looking like a start code.
        sequence(order=code(1) + "0" + code((1 << 24) - 1) * 2 + code(0)),
        sequence(high=code(1) + code(0) + code(0) + "0" + "0"),
        sequence(high=code(2) + code(2) + code(2) + "0" + "0"),
        # A list that ends at once, one that ends later, and one with all its factors.
        sequence(
            high=code(1) + code(0) + code(0) + "01"
            + "1" + code(16) + "1" + code(0) * 5 + code(16) + "0000" + "1" + code(2) + code(0) * 63 + "0"
        ),
        sequence(high=code(3) + "0" + code(0) + code(0) + "01" + "1" + code(0) * 16 + "0" * 11),
    ],
)  # fmt: skip
def test_what_sequences_may_say_before_is_passed_over(told: bytes) -> None:
    assert second(told, picture(TOP), picture(BOTTOM)) == [False, True]


@pytest.mark.parametrize("number_bits", [4, 8, 16])
def test_long_numbers_are_read(number_bits: int) -> None:
    fields = [picture(kind, number_bits=number_bits) for kind in (TOP, BOTTOM)]
    assert second(sequence(number_bits=number_bits), *fields) == [False, True]


def test_planes_may_be_stored_apart() -> None:
    told = sequence(high=code(3) + "1" + code(0) + code(0) + "0" + "0")
    assert second(told, picture(TOP, planes="00"), picture(BOTTOM, planes="00")) == [False, True]


def test_a_later_sequence_counts() -> None:
    looked = pairs(sequence(has_fields=False))
    assert not looked.may_come
    assert not looked.is_second(packet(sequence(), picture(TOP)))
    assert looked.may_come
    before = looked.copy()
    for _ in range(2):
        assert looked.is_second(packet(picture(BOTTOM)))
        looked = before.copy()
    looked.learn(unit(0x68, code(256) + code(0)))
    assert looked == before, "there is no such number"


def test_whole_pictures_are_no_fields() -> None:
    assert second(sequence(has_fields=False), picture(TOP), picture(BOTTOM)) == [False, False]
    assert field_pairs(b"") is None


@unhurried
@given(st.lists(st.binary(max_size=200), max_size=4))
def test_any_bytes_are_read_to_an_end(contents: list[bytes]) -> None:
    looked = pairs(sequence())
    for content in contents:
        for unit_kind in (b"\x67", b"\x68", b"\x41"):
            looked.is_second(packet(unit_kind + content) + content)
    assert max([*looked.sequences, *looked.sequence_of]) < 256
