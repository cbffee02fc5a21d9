"""The beginning of a long MP4 or MOV file as a file of its own, made of its index alone: who needs no more
than that need not read the tables of hours (ISO/IEC 14496-12 sections 8.6 and 8.7).

Every track keeps its place, its description and its times; the tables of pictures and sound end with the
chunk that holds the last sample wanted. Where a file is not laid out as nearly all are, this gives up with
NoIndex.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from video_service.domain.boxes import Box, Boxes
from video_service.domain.container_index import NoIndex
from video_service.domain.mp4_index import read_edits, timescale_of

#: Of all that is wanted: a beginning that takes more is not worth copying.
_MOST_BYTES = 64 << 20
_MOST_SAMPLES = 100_000
_MOST_TRACKS = 16
_DESCRIPTION_BYTES = 1 << 20
#: An edit list that begins farther inside is not usual, and would need more samples.
_MOST_LATE_SECONDS = 1
#: How long a picture stays is known only from the next, and that is shown only when a decoder has seen those
#: that it keeps for reordering: at most 16 (ITU-T H.264 section A.3.1, H.265 section A.4.2).
_MORE_SAMPLES = 17
#: Pictures and sound; of other tracks nothing is left but their place among the others.
_WANTED = (b"vide", b"soun")
#: What would lead to what is not there.
_LEFT_OUT = (b"tref", b"udta", b"meta")


@dataclass(frozen=True)
class Beginning:
    """Two pieces that follow each other in the new file."""

    header: bytes
    """All boxes, up to the content of the last, which is the data."""
    data: range
    """Where that content lies in the source."""


@dataclass(frozen=True)
class _Track:
    box: Box
    chunks: Sequence[range]
    """Where the kept ones lie in the source."""
    tables: bytes
    """All but the chunks' places."""


def read_beginning(file: BinaryIO, seconds: float) -> Beginning:
    """All tracks until this time of the presentation, or somewhat longer. Raises NoIndex."""
    boxes = Boxes(file)
    top = {box.kind: box for box in boxes.top()}
    moov = top.get(b"moov")
    if moov is None:
        raise NoIndex("no moov")
    inner = list(boxes.inside(moov))
    if any(box.kind == b"mvex" for box in inner):
        raise NoIndex("fragments")
    tracks = [_track(boxes, box, seconds) for box in inner if box.kind == b"trak"]
    if not 0 < len(tracks) <= _MOST_TRACKS:
        raise NoIndex(f"{len(tracks)} tracks")
    chunks = [chunk for track in tracks for chunk in track.chunks]
    if not chunks:
        raise NoIndex("no samples")
    data = range(min(chunk.start for chunk in chunks), max(chunk.stop for chunk in chunks))
    if len(data) > _MOST_BYTES or data.stop > boxes.size_bytes:
        raise NoIndex("too much between the samples of the beginning")
    kind = [top[b"ftyp"]] if b"ftyp" in top else []  # which QuickTime's own files have not
    header = [box for box in inner if box.kind == b"mvhd"]

    def movie(data_begin: int) -> bytes:
        written = [_moved(boxes, track, data_begin - data.start) for track in tracks]
        return _copied(boxes, kind) + _box(b"moov", _copied(boxes, header), *written)

    # A place takes as many bytes wherever it is.
    data_begin = len(movie(0)) + 8
    return Beginning(movie(data_begin) + struct.pack(">I4s", 8 + len(data), b"mdat"), data)


def _track(boxes: Boxes, box: Box, seconds: float) -> _Track:
    media = boxes.need(box, b"mdia")
    tables = boxes.need(media, b"minf/stbl")
    written = [_copied(boxes, [boxes.need(tables, b"stsd")])]
    if boxes.read(boxes.need(media, b"hdlr").begin, 12)[8:] not in _WANTED:
        empty = [_full(b"stts", []), _full(b"stsc", []), _box(b"stsz", bytes(12))]
        return _Track(box, [], b"".join(written + empty))
    counts = _chunk_counts(boxes, tables, _samples_until(boxes, box, media, seconds))
    samples = sum(counts)
    sizes, size_box = _sizes(boxes, boxes.need(tables, b"stsz"), samples)
    runs = [(n + 1, count, 1) for n, count in enumerate(counts) if n == 0 or counts[n - 1] != count]
    written += [
        _full(b"stts", _cut_runs(boxes, boxes.need(tables, b"stts"), samples)),
        size_box,
        _full(b"stsc", runs),
    ]
    offsets, keys = boxes.find(tables, b"ctts"), boxes.find(tables, b"stss")
    if offsets is not None:
        written.append(_full(b"ctts", _cut_runs(boxes, offsets, samples), boxes.read(offsets.begin, 1)[0]))
    if keys is not None:
        numbers = _first_rows(boxes, keys, 1, samples)
        written.append(_full(b"stss", [(number,) for number in numbers if number <= samples]))
    chunks, first = [], 0
    for place, count in zip(_places(boxes, tables, len(counts)), counts, strict=True):
        chunks.append(range(place, place + sum(sizes[first : first + count])))
        first += count
    return _Track(box, chunks, b"".join(written))


def _samples_until(boxes: Boxes, box: Box, media: Box, seconds: float) -> int:
    """How many are decoded before this time of the presentation, and those that end the last ones."""
    timescale = timescale_of(boxes, boxes.need(media, b"mdhd"))
    edits = read_edits(boxes, boxes.find(box, b"edts/elst"))
    late = next((media_time for _, media_time in edits if media_time >= 0), 0)
    if late > _MOST_LATE_SECONDS * timescale:
        raise NoIndex("an edit that begins farther inside")
    ticks = round(seconds * timescale) + late
    wanted = there = 0
    runs = _first_rows(boxes, boxes.need(media, b"minf/stbl/stts"), 2, _MOST_SAMPLES)
    for count, delta in zip(runs[::2], runs[1::2], strict=True):
        wanted += min(count, -(-ticks // max(1, delta)))
        there += count
        ticks = max(0, ticks - count * delta)
        if ticks == 0 and there >= wanted + _MORE_SAMPLES:
            break
    if there == 0:
        raise NoIndex("no samples")
    if wanted > _MOST_SAMPLES:
        raise NoIndex("too many samples are wanted")
    return min(wanted + _MORE_SAMPLES, there)


def _chunk_counts(boxes: Boxes, tables: Box, wanted: int) -> list[int]:
    """Samples of each chunk, until there are as many as wanted."""
    rows = _first_rows(boxes, boxes.need(tables, b"stsc"), 3, wanted + 1)
    firsts, counts, descriptions = rows[::3], rows[1::3], rows[2::3]
    if not firsts or firsts[0] != 1 or set(descriptions) != {1}:
        raise NoIndex("chunks of several descriptions")
    found: list[int] = []
    total = 0
    for first, after, count in zip(firsts, [*firsts[1:], firsts[-1] + wanted], counts, strict=True):
        for _ in range(first, after):
            if total >= wanted:
                return found
            found.append(count)
            total += count
            if total > _MOST_SAMPLES or count == 0:
                raise NoIndex("chunks of too many samples")
    if total < wanted:
        raise NoIndex("chunks do not fit the samples")
    return found


def _sizes(boxes: Boxes, box: Box, samples: int) -> tuple[Sequence[int], bytes]:
    each, count = struct.unpack(">4xII", boxes.read(box.begin, 12))
    if count < samples:
        raise NoIndex("chunks do not fit the samples")
    if each:
        return [each] * samples, _box(b"stsz", struct.pack(">4xII", each, samples))
    sizes = boxes.entries(box, box.begin + 12, samples, 1, _MOST_SAMPLES)
    return sizes, _box(b"stsz", struct.pack(">4xII", 0, samples), _big_endian(sizes))


def _places(boxes: Boxes, tables: Box, chunks: int) -> Sequence[int]:
    small = boxes.find(tables, b"stco")
    if small is not None:
        found: Sequence[int] = _first_rows(boxes, small, 1, chunks)
    else:
        pairs = _first_rows(boxes, boxes.need(tables, b"co64"), 2, chunks)
        found = [high << 32 | low for high, low in zip(pairs[::2], pairs[1::2], strict=True)]
    if len(found) < chunks:
        raise NoIndex("chunks that lie nowhere")
    return found


def _cut_runs(boxes: Boxes, box: Box, samples: int) -> Iterator[tuple[int, int]]:
    """Runs of as many samples; the last one is shorter."""
    left = samples
    rows = _first_rows(boxes, box, 2, samples)
    for count, value in zip(rows[::2], rows[1::2], strict=True):
        if left <= 0:
            return
        yield min(count, left), value
        left -= count
    if left > 0:
        raise NoIndex("runs do not fit the samples")


def _first_rows(boxes: Boxes, box: Box, columns: int, most: int) -> "array[int]":
    """No more than so many of a table, however long it is."""
    [rows] = struct.unpack(">4xI", boxes.read(box.begin, 8))
    return boxes.entries(box, box.begin + 8, min(rows, most), columns, most)


def _moved(boxes: Boxes, track: _Track, shift: int) -> bytes:
    """The track's box, its chunks farther on in the file by so many bytes."""
    places = array("I", (chunk.start + shift for chunk in track.chunks))
    count = struct.pack(">4xI", len(places))
    tables = _box(b"stbl", track.tables, _box(b"stco", count, _big_endian(places)))
    return _rebuilt(boxes, track.box, (b"mdia", b"minf", b"stbl"), tables)


def _rebuilt(boxes: Boxes, box: Box, path: Sequence[bytes], last: bytes) -> bytes:
    """A box as it is, but for the one at the end of the path."""
    kept = []
    for inner in boxes.inside(box):
        if inner.kind == path[0]:
            kept.append(last if len(path) == 1 else _rebuilt(boxes, inner, path[1:], last))
        elif inner.kind not in _LEFT_OUT:
            kept.append(_copied(boxes, [inner]))
    return _box(box.kind, *kept)


def _copied(boxes: Boxes, wanted: Iterable[Box]) -> bytes:
    return b"".join(_box(box.kind, boxes.content(box, _DESCRIPTION_BYTES)) for box in wanted)


def _full(kind: bytes, rows: Iterable[tuple[int, ...]], version: int = 0) -> bytes:
    """A full box (section 4.2) of rows of numbers."""
    every = list(rows)
    numbers = array("I", (number for row in every for number in row))
    return _box(kind, struct.pack(">B3xI", version, len(every)), _big_endian(numbers))


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _big_endian(numbers: "array[int]") -> bytes:
    moved = array("I", numbers)
    if sys.byteorder == "little":
        moved.byteswap()
    return moved.tobytes()
