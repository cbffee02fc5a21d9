"""A hostile index is refused or gives way to the packets, without taking memory for what it claims."""

import io
import struct
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.boxes import bounded, damaged, inner
from video_service.domain.container_index import IndexedVideo, NoIndex
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.mp4_index import read_mp4_video


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def table(kind: bytes, columns: int, *numbers: int) -> bytes:
    return box(kind, struct.pack(f">II{len(numbers)}I", 0, len(numbers) // columns, *numbers))


def movie(
    *, fragments: bytes = b"", samples: int = 4, chunks: int = 1, durations: tuple[int, ...] = (),
    data: bytes = bytes(10 * 4),
) -> bytes:  # fmt: skip
    """Four pictures of ten bytes each, the first and the third of them key frames."""
    sizes = box(b"stsz", struct.pack(">III", 0, 10, samples))
    if fragments:
        sizes = box(b"stsz", bytes(12))
        tables = [table(name, 1) for name in (b"stts", b"stsc", b"stco")]
    else:
        tables = [
            table(b"stts", 2, *(durations or (samples, 512))), table(b"stss", 1, 1, 3),
            table(b"ctts", 2, samples, 1024), table(b"stsc", 3, 1, samples // chunks, 1),
            table(b"stco", 1, *(8 + 10 * samples // chunks * n for n in range(chunks))),
        ]  # fmt: skip
    description = box(
        b"stsd", struct.pack(">II", 0, 1), box(b"avc1", bytes(78), box(b"avcC", b"\1\x64\0\x28"))
    )
    reference = box(b"dref", struct.pack(">II", 0, 1), box(b"url ", struct.pack(">I", 1)))
    header = box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 15360, 0))
    handler = box(b"hdlr", bytes(8), b"vide", bytes(12))
    information = box(b"minf", box(b"dinf", reference), box(b"stbl", description, sizes, *tables))
    track_header = box(b"tkhd", struct.pack(">IIII", 0, 0, 0, 1), bytes(68))
    edit = box(b"edts", box(b"elst", struct.pack(">IIIiI", 0, 1, 1000, 1024, 1 << 16)))
    track = box(b"trak", track_header, edit, box(b"mdia", header, handler, information))
    extends = box(b"mvex", box(b"trex", struct.pack(">6I", 0, 1, 1, 512, 10, 1 << 16))) if fragments else b""
    moov = box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 0)), track, extends)
    return box(b"mdat", data) + moov + fragments


def fragment(count: int, *, rows: int | None = None, begin: int = 1024) -> bytes:
    run = box(b"trun", struct.pack(">III", 4, count if rows is None else rows, 1 << 25))
    time = box(b"tfdt", struct.pack(">B3xQ", 1, begin))
    parts = box(b"tfhd", struct.pack(">II", 0x20000, 1)), time, run
    return box(b"moof", box(b"traf", *parts))


def read(content: bytes, track_id: int | None = 1) -> IndexedVideo:
    return read_mp4_video(io.BytesIO(content), track_id)


PLAIN, FRAGMENTED = movie(), movie(fragments=fragment(2) + fragment(2))


@pytest.mark.parametrize("content", [PLAIN, FRAGMENTED], ids=["plain", "fragmented"])
def test_four_pictures(content: bytes) -> None:
    found = read(content)
    assert read(content, None) == found, "the only track with pictures"
    assert found.time_base == Fraction(1, 15360)
    assert found.avc_configuration == b"\1\x64\0\x28"
    frames = found.frames
    assert frames.size_bytes == 40
    if content is PLAIN:
        assert (list(frames.pts), frames.end, list(frames.keyframes)) == (
            [0, 512, 1024, 1536],
            2048,
            [0, 1024],
        )
    else:
        # Each fragment names the same time, so its pictures are the same.
        assert (list(frames.pts), frames.end, list(frames.keyframes)) == ([0, 512], 1024, [0, 0])


def put(content: bytes, path: str, at: int, number: int) -> bytes:
    patched = bytearray(content)
    struct.pack_into(">I", patched, inner(content, path) + 8 + at, number)
    return bytes(patched)


_TABLES = "moov/trak/mdia/minf/stbl"
CLAIMS = {
    "another file": put(PLAIN, "moov/trak/mdia/minf/dinf/dref", 16, 0),
    "no such track": put(PLAIN, "moov/trak/tkhd", 12, 2),
    "no timescale": put(PLAIN, "moov/trak/mdia/mdhd", 12, 0),
    "more entries than bytes": put(PLAIN, f"{_TABLES}/stts", 4, 2**32 - 1),
    "fewer durations than samples": put(PLAIN, f"{_TABLES}/stts", 8, 3),
    "an empty run": put(PLAIN, f"{_TABLES}/stts", 8, 0),
    "a negative duration": put(PLAIN, f"{_TABLES}/stts", 12, 2**32 - 1),
    "an offset that cannot be": put(PLAIN, f"{_TABLES}/ctts", 12, 2**31),
    "a key frame behind the end": put(PLAIN, f"{_TABLES}/stss", 12, 5),
    "data behind the end": put(PLAIN, f"{_TABLES}/stco", 8, len(PLAIN) - 39),
    "chunks of too many samples": put(PLAIN, f"{_TABLES}/stsc", 12, 2**32 - 1),
    "several descriptions": put(PLAIN, f"{_TABLES}/stsd", 4, 2),
    "an edit of another speed": put(PLAIN, "moov/trak/edts/elst", 16, 2 << 16),
    "an edit behind the end": put(PLAIN, "moov/trak/edts/elst", 12, 10**6),
    "a time that cannot be": movie(fragments=fragment(2, begin=2**64 - 1)),
    "no fragment": movie(fragments=box(b"free")),
    "a box in which nothing fits": put(PLAIN, "moov/trak", -8, 9),
    "nothing": b"",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_tables_do_not_tell_is_left_to_the_packets(claim: str) -> None:
    with pytest.raises(NoIndex):
        read(CLAIMS[claim])


BOMBS = {
    "samples": (put(PLAIN, f"{_TABLES}/stsz", 8, 120_000_000), "more pictures than a day holds"),
    "bytes": (put(PLAIN, f"{_TABLES}/stsz", 4, 10**9), "larger than the file"),
    "fragments": (movie(fragments=fragment(0, rows=120_000_000)), "more pictures than a day holds"),
    "fragment bytes": (movie(fragments=fragment(0, rows=5_000_000)), "larger than the file"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_is_unpacked(bomb: str) -> None:
    content, why = BOMBS[bomb]
    tracemalloc.start()
    try:
        with pytest.raises(UnsupportedMedia, match=why):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_boxes_without_an_end_are_given_up() -> None:
    with pytest.raises(NoIndex, match="too many boxes"):
        read(box(b"free") * 400_001 + PLAIN)


@settings(max_examples=300)
@given(damaged(PLAIN) | damaged(FRAGMENTED), st.sampled_from([1, None]))
def test_no_bytes_hang_or_break_it(content: bytes, track_id: int | None) -> None:
    with bounded(content) as file:
        try:
            frames = read_mp4_video(file, track_id).frames
        except (NoIndex, UnsupportedMedia):
            return
    assert list(frames.pts) == sorted(set(frames.pts))
    assert frames.end > frames.pts[-1]
    assert set(frames.keyframes) <= set(frames.pts)
    assert frames.size_bytes <= 2 * len(content)


@given(st.binary(max_size=200))
def test_garbage_is_no_index(content: bytes) -> None:
    with pytest.raises(NoIndex):
        read(content, None)
