"""Boxes of an MP4 or MOV file (ISO/IEC 14496-12 section 4.2), reached by seeking from header to header.

Every byte is the source's to choose: nothing is read beyond the file, no number of entries is
believed before there is room for them, and there is an end to how many boxes are looked at.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from video_service.domain.container_index import NoIndex

#: A fragmented recording of a day has about two for each second, a box takes about 5 microseconds.
_MAX_BOXES = 400_000
_HEADER_BYTES = 8


@dataclass(frozen=True)
class Box:
    """Where the content of a box lies in the file."""

    kind: bytes
    begin: int
    end: int


class Boxes:
    """A file's boxes. Every method raises NoIndex for what cannot be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MAX_BOXES
        self.size_bytes = file.seek(0, 2)

    def read(self, begin: int, length: int) -> bytes:
        self._file.seek(begin)
        content = self._file.read(length)
        if len(content) < length:
            raise NoIndex(f"{length} bytes at {begin} are not there")
        return content

    def content(self, box: Box, most_bytes: int) -> bytes:
        if box.end - box.begin > most_bytes:
            raise NoIndex(f"{box.kind!r} is too large")
        return self.read(box.begin, box.end - box.begin)

    def top(self) -> Iterator[Box]:
        return self._walk(0, self.size_bytes)

    def inside(self, box: Box) -> Iterator[Box]:
        return self._walk(box.begin, box.end)

    def find(self, box: Box, path: bytes) -> Box | None:
        """The first box of such a path, as ``mdia/mdhd``."""
        for kind in path.split(b"/"):
            found = next((inner for inner in self.inside(box) if inner.kind == kind), None)
            if found is None:
                return None
            box = found
        return box

    def need(self, box: Box, path: bytes) -> Box:
        found = self.find(box, path)
        if found is None:
            raise NoIndex(f"no {path!r}")
        return found

    def table(self, box: Box, columns: int, most_rows: int) -> "array[int]":
        """The entries of 32 bits of a full box that begins with their number of rows."""
        return self.entries(
            box, box.begin + 8, struct.unpack(">4xI", self.read(box.begin, 8))[0], columns, most_rows
        )

    def entries(self, box: Box, begin: int, rows: int, columns: int, most_rows: int) -> "array[int]":
        length = 4 * rows * columns
        if rows > most_rows or begin + length > box.end:
            raise NoIndex(f"{box.kind!r} has too many entries")
        found = array("I", self.read(begin, length))
        if sys.byteorder == "little":
            found.byteswap()
        return found

    def _walk(self, begin: int, end: int) -> Iterator[Box]:
        while end - begin >= _HEADER_BYTES:
            self._left -= 1
            if self._left < 0:
                raise NoIndex("too many boxes")
            size, kind = struct.unpack(">I4s", self.read(begin, _HEADER_BYTES))
            header = _HEADER_BYTES
            if size == 1:
                header += 8
                [size] = struct.unpack(">Q", self.read(begin + _HEADER_BYTES, 8))
            elif size == 0:
                size = end - begin
            if size < header or size > end - begin:
                raise NoIndex(f"{kind!r} does not fit into what holds it")
            yield Box(kind, begin + header, begin + size)
            begin += size
