"""Boxes of an MP4 file (ISO 14496-12 section 4.2), just enough to put something hostile into one."""

import io
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hypothesis import strategies as st

#: What hostile numbers are made of, besides any others.
_NUMBERS = st.sampled_from([0, 1, 2, 8, 2**16, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)


def inner(content: bytes, path: str) -> int:
    """Where the first box of such a path, as ``moov/trak``, begins."""
    begin, end, at = 0, len(content), 0
    for name in path.split("/"):
        at = begin
        while content[at + 4 : at + 8] != name.encode():
            at += struct.unpack_from(">I", content, at)[0] or end
            assert at < end, f"no {name} of {path}"
        end = at + struct.unpack_from(">I", content, at)[0]
        begin = at + 8
    return at


def grow(content: bytes, path: str, by_bytes: int) -> bytes:
    """The content with the sizes of all boxes on the path changed, after something inside the last."""
    patched = bytearray(content)
    names = path.split("/")
    # Outermost last: while the sizes inside are wrong, only the way to them is walked.
    places = [inner(content, "/".join(names[: depth + 1])) for depth in range(len(names))]
    for at in places:
        struct.pack_into(">I", patched, at, struct.unpack_from(">I", patched, at)[0] + by_bytes)
    return bytes(patched)


def wiped(path: Path, where: float) -> Path:
    """A twentieth of what is in an MP4 file overwritten with zeros, from this part of it on."""
    content = bytearray(path.read_bytes())
    begin = inner(bytes(content), "mdat")
    whole = len(content) - begin
    at, length = begin + int(whole * where), whole // 20
    content[at : at + length] = bytes(length)
    path.write_bytes(content)
    return path


#: Thousands of damaged files took 96 reads and 1.2 MB at most.
_MOST_READS, _MOST_HELD_BYTES = 10_000, 16 << 20


class _Counting(io.BytesIO):
    left = _MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        assert self.left >= 0, "it is read again and again"
        return super().read(size)


@contextmanager
def bounded(content: bytes) -> Iterator[BinaryIO]:
    """A small file. Whoever reads it must neither go round in circles nor unpack what it claims: both take
    long, but how long anything takes is the machine's business, and these are not."""
    tracemalloc.start()
    try:
        yield _Counting(content)
        held_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held_bytes < _MOST_HELD_BYTES


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with some numbers replaced, and perhaps cut off."""
    patched = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        struct.pack_into(">I", patched, draw(st.integers(0, len(content) - 4)), draw(_NUMBERS))
    return bytes(patched[: draw(st.integers(0, len(content)) | st.just(len(content)))])
