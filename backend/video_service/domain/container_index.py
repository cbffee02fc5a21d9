"""What a container's own index tells of its pictures, without ffprobe."""

from dataclasses import dataclass
from fractions import Fraction

from video_service.domain.frames import FrameIndex


class NoIndex(Exception):
    """The file has no index of its own, or one that only reading its packets can judge."""


@dataclass(frozen=True)
class IndexedVideo:
    """One video track."""

    track_id: int
    """What the container calls it."""
    time_base: Fraction
    frames: FrameIndex
    avc_configuration: bytes | None
    """The ``avcC`` box of an H.264 track (ISO/IEC 14496-15 section 5.3.3)."""
