"""When each picture of a source is shown, gathered packet by packet in bounded memory."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from video_service.domain.errors import UnsupportedMedia

#: A day of pictures at 60 per second.
MAX_PACKETS = 86_400 * 60
#: Matroska may store packets compressed, hardly smaller.
_UNPACKED = 2


@dataclass(frozen=True)
class FrameIndex:
    """When each picture is shown, found by reading the packets."""

    pts: Sequence[int]
    """Ticks of the track's time base, ascending; pictures that are shown."""
    keyframes: Sequence[int]
    """Ascending."""
    end: int
    """When the last picture ends, in ticks."""
    has_leading_pictures: bool
    """Pictures that follow a key frame in the file but are shown before it: an open GOP."""
    has_discarded_pictures: bool
    """Pictures that an edit list cuts away."""
    size_bytes: int
    """Of all packets together."""


class FrameReader:
    """Makes a frame index of packets in file order.

    A picture takes eight bytes here, where a list of numbers would take forty.
    """

    def __init__(self, source_bytes: int) -> None:
        self._source_bytes = source_bytes
        self._shown = array("q")
        self._keyframes = array("q")
        self._packets = 0
        self._key: int | None = None
        self._first: int | None = None
        self._leading = self._discarded = False
        self._last: int | None = None
        self._last_duration = 0
        self._size_bytes = 0

    def add(self, pts: int | None, duration: int | None, size_bytes: int, flags: str) -> None:
        """One packet, with ffprobe's flags. Raises UnsupportedMedia."""
        self._packets += 1
        if self._packets > MAX_PACKETS:
            raise UnsupportedMedia("This video has more pictures than a day holds.")
        self._size_bytes += size_bytes
        if self._size_bytes > _UNPACKED * self._source_bytes:
            # An edit list or an index that names the same bytes again: a small file without an end.
            raise UnsupportedMedia("The pictures in this file together are larger than the file.")
        if pts is None:
            raise UnsupportedMedia("The pictures in this file carry no times.")
        if "K" in flags:
            self._key = pts
            self._first = pts if self._first is None else self._first
        if "D" in flags:
            self._discarded = True
            return
        if "K" in flags:
            self._keyframes.append(pts)
        elif self._key is None or self._first is None:
            return  # caught in the middle of a group of pictures: it cannot be decoded
        elif pts < self._key:
            self._leading = True
        if self._first is not None and pts < self._first:
            return  # nor can those of an open GOP whose predecessor is missing
        self._shown.append(pts)
        if self._last is None or pts > self._last:
            self._last, self._last_duration = pts, duration or 0

    def index(self) -> FrameIndex:
        """Raises UnsupportedMedia where there is no picture to show."""
        if self._last is None or not self._keyframes:
            raise UnsupportedMedia("There is no picture in this file that can be shown.")
        shown = _ascending(self._shown)
        duration = self._last_duration
        if duration <= 0:
            duration = shown[-1] - shown[-2] if len(shown) > 1 else 1
        return FrameIndex(
            shown,
            array("q", sorted(key for key in self._keyframes if key >= shown[0])),
            shown[-1] + duration,
            self._leading,
            self._discarded,
            self._size_bytes,
        )


def longest_gop(frames: FrameIndex) -> int:
    """Ticks between the two key frames that are furthest apart, the end included."""
    return max(after - before for before, after in pairwise(chain(frames.keyframes, [frames.end])))


def _ascending(times: "array[int]") -> "array[int]":
    """Each once."""
    found = array("q")
    for time in sorted(times):
        if not found or time != found[-1]:
            found.append(time)
    return found
