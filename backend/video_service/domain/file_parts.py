"""A part of a file that is read as if it were the whole: the same file with holes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FilePart:
    """What there is of a file, every byte in its place."""

    kept: Sequence[range]
    """Ascending; the rest are holes."""
    changed: Mapping[int, bytes]
    """Where other bytes are than in the file, be it in what is kept or in a hole."""


def joined(pieces: Iterable[range]) -> list[range]:
    """The same places, ascending, none of which touches another."""
    found: list[range] = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if found and piece.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, piece.stop))
        elif piece:
            found.append(piece)
    return found
