"""How many streams one caller may hold open: each costs memory for as long as it lasts."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from video_service.domain.access import Viewer
from video_service.domain.errors import RateLimited

#: A tab holds one, while somebody looks at it.
MOST_OF_A_PERSON = 32
#: Of everybody who is not signed in, together: nothing tells them apart for sure.
MOST_ANONYMOUS = 1000
_RETRY_AFTER_SECONDS = 10


class Streams:
    """Counts what is open in this process."""

    def __init__(
        self, most_of_a_person: int = MOST_OF_A_PERSON, most_anonymous: int = MOST_ANONYMOUS
    ) -> None:
        self._most_of_a_person = most_of_a_person
        self._most_anonymous = most_anonymous
        self._open = Counter[str | None]()

    @contextmanager
    def one_of(self, viewer: Viewer) -> Iterator[None]:
        """Raises RateLimited."""
        most = self._most_anonymous if viewer.user_id is None else self._most_of_a_person
        if self._open[viewer.user_id] >= most:
            raise RateLimited(_RETRY_AFTER_SECONDS)
        self._open[viewer.user_id] += 1
        try:
            yield
        finally:
            self._open[viewer.user_id] -= 1
            if not self._open[viewer.user_id]:
                del self._open[viewer.user_id]
