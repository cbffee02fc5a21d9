"""The beginning of a hostile file is given up, or lies within the file."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.boxes import damaged
from tests.unit.test_mp4_index import FRAGMENTED, PLAIN, movie, put, read
from video_service.domain.container_index import NoIndex
from video_service.domain.mp4_beginning import Beginning, read_beginning


def beginning(content: bytes, seconds: float) -> Beginning:
    return read_beginning(io.BytesIO(content), seconds)


def test_all_of_it_has_the_same_index() -> None:
    """Its edit begins inside by less than a second."""
    found = beginning(PLAIN, 1)
    whole = found.header + PLAIN[found.data.start : found.data.stop]
    expected = read(PLAIN)
    moved = [at - found.data.start + len(found.header) for at in expected.keys_at]
    assert (found.data, read(whole)) == (range(8, 48), replace(expected, keys_at=moved))


def test_fragments_have_their_own_beginnings() -> None:
    with pytest.raises(NoIndex):
        beginning(FRAGMENTED, 1)


def test_what_ends_a_long_freeze_belongs_to_the_beginning() -> None:
    """How long a picture stays is known only when the next is shown."""
    frozen = movie(chunks=4, durations=(1, 15360 * 60, 3, 512))
    assert beginning(frozen, 1).data == range(8, 48)


def test_no_more_samples_are_believed_than_a_beginning_has() -> None:
    with pytest.raises(NoIndex, match="too many samples are wanted"):
        beginning(put(PLAIN, "moov/trak/mdia/minf/stbl/stts", 8, 2**32 - 1), 2**32)


@settings(max_examples=300, deadline=1000)
@given(damaged(PLAIN), st.floats(0, 30))
def test_no_bytes_hang_or_break_it(content: bytes, seconds: float) -> None:
    try:
        found = beginning(content, seconds)
    except NoIndex:
        return
    assert 0 <= found.data.start < found.data.stop <= len(content)
    assert len(found.header) <= len(content) + 200


@given(st.binary(max_size=200))
def test_garbage_has_none(content: bytes) -> None:
    with pytest.raises(NoIndex):
        beginning(content, 1)
