"""When each picture of a Matroska or WebM file is shown (RFC 9559), from the headers of its blocks.

They are spread over the whole file, but to step from one to the next costs a quarter of what ffprobe needs
to read the packets and to print them. The times are those that ffmpeg's demuxer gives the packets
(libavformat/matroskadec.c). Where that demuxer would do more than to read them, this gives up with NoIndex.

Every byte is the source's to choose: nothing is read beyond the file, and there is an end to how many
elements are looked at.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, NamedTuple

from video_service.domain.container_index import IndexedVideo, NoIndex, spread
from video_service.domain.ebml import EBML_ID, SEGMENT_ID, UNKNOWN, WIDTHS, number_at
from video_service.domain.frames import FrameIndex, check_count, check_size, frame_index, last_duration

_INFO, _TRACKS, _CLUSTER = 0x1549A966, 0x1654AE6B, 0x1F43B675
_TIMESTAMP_SCALE, _WHOLE_DURATION = 0x2AD7B1, 0x4489
_TRACK, _NUMBER, _TYPE, _CODEC, _PRIVATE = 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_DEFAULT_DURATION, _ENCODINGS, _TRACK_SCALE = 0x23E383, 0x6D80, 0x23314F
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK, _DURATION, _REFERENCE = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B, 0xFB
#: Identifiers of four bytes belong to what holds clusters, not to what is in them.
_FIRST_OF_TOP_LEVEL = 0x10000000

_VIDEO = 1
#: Of these a block's time is that of its picture being shown.
_CODECS = {b"V_MPEG4/ISO/AVC", b"V_MPEGH/ISO/HEVC", b"V_VP8", b"V_VP9", b"V_AV1"}
_KEY, _INVISIBLE, _LACING = 0x80, 0x08, 0x06
_DEFAULT_SCALE_NANOSECONDS = 1_000_000
#: A day at 60 pictures a second has as many blocks of sound.
_MAX_ELEMENTS = 12_000_000
_PRIVATE_BYTES = 1 << 20
#: Number of the track, time, flags.
_BLOCK_HEADER_BYTES = 4
_WINDOW_BYTES = 1 << 18
#: An element's identifier and size, and a block's own header.
_HEADER_BYTES = 32


@dataclass(frozen=True)
class _Track:
    number: int
    codec: bytes
    private: bytes
    default_nanoseconds: int


class _Element(NamedTuple):
    kind: int
    begin: int
    end: int
    """Where its content lies: to the end of what holds it, where its size is not said."""
    is_sized: bool


class _Elements:
    """A file's elements (RFC 8794). Every method raises NoIndex for what cannot be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MAX_ELEMENTS
        self.size_bytes = file.seek(0, 2)
        self._window, self._window_at = b"", 0

    def count(self, seen: int = 1) -> None:
        self._left -= seen
        if self._left < 0:
            raise NoIndex("too many elements")

    def around(self, at: int) -> tuple[bytes, int]:
        """Bytes in which an element's header at this place is, and its position in them."""
        position = at - self._window_at
        if not 0 <= position <= len(self._window) - _HEADER_BYTES:
            self._file.seek(at)
            self._window, self._window_at = self._file.read(_WINDOW_BYTES), at
            if len(self._window) < _WINDOW_BYTES:
                # What is beyond the file is no element, nor the content of one.
                self._window += bytes(_HEADER_BYTES)
            position = 0
        return self._window, position

    def read(self, element: _Element, most_bytes: int) -> bytes:
        length = element.end - element.begin
        if length > most_bytes:
            raise NoIndex(f"{element.kind:x} is too large")
        self._file.seek(element.begin)
        content = self._file.read(length)
        if len(content) < length:
            raise NoIndex("the file became shorter")
        return content

    def number(self, element: _Element) -> int:
        return int.from_bytes(self.read(element, 8), "big")

    def at(self, at: int, end: int) -> _Element:
        """The element that begins there, in what ends at ``end``."""
        self.count()
        window, position = self.around(at)
        width = WIDTHS[window[position]]
        kind = int.from_bytes(window[position : position + width], "big")
        size, begin, is_sized = number_at(window, position + width)
        begin += at - position
        stop = begin + size if is_sized else end
        if not 0 < width <= 4 or stop > end:
            raise NoIndex(f"{kind:x} does not fit into what holds it")
        return _Element(kind, begin, stop, is_sized)

    def inside(self, element: _Element) -> Iterator[_Element]:
        at = element.begin
        while at < element.end:
            inner = self.at(at, element.end)
            if not inner.is_sized:
                raise NoIndex(f"the size of {inner.kind:x} is not said")
            yield inner
            at = inner.end


def read_matroska_video(file: BinaryIO) -> IndexedVideo:
    """Of the only track that has pictures.

    Raises NoIndex, and UnsupportedMedia for what no packet could make right.
    """
    try:
        return _read(_Elements(file))
    except OverflowError as error:  # of a signed number of 64 bits, as which all times are kept
        raise NoIndex("times that cannot be") from error


def _read(elements: _Elements) -> IndexedVideo:
    header = elements.at(0, elements.size_bytes)
    segment = elements.at(header.end, elements.size_bytes)
    if (header.kind, segment.kind) != (EBML_ID, SEGMENT_ID):
        raise NoIndex("no Matroska")
    if segment.end < elements.size_bytes:
        raise NoIndex("something follows the segment")
    scale_nanoseconds, track, blocks = _DEFAULT_SCALE_NANOSECONDS, None, None
    is_length_said, last = False, segment
    at = segment.begin
    while at < segment.end:
        element = elements.at(at, segment.end)
        at = element.end
        if element.kind == _CLUSTER:
            if blocks is None:
                if track is None:
                    raise NoIndex("pictures before what they belong to")
                blocks = _Blocks(elements, track.number, track.default_nanoseconds // scale_nanoseconds)
            at, last = blocks.read(element), element
        elif not element.is_sized:
            raise NoIndex(f"the size of {element.kind:x} is not said")
        elif element.kind in (_INFO, _TRACKS) and blocks is not None:
            raise NoIndex("pictures before what they belong to")
        elif element.kind == _INFO:
            found = {inner.kind: inner for inner in elements.inside(element)}
            is_length_said = _WHOLE_DURATION in found
            if _TIMESTAMP_SCALE in found:
                scale_nanoseconds = elements.number(found[_TIMESTAMP_SCALE])
            if scale_nanoseconds == 0:
                raise NoIndex("times without a unit")
        elif element.kind == _TRACKS:
            track = _video_track(elements, element)
    if track is None or blocks is None:
        raise NoIndex("no pictures")
    configuration = track.private if track.codec == b"V_MPEG4/ISO/AVC" else None
    time_base = Fraction(scale_nanoseconds, 10**9)
    frames = blocks.frames(elements.size_bytes)
    # A browser's recorder writes as it goes, and does not come back to say how long it was.
    end_seconds = None if is_length_said else float(_last_ticks(elements, last) * time_base)
    return IndexedVideo(
        track.number, time_base, frames, configuration, spread(blocks.keys_at), end_seconds=end_seconds
    )


def _last_ticks(elements: _Elements, cluster: _Element) -> int:
    """When the last block of a cluster begins, of whichever track."""
    at, cluster_ticks, last = cluster.begin, 0, 0
    while at < cluster.end:
        element = elements.at(at, cluster.end)
        if element.kind >= _FIRST_OF_TOP_LEVEL:
            break
        if element.kind == _TIMESTAMP:
            cluster_ticks = elements.number(element)
        blocks = [element] if element.kind == _SIMPLE_BLOCK else []
        if element.kind == _GROUP:
            blocks = [inner for inner in elements.inside(element) if inner.kind == _BLOCK]
        for block in blocks:
            window, begin = elements.around(block.begin)
            last = max(last, cluster_ticks + _relative_ticks(window, begin))
        at = element.end
    return last


def _relative_ticks(window: bytes, begin: int) -> int:
    """Of a block, from its cluster's time (RFC 9559 section 10.1): behind the number of its track."""
    ticks = window[begin + 1] << 8 | window[begin + 2]
    return ticks if ticks < 1 << 15 else ticks - (1 << 16)


def _video_track(elements: _Elements, tracks: _Element) -> _Track:
    found = []
    for entry in elements.inside(tracks):
        if entry.kind != _TRACK:
            continue
        fields = {inner.kind: inner for inner in elements.inside(entry)}
        if _TYPE not in fields or elements.number(fields[_TYPE]) != _VIDEO:
            continue
        if not fields.keys() >= {_NUMBER, _CODEC} or fields.keys() & {_ENCODINGS, _TRACK_SCALE}:
            raise NoIndex("pictures that are stored in an unusual way")
        private = elements.read(fields[_PRIVATE], _PRIVATE_BYTES) if _PRIVATE in fields else b""
        duration = elements.number(fields[_DEFAULT_DURATION]) if _DEFAULT_DURATION in fields else 0
        codec = elements.read(fields[_CODEC], 64).rstrip(b"\0")
        found.append(_Track(elements.number(fields[_NUMBER]), codec, private, duration))
    if len(found) != 1 or found[0].codec not in _CODECS:
        raise NoIndex(f"{len(found)} tracks, or one whose times are not those of its pictures")
    return found[0]


class _Blocks:
    """The pictures of one track, cluster by cluster."""

    def __init__(self, elements: _Elements, track: int, default_ticks: int) -> None:
        if not 0 < track < 1 << 7:
            raise NoIndex("too many tracks")
        self._elements, self._default_ticks = elements, default_ticks
        self._marker = 1 << 7 | track
        """The first byte of its blocks: the number of the track."""
        self._pts, self._durations, self._keys = array("q"), array("q"), array("q")
        self._size_bytes = 0
        self.keys_at = array("q")

    def read(self, cluster: _Element) -> int:
        """Returns where the cluster ends, which it may not say itself."""
        at, end, cluster_ticks = cluster.begin, cluster.end, 0
        while at < end:
            at = self._simple_blocks(at, end, cluster_ticks)
            if at >= end:
                break
            element = self._elements.at(at, end)
            if element.kind >= _FIRST_OF_TOP_LEVEL and not cluster.is_sized:
                return at
            if not element.is_sized:
                raise NoIndex(f"the size of {element.kind:x} is not said")
            if element.kind == _TIMESTAMP:
                cluster_ticks = self._elements.number(element)
            elif element.kind == _GROUP:
                self._group(element, cluster_ticks)
            at = element.end
        return at

    def _simple_blocks(self, at: int, end: int, cluster_ticks: int) -> int:
        """Those from here on; returns what follows the last. Nearly everything is one of these, so no more
        is done for each than must be."""
        while at < end:
            window, position = self._elements.around(at)
            window_at, most, blocks = at - position, len(window) - _HEADER_BYTES, 0
            while position <= most and window[position] == _SIMPLE_BLOCK:
                width = WIDTHS[window[position + 1]]
                begin = position + 1 + width
                size = int.from_bytes(window[position + 1 : begin], "big") & UNKNOWN[width]
                if size == UNKNOWN[width]:
                    raise NoIndex("a block without a size")
                if window[begin] == self._marker:
                    is_key = window[begin + 3] & _KEY != 0
                    self._picture(window, begin, size, cluster_ticks, window_at + begin, is_key=is_key)
                position = begin + size
                blocks += 1
            at = window_at + position
            self._elements.count(blocks)
            if position <= most:
                break
        if at > end:
            raise NoIndex("a block that does not fit into its cluster")
        return at

    def _group(self, group: _Element, cluster_ticks: int) -> None:
        inner = {element.kind: element for element in self._elements.inside(group)}
        if _BLOCK not in inner:
            return
        block = inner[_BLOCK]
        window, begin = self._elements.around(block.begin)
        if window[begin] == self._marker:
            is_key = _REFERENCE not in inner
            size = block.end - block.begin
            self._picture(window, begin, size, cluster_ticks, block.begin, is_key=is_key)
            if _DURATION in inner:
                self._durations[-1] = self._elements.number(inner[_DURATION])

    def _picture(
        self, window: bytes, begin: int, size: int, cluster_ticks: int, at: int, *, is_key: bool
    ) -> None:
        """Of a block of the track (RFC 9559 section 10.1)."""
        if size < _BLOCK_HEADER_BYTES or window[begin + 3] & (_INVISIBLE | _LACING):
            raise NoIndex("pictures that are not shown, or share a block")
        if is_key:
            self._keys.append(len(self._pts))
            self.keys_at.append(at + _BLOCK_HEADER_BYTES)
        self._pts.append(cluster_ticks + _relative_ticks(window, begin))
        self._durations.append(self._default_ticks)
        self._size_bytes += size - _BLOCK_HEADER_BYTES

    def frames(self, source_bytes: int) -> FrameIndex:
        """Raises UnsupportedMedia too."""
        pts, keys = self._pts, self._keys
        if not keys or keys[0] or min(pts) < pts[0]:
            raise NoIndex("pictures that cannot be decoded come first")
        check_count(len(pts))
        check_size(self._size_bytes, source_bytes)
        last_ticks = last_duration(pts, self._durations)
        return frame_index(pts, keys, last_ticks, self._size_bytes, has_discarded=False)
