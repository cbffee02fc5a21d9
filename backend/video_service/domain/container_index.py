"""What a container's own index tells of its pictures, without ffprobe."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from video_service.domain.frames import FrameIndex

#: Key frames of one encoder are alike.
_MOST_LOOKED_AT = 64


class NoIndex(Exception):
    """The file has no index of its own, or one that only reading its packets can judge."""


@dataclass(frozen=True)
class ClusterPlaces:
    """Where some clusters of a Matroska file are, ascending; what lies between two belongs to the first."""

    at: Sequence[int]
    """In the file."""
    ticks: Sequence[int]
    """Their times."""
    end: int
    """Where the last cluster of all ends."""


@dataclass(frozen=True)
class IndexedVideo:
    """One video track."""

    track_id: int
    """What the container calls it."""
    time_base: Fraction
    frames: FrameIndex
    avc_configuration: bytes | None
    """The ``avcC`` box of an H.264 track (ISO/IEC 14496-15 section 5.3.3)."""
    keys_at: Sequence[int]
    """Where in the file some of the key frames begin."""
    end_seconds: float | None = None
    """When the last packet of any track begins, where the container does not know how long it is."""
    clusters: ClusterPlaces | None = None
    """Of a Matroska file that does not say itself where they are."""
    shown_as_stored: bool = False
    """Whether it has all pictures shown in the order in which they are stored, as where it knows no other."""
    has_fields: bool = False
    """Whether some pictures are two packets, each with a field. They count once, at the first one's time."""


def spread(keys: Sequence[int]) -> Sequence[int]:
    """Some of many, from the first to the last."""
    return keys[:: max(1, -(-len(keys) // _MOST_LOOKED_AT))]
