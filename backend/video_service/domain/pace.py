"""How fast a video is being made, and so when it will be ready."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

#: Progress of so long ago still counts for 1/e of the present one: longer than a chunk takes.
_MEMORY_SECONDS = 60.0
#: Before that, a single segment more or less changes the estimate by half.
_SHORTEST_SECONDS = 3.0
#: A pace at which it would take longer says that it stands still, not when it ends.
_LONGEST_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Pace:
    """Progress per second of the clock, waiting in the queue included: an average in which what was
    long ago counts exponentially less."""

    began_at: datetime
    measured_at: datetime
    recent: float = 0.0
    """The sum of all progress, each part by how much it still counted at ``measured_at``."""

    def after(self, gained: float, now: datetime) -> "Pace":
        """The pace once so much more (of 1) is done."""
        return replace(self, measured_at=now, recent=self._recent(now) + max(gained, 0.0))

    def seconds_left(self, progress: float, now: datetime) -> float | None:
        """Seconds until all (1) is done; ``None`` where it cannot be said yet, or stands still."""
        elapsed_seconds = (now - self.began_at).total_seconds()
        recent = self._recent(now)
        if elapsed_seconds < _SHORTEST_SECONDS or recent <= 0:
            return None
        # The integral of exp(-age / memory) over the time that has passed.
        counted_seconds = -_MEMORY_SECONDS * math.expm1(-elapsed_seconds / _MEMORY_SECONDS)
        seconds = (1 - progress) * counted_seconds / recent
        return seconds if seconds <= _LONGEST_SECONDS else None

    def _recent(self, now: datetime) -> float:
        age_seconds = max((now - self.measured_at).total_seconds(), 0.0)
        return self.recent * math.exp(-age_seconds / _MEMORY_SECONDS)
