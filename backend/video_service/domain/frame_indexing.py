"""Makes a frame index of what is told of each packet, in bounded memory."""

from array import array
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.frames import NO_TIMES, FrameIndex, check_count, check_size
from video_service.domain.grids import is_constant
from video_service.domain.notices import Notice, NoticeCode

#: Times, sizes, places in a file or in a table: signed and of 64 bits, unless nothing is added to them.
Numbers = NDArray[np.integer[Any]]
#: What ffprobe prints for a number that it does not know.
_NOT_SAID = "N/A"


def begins_and_end(lengths: Numbers) -> Numbers:
    """Of stretches one after the other from 0 on: where each begins, and where the last one ends."""
    found = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=found[1:])
    return found


def frame_index(
    pts: Numbers | Sequence[int],
    keys: Numbers | Sequence[int],
    last_ticks: int,
    size_bytes: int,
    *,
    has_discarded: bool,
) -> FrameIndex:
    """Of the pictures that are shown, in file order; ``keys``: positions of the key frames among them;
    ``last_ticks``: how long the last one is shown, 0 where that is not said.

    Raises UnsupportedMedia where there is no picture to show.
    """
    times, places = np.asarray(pts), np.asarray(keys)
    if len(times) and not len(places) and has_discarded:
        # The only one was cut away by an edit list: decoding begins there, before all that is shown.
        places = np.array([times.argmin()])
    if not len(times) or not len(places):
        sentence = "There is no picture in this file that can be shown."
        raise UnsupportedMedia(Notice(NoticeCode.NO_PICTURE, sentence))
    # From each key frame to the next.
    has_leading = bool(np.any(np.minimum.reduceat(times, places) < times[places]))
    shown = np.sort(times)
    if np.any(shown[1:] == shown[:-1]):
        has_discarded, shown = True, np.unique(shown)
    if last_ticks <= 0:
        last_ticks = int(shown[-1] - shown[-2]) if len(shown) > 1 else 1
    return FrameIndex(
        _compact(shown),
        _compact(np.sort(times[places])),
        int(shown[0]),
        int(shown[-1]) + last_ticks,
        has_leading,
        has_discarded,
        size_bytes,
        is_constant(shown),
    )


def _compact(numbers: Numbers) -> Sequence[int]:
    """As numbers of Python's own, which count without end."""
    found = array("q")
    found.frombytes(np.ascontiguousarray(numbers, np.int64).data.cast("B"))
    return found


def last_duration(pts: Numbers | Sequence[int], durations: Numbers | Sequence[int]) -> int:
    """That of the picture which is shown last; 0 where there is none."""
    return int(durations[int(np.asarray(pts).argmax())]) if len(pts) else 0


def index_of_packets(
    pts: "array[int]",
    durations: "array[int]",
    keys: "array[int]",
    discarded: Collection[int],
    size_bytes: int,
) -> FrameIndex:
    """Of all packets, in file order; ``keys`` and ``discarded``: positions among them. Raises
    UnsupportedMedia where there is no picture to show."""
    times, lasting, places = (np.asarray(column) for column in (pts, durations, keys))
    # What precedes the first key frame, in the file or on the screen, cannot be decoded.
    can_be_shown = times >= times[places[0]] if len(places) else np.zeros(len(times), bool)
    if len(places):
        can_be_shown[: places[0]] = False
    can_be_shown[list(discarded)] = False
    is_key = np.zeros(len(times), bool)
    is_key[places] = True
    shown = times[can_be_shown]
    last_ticks = last_duration(shown, lasting[can_be_shown])
    shown_keys = np.flatnonzero(is_key[can_be_shown])
    return frame_index(shown, shown_keys, last_ticks, size_bytes, has_discarded=bool(discarded))


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
