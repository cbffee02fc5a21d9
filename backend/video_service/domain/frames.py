"""When each picture of a source is shown, gathered packet by packet in bounded memory."""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice, pairwise
from operator import eq

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.notices import Notice, NoticeCode

#: A day of pictures at 60 per second.
MAX_PACKETS = 86_400 * 60
#: How often a file's bytes may be counted: a demuxer reads each part of an edit list from the key frame
#: before it on, and Matroska may store packets compressed, hardly smaller.
_MOST_READINGS = 10
NO_TIMES = Notice(NoticeCode.NO_TIMES, "The pictures in this file carry no times.")
#: What ffprobe prints for a number that it does not know.
_NOT_SAID = "N/A"


@dataclass(frozen=True)
class FrameIndex:
    """When each picture is shown, found by reading the packets."""

    pts: Sequence[int]
    """Ticks of the track's time base, ascending; pictures that are shown."""
    keyframes: Sequence[int]
    """Ascending."""
    begin: int
    """From when on the first picture is shown, in ticks: media time 0. Earlier than its own time where it
    is held for sound that begins before it."""
    end: int
    """When the last picture ends, in ticks."""
    has_leading_pictures: bool
    """Pictures that follow a key frame in the file but are shown before it: an open GOP."""
    has_discarded_pictures: bool
    """Pictures that an edit list cuts away, or that share their time with another."""
    size_bytes: int
    """Of all packets together."""


def check_count(packets: int) -> None:
    """Raises UnsupportedMedia."""
    if packets > MAX_PACKETS:
        raise UnsupportedMedia(
            Notice(NoticeCode.TOO_MANY_PICTURES, "This video has more pictures than a day holds.")
        )


def check_size(size_bytes: int, source_bytes: int) -> None:
    """Raises UnsupportedMedia for an edit list or an index that names the same bytes again: a small
    file without an end."""
    if size_bytes > _MOST_READINGS * source_bytes:
        sentence = "The pictures in this file together are larger than the file."
        raise UnsupportedMedia(Notice(NoticeCode.PICTURES_OVERLAP, sentence))


def frame_index(
    pts: "array[int]", keys: Sequence[int], last_ticks: int, size_bytes: int, *, has_discarded: bool
) -> FrameIndex:
    """Of the pictures that are shown, in file order; ``keys``: positions of the key frames among them;
    ``last_ticks``: how long the last one is shown, 0 where that is not said.

    Raises UnsupportedMedia where there is no picture to show.
    """
    if pts and not keys and has_discarded:
        # The only one was cut away by an edit list: decoding begins there, before all that is shown.
        keys = [pts.index(min(pts))]
    if not pts or not keys:
        sentence = "There is no picture in this file that can be shown."
        raise UnsupportedMedia(Notice(NoticeCode.NO_PICTURE, sentence))
    leading = any(
        min(pts[key + 1 : following], default=pts[key]) < pts[key]
        for key, following in pairwise(chain(keys, [len(pts)]))
    )
    shown = _ascending(pts)
    if last_ticks <= 0:
        last_ticks = shown[-1] - shown[-2] if len(shown) > 1 else 1
    keyframes = array("q", sorted(map(pts.__getitem__, keys)))
    has_discarded = has_discarded or len(shown) < len(pts)
    return FrameIndex(shown, keyframes, shown[0], shown[-1] + last_ticks, leading, has_discarded, size_bytes)


def last_duration(pts: "array[int]", durations: Sequence[int]) -> int:
    """That of the picture which is shown last; 0 where there is none."""
    return durations[pts.index(max(pts))] if pts else 0


def index_of_packets(
    pts: "array[int]",
    durations: "array[int]",
    keys: "array[int]",
    discarded: Collection[int],
    size_bytes: int,
) -> FrameIndex:
    """Of all packets, in file order; ``keys`` and ``discarded``: positions among them. Raises
    UnsupportedMedia where there is no picture to show."""
    # What precedes the first key frame, in the file or on the screen, cannot be decoded.
    if not keys:
        pts = durations = array("q")
    elif keys[0] or discarded or min(pts) < pts[0]:
        first, left_out, is_key = keys[0], set(discarded), set(keys)
        shown = [n for n in range(first, len(pts)) if n not in left_out and pts[n] >= pts[first]]
        keys = array("q", (place for place, n in enumerate(shown) if n in is_key))
        pts, durations = (array("q", map(column.__getitem__, shown)) for column in (pts, durations))
    last_ticks = last_duration(pts, durations)
    return frame_index(pts, keys, last_ticks, size_bytes, has_discarded=bool(discarded))


class FrameReader:
    """Makes a frame index of packets in file order.

    A picture takes eight bytes for each number here, where a list would take forty.
    """

    def __init__(self, source_bytes: int) -> None:
        self._source_bytes = source_bytes
        self._pts, self._durations = array("q"), array("q")
        self._size_bytes = 0
        self._keys, self._discarded = array("q"), array("q")
        """Positions."""
        self.keys_at = array("q")
        """Where in the file key frames begin, as far as that is said; of Matroska, their blocks."""

    def add(self, printed: Sequence[str]) -> None:
        """Packets as ffprobe prints them: PTS, duration, size, position, flags and perhaps more, with commas
        between. Raises UnsupportedMedia.

        There may be millions, so what is done to each is left to the interpreter's own loops.
        """
        packets = [fields for fields in (line.split(",", 5) for line in printed) if len(fields) >= 5]
        if not packets:
            return
        pts, durations, sizes, positions, flags = tuple(zip(*packets, strict=False))[:5]
        begin = len(self._pts)
        check_count(begin + len(packets))
        self._size_bytes += sum(map(int, sizes))
        check_size(self._size_bytes, self._source_bytes)
        if _NOT_SAID in pts:
            raise UnsupportedMedia(NO_TIMES)
        self._pts.extend(map(int, pts))
        self._durations.extend(0 if ticks == _NOT_SAID else int(ticks) for ticks in durations)
        keys = [n for n, said in enumerate(flags) if "K" in said]
        self._keys.extend(begin + n for n in keys)
        self.keys_at.extend(int(positions[n]) for n in keys if positions[n] != _NOT_SAID)
        self._discarded.extend(n for n, said in enumerate(flags, begin) if "D" in said)

    def index(self) -> FrameIndex:
        """Raises UnsupportedMedia where there is no picture to show."""
        return index_of_packets(self._pts, self._durations, self._keys, self._discarded, self._size_bytes)


def longest_gop(frames: FrameIndex) -> int:
    """Ticks between the two key frames that are furthest apart, the end included."""
    return max(after - before for before, after in pairwise(chain(frames.keyframes, [frames.end])))


def _ascending(times: "array[int]") -> "array[int]":
    """Each once."""
    found = array("q", sorted(times))
    if any(map(eq, found, islice(found, 1, None))):
        found = array("q", (time for time, _ in groupby(found)))
    return found
