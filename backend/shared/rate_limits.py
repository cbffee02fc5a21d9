"""How often something may happen: the generic cell rate algorithm (ITU-T I.371, annex A).

``10/5m`` lets ten happen at once, and one more every thirty seconds. A key costs one number,
whatever has happened, and the number of keys is bounded. Counted in this process only.
"""

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from operator import itemgetter

from prometheus_client import Counter

from shared.env import Rate

_REFUSED = Counter("playhead_rate_limited", "Refused because it came too often.", ["limit"])
_NANOSECONDS = 1_000_000_000
#: About 2 MB for each limit that is under attack with as many keys.
MOST_KEYS = 16_384


class TooOften(Exception):
    """It may happen again after this many seconds, a whole number of at least 1."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class RateLimit:
    """One rate for many keys. Without a rate nothing is ever too often."""

    def __init__(
        self,
        name: str,
        rate: Rate | None,
        *,
        clock_nanoseconds: Callable[[], int] = time.monotonic_ns,
        most_keys: int = MOST_KEYS,
    ) -> None:
        self.name = name
        self._clock_nanoseconds = clock_nanoseconds
        self._most_keys = most_keys
        self._limited = rate is not None
        period_seconds = rate.period_seconds if rate else 0.0
        # Whole numbers: with fractions the last of `count` may not fit into its period.
        self._period = round(period_seconds * _NANOSECONDS)
        self._interval = self._period // rate.count if rate else 0
        # When each key will be as good as new: the algorithm's theoretical arrival time.
        self._new_at: dict[int, int] = {}
        # Nobody outside can choose keys that meet in one number; and long keys take no room.
        self._secret = secrets.token_bytes(16)

    def wait_nanoseconds(self, key: str) -> int:
        """How long until it may happen; 0 or less: now."""
        if not self._limited:
            return 0
        now = self._clock_nanoseconds()
        new_at = max(self._new_at.get(self._number(key), now), now)
        return new_at + self._interval - self._period - now

    def count(self, key: str) -> None:
        """It happened."""
        if not self._limited:
            return
        number, now = self._number(key), self._clock_nanoseconds()
        if number not in self._new_at and len(self._new_at) >= self._most_keys:
            self._make_room(now)
        self._new_at[number] = max(self._new_at.get(number, now), now) + self._interval

    def _make_room(self, now: int) -> None:
        """Forgets who is as good as new; if that is not enough, the half that is nearest to it: who
        has done the most is remembered, however many keys somebody invents."""
        kept = {number: new_at for number, new_at in self._new_at.items() if new_at > now}
        if len(kept) > self._most_keys // 2:
            kept = dict(sorted(kept.items(), key=itemgetter(1))[-(self._most_keys // 2) :])
        self._new_at = kept

    def _number(self, key: str) -> int:
        digest = hashlib.blake2b(key.encode(errors="replace"), digest_size=8, key=self._secret).digest()
        return int.from_bytes(digest, "big")


def require(*asked: tuple[RateLimit, str]) -> None:
    """Raises :class:`TooOften`, with the longest wait, unless each may happen now. Counts nothing."""
    waits = [(limit.wait_nanoseconds(key), limit.name) for limit, key in asked]
    wait, name = max(waits)
    if wait > 0:
        _REFUSED.labels(name).inc()
        raise TooOften(max(1, math.ceil(wait / _NANOSECONDS)))


def take(*asked: tuple[RateLimit, str]) -> None:
    """Counts each, or none of them and raises :class:`TooOften`."""
    require(*asked)
    for limit, key in asked:
        limit.count(key)
