"""Early copies: working copies that are made while their source still arrives.

What must be copied before it can be watched (:mod:`video_service.domain.formats`) would otherwise be read and
written from beginning to end between its last byte and its first picture. Of Matroska, which need not be
copied but has no list of its pictures, one is made instead.
"""

from collections.abc import AsyncGenerator, Callable, Collection
from pathlib import Path
from typing import BinaryIO, Protocol

from video_service.domain.ebml import EBML_ID
from video_service.domain.transport_stream import transport_stride

_MIB = 1 << 20
#: What is smaller is copied as quickly afterwards, unless it comes slowly.
LEAST_BYTES = 64 * _MIB
LEAST_SLOW_BYTES = 4 * _MIB
#: To look at a file, copy it and look at the copy takes about as long.
_SLOW_SECONDS = 1.0
#: What must have arrived first: ffmpeg looks at 5 MB of most files before it knows their tracks. Of what is
#: smaller, a part is as good: it is short, or has few bits for each second.
_FROM_BYTES = 16 * _MIB
_FROM_PART = 4

_MATROSKA = EBML_ID.to_bytes(4)
_SIGNATURES = (
    b"\x00\x00\x01\xba",  # MPEG program stream: a pack header (ISO 13818-1 section 2.5.3.3)
    b"FLV\x01",
    b"OggS",  # RFC 3533 section 6
    _MATROSKA,
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),  # ASF: the header object (ASF specification 10.1)
    b"\x1f\x07\x00\x3f",  # DV: the header block of a frame, of 525 lines (IEC 61834-2 section 11.4)
    b"\x1f\x07\x00\xbf",  # and of 625
)
#: AVI (Microsoft's AVIMAINHEADER): where its flags are, and which of them say that sound lies beside its
#: pictures, and not behind them all; and that only its index tells what is shown, and in what order.
_AVI_FLAGS, _AVI_IS_INTERLEAVED, _AVI_MUST_USE_INDEX = slice(44, 48), 0x100, 0x20


Look = Callable[[int, bool], None]
"""Told how many bytes have arrived that nobody has taken yet, and whether all have arrived."""


class BrokenOff(Exception):
    """An upload was given up, or nothing of it came for a while; or it cannot be copied before it is known
    as a whole."""


def from_bytes(size_bytes: int) -> int:
    """How much of an upload must have arrived; -1 where its size is not known yet."""
    return _FROM_BYTES if size_bytes < 0 else min(_FROM_BYTES, size_bytes // _FROM_PART)


def is_worthwhile(beginning: bytes, size_bytes: int, arrived_bytes: int, within_seconds: float) -> bool:
    """Of an upload, by what has arrived since it began; its size may not be known yet (-1)."""
    if not arrives_in_order(beginning):
        return False
    if size_bytes < 0 or size_bytes >= LEAST_BYTES:
        return True
    left_seconds = (size_bytes - arrived_bytes) / arrived_bytes * within_seconds
    is_copied = not beginning.startswith(_MATROSKA)
    return is_copied and size_bytes >= LEAST_SLOW_BYTES and left_seconds >= _SLOW_SECONDS


def arrives_in_order(beginning: bytes) -> bool:
    """Whether a file looks like one that is read from front to back, and has nothing at its end that is
    needed for that."""
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"AVI ":
        flags = int.from_bytes(beginning[_AVI_FLAGS], "little")
        return flags & (_AVI_IS_INTERLEAVED | _AVI_MUST_USE_INDEX) == _AVI_IS_INTERLEAVED
    return beginning.startswith(_SIGNATURES) or transport_stride(beginning) is not None


def early_copies_below(source: str) -> str:
    """Where the early copies of a source lie, by its key: with it, so that they go when it goes."""
    return f"{source.rpartition('/')[0]}/early"


def early_copy_key(source: str, recipe: str, *, is_damaged: bool) -> str:
    """Named after what made it: a copy that was made in another way than it would be now, when the source is
    known from beginning to end, is not found."""
    return f"{early_copies_below(source)}/{recipe}{'-damaged' if is_damaged else ''}.mkv"


class EarlyCopies(Protocol):
    """The rows. Each method is one transaction."""

    async def begin(self, upload_id: str) -> int | None:
        """The most bytes that the upload may have. ``None`` where there is nothing to do: it is complete or
        gone, or somebody has begun already, whatever became of that."""

    async def is_wanted(self, upload_id: str) -> bool:
        """False where bytes that had arrived may have been taken back since, or it is gone."""

    async def end(self, upload_id: str) -> None:
        """It is there, or will not be. The upload's first job waits for that, if it has one. Idempotent."""

    async def left(self) -> Collection[str]:
        """Uploads that may have a copy of which nothing is to be made any more."""

    async def forget(self, upload_id: str) -> None:
        """It has none any more."""


class Arrivals(Protocol):
    """The bytes of uploads, while they arrive and afterwards."""

    async def file(self, upload_id: str) -> Path:
        """Where they are now. Raises BrokenOff."""

    def pieces(self, upload_id: str, look: Look) -> AsyncGenerator[bytes, None]:
        """All of them, as they come; ``look`` is called many times a second. Raises BrokenOff."""

    def growing(self, upload_id: str) -> AsyncGenerator[BinaryIO, None]:
        """The file, whenever there is a good deal more of it, and once all is there. Raises BrokenOff."""
