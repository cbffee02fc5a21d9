"""In what order jobs are claimed: by band, and within a band by turn, the lowest first.

A turn counts segments, as if everybody watched their videos one after the other from the moment of
the upload on: a chunk's turn is that of its revision and as many more as segments precede it, so all
of a film never precedes the first minute of something short. Each video of the same person that is
still being made puts a new one back by a minute, so one person's hundred do not precede another's
one. And a turn grows with the time of the upload, but ten times slower than somebody watches: who
came later goes first only so long, and nothing waits forever.
"""

from enum import IntEnum

#: What a video is put back by for each other of the same person: a minute of segments.
SEGMENTS_PER_VIDEO = 12
#: How much later an upload must be to be due a segment later.
SECONDS_PER_SEGMENT = 50
#: From when the time of uploads counts: 2026-01-01T00:00:00Z, in seconds since 1970.
EPOCH_SECONDS = 1_767_225_600
#: Room for a century of them; PgQueuer keeps priorities in 32 bits.
_TURNS = 2**26


class Band(IntEnum):
    """All of a higher band goes before all of a lower one."""

    PURGE = 0
    LADDER = 1
    EXPRESS = 2
    """What keeps a video playable once it is: the rest of picture and sound, its poster, its end."""
    BEGINNING = 3
    """What makes a video playable."""
    DEMANDED = 4
    DEMANDED_SOUND = 5
    """It is quickly made, and no other track can stand in for it."""


def priority(band: Band, turn: int = 0) -> int:
    """As PgQueuer has it: the higher goes first."""
    return band * _TURNS - min(max(turn, 0), _TURNS - 1)
