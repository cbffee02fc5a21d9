"""When each picture of an MXF file is shown (SMPTE ST 377-1), from its index tables.

Of the files that cameras and editing programs write for others, with pictures and sound interleaved
(operational pattern 1a), and of those that they write for themselves, with pictures alone (OP-Atom, ST 390).
ffmpeg finds its way in them by the same tables (libavformat/mxfdec.c), and gives the same times. Of all
others this gives up with NoIndex.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import BinaryIO

from video_service.domain.container_index import IndexedVideo, NoIndex, spread
from video_service.domain.frame_indexing import index_of_packets
from video_service.domain.frames import check_count

#: With which each key begins, and so the file (SMPTE ST 336).
MXF_LABEL = bytes.fromhex("060e2b34")
_KEY_BYTES = 16
#: The second half of their keys; what precedes it tells versions and ways of coding. A partition's goes on
#: with its kind, and whether it is complete.
_PARTITION = bytes.fromhex("0d01020101")
_INDEX_SEGMENT = bytes.fromhex("0d01020101100100")
_STORED = bytes.fromhex("0d010301")
_RANDOM_INDEX = bytes.fromhex("0d01020101110100")
_FILL = bytes.fromhex("0301021001000000")
_END_OF_KEY = slice(8, 16)
#: In the key of what is stored: which kind it is (ST 379-2); and those of pictures. Beside one lie sound,
#: what is said of both, and what fills up.
_KIND_AT, _PICTURES = 12, {0x05, 0x15}
_MOST_BESIDE = 64
#: Behind the label of all operational patterns (section 8.3.3): one item of one package; and of one track,
#: of which a second byte tells how many there are beside it.
_PATTERN_1A, _ATOM = b"\1\1", 0x10

_RATE, _START, _DURATION = 0x3F0B, 0x3F0C, 0x3F0D
_UNIT_BYTES, _BODY, _ENTRIES = 0x3F05, 0x3F07, 0x3F0A
#: Of an entry: in the display's order, how much later or earlier a picture is stored; what it is, and how
#: many bytes are stored before it.
_OFFSET_AT, _FLAGS_AT, _PLACE_AT, _LEAST_ENTRY_BYTES = 0, 2, 3, 11
_NEEDS_OTHERS = 0x30
#: As many as ten seconds each for a week.
_MOST_PARTITIONS = 60_480
_MOST_INDEX_BYTES = 64 << 20


@dataclass(frozen=True)
class _Part:
    """A partition, and the part of the file's index that is in it."""

    index: bytes
    body: int
    """Number of what is stored in it; 0: nothing."""
    stored_at: int
    stored_bytes: int
    """Of that, up to the next partition."""
    preceding_bytes: int
    """Of the same, in partitions before this one."""


@dataclass(frozen=True)
class _Segment:
    """Of an index table."""

    rate: Fraction
    """Pictures a second."""
    start: int
    duration: int
    unit_bytes: int
    """Of each picture with its sound, where all are alike. Then there are no entries, and perhaps no
    duration: it is all there is."""
    entries: bytes
    entry_bytes: int
    body: int


def read_mxf_video(file: BinaryIO) -> IndexedVideo:
    """Raises NoIndex, and UnsupportedMedia for what no packet could make right."""
    try:
        reader = _Reader(file)
        parts = [reader.part(at, end) for at, end in pairwise([*reader.partitions(), reader.size_bytes])]
        if any(part.stored_bytes < 0 for part in parts):
            raise NoIndex("partitions that do not follow each other")
        segments = _one_table([segment for part in parts for segment in _segments(part.index)])
        if segments[0].unit_bytes and not segments[0].duration:
            pictures = sum(part.stored_bytes // segments[0].unit_bytes for part in parts if part.body)
            segments = [replace(segments[0], duration=pictures)]
    except (IndexError, ZeroDivisionError, OverflowError) as error:  # or is said to be beyond all files
        raise NoIndex("an index that breaks off") from error
    if {part.body for part in parts} - {0} != {segments[0].body}:
        raise NoIndex("several things are stored")
    offsets, flags = bytearray(), bytearray()
    for segment in segments:
        if segment.start != len(offsets):
            raise NoIndex("a part of the index is missing")
        check_count(segment.start + segment.duration)
        if segment.unit_bytes * segment.duration > reader.size_bytes:
            raise NoIndex("more pictures than there is room for")
        if segment.unit_bytes:
            offsets += bytes(segment.duration)
            flags += bytes(segment.duration)
        else:
            offsets += segment.entries[_OFFSET_AT :: segment.entry_bytes]
            flags += segment.entries[_FLAGS_AT :: segment.entry_bytes]
    pts = _shown_at(offsets)
    keys = array("q", (n for n, flag in enumerate(flags) if not flag & _NEEDS_OTHERS))
    durations = array("q", [1]) * len(pts)
    frames = index_of_packets(pts, durations, keys, (), reader.size_bytes)
    keys_at = _pictures_at(reader, parts, segments, spread(keys))
    return IndexedVideo(0, 1 / segments[0].rate, frames, None, keys_at, shown_as_stored=not any(offsets))


def _pictures_at(
    reader: "_Reader", parts: Sequence[_Part], segments: Sequence[_Segment], numbers: Sequence[int]
) -> Sequence[int]:
    """Where in the file these pictures begin, by their place among what is stored; none where one of them is
    not found, and where all are alike."""
    if segments[0].unit_bytes:
        return ()
    stored = sorted((part for part in parts if part.body), key=lambda part: part.preceding_bytes)
    found = []
    for number in numbers:
        segment = segments[bisect_right(segments, number, key=lambda one: one.start) - 1]
        entry = (number - segment.start) * segment.entry_bytes + _PLACE_AT
        place = int.from_bytes(segment.entries[entry : entry + 8])
        part = stored[bisect_right(stored, place, key=lambda one: one.preceding_bytes) - 1]
        at = reader.picture(part.stored_at + place - part.preceding_bytes)
        if at is None:
            return ()
        found.append(at)
    return found


def _shown_at(offsets: bytes | bytearray) -> "array[int]":
    """When each picture is shown, in the order in which they are stored."""
    shown = array("q", [-1]) * len(offsets)
    for display, offset in enumerate(array("b", bytes(offsets))):
        stored = display + offset
        if not 0 <= stored < len(shown) or shown[stored] >= 0:
            raise NoIndex("pictures that share a place")
        shown[stored] = display
    return shown


def _one_table(segments: Sequence[_Segment]) -> Sequence[_Segment]:
    """In order, each once: files may tell the same at their beginning and at their end."""
    found = {segment.start: segment for segment in segments}
    if not found or len({(segment.rate, segment.body, bool(segment.unit_bytes)) for segment in segments}) > 1:
        raise NoIndex(f"{len(segments)} parts of an index, or several indexes")
    return [found[start] for start in sorted(found)]


def _segments(index: bytes) -> Iterator[_Segment]:
    at = 0
    while at < len(index):
        key, begin, end = _klv(index, at)
        if key[_END_OF_KEY] == _INDEX_SEGMENT:
            yield _segment(index[begin:end])
        at = end


def _segment(content: bytes) -> _Segment:
    """A local set: tags and lengths of two bytes (SMPTE ST 336)."""
    fields, at = dict.fromkeys((_UNIT_BYTES, _BODY, _ENTRIES), b""), 0
    while at < len(content):
        tag, length = (int.from_bytes(content[at + n : at + n + 2]) for n in (0, 2))
        fields[tag] = content[at + 4 : at + 4 + length]
        at += 4 + length
    if not fields.keys() >= {_RATE, _START, _DURATION}:
        raise NoIndex("an index that does not say what of")
    rate, numbers = fields[_RATE], {tag: int.from_bytes(value) for tag, value in fields.items()}
    pictures, seconds = int.from_bytes(rate[:4]), int.from_bytes(rate[4:8])
    count, entry_bytes = (int.from_bytes(fields[_ENTRIES][n : n + 4]) for n in (0, 4))
    entries, duration = fields[_ENTRIES][8:], numbers[_DURATION]
    is_alike = numbers[_UNIT_BYTES] > 0
    if not is_alike and not (entry_bytes >= _LEAST_ENTRY_BYTES and len(entries) == count * entry_bytes):
        raise NoIndex("an index without entries")
    if not is_alike and count == 2 * duration + 1 and not any(entries[_OFFSET_AT::entry_bytes]):
        # As Avid's programs write it: for each field, and where the last ends.
        entry_bytes *= 2
        entries = entries[: duration * entry_bytes]
    elif not is_alike and count != duration:
        raise NoIndex("not an entry for each picture")
    return _Segment(
        Fraction(pictures, seconds), numbers[_START], duration, numbers[_UNIT_BYTES], entries,
        entry_bytes, numbers[_BODY],
    )  # fmt: skip


def _klv(content: bytes, at: int) -> tuple[bytes, int, int]:
    """Key, and where the value begins and ends. Raises IndexError."""
    key, first = content[at : at + _KEY_BYTES], content[at + _KEY_BYTES]
    if not key.startswith(MXF_LABEL):
        raise NoIndex("no key where one should be")
    begin, length = at + _KEY_BYTES + 1, first
    if first & 0x80:
        begin += first & 0x7F
        length = int.from_bytes(content[at + _KEY_BYTES + 1 : begin])
    return key, begin, begin + length


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_bytes = file.seek(0, 2)
        self._most_bytes = _MOST_INDEX_BYTES

    def _at(self, at: int, size_bytes: int) -> bytes:
        if at > self.size_bytes:
            raise NoIndex("something beyond the end")
        self._file.seek(at)
        return self._file.read(size_bytes)

    def partitions(self) -> Iterator[int]:
        """Where each begins, from the list at the file's end (section 12)."""
        length = int.from_bytes(self._at(max(0, self.size_bytes - 4), 4))
        if not _KEY_BYTES < length <= min(self.size_bytes, 32 + 12 * _MOST_PARTITIONS):
            raise NoIndex("no list of partitions")
        content = self._at(self.size_bytes - length, length)
        key, begin, end = _klv(content, 0)
        if key[_END_OF_KEY] != _RANDOM_INDEX or end != length or (end - begin - 4) % 12:
            raise NoIndex("no list of partitions")
        for at in range(begin, end - 4, 12):
            yield int.from_bytes(content[at + 4 : at + 12])

    def part(self, at: int, end_at: int) -> _Part:
        """The partition there (section 7), and up to where it may be."""
        content = self._at(at, 256)
        key, begin, end = _klv(content, 0)
        value = content[begin:end]
        if not key[_END_OF_KEY].startswith(_PARTITION) or len(value) < 80:
            raise NoIndex("no partition where one should be")
        if value[76:78] != _PATTERN_1A and value[76] != _ATOM:
            raise NoIndex("another pattern")
        header_bytes, index_bytes = (int.from_bytes(value[n : n + 8]) for n in (32, 40))
        preceding_bytes, body = (int.from_bytes(value[n:end]) for n, end in ((52, 60), (60, 64)))
        self._most_bytes -= index_bytes
        if self._most_bytes < 0:
            raise NoIndex("an index larger than any")
        index_at = self._behind_fill(at + end) + header_bytes
        index = self._at(index_at, index_bytes)
        stored_at = self._behind_fill(index_at + index_bytes) if body else end_at
        return _Part(index, body, stored_at, end_at - stored_at, preceding_bytes)

    def picture(self, at: int) -> int | None:
        """Where the picture begins of which the first item is there; ``None``: there is none."""
        for _ in range(_MOST_BESIDE):
            header = self._at(at, 32) if 0 <= at < self.size_bytes else b""
            if len(header) <= _KEY_BYTES or not header.startswith(MXF_LABEL):
                return None
            _, begin, end = _klv(header, 0)
            if header[_KIND_AT] in _PICTURES and header[_END_OF_KEY].startswith(_STORED):
                return at + begin
            at += end
        return None

    def _behind_fill(self, at: int) -> int:
        """What fills up to a round number precedes nearly everything."""
        content = self._at(at, 32)
        if content[_END_OF_KEY] != _FILL:
            return at
        _, _, end = _klv(content, 0)
        return at + end
