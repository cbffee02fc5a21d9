"""When each picture of an AVI file is shown (Microsoft's AVI RIFF File Reference; OpenDML AVI File Format
Extensions 1.02), from its index.

A picture has no time of its own but its place among the others. ffmpeg counts them by the same index
(libavformat/avidec.c), and so finds its way. Where a file is not laid out as nearly all are, this gives up
with NoIndex.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from video_service.domain.container_index import IndexedVideo, NoIndex
from video_service.domain.frame_indexing import Numbers, frame_index
from video_service.domain.frames import check_count, check_size

RIFF = b"RIFF"
_HEADER_BYTES, _LIST_HEADER_BYTES = 8, 12
#: Of each list that is looked into; sound and pictures lie in one that is not.
_MOST_CHUNKS = 1000
_MOST_HEADER_BYTES = 1 << 20
_MOST_INDEX_BYTES = 64 << 20
#: Of a stream's header: where its scale, rate and start are.
_SCALE_AT, _RATE_AT, _START_AT = 20, 24, 28
_KEY = 0x10
#: Of an index of chunks: what is larger is no key frame.
_NOT_KEY = 1 << 31
_INDEX_OF_INDEXES, _INDEX_OF_CHUNKS = 0, 1
_INDEX_HEADER_BYTES = 24


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    """Of a list, what is in it."""
    begin: int
    end: int


@dataclass(frozen=True)
class _Pictures:
    """In the order in which they are stored and shown."""

    at: Numbers
    sizes: Numbers
    is_key: NDArray[np.bool_]


@dataclass(frozen=True)
class _Stream:
    number: int
    header: bytes
    index: _Chunk | None


def read_avi_video(file: BinaryIO) -> IndexedVideo:
    """Of the only track with pictures. Raises NoIndex, and UnsupportedMedia for what no packet could make
    right."""
    reader = _Reader(file)
    # A large one is several files in one.
    files = list(reader.inside(_Chunk(b"", 0, reader.size_bytes)))
    chunks = {chunk.kind: chunk for first in files[:1] for chunk in reader.inside(first)}
    if not files or files[0].kind != b"AVI " or not chunks.keys() >= {b"hdrl", b"movi"}:
        raise NoIndex("no header, or nothing behind it")
    stream = _only_video(reader, chunks[b"hdrl"])
    scale, rate, start = (reader.number(stream.header, at) for at in (_SCALE_AT, _RATE_AT, _START_AT))
    if not scale or not rate or start:
        raise NoIndex("a clock that ffmpeg would set otherwise")
    if stream.index is not None:
        pictures = _by_indexes(reader, stream)
    elif b"idx1" in chunks and len(files) == 1:
        pictures = _by_index(reader, stream.number, chunks[b"idx1"])
    else:
        raise NoIndex("no index")
    # Where there is no content the picture before it stays.
    shown = np.flatnonzero(pictures.sizes)
    at, sizes, is_key = pictures.at[shown], pictures.sizes[shown], pictures.is_key[shown]
    check_size(int(sizes.sum()), reader.size_bytes)
    if not len(shown) or not is_key[0]:
        raise NoIndex("pictures before the first key frame")
    if np.any(at[1:] < at[:-1] + sizes[:-1]) or at[-1] + sizes[-1] > reader.size_bytes:
        raise NoIndex("pictures that do not follow each other in the file")
    frames = frame_index(shown, np.flatnonzero(is_key), 1, int(sizes.sum()), has_discarded=False)
    return IndexedVideo(0, Fraction(scale, rate), frames, None, (), shown_as_stored=True)


def _only_video(reader: "_Reader", headers: _Chunk) -> _Stream:
    found = []
    streams = [chunk for chunk in reader.inside(headers) if chunk.kind == b"strl"]
    for number, stream in enumerate(streams):
        inner = {chunk.kind: chunk for chunk in reader.inside(stream)}
        header = reader.content(inner[b"strh"], _MOST_HEADER_BYTES) if b"strh" in inner else b""
        if header.startswith(b"vids"):
            found.append(_Stream(number, header, inner.get(b"indx")))
    if len(found) != 1:
        raise NoIndex(f"{len(found)} tracks may be meant")
    return found[0]


def _by_index(reader: "_Reader", stream: int, index: _Chunk) -> _Pictures:
    """What follows everything: of all streams, each chunk with its name, flags, place and size."""
    content = reader.content(index, _MOST_INDEX_BYTES)
    rows = np.frombuffer(content, "<u4", len(content) // 16 * 4).reshape(-1, 4)
    # A name is the number of a stream, in two digits, and what it is: "db" or "dc".
    number = int.from_bytes(b"%02d" % stream, "little")
    own = rows[rows[:, 0] % (1 << 16) == number]
    if not np.isin(own[:, 0] >> 16, [int.from_bytes(kind, "little") for kind in (b"db", b"dc")]).all():
        raise NoIndex("something among the pictures")
    check_count(len(own))
    at, sizes = (own[:, column].astype(np.int64) for column in (2, 3))
    return _Pictures(at, sizes, own[:, 1] & _KEY != 0)


def _by_indexes(reader: "_Reader", stream: _Stream) -> _Pictures:
    """Of files of any size: an index of indexes, each of them of chunks."""
    assert stream.index is not None
    whole = reader.content(stream.index, _MOST_HEADER_BYTES)
    count = _entries(reader, whole, 4, _INDEX_OF_INDEXES)
    left_bytes, parts, pictures = _MOST_INDEX_BYTES, [], 0
    for n in range(count):
        at = int.from_bytes(whole[_INDEX_HEADER_BYTES + 16 * n :][:8], "little")
        part = reader.content(reader.chunk(at, reader.size_bytes), left_bytes)
        left_bytes -= len(part)
        rows = _entries(reader, part, 2, _INDEX_OF_CHUNKS)
        pictures += rows
        check_count(pictures)
        base = int.from_bytes(part[12:20], "little")
        if base > reader.size_bytes:
            raise NoIndex("pictures beyond the end of the file")
        table = np.frombuffer(part, "<u4", 2 * rows, _INDEX_HEADER_BYTES).reshape(-1, 2).astype(np.int64)
        parts.append(_Pictures(table[:, 0] + base, table[:, 1] % _NOT_KEY, table[:, 1] < _NOT_KEY))
    if not parts:
        raise NoIndex("an empty index")
    columns = ((part.at, part.sizes, part.is_key) for part in parts)
    return _Pictures(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _entries(reader: "_Reader", index: bytes, numbers: int, kind: int) -> int:
    """How many an index of this kind has, each of so many numbers of 32 bits."""
    count = reader.number(index, 4)
    if (int.from_bytes(index[:2], "little"), index[3]) != (numbers, kind):
        raise NoIndex("an index of another kind")
    if len(index) < _INDEX_HEADER_BYTES + 4 * numbers * count:
        raise NoIndex("an index that breaks off")
    return count


class _Reader:
    """Every method raises NoIndex for what cannot be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_bytes = file.seek(0, 2)

    def inside(self, parent: _Chunk) -> Iterator[_Chunk]:
        at = parent.begin
        for _ in range(_MOST_CHUNKS):
            if parent.end - at < _HEADER_BYTES:
                return
            chunk = self.chunk(at, parent.end)
            yield chunk
            # They begin at even places.
            at = chunk.end + chunk.end % 2
        raise NoIndex("too many chunks")

    def chunk(self, at: int, end: int) -> _Chunk:
        if at > end - _HEADER_BYTES:
            raise NoIndex("a chunk beyond the end")
        header = self._read(at, _LIST_HEADER_BYTES)
        own_end = at + _HEADER_BYTES + self.number(header, 4)
        if own_end > end:
            raise NoIndex("a chunk that does not fit into what holds it")
        is_list = header[:4] in (RIFF, b"LIST")
        kind = header[8:12] if is_list else header[:4]
        return _Chunk(kind, at + (_LIST_HEADER_BYTES if is_list else _HEADER_BYTES), own_end)

    def content(self, chunk: _Chunk, most_bytes: int) -> bytes:
        if not 0 <= chunk.end - chunk.begin <= most_bytes:
            raise NoIndex(f"{chunk.kind!r} is too large")
        return self._read(chunk.begin, chunk.end - chunk.begin)

    def number(self, content: bytes, at: int) -> int:
        if len(content) < at + 4:
            raise NoIndex("a header that breaks off")
        return int.from_bytes(content[at : at + 4], "little")

    def _read(self, at: int, size_bytes: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size_bytes)
