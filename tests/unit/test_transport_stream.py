"""Segments packed by hand, bit by bit, and bytes that are none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.facts import unhurried
from video_service.domain.transport_stream import (
    FirstPicture,
    MalformedSegment,
    Segment,
    first_picture,
    inspect,
)

VIDEO_PID, AUDIO_PID = 0x100, 0x101
VIDEO_ID, AUDIO_ID, PRIVATE_ID = 0xE0, 0xC0, 0xBD


def packet(payload: bytes, *, pid: int = VIDEO_PID, start: bool = True, random_access: bool = False) -> bytes:
    """One transport packet (ISO/IEC 13818-1 section 2.4.3.2), filled up by its adaptation field."""
    assert len(payload) <= 182
    adaptation = bytes([183 - len(payload), 0x40 if random_access else 0]) + b"\xff" * (182 - len(payload))
    return bytes([0x47, (start << 6) | (pid >> 8), pid & 0xFF, 0x30]) + adaptation + payload


def full(payload: bytes, *, pid: int, start: bool) -> bytes:
    """A transport packet without an adaptation field."""
    assert len(payload) == 184
    return bytes([0x47, (start << 6) | (pid >> 8), pid & 0xFF, 0x10]) + payload


def pes(pts: int | None, data: bytes = b"", *, stream_id: int = VIDEO_ID, dts: int | None = None) -> bytes:
    """A PES packet of unbounded length (section 2.4.3.6)."""
    if pts is None:
        return bytes([0, 0, 1, stream_id, 0, 0, 0x80, 0x00, 0]) + data
    if dts is None:
        return bytes([0, 0, 1, stream_id, 0, 0, 0x80, 0x80, 5]) + timestamp(0b0010, pts) + data
    times = timestamp(0b0011, pts) + timestamp(0b0001, dts)
    return bytes([0, 0, 1, stream_id, 0, 0, 0x80, 0xC0, 10]) + times + data


def timestamp(mark: int, ticks: int) -> bytes:
    bits = f"{mark:04b}{ticks >> 30:03b}1{ticks >> 15 & 0x7FFF:015b}1{ticks & 0x7FFF:015b}1"
    return int(bits, 2).to_bytes(5, "big")


def segment(all_pts: list[int], *, random_access: bool, aac_frames: int = 0, idr: bool = False) -> Segment:
    """What is seen of units whose DTS are their PTS."""
    return Segment(
        units=len(all_pts),
        first_pts=min(all_pts),
        last_pts=max(all_pts),
        first_dts=all_pts[0],
        last_dts=all_pts[-1],
        dts_ascend=sorted(set(all_pts)) == all_pts,
        starts_at_random_access=random_access,
        starts_with_idr=idr,
        aac_frames=aac_frames,
    )


def adts(length: int) -> bytes:
    """An AAC-LC frame of 48 kHz and two channels (ISO/IEC 13818-7 section 6.2)."""
    bits = f"{'1' * 12}1001{1:02b}{3:04b}0{2:03b}0000{length:013b}{'1' * 11}00"
    return int(bits, 2).to_bytes(7, "big") + bytes(length - 7)


TABLE = packet(b"\0\0\xb0\x0d\0\1\xc1\0\0\0\1\xf0\x00\x2a\xb1\x04\xb2", pid=0)
PICTURES = b"".join(
    [
        TABLE,
        packet(pes(126_000), random_access=True),
        packet(b"\0\0\1 more of the same picture", start=False),
        packet(pes(135_000)),
        packet(pes(129_000)),
        packet(pes(132_000)),
    ]
)
SOUND = packet(pes(90_000, adts(50) + adts(60), stream_id=AUDIO_ID), pid=AUDIO_PID, random_access=True)


def test_the_timestamp_field_is_packed_as_the_standard_has_it() -> None:
    assert pes(90_000)[9:] == bytes.fromhex("21 00 05 bf 21")  # worked out from table 2-21


def test_pictures_are_counted_and_the_earliest_is_first() -> None:
    assert inspect(PICTURES) == segment([126_000, 135_000, 129_000, 132_000], random_access=True)
    reordered = packet(pes(135_000)) + packet(pes(126_000), random_access=True)
    assert inspect(reordered) == segment([135_000, 126_000], random_access=False)


@pytest.mark.parametrize("pts", [0, 1, 2**15 - 1, 2**15, 2**30 - 1, 2**30, 2**33 - 1])
def test_times_have_33_bits(pts: int) -> None:
    assert inspect(packet(pes(pts))).first_pts == pts


@pytest.mark.parametrize(
    ("all_dts", "ascend"),
    [([1, 2, 3], True), ([1, 3, 2], False), ([1, 2, 2], False), ([2**32, 2**33 - 1], True)],
)
def test_decoding_that_steps_back_or_stands_still_is_seen(all_dts: list[int], ascend: bool) -> None:
    found = inspect(b"".join(packet(pes(9_000 + n, dts=dts)) for n, dts in enumerate(all_dts)))
    assert (found.first_pts, found.last_pts) == (9_000, 9_000 + len(all_dts) - 1)
    assert (found.first_dts, found.last_dts, found.dts_ascend) == (all_dts[0], all_dts[-1], ascend)


def test_a_decode_time_that_is_cut_off_is_malformed() -> None:
    broken = pes(90_000, dts=90_000)[:16]
    with pytest.raises(MalformedSegment):
        inspect(packet(broken))


@unhurried
@given(st.lists(st.integers(0, 2**33 - 1), min_size=1, max_size=20))
def test_every_unit_counts(all_pts: list[int]) -> None:
    seen = inspect(b"".join(packet(pes(pts)) for pts in all_pts))
    assert seen == segment(all_pts, random_access=False)


def test_only_the_first_unit_decides_about_random_access() -> None:
    assert inspect(packet(pes(1), random_access=True) + packet(pes(2))).starts_at_random_access
    assert not inspect(packet(pes(1)) + packet(pes(2), random_access=True)).starts_at_random_access
    no_adaptation = full(pes(1).ljust(184, b"\0"), pid=VIDEO_PID, start=True)
    assert not inspect(no_adaptation).starts_at_random_access


@pytest.mark.parametrize(
    ("first", "second", "idr"),
    [
        (b"\0\0\0\1\x09\xf0\0\0\1\x65\x88", b"", True),  # a delimiter precedes it
        (b"\0\0\0\1\x67\0\0\1\x68\0\0\1\x06\x05\0\0\1\x25", b"", True),
        (b"\0\0\1\x06\x06\x01\xc4\0\0\1\x41\x9a\0\0\1\x65", b"", False),  # a recovery point
        (b"\0\0\1\x09\xf0\0", b"\0\1\x65", True),  # in two packets
        (b"\0\0\1\x09\xf0", b"\0\0\1\x01", False),
        (b"\0\0\1\x67", b"", True),  # of the second unit, as there is none in the first,
    ],
)
def test_an_idr_picture_is_told_from_other_key_frames(first: bytes, second: bytes, idr: bool) -> None:
    parts = packet(pes(1, first)), packet(second, start=False), packet(pes(2, b"\0\0\1\x65"))
    assert inspect(b"".join(parts)).starts_with_idr is idr


def test_other_streams_and_units_without_a_time_do_not_count() -> None:
    other = packet(pes(1, stream_id=PRIVATE_ID), pid=0x102, random_access=True)
    assert inspect(other + packet(pes(None), random_access=True) + packet(pes(7))) == segment(
        [7], random_access=True
    )


def test_frames_of_sound_are_counted_wherever_packets_part_them() -> None:
    assert inspect(SOUND) == segment([90_000], random_access=True, aac_frames=2)
    unit = pes(92_000, adts(150) + adts(160) + adts(8), stream_id=AUDIO_ID)
    parted = full(unit[:184], pid=AUDIO_PID, start=True) + packet(unit[184:], pid=AUDIO_PID, start=False)
    assert inspect(SOUND + parted).aac_frames == 5
    elsewhere = packet(b"\xff" * 50, pid=0x1FFF, start=False)
    assert inspect(SOUND + elsewhere + parted).aac_frames == 5


def test_a_long_frame_of_sound_is_one() -> None:
    unit = pes(1, adts(5000) + adts(500), stream_id=AUDIO_ID)
    parts = [unit[place : place + 182] for place in range(0, len(unit), 182)]
    packets = [packet(part, pid=AUDIO_PID, start=number == 0) for number, part in enumerate(parts)]
    assert inspect(b"".join(packets)).aac_frames == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not whole"),
        (PICTURES[:-1], "not whole"),
        (PICTURES + b"\x47", "not whole"),
        (b"\x46" + PICTURES[1:], "not whole"),
        (PICTURES[:188] + b"\x00" + PICTURES[189:], "not whole"),
        (TABLE, "no picture and no sound"),
        (packet(pes(None)), "no picture and no sound"),
        (packet(pes(5), start=False), "no picture and no sound"),
        (packet(pes(5, b"no frame header", stream_id=AUDIO_ID), pid=AUDIO_PID), "not ADTS"),
        (packet(pes(5, b"\xff\x01" + adts(9)[2:], stream_id=AUDIO_ID), pid=AUDIO_PID), "not ADTS"),
        (packet(pes(5, adts(7)[:3] + b"\0\0\0\0", stream_id=AUDIO_ID), pid=AUDIO_PID), "empty"),
    ],
)
def test_what_is_no_segment(content: bytes, problem: str) -> None:
    with pytest.raises(MalformedSegment, match=problem):
        inspect(content)


@pytest.mark.parametrize("stream_id", [VIDEO_ID, AUDIO_ID])
@pytest.mark.parametrize("kept", range(3, 14))
def test_a_unit_whose_header_is_cut_off_is_malformed(stream_id: int, kept: int) -> None:
    cut = packet(pes(90_000, stream_id=stream_id)[:kept])
    with pytest.raises(MalformedSegment):
        inspect(cut)
    with pytest.raises(MalformedSegment):
        inspect(PICTURES + cut)


@pytest.mark.parametrize("length", [183, 184, 200, 255])
def test_an_adaptation_field_longer_than_its_packet_holds_no_unit(length: int) -> None:
    broken = bytes([0x47, 0x41, 0x00, 0x30, length]) + b"\0\0\1\xe0" * 45 + b"\0\0\1"
    with pytest.raises(MalformedSegment):
        inspect(broken)
    tail = bytes([0x47, 0x01, 0x01, 0x30, length]) + bytes(183)
    assert inspect(SOUND + tail).aac_frames == 2
    with pytest.raises(MalformedSegment):
        inspect(SOUND + bytes([0x47, 0x41, 0x01, 0x30, length]) + bytes(183))


def survives(content: bytes) -> None:
    try:
        seen = inspect(content)
    except MalformedSegment:
        return
    assert seen.units > 0
    assert 0 <= seen.first_pts <= seen.last_pts < 2**33


@unhurried
@given(st.binary(max_size=600))
@example(b"\x47" * 188)
def test_arbitrary_bytes_raise_nothing_else(content: bytes) -> None:
    survives(content)


@unhurried
@given(st.lists(st.binary(min_size=187, max_size=187), min_size=1, max_size=4))
def test_arbitrary_packets_raise_nothing_else(packets: list[bytes]) -> None:
    survives(b"".join(b"\x47" + rest for rest in packets))


CODES = st.sampled_from([b"\0\0\1\xe0", b"\0\0\1\xc0", b"\xff\xf1"])


@unhurried
@given(st.lists(st.tuples(CODES, st.integers(0, 183), st.binary(max_size=20)), min_size=1, max_size=6))
def test_a_unit_at_any_place_raises_nothing_else(units: list[tuple[bytes, int, bytes]]) -> None:
    packets = []
    for code, adaptation, rest in units:
        content = bytes([0x47, 0x41, 0x01, 0x30, adaptation]) + b"\xff" * adaptation + code + rest
        packets.append(content.ljust(188, b"\xff")[:188])
    survives(b"".join(packets))


@unhurried
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=20))
def test_damage_raises_nothing_else(damage: list[tuple[int, int]]) -> None:
    content = bytearray(PICTURES + SOUND)
    for position, value in damage:
        content[position % len(content)] = value
    survives(bytes(content))


#: A table of the stream: its payload begins with a pointer, not with a unit's prefix.
TABLE = packet(bytes([0, 0, 0xB0]), pid=0)
MORE = full(bytes(184), pid=VIDEO_PID, start=False)


def test_the_first_picture_ends_where_the_second_begins() -> None:
    first, second = packet(pes(90_000), random_access=True), packet(pes(93_000))
    content = TABLE * 3 + first + MORE * 2 + second + MORE
    assert first_picture(content, whole=True) == FirstPicture(3 * 188, 3 * 188)
    assert first_picture(content[: 7 * 188], whole=False) == FirstPicture(3 * 188, 3 * 188)


def test_a_beginning_that_ends_in_the_first_picture_does_not_tell_where_that_ends() -> None:
    content = TABLE * 2 + packet(pes(90_000)) + MORE * 5
    assert first_picture(content, whole=False) is None
    assert first_picture(content[:188], whole=False) is None
    assert first_picture(content + packet(pes(93_000))[:100], whole=False) is None


def test_a_single_picture_ends_with_its_segment() -> None:
    content = TABLE * 2 + packet(pes(90_000)) + MORE * 5
    assert first_picture(content, whole=True) == FirstPicture(2 * 188, 6 * 188)


@pytest.mark.parametrize("content", [b"", TABLE, MORE, packet(pes(1, stream_id=AUDIO_ID), pid=AUDIO_PID)])
def test_a_segment_without_a_picture_has_no_first(content: bytes) -> None:
    with pytest.raises(MalformedSegment):
        first_picture(content, whole=True)


@given(st.binary(max_size=600))
def test_no_bytes_break_the_search_for_the_first_picture(content: bytes) -> None:
    found = first_picture(content, whole=False)
    assert found is None or 0 < found.offset_bytes + found.size_bytes <= len(content)
