"""The beginning of a hostile file is given up, or lies within the file."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.boxes import bounded, damaged, inner
from tests.unit.test_mp4_index import FRAGMENTED, PLAIN, movie, put
from video_service.domain.container_index import NoIndex
from video_service.domain.file_parts import FilePart
from video_service.domain.mp4_beginning import read_beginning


def beginning(content: bytes, seconds: float) -> FilePart:
    return read_beginning(io.BytesIO(content), seconds)


def what_is_there(content: bytes, found: FilePart) -> bytes:
    there = bytearray(len(content))
    for kept in found.kept:
        there[kept.start : kept.stop] = content[kept.start : kept.stop]
    for at, number in found.changed.items():
        assert any(at in kept and at + len(number) <= kept.stop for kept in found.kept)
        there[at : at + len(number)] = number
    return bytes(there)


def test_all_of_it_is_the_same_file() -> None:
    """Its edit begins inside by less than a second."""
    assert what_is_there(PLAIN, beginning(PLAIN, 1)) == PLAIN


def test_a_part_has_its_samples_in_their_place_and_tables_that_end_there() -> None:
    long = movie(samples=400, chunks=40, durations=(400, 512), data=b"x" * 4000)
    there = what_is_there(long, beginning(long, 1))
    tables = "moov/trak/mdia/minf/stbl"
    # A second has 30 pictures, 17 may be needed to show the last of them, and a chunk has 10.
    samples, chunks, runs = (
        int.from_bytes(there[inner(there, f"{tables}/{name}") + at :][:4])
        for name, at in (("stsz", 16), ("stco", 12), ("stsc", 12))
    )
    assert (samples, chunks, runs) == (50, 5, 1)
    begin = inner(long, "mdat") + 8
    assert there[begin : begin + 500] == long[begin : begin + 500]
    # The last eight may belong to the next box: its header may be that long.
    assert not any(there[begin + 500 : begin + 4000 - 8])
    # It is told to the end how long it is.
    assert int.from_bytes(there[inner(there, f"{tables}/stts") + 16 :][:4]) == 400


def test_fragments_have_their_own_beginnings() -> None:
    with pytest.raises(NoIndex):
        beginning(FRAGMENTED, 1)


def test_what_ends_a_long_freeze_belongs_to_the_beginning() -> None:
    """How long a picture stays is known only when the next is shown."""
    frozen = movie(chunks=4, durations=(1, 15360 * 60, 3, 512))
    assert what_is_there(frozen, beginning(frozen, 1)) == frozen


def test_a_small_index_is_left_alone() -> None:
    with pytest.raises(NoIndex, match="small"):
        read_beginning(io.BytesIO(PLAIN), 1, least_index_bytes=len(PLAIN))


def test_no_more_samples_are_believed_than_a_beginning_has() -> None:
    with pytest.raises(NoIndex, match="too many samples are wanted"):
        beginning(put(PLAIN, "moov/trak/mdia/minf/stbl/stts", 8, 2**32 - 1), 2**32)


@settings(max_examples=300)
@given(damaged(PLAIN), st.floats(0, 30))
def test_no_bytes_hang_or_break_it(content: bytes, seconds: float) -> None:
    with bounded(content) as file:
        try:
            found = read_beginning(file, seconds)
        except NoIndex:
            return
    assert found.kept[0].start >= 0
    assert found.kept[-1].stop <= len(content)
    assert all(before.stop < after.start for before, after in pairwise(found.kept))
    what_is_there(content, found)


@given(st.binary(max_size=200))
def test_garbage_has_none(content: bytes) -> None:
    with pytest.raises(NoIndex):
        beginning(content, 1)
