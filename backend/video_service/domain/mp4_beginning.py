"""The beginning of a long MP4 or MOV file, for programs that need no more than that and would else read the
tables of hours (ISO/IEC 14496-12 sections 8.6 and 8.7).

It is the same file with holes: every byte that is there is in its place, but the tables of pictures and sound
say that they end with the chunk that holds the last sample wanted. When samples are shown is told to the end,
so that the file says that it is as long as it is. Where a file is not laid out as nearly all are, this gives
up with NoIndex.
"""

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from typing import BinaryIO

from video_service.domain.boxes import Box, Boxes
from video_service.domain.container_index import NoIndex
from video_service.domain.file_parts import FilePart, joined
from video_service.domain.mp4_index import read_edits, timescale_of

#: Of all that is wanted: a beginning that takes more is not worth copying.
_MOST_BYTES = 64 << 20
_MOST_SAMPLES = 100_000
_MOST_TRACKS = 16
#: Boxes beside the movie and its data.
_MOST_BOXES = 1000
_SMALL_BYTES = 1 << 20
_HEADER_BYTES = 16
#: An edit list that begins farther inside is not usual, and would need more samples.
_MOST_LATE_SECONDS = 1
#: How long a picture stays is known only from the next, and that is shown only when a decoder has seen those
#: that it keeps for reordering: at most 16 (ITU-T H.264 section A.3.1, H.265 section A.4.2).
_MORE_SAMPLES = 17
_DATA = (b"mdat", b"free", b"skip", b"wide")
#: Pictures, sound, and what devices note beside them.
_WANTED = (b"vide", b"soun", b"meta")
#: Of other tracks, as chapters and clocks, whenever they are shown: as good as all there are.
_FEW_SAMPLES = 2000


@dataclass(frozen=True)
class _Track:
    data: Sequence[range]
    """Where the samples that are kept lie."""
    unread: Sequence[range]
    """What follows in tables that end earlier."""
    changed: Mapping[int, bytes]


def read_beginning(file: BinaryIO, seconds: float, least_index_bytes: int = 0) -> FilePart:
    """All tracks until this time of the presentation, or somewhat longer. Raises NoIndex, also where there is
    less of an index than would be worth it."""
    boxes = Boxes(file)
    kept: list[range] = []
    moov = None
    for box in boxes.top():
        if box.kind == b"moov" and moov is None:
            moov = box
            continue
        is_data = box.kind in _DATA
        # The header of a box has at most so many bytes, and its size is in the first of them.
        begin = max(0, box.begin - _HEADER_BYTES)
        kept.append(range(begin, min(box.end, box.begin + _HEADER_BYTES) if is_data else box.end))
        if len(kept) > _MOST_BOXES or len(kept[-1]) > _SMALL_BYTES:
            raise NoIndex("large boxes beside the movie")
    if moov is None:
        raise NoIndex("no moov")
    if moov.end - moov.begin < least_index_bytes:
        raise NoIndex("a small index")
    inner = list(boxes.inside(moov))
    if any(box.kind == b"mvex" for box in inner):
        raise NoIndex("fragments")
    tracks = [_track(boxes, box, seconds) for box in inner if box.kind == b"trak"]
    if not 0 < len(tracks) <= _MOST_TRACKS:
        raise NoIndex(f"{len(tracks)} tracks")
    movie = range(max(0, moov.begin - _HEADER_BYTES), moov.end)
    kept += _without(movie, chain.from_iterable(track.unread for track in tracks))
    kept = joined([*kept, *chain.from_iterable(track.data for track in tracks)])
    if sum(map(len, kept)) > _MOST_BYTES or kept[-1].stop > boxes.size_bytes:
        raise NoIndex("too much between the samples of the beginning")
    return FilePart(kept, dict(chain.from_iterable(track.changed.items() for track in tracks)))


def _track(boxes: Boxes, box: Box, seconds: float) -> _Track:
    media = boxes.need(box, b"mdia")
    tables = boxes.need(media, b"minf/stbl")
    size_box = boxes.need(tables, b"stsz")
    each, there = struct.unpack(">4xII", boxes.read(size_box.begin, 12))
    kind = boxes.read(boxes.need(media, b"hdlr").begin, 12)[8:]
    if each and kind == b"soun":
        # QuickTime says 1, whatever they have.
        raise NoIndex("samples of sound that are all of one size")
    is_wanted = kind in _WANTED
    if there == 0:
        return _Track([], [], {})
    wanted = min(there, _samples_until(boxes, box, media, seconds) if is_wanted else _FEW_SAMPLES)
    run_box = boxes.need(tables, b"stsc")
    runs = _first_rows(boxes, run_box, 3, wanted + 1)
    counts = _chunk_counts(runs[::3], runs[1::3], wanted)
    samples = sum(counts)
    if samples > there:
        raise NoIndex("chunks do not fit the samples")
    sizes = (
        array("I", repeat(each, samples))
        if each
        else boxes.entries(size_box, size_box.begin + 12, samples, 1, _MOST_SAMPLES)
    )
    place_box, place_bytes, places = _places(boxes, tables, len(counts))
    chunks, first = [], 0
    for place, count in zip(places, counts, strict=True):
        chunks.append(range(place, place + sum(sizes[first : first + count])))
        first += count
    runs_left = bisect_right(runs[::3], len(counts))
    changed = {
        size_box.begin + 8: samples,
        run_box.begin + 4: runs_left,
        place_box.begin + 4: len(counts),
    }
    unread = [
        range(run_box.begin + 8 + 12 * runs_left, run_box.end),
        range(place_box.begin + 8 + place_bytes * len(counts), place_box.end),
    ]
    if not each:
        unread.append(range(size_box.begin + 12 + 4 * samples, size_box.end))
    offset_box = boxes.find(tables, b"ctts")
    if offset_box is not None:
        lengths = _first_rows(boxes, offset_box, 2, samples)[::2]
        offset_runs = min(len(lengths), bisect_left(list(accumulate(lengths)), samples) + 1)
        changed[offset_box.begin + 4] = offset_runs
        unread.append(range(offset_box.begin + 8 + 8 * offset_runs, offset_box.end))
    if is_wanted:
        # What lies between is theirs, too: chunks of both alternate.
        chunks = [range(min(chunk.start for chunk in chunks), max(chunk.stop for chunk in chunks))]
    return _Track(chunks, unread, {at: number.to_bytes(4) for at, number in changed.items()})


def _without(whole: range, holes: Iterable[range]) -> Iterator[range]:
    begin = whole.start
    for hole in sorted(holes, key=lambda hole: hole.start):
        yield range(begin, hole.start)
        begin = hole.stop
    yield range(begin, whole.stop)


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


def _chunk_counts(firsts: Sequence[int], counts: Sequence[int], wanted: int) -> list[int]:
    """Samples of each chunk, until there are as many as wanted."""
    if not firsts or firsts[0] != 1:
        raise NoIndex("chunks that cannot be")
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


def _places(boxes: Boxes, tables: Box, chunks: int) -> tuple[Box, int, Sequence[int]]:
    """The box that says where chunks lie, bytes of each place, and what it says of the first ones."""
    box, place_bytes = boxes.find(tables, b"stco"), 4
    if box is not None:
        found: Sequence[int] = _first_rows(boxes, box, 1, chunks)
    else:
        box, place_bytes = boxes.need(tables, b"co64"), 8
        pairs = _first_rows(boxes, box, 2, chunks)
        found = [high << 32 | low for high, low in zip(pairs[::2], pairs[1::2], strict=True)]
    if len(found) < chunks:
        raise NoIndex("chunks that lie nowhere")
    return box, place_bytes, found


def _first_rows(boxes: Boxes, box: Box, columns: int, most: int) -> "array[int]":
    """No more than so many of a table, however long it is."""
    [rows] = struct.unpack(">4xI", boxes.read(box.begin, 8))
    return boxes.entries(box, box.begin + 8, min(rows, most), columns, most)
