"""When each picture of a Matroska or WebM file is shown (RFC 9559), from the headers of its blocks.

They are spread over the whole file, but to step from one to the next costs a quarter of what ffprobe needs
to read the packets and to print them. The times are those that ffmpeg's demuxer gives the packets
(libavformat/matroskadec.c). Where that demuxer would do more than to read them, this gives up with NoIndex.
"""

from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from video_service.domain.avc_fields import FIELD_BYTES, FieldPairs, field_pairs
from video_service.domain.container_index import ClusterPlaces, IndexedVideo, NoIndex, spread
from video_service.domain.ebml import EBML_ID, SEGMENT_ID, UNKNOWN, WIDTHS
from video_service.domain.frame_indexing import index_of_packets
from video_service.domain.frames import FrameIndex, check_count, check_size
from video_service.domain.matroska_elements import HEADER_BYTES, Element, Elements

_INFO, _TRACKS, _CLUSTER, _CUES = 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
_TIMESTAMP_SCALE, _WHOLE_DURATION = 0x2AD7B1, 0x4489
_TRACK, _NUMBER, _TYPE, _CODEC, _PRIVATE = 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_DEFAULT_DURATION, _ENCODINGS, _TRACK_SCALE = 0x23E383, 0x6D80, 0x23314F
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK, _DURATION, _REFERENCE = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B, 0xFB
#: Identifiers of four bytes belong to what holds clusters, not to what is in them.
_FIRST_OF_TOP_LEVEL = 0x10000000

_VIDEO = 1
#: Of these a block's time is that of its picture being shown.
_CODECS = {
    b"V_MPEG4/ISO/AVC", b"V_MPEGH/ISO/HEVC", b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG1", b"V_MPEG2",
    b"V_MPEG4/ISO/ASP", b"V_MPEG4/MS/V3", b"V_MJPEG", b"V_THEORA",
}  # fmt: skip
#: As AVI has it: a block's time is that of decoding. These show their pictures as they are stored.
_AS_IN_AVI = b"V_MS/VFW/FOURCC"
_SHOWN_AS_STORED = {b"MP42", b"MP43", b"DIV3", b"WMV1", b"WMV2", b"FLV1"}
#: In the private part of such a track (BITMAPINFOHEADER): what it is compressed with.
_FOURCC = slice(16, 20)
_KEY, _INVISIBLE, _LACING = 0x80, 0x08, 0x06
_DEFAULT_SCALE_NANOSECONDS = 1_000_000
#: Clusters that lie closer are not told apart.
_PLACE_BYTES = 1 << 18
#: Elements, of a file that is looked at while it grows.
_MOST_BEFORE_CLUSTERS = 10_000
#: Of a file of which only the beginning is there.
_MOST_BYTES = 1 << 62
_PRIVATE_BYTES = 1 << 20
#: Number of the track, time, flags.
_BLOCK_HEADER_BYTES = 4


@dataclass(frozen=True)
class _Track:
    number: int
    codec: bytes
    private: bytes
    default_nanoseconds: int

    @property
    def avc_configuration(self) -> bytes | None:
        return self.private if self.codec == b"V_MPEG4/ISO/AVC" else None


def read_matroska_video(file: BinaryIO, clusters: "Clusters | None" = None) -> IndexedVideo:
    """Of the only track that has pictures. ``clusters``: of the same file, when there was less of it.

    Raises NoIndex, and UnsupportedMedia for what no packet could make right.
    """
    try:
        return _read(Elements(file), clusters or Clusters())
    except OverflowError as error:  # of a signed number of 64 bits, as which all times are kept
        raise NoIndex("times that cannot be") from error


class Clusters:
    """What was read of a file's clusters. Of one that is still being written, later only what was added."""

    def __init__(self) -> None:
        self._of: tuple[int, _Track, int] | None = None
        """Which these are: where the first is, and of which track. Nothing until that has been read."""
        self.blocks: _Blocks | None = None
        self.last: Element | None = None
        self._next_at = 0
        self._is_interrupted = False
        self._seen_bytes = 0

    @property
    def places(self) -> ClusterPlaces | None:
        """``None`` where anything lies between, or time does not go on from one to the next."""
        if self.blocks is None or not self.blocks.is_in_order or self._is_interrupted:
            return None
        return ClusterPlaces(self.blocks.places_at, self.blocks.places_ticks, self._next_at)

    @property
    def pictures(self) -> int:
        return 0 if self.blocks is None else len(self.blocks)

    def read_on(self, file: BinaryIO) -> None:
        """Those that are there as a whole by now, of a file that grows. What is wrong with it is said when it
        is complete, but for UnsupportedMedia, which is raised: there is an end to what is kept of it."""
        size_bytes = file.seek(0, 2)
        # However often it grows, only what precedes the clusters is looked at again.
        most_elements = _MOST_BEFORE_CLUSTERS + size_bytes - self._seen_bytes
        self._seen_bytes = size_bytes
        with suppress(NoIndex, OverflowError):
            _walk(Elements(file, most_elements), self, is_growing=True)

    def read(
        self, elements: Elements, at: int, cluster: Element, track: _Track, default_ticks: int, *, first: bool
    ) -> int:
        """Of a first one, what was read before is not read again. Returns what follows."""
        of = (cluster.begin, track, default_ticks) if first else self._of
        if first and of == self._of:
            return self._next_at
        if first or self.blocks is None:
            self.blocks, self._of, self._is_interrupted = _Blocks(track, default_ticks), None, False
        is_next = first or at == self._next_at
        mark = self.blocks.mark()
        try:
            self._next_at = self.blocks.read(elements, at, cluster)
        except (NoIndex, OverflowError):
            # One whose size is not said may still grow, and is read again from its beginning.
            self.blocks.back_to(mark)
            raise
        self.last, self._of = cluster, of
        self._is_interrupted = self._is_interrupted or not is_next
        return self._next_at


@dataclass
class _Head:
    """What precedes the clusters."""

    scale_nanoseconds: int = _DEFAULT_SCALE_NANOSECONDS
    track: _Track | None = None
    is_length_said: bool = False
    """By who knew it, and came back to say it."""
    has_cues: bool = False
    """Which may follow the clusters."""
    has_plain_tracks: bool = True
    """Whether the times of all blocks are told alike, in few bytes."""


def _read(elements: Elements, clusters: Clusters) -> IndexedVideo:
    head = _walk(elements, clusters)
    track, blocks, last = head.track, clusters.blocks, clusters.last
    if track is None or blocks is None or last is None:
        raise NoIndex("no pictures")
    time_base = Fraction(head.scale_nanoseconds, 10**9)
    frames = blocks.frames(elements.size_bytes)
    # A browser's recorder writes as it goes, and does not come back to say how long it was.
    times = () if head.is_length_said else block_ticks(elements, last.begin, last.end)
    end_seconds = None if head.is_length_said else float(max(times, default=0) * time_base)
    places = clusters.places if head.has_plain_tracks and not head.has_cues else None
    return IndexedVideo(
        track.number, time_base, frames, track.avc_configuration, spread(blocks.keys_at), end_seconds, places,
        has_fields=blocks.has_fields,
    )  # fmt: skip


def _walk(elements: Elements, clusters: Clusters, *, is_growing: bool = False) -> _Head:
    """From the file's beginning to its end; where it grows, to what is not there as a whole yet."""
    header = elements.at(0, elements.size_bytes)
    segment = elements.at(header.end, _MOST_BYTES if is_growing else elements.size_bytes)
    if (header.kind, segment.kind) != (EBML_ID, SEGMENT_ID):
        raise NoIndex("no Matroska")
    if segment.end < elements.size_bytes:
        raise NoIndex("something follows the segment")
    head, at, is_first = _Head(), segment.begin, True
    while at < segment.end:
        if is_growing and at + HEADER_BYTES > elements.size_bytes:
            raise NoIndex("what comes next")
        element = elements.at(at, segment.end)
        if is_growing and element.is_sized and element.end > elements.size_bytes:
            raise NoIndex("what is not there as a whole")
        begin, at = at, element.end
        if element.kind == _CLUSTER:
            if head.track is None:
                raise NoIndex("pictures before what they belong to")
            default_ticks = head.track.default_nanoseconds // head.scale_nanoseconds
            at = clusters.read(elements, begin, element, head.track, default_ticks, first=is_first)
            is_first = False
        elif not element.is_sized:
            raise NoIndex(f"the size of {element.kind:x} is not said")
        elif element.kind in (_INFO, _TRACKS) and not is_first:
            raise NoIndex("pictures before what they belong to")
        elif element.kind == _INFO:
            found = {inner.kind: inner for inner in elements.inside(element)}
            head.is_length_said = segment.is_sized and _WHOLE_DURATION in found
            if _TIMESTAMP_SCALE in found:
                head.scale_nanoseconds = elements.number(found[_TIMESTAMP_SCALE])
            if head.scale_nanoseconds == 0:
                raise NoIndex("times without a unit")
        elif element.kind == _CUES:
            head.has_cues = True
        elif element.kind == _TRACKS:
            head.track = _video_track(elements, element)
            head.has_plain_tracks = all(_is_plain(elements, track) for track in elements.inside(element))
    return head


def block_ticks(elements: Elements, at: int, end: int) -> Iterator[int]:
    """When the blocks of clusters, or of what is in one, begin, of whichever track."""
    cluster_ticks = 0
    while at < end:
        element = elements.at(at, end)
        at = element.begin if element.kind == _CLUSTER else element.end
        if element.kind == _TIMESTAMP:
            cluster_ticks = elements.number(element)
        blocks = [element] if element.kind == _SIMPLE_BLOCK else []
        if element.kind == _GROUP:
            blocks = [inner for inner in elements.inside(element) if inner.kind == _BLOCK]
        for block in blocks:
            window, begin = elements.around(block.begin)
            yield cluster_ticks + _relative_ticks(window, begin)


def _relative_ticks(window: bytes, begin: int) -> int:
    """Of a block, from its cluster's time (RFC 9559 section 10.1): behind the number of its track."""
    ticks = window[begin + 1] << 8 | window[begin + 2]
    return ticks if ticks < 1 << 15 else ticks - (1 << 16)


def _video_track(elements: Elements, tracks: Element) -> _Track:
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
    if len(found) != 1 or not _is_timed(found[0]):
        raise NoIndex(f"{len(found)} tracks, or one whose times are not those of its pictures")
    return found[0]


def _is_plain(elements: Elements, entry: Element) -> bool:
    if entry.kind != _TRACK:
        return True
    fields = {inner.kind: inner for inner in elements.inside(entry)}
    return _TRACK_SCALE not in fields and _NUMBER in fields and elements.number(fields[_NUMBER]) < 1 << 7


def _is_timed(track: _Track) -> bool:
    if track.codec == _AS_IN_AVI:
        return track.private[_FOURCC].upper() in _SHOWN_AS_STORED
    return track.codec in _CODECS


class _Blocks:
    """The pictures of one track, cluster by cluster."""

    def __init__(self, track: _Track, default_ticks: int) -> None:
        if not 0 < track.number < 1 << 7:
            raise NoIndex("too many tracks")
        self._default_ticks = default_ticks
        self._marker = 1 << 7 | track.number
        """The first byte of its blocks: the number of the track."""
        self._pts, self._durations, self._keys = array("q"), array("q"), array("q")
        self._size_bytes = 0
        self._pairs = field_pairs(track.avc_configuration or b"")
        self.has_fields = False
        self.keys_at = array("q")
        self.places_at, self.places_ticks = array("q"), array("q")
        self.is_in_order, self._cluster_ticks = True, 0

    def __len__(self) -> int:
        return len(self._pts)

    def mark(self) -> tuple[int, int, int, FieldPairs | None]:
        pairs = None if self._pairs is None else self._pairs.copy()
        return len(self._pts), len(self._keys), self._size_bytes, pairs

    def back_to(self, mark: tuple[int, int, int, FieldPairs | None]) -> None:
        """Forgets the pictures that were read since."""
        pictures, keys, self._size_bytes, self._pairs = mark
        del self._pts[pictures:], self._durations[pictures:], self._keys[keys:], self.keys_at[keys:]

    def read(self, elements: Elements, place: int, cluster: Element) -> int:
        """Returns where the cluster ends, which it may not say itself."""
        # Of a file that grows, each part alone is small enough.
        check_count(len(self._pts))
        at, end, cluster_ticks = cluster.begin, cluster.end, 0
        while at < end:
            at = self._simple_blocks(elements, at, end, cluster_ticks)
            if at >= end:
                break
            element = elements.at(at, end)
            if element.kind >= _FIRST_OF_TOP_LEVEL and not cluster.is_sized:
                break
            if not element.is_sized:
                raise NoIndex(f"the size of {element.kind:x} is not said")
            if element.kind == _TIMESTAMP:
                cluster_ticks = elements.number(element)
            elif element.kind == _GROUP:
                self._group(elements, element, cluster_ticks)
            at = element.end
        self._passed(place, cluster_ticks)
        return at

    def _passed(self, place: int, ticks: int) -> None:
        self.is_in_order = self.is_in_order and ticks >= self._cluster_ticks
        self._cluster_ticks = ticks
        if not self.places_at or place - self.places_at[-1] >= _PLACE_BYTES:
            self.places_at.append(place)
            self.places_ticks.append(ticks)

    def _simple_blocks(self, elements: Elements, at: int, end: int, cluster_ticks: int) -> int:
        """Those from here on; returns what follows the last. Nearly everything is one of these, so no more
        is done for each than must be."""
        while at < end:
            window, position = elements.around(at)
            window_at, most, blocks = at - position, len(window) - HEADER_BYTES, 0
            while position <= most and window[position] == _SIMPLE_BLOCK:
                width = WIDTHS[window[position + 1]]
                begin = position + 1 + width
                size = int.from_bytes(window[position + 1 : begin], "big") & UNKNOWN[width]
                if size == UNKNOWN[width]:
                    raise NoIndex("a block without a size")
                if window[begin] == self._marker:
                    is_key = window[begin + 3] & _KEY != 0
                    self._picture(
                        elements, window, begin, size, cluster_ticks, window_at + begin, is_key=is_key
                    )
                position = begin + size
                blocks += 1
            at = window_at + position
            elements.count(blocks)
            if position <= most:
                break
        if at > end:
            raise NoIndex("a block that does not fit into its cluster")
        return at

    def _group(self, elements: Elements, group: Element, cluster_ticks: int) -> None:
        inner = {element.kind: element for element in elements.inside(group)}
        if _BLOCK not in inner:
            return
        block = inner[_BLOCK]
        window, begin = elements.around(block.begin)
        if window[begin] == self._marker:
            is_key = _REFERENCE not in inner
            size = block.end - block.begin
            was = len(self._pts)
            self._picture(elements, window, begin, size, cluster_ticks, block.begin, is_key=is_key)
            if _DURATION in inner and len(self._pts) > was:
                self._durations[-1] = elements.number(inner[_DURATION])

    def _picture(
        self, elements: Elements, window: bytes, begin: int, size: int, cluster_ticks: int, at: int,
        *, is_key: bool,
    ) -> None:  # fmt: skip
        """Of a block of the track (RFC 9559 section 10.1)."""
        # One without content, "as before", ffmpeg passes over.
        if size <= _BLOCK_HEADER_BYTES or window[begin + 3] & (_INVISIBLE | _LACING):
            raise NoIndex("pictures that are not shown, or share a block")
        ticks = cluster_ticks + _relative_ticks(window, begin)
        size_bytes = size - _BLOCK_HEADER_BYTES
        self._size_bytes += size_bytes
        content_at = at + _BLOCK_HEADER_BYTES
        if (
            self._pairs is not None
            and (is_key or self._pairs.may_come)
            and self._pairs.is_second(elements.beginning(content_at, min(size_bytes, FIELD_BYTES)))
        ):
            # Of its picture, half the time is over.
            self._durations[-1] = max(self._durations[-1], 2 * (ticks - self._pts[-1]))
            self.has_fields = True
            return
        if is_key:
            self._keys.append(len(self._pts))
            self.keys_at.append(content_at)
        self._pts.append(ticks)
        self._durations.append(self._default_ticks)

    def frames(self, source_bytes: int) -> FrameIndex:
        """Raises UnsupportedMedia too."""
        if not self._keys or self._keys[0]:
            raise NoIndex("pictures that cannot be decoded come first")
        if self._pts[0] < 0:
            # ffmpeg tells no times of these, so it would not find them.
            raise NoIndex("pictures from before the beginning of time")
        check_count(len(self._pts))
        check_size(self._size_bytes, source_bytes)
        return index_of_packets(self._pts, self._durations, self._keys, (), self._size_bytes)
