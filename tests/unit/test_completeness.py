"""Files that end too early, told from those that end where they say."""

import struct

import pytest

from video_service.domain.completeness import is_cut_off


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


FTYP, MOOV = box(b"ftyp", b"isom"), box(b"moov", bytes(100))
LARGE = struct.pack(">I4sQ", 1, b"mdat", 16 + 50) + bytes(50)
TO_THE_END = struct.pack(">I4s", 0, b"mdat") + bytes(50)
FRAGMENTS = (box(b"moof", bytes(30)) + box(b"mdat", bytes(70))) * 5
EBML = b"\x1a\x45\xdf\xa3\x84abcd"
MATROSKA = EBML + b"\x18\x53\x80\x67" + b"\x01" + (200).to_bytes(7) + bytes(200)
LIVE = EBML + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7 + bytes(200)
AVI = b"RIFF" + struct.pack("<I", 4 + 90) + b"AVI " + bytes(90)


def cut_off(content: bytes) -> bool:
    return is_cut_off(lambda at, most_bytes: content[at : at + most_bytes], len(content))


@pytest.mark.parametrize(
    "whole",
    [FTYP + MOOV + box(b"mdat", bytes(90)), FTYP + LARGE + MOOV, FTYP + MOOV + FRAGMENTS, MATROSKA, AVI],
    ids=["mp4", "moov-last", "fragmented", "matroska", "avi"],
)
def test_a_file_that_lacks_its_end(whole: bytes) -> None:
    assert not cut_off(whole)
    assert not cut_off(whole + b"\0\0\0trailing bytes that belong to nobody")
    assert cut_off(whole[:-1])
    assert cut_off(whole[:-60])


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"RIFF", EBML[:4], FTYP + TO_THE_END, LIVE, LIVE[:-50], b"G" * 1000, FTYP + bytes(9)],
)
def test_what_says_nothing_of_its_length_is_not_cut_off(content: bytes) -> None:
    assert not cut_off(content)


def test_boxes_without_an_end_are_not_followed_for_ever() -> None:
    reads = 0

    def read(at: int, most_bytes: int) -> bytes:
        nonlocal reads
        reads += 1
        return box(b"free", b"")[:most_bytes]

    assert not is_cut_off(read, 10**12)
    assert reads < 10**6
