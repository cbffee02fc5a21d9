"""When each picture of a source is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.notices import Notice, NoticeCode

#: A day of pictures at 60 per second.
MAX_PACKETS = 86_400 * 60
#: How often a file's bytes may be counted: a demuxer reads each part of an edit list from the key frame
#: before it on, and Matroska may store packets compressed, hardly smaller.
_MOST_READINGS = 10
NO_TIMES = Notice(NoticeCode.NO_TIMES, "The pictures in this file carry no times.")


@dataclass(frozen=True)
class FrameIndex:
    """When each picture is shown, found by reading the packets."""

    pts: Sequence[int]
    """Ticks of the track's time base, ascending; pictures that are shown."""
    keyframes: Sequence[int]
    """Ascending."""
    begin: int
    """From when on the first picture is shown, in ticks: media time 0. Earlier than its own time where it
    is held for sound that begins before it; less than a step earlier or later where a grid suits the
    others better so."""
    end: int
    """When the last picture ends, in ticks."""
    has_leading_pictures: bool
    """Pictures that follow a key frame in the file but are shown before it: an open GOP."""
    has_discarded_pictures: bool
    """Pictures that an edit list cuts away, or that share their time with another."""
    size_bytes: int
    """Of all packets together."""
    is_constant_rate: bool
    """Whether every picture lies within a tick of a constant grid, and next to a place of its own."""
    longest_delay: int = field(default=0, compare=False)
    """Ticks from when a picture is decoded until it is shown, at most; 0 where that was not read."""


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


def longest_gop(frames: FrameIndex) -> int:
    """Ticks between the two key frames that are furthest apart, the end included."""
    return max(after - before for before, after in pairwise(chain(frames.keyframes, [frames.end])))
