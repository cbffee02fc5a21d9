"""Hearing of changes: one LISTEN connection per process feeds everyone who follows videos."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from shared.reachability import DATABASE_FAILURES
from video_service.domain.errors import Unavailable
from video_service.repository.database import VIDEO_CHANGED
from video_service.repository.engine import DB

log = structlog.get_logger(__name__)

#: A connection that does not answer for this long counts as lost.
_KEEPALIVE_SECONDS = 15.0
_ANSWER_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0


class Follower:
    """Implements :class:`video_service.domain.stores.Changed`.

    Remembers which videos changed, not how often: however slow the reader, it holds no more than
    the ids it follows.
    """

    def __init__(self, video_ids: Collection[str]) -> None:
        self.video_ids = frozenset(video_ids)
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._stopped = False

    def tell(self, video_ids: Collection[str]) -> None:
        self._changed.update(video_ids)
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    async def next(self, timeout_seconds: float | None) -> frozenset[str]:
        async with asyncio.timeout(timeout_seconds):
            await self._wake.wait()
        if self._stopped:
            raise Unavailable("The service is restarting. Try again.")
        changed = frozenset(self._changed)
        self._changed.clear()
        self._wake.clear()
        return changed


class VideoEvents:
    """Implements :class:`video_service.domain.stores.Events`. :meth:`run` must be running.

    What happened while the connection was lost is not known, so every follower is then told that
    everything it follows may have changed.
    """

    def __init__(self) -> None:
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._listeners: list[Callable[[str | None], None]] = []
        self._stopped = False
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._asking = asyncio.Lock()
        self.connected = False

    def on_change(self, listener: Callable[[str | None], None]) -> None:
        """Calls back with the id of each changed video; with ``None`` when any may have changed,
        which is also said when the connection is lost."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def follow(self, video_ids: Collection[str]) -> AsyncIterator[Follower]:
        """Raises Unavailable when the service stops."""
        if self._stopped:
            raise Unavailable("The service is restarting. Try again.")
        follower = Follower(video_ids)
        for video_id in follower.video_ids:
            self._followers[video_id].add(follower)
        try:
            yield follower
        finally:
            for video_id in follower.video_ids:
                self._followers[video_id].discard(follower)
                if not self._followers[video_id]:
                    del self._followers[video_id]

    async def caught_up(self) -> None:
        """Returns when this process has heard of every change that was committed before.

        The server tells its clients of a change before it answers what they ask afterwards (PostgreSQL
        documentation, NOTIFY). A connection that does not answer is given up, and with it all that is known
        through it.
        """
        async with self._asking:
            connection = self._connection
            if connection is None:
                return
            try:
                await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
            except DATABASE_FAILURES as error:
                log.warning("the connection that listens for changes does not answer", error=str(error))
                self._connection, self.connected = None, False
                connection.terminate()

    def stop(self) -> None:
        """Ends every follower with Unavailable, so that streams end before the service does."""
        self._stopped = True
        for followers in self._followers.values():
            for follower in followers:
                follower.stop()

    async def run(self) -> None:
        """Listens until cancelled, and connects again whenever the connection is lost."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            try:
                connection = await DB.get_new_connection()
            except DATABASE_FAILURES as error:
                log.warning("cannot listen for changes", error=str(error))
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
                continue
            pause_seconds = _FIRST_PAUSE_SECONDS
            try:
                await self._listen(connection)
            except DATABASE_FAILURES as error:
                log.warning("the connection that listens for changes was lost", error=str(error))
            finally:
                self._connection, self.connected = None, False
                self._everything_may_have_changed()
                connection.terminate()

    async def _listen(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(VIDEO_CHANGED, lambda *event: self._heard(str(event[3])))
        self._connection, self.connected = connection, True
        # Said after LISTEN has begun: a reader that looks now misses nothing.
        self._everything_may_have_changed()
        while not lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_KEEPALIVE_SECONDS):
                    await lost.wait()
            if not lost.is_set():
                await self.caught_up()

    def _heard(self, video_id: str) -> None:
        for listener in self._listeners:
            listener(video_id)
        for follower in self._followers.get(video_id, ()):
            follower.tell((video_id,))

    def _everything_may_have_changed(self) -> None:
        for listener in self._listeners:
            listener(None)
        for follower in {one for followers in self._followers.values() for one in followers}:
            follower.tell(follower.video_ids)
