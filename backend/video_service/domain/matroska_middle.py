"""Some seconds from the middle of a Matroska file without an index (RFC 9559), as browsers and interrupted
recorders leave them: ffmpeg would read all that precedes them.

It is the same file with holes: what precedes the clusters, and those clusters that hold what is wanted. What
is left out are elements that every reader steps over (RFC 8794 section 11.3.2).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from video_service.domain.container_index import ClusterPlaces, NoIndex
from video_service.domain.file_parts import FilePart, joined
from video_service.domain.matroska_elements import Elements
from video_service.domain.matroska_index import block_ticks

#: How far a block's time can be from its cluster's: a signed number of 16 bits (RFC 9559 section 10.1).
_FARTHEST_TICKS = 1 << 15
_MOST_BEFORE_CLUSTERS_BYTES = 16 << 20
#: Tags and the like.
_MOST_AFTER_CLUSTERS_BYTES = 1 << 20
#: What is looked at to find the clusters that are wanted. A minute has some thousands.
_MOST_ELEMENTS = 200_000
#: EBML Void, and the length of a size that is written with eight bytes.
_VOID, _LONG_SIZE = b"\xec", 1 << 56
_VOID_HEADER_BYTES = 9
#: What ffmpeg steps over at once is less than 2^31 bytes (libavformat/matroskadec.c, ebml_parse).
_MOST_VOID_BYTES = 1 << 30
#: To copy more takes longer than it spares, and room.
_MOST_KEPT_BYTES = 1 << 29


def read_middle(file: BinaryIO, clusters: ClusterPlaces, from_ticks: int, until_ticks: int) -> FilePart:
    """All blocks that begin in this time, or somewhat more. Raises NoIndex, also where it is hardly less to
    read than all that precedes them."""
    size_bytes = file.seek(0, 2)
    edges = [*clusters.at, clusters.end]
    if edges[0] > _MOST_BEFORE_CLUSTERS_BYTES or size_bytes - clusters.end > _MOST_AFTER_CLUSTERS_BYTES:
        raise NoIndex("much beside the clusters")
    elements = Elements(file, _MOST_ELEMENTS)
    begin, end = _around(clusters, from_ticks, until_ticks)
    while begin < end and not _reaches(elements, edges[begin], edges[begin + 1], from_ticks):
        begin += 1
    while begin < end and not _precedes(elements, edges[end - 1], edges[end], until_ticks):
        end -= 1
    left_out = [range(edges[0], edges[begin]), range(edges[end], edges[-1])]
    if not edges[end] - edges[begin] < min(len(left_out[0]), _MOST_KEPT_BYTES):
        raise NoIndex("hardly less than all that precedes it")
    kept = [range(edges[0]), range(edges[begin], edges[end]), range(edges[-1], size_bytes)]
    # What is too small for an element is kept.
    kept += [hole for hole in left_out if len(hole) < _VOID_HEADER_BYTES]
    return FilePart(joined(kept), dict(chain.from_iterable(map(_voids, left_out))))


def _around(clusters: ClusterPlaces, from_ticks: int, until_ticks: int) -> tuple[int, int]:
    """Which may hold blocks of this time, by their own times; between two places are more clusters."""
    begin = bisect_left(clusters.ticks, from_ticks - _FARTHEST_TICKS) - 1
    end = bisect_right(clusters.ticks, until_ticks + _FARTHEST_TICKS)
    return max(0, begin), end


def _reaches(elements: Elements, begin: int, end: int, ticks: int) -> bool:
    return any(begins >= ticks for begins in block_ticks(elements, begin, end))


def _precedes(elements: Elements, begin: int, end: int, ticks: int) -> bool:
    return any(begins <= ticks for begins in block_ticks(elements, begin, end))


def _voids(hole: range) -> Iterator[tuple[int, bytes]]:
    """The elements that fill a hole: where they begin, and how."""
    at = hole.start
    while hole.stop - at >= _VOID_HEADER_BYTES:
        size_bytes = min(hole.stop - at, _MOST_VOID_BYTES)
        if 0 < hole.stop - at - size_bytes < _VOID_HEADER_BYTES:
            size_bytes -= _VOID_HEADER_BYTES
        yield at, _VOID + (_LONG_SIZE + size_bytes - _VOID_HEADER_BYTES).to_bytes(8)
        at += size_bytes
