"""How pictures lie on constant grids: all pictures of a video at once."""

from cmath import phase
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import tau

import numpy as np
from numpy.typing import NDArray

#: Of pictures that are less even, it cannot be told where a grid should lie.
_LEAST_EVENNESS = 0.5
#: Parts of a step, as far as they are told apart, as directions.
_CIRCLE = np.exp(1j * tau * np.arange(1024) / 1024)
#: So many steps are looked at together: one alone says little of a rate.
_WINDOW = 8


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


@dataclass(frozen=True)
class Fit:
    """How pictures lie on a grid that is moved to where most of them lie."""

    begin: int
    """When its first place is, in ticks: that of the first picture, wherever that would lie."""
    lost: int
    """Pictures that are next to a place which another has."""
    evenness: float
    """1 where all lie on their places; 0 where they lie anywhere, and nothing says where it should be."""


def fit(pts: Sequence[int], steps_per_tick: Fraction) -> Fit:
    """Of two pictures or more on a grid of so many places; it is moved by less than one of its steps."""
    times = np.asarray(pts)
    steps = (times - times[0]) * float(steps_per_tick)
    parts = np.rint(steps * len(_CIRCLE)).astype(np.int64) % len(_CIRCLE)
    mean = complex(np.bincount(parts, minlength=len(_CIRCLE)) @ _CIRCLE) / len(times)
    evenness = abs(mean) if abs(mean) >= _LEAST_EVENNESS else 0.0
    moved = round(phase(mean) / tau / steps_per_tick) if evenness else 0
    places = np.floor(steps + (0.5 - moved * float(steps_per_tick)))
    places[0] = 0
    if moved > 0 and places[1] == 0:
        # The second is on time, and the first one was early: it has the place before.
        moved -= round(1 / steps_per_tick)
        places[1:] += 1
    return Fit(int(times[0]) + moved, int(np.count_nonzero(np.diff(places) < 1)), evenness)


def own_step(pts: Sequence[int], near: float | None = None) -> float:
    """Ticks between the places of the grid that suits pictures best, as far as they lie on one; some places
    may be empty. ``near``: about as many, else as there are between most pictures."""
    times = np.asarray(pts)
    steps = np.diff(times)
    if near is None:
        median = median_step(pts)
        near = steps[(steps * 2 > median) & (steps * 2 <= median * 3)].mean()
    # A straight line through the pictures, over the numbers of their places.
    numbers = np.concatenate([[0.0], np.cumsum(np.rint(steps / near))])
    numbers -= numbers.mean()
    return float(numbers @ (times - times[0]) / (numbers @ numbers))


def median_step(pts: Sequence[int]) -> int:
    """Ticks from a picture to the next: half of them follow as soon."""
    steps = np.diff(np.asarray(pts))
    return int(np.partition(steps, len(steps) // 2)[len(steps) // 2])


def least_steps_per_tick(pts: Sequence[int], lost: int) -> float:
    """What a grid must have at the very least to lose no more pictures than so many."""
    times = np.asarray(pts)
    count = min(_WINDOW, len(times) - 1)
    spans = times[count:] - times[:-count]
    # Places that so many steps apart have hardly less time between them than one step less. One that is lost
    # is missing wherever it is among them, and the first picture need not lie next to its place.
    excepted = count * lost + 1
    if excepted >= len(spans):
        return 0.0
    return float((count - 1) / np.partition(spans, excepted)[excepted])
