"""The sample tables of a fragmented MP4 file (ISO/IEC 14496-12 section 8.8): one for each fragment."""

import struct
from array import array
from dataclasses import dataclass
from itertools import accumulate, islice, repeat
from operator import add

from video_service.domain.boxes import Box, Boxes
from video_service.domain.container_index import NoIndex
from video_service.domain.frame_indexing import frame_index, last_duration
from video_service.domain.frames import MAX_PACKETS, FrameIndex, check_count, check_size

_NON_SYNC = 0x0001_0000
_DEPENDS_ON_OTHERS = 0x0100_0000
#: Optional fields of ``tfhd``: each with its flag and its length in bytes.
_BASE_DATA_OFFSET, _DESCRIPTION, _DURATION, _SIZE, _FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
_BASE_IS_MOOF = 0x20000
#: And of ``trun``: in the header, and in each row.
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_ROW_DURATION, _ROW_SIZE, _ROW_FLAGS, _ROW_OFFSET = 0x100, 0x200, 0x400, 0x800


@dataclass
class _Defaults:
    """What a sample is like that does not say so itself."""

    duration: int
    size: int
    flags: int


class Fragments:
    """Gathers the samples of one track, fragment by fragment."""

    def __init__(self, boxes: Boxes, moov: Box, track_id: int) -> None:
        self._boxes, self._track_id = boxes, track_id
        self._defaults = self._track_defaults(boxes.need(moov, b"mvex"))
        self._pts, self._durations = array("q"), array("q")
        self._keys: list[int] = []
        self._next_dts = self._size_bytes = 0
        self.keys_at = array("q")
        """Where in the file key frames begin, as far as that is said."""

    def frames(self, shift: int) -> FrameIndex:
        """``shift``: ticks that the edit list adds to every time. Raises NoIndex, UnsupportedMedia."""
        begin = 0
        for box in self._boxes.top():
            if box.kind == b"moof":
                inner = (fragment for fragment in self._boxes.inside(box) if fragment.kind == b"traf")
                for number, fragment in enumerate(inner):
                    self._read(fragment, begin, is_first=number == 0)
            begin = box.end
        if not self._pts:
            raise NoIndex("no fragments")
        if not self._keys or self._keys[0] or min(self._pts) < self._pts[0]:
            raise NoIndex("pictures before the first key frame")
        pts = array("q", (time + shift for time in self._pts))
        last_ticks = last_duration(pts, self._durations)
        return frame_index(pts, self._keys, last_ticks, self._size_bytes, has_discarded=False)

    def _track_defaults(self, extends: Box) -> _Defaults:
        for box in self._boxes.inside(extends):
            if box.kind == b"trex":
                track, _, duration, size, flags = struct.unpack(">4x5I", self._boxes.read(box.begin, 24))
                if track == self._track_id:
                    return _Defaults(duration, size, flags)
        raise NoIndex("no defaults")

    def _read(self, fragment: Box, movie_at: int, *, is_first: bool) -> None:
        """``movie_at``: where the box around it begins."""
        header = self._boxes.content(self._boxes.need(fragment, b"tfhd"), 64)
        if len(header) < 8 or int.from_bytes(header[4:8], "big") != self._track_id:
            return
        defaults = self._fragment_defaults(header)
        base: int | None = None
        flags = int.from_bytes(header[1:4], "big")
        if flags & _BASE_DATA_OFFSET:
            base = int.from_bytes(header[8:16], "big")
        elif is_first or flags & _BASE_IS_MOOF:
            base = movie_at
        for box in self._boxes.inside(fragment):
            if box.kind == b"tfdt":
                content = self._boxes.content(box, 64)
                wide = content[:1] == b"\1"
                self._next_dts = int.from_bytes(content[4 : 12 if wide else 8], "big")
            elif box.kind == b"trun":
                self._run(box, defaults, base)

    def _fragment_defaults(self, header: bytes) -> _Defaults:
        flags, at = int.from_bytes(header[1:4], "big"), 8
        values = {}
        for field, length in (
            (_BASE_DATA_OFFSET, 8),
            (_DESCRIPTION, 4),
            (_DURATION, 4),
            (_SIZE, 4),
            (_FLAGS, 4),
        ):
            if flags & field:
                values[field] = int.from_bytes(header[at : at + length], "big")
                at += length
        if at > len(header):
            raise NoIndex("a fragment's header is cut off")
        return _Defaults(
            values.get(_DURATION, self._defaults.duration),
            values.get(_SIZE, self._defaults.size),
            values.get(_FLAGS, self._defaults.flags),
        )

    def _run(self, box: Box, defaults: _Defaults, base: int | None) -> None:
        word, count = struct.unpack(">II", self._boxes.read(box.begin, 8))
        known, begin = word & 0xFFFFFF, box.begin + 8
        at = None
        if known & _DATA_OFFSET:
            if base is not None:
                at = base + int.from_bytes(self._boxes.read(begin, 4), "big", signed=True)
            begin += 4
        first_flags = None
        if known & _FIRST_FLAGS:
            first_flags = int.from_bytes(self._boxes.read(begin, 4), "big")
            begin += 4
        already = len(self._pts)
        check_count(already + count)
        fields = [field for field in (_ROW_DURATION, _ROW_SIZE, _ROW_FLAGS, _ROW_OFFSET) if known & field]
        table = self._boxes.entries(box, begin, count, len(fields), MAX_PACKETS)
        columns = {field: table[n :: len(fields)] for n, field in enumerate(fields)}
        sizes = columns.get(_ROW_SIZE)
        self._size_bytes += count * defaults.size if sizes is None else sum(sizes)
        check_size(self._size_bytes, self._boxes.size_bytes)
        durations = columns.get(_ROW_DURATION) or array("I", repeat(defaults.duration, count))
        dts = islice(accumulate(durations, initial=self._next_dts), count)
        offsets = columns.get(_ROW_OFFSET)
        if offsets is None:
            self._pts.extend(dts)
        else:
            signed = array("i", offsets.tobytes())
            if signed and min(signed) < 0:
                # ffmpeg shifts all times by the least that it has met so far.
                raise NoIndex("pictures that are shown before they are decoded")
            self._pts.extend(map(add, dts, signed))
        self._durations.extend(iter(durations))
        self._next_dts += sum(durations)
        flags = columns.get(_ROW_FLAGS) or array("I", repeat(defaults.flags, count))
        if first_flags is not None and count:
            flags[0] = first_flags
        dependent = _NON_SYNC | _DEPENDS_ON_OTHERS
        keys = [n for n, flag in enumerate(flags) if not flag & dependent]
        self._keys.extend(already + n for n in keys)
        if at is not None and keys:
            each = repeat(defaults.size, count) if sizes is None else sizes
            positions = array("q", accumulate(each, initial=at))
            self.keys_at.extend(map(positions.__getitem__, keys))
