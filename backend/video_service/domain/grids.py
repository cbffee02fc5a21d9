"""How pictures lie on constant grids: all pictures of a video at once."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

#: Products of two numbers of so many bits fit into 64.
_HALF = 1 << 31


def is_constant(pts: NDArray[np.int64]) -> bool:
    """Whether every picture lies within a tick of a constant grid from the first to the last, and next to a
    place of its own."""
    steps = len(pts) - 1
    if steps < 1:
        return True
    span = int(pts[-1] - pts[0])
    # In parts of a tick: a step is ``span`` of them.
    exact = np.int64 if span < (1 << 62) // steps else np.object_
    places = np.arange(steps + 1).astype(exact) * span
    most = min(steps, (span - 1) // 2)  # of AVI a tick is a whole step: it may be a missing picture
    return bool(np.all(np.abs((pts - pts[0]).astype(exact) * steps - places) <= most))


def typical_step(pts: Sequence[int]) -> int:
    """Ticks between two pictures, of which one in ten is nearer to the one before it."""
    steps = np.diff(np.asarray(pts))
    return int(np.partition(steps, len(steps) // 10)[len(steps) // 10])


def farthest_off(pts: Sequence[int], steps_per_tick: Fraction) -> float:
    """How far any picture is from the nearest place of a grid that begins with the first one, in steps of the
    grid."""
    ticks, places = steps_per_tick.as_integer_ratio()
    exact = np.int64 if places < _HALF else np.object_
    after_first = (np.asarray(pts) - pts[0]).astype(exact)
    off = after_first % places * (ticks % places) % places
    return int(np.minimum(off, places - off).max()) / places
