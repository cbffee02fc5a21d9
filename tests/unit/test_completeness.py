"""Files that end too early, told from those that end where they say."""

import struct

import pytest

from video_service.domain.completeness import is_cut_off, is_length_promised


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


ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
MXF = bytes.fromhex("060e2b34020501010d01020101020400")
KINDS = [
    b"FLV\x01\x05", b"FLV\x01\x05" + b"\x00\x08filesize\x00", ASF, ASF + bytes(14), MXF, MXF + b"\x83",
    b"OggS\x00", b"OggS\x00" + bytes(21), EBML, EBML + b"\x18\x53\x80\x67\x01", b"RIFF\xff\xff\xff\xffWAVE",
    b"FORM\0\0\0\0AIFF",
]  # fmt: skip


@pytest.mark.parametrize("filler", [b"", b"\0", b"\x7f", b"\x80", b"\xff"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_beginning_says_it_is_only_looked_at(kind: bytes, filler: bytes) -> None:
    for length in (*range(100), 5000):
        content = (kind + filler * length)[: len(kind) + length]

        def read(at: int, most_bytes: int, content: bytes = content) -> bytes:
            assert 0 <= at < 1 << 63, "as far as a file can be sought in"
            return content[at : at + most_bytes]

        assert is_cut_off(read, len(content)) in (True, False)
        assert is_length_promised(read) in (True, False)


def test_boxes_without_an_end_are_not_followed_for_ever() -> None:
    reads = 0

    def read(at: int, most_bytes: int) -> bytes:
        nonlocal reads
        reads += 1
        return box(b"free", b"")[:most_bytes]

    assert not is_cut_off(read, 10**12)
    assert reads < 10**6
