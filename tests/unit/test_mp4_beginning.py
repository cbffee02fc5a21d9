"""The beginning of a hostile file is given up, or lies within the file."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_mp4_index import FRAGMENTED, PLAIN, read
from video_service.domain.boxes import NoIndex
from video_service.domain.mp4_beginning import Beginning, read_beginning


def beginning(content: bytes, seconds: float) -> Beginning:
    return read_beginning(io.BytesIO(content), seconds)


def test_all_of_it_has_the_same_index() -> None:
    """Its edit begins inside by less than a second."""
    found = beginning(PLAIN, 1)
    whole = found.header + PLAIN[found.data.start : found.data.stop]
    assert (found.data, read(whole)) == (range(8, 48), read(PLAIN))


def test_fragments_have_their_own_beginnings() -> None:
    with pytest.raises(NoIndex):
        beginning(FRAGMENTED, 1)


@settings(max_examples=300, deadline=1000)
@given(st.data())
def test_no_bytes_hang_or_break_it(data: st.DataObject) -> None:
    content = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 4))
        number = data.draw(
            st.sampled_from([0, 1, 2, 8, 2**16, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
        )
        struct.pack_into(">I", content, at, number)
    until = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    try:
        found = beginning(bytes(content[:until]), data.draw(st.floats(0, 30)))
    except NoIndex:
        return
    assert 0 <= found.data.start < found.data.stop <= until
    assert len(found.header) <= until + 200


@given(st.binary(max_size=200))
def test_garbage_has_none(content: bytes) -> None:
    with pytest.raises(NoIndex):
        beginning(content, 1)
