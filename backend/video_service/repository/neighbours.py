"""Workers of one machine tell each other how urgent what they make is: by NOTIFY, as a database is what they
share wherever they run."""

import asyncio
import json
import os
import uuid
from collections.abc import Callable, Set
from pathlib import Path

import asyncpg
import structlog

from shared.reachability import DATABASE_FAILURES
from video_service.repository.engine import DB

_CHANNEL = "worker_urgency"
_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
#: Of the kernel that runs, so it is the same in every container of a machine (random(4)).
_MACHINE = Path("/proc/sys/kernel/random/boot_id")
log = structlog.get_logger(__name__)


class Neighbours:
    """The other workers of this machine. :meth:`run` must be running."""

    def __init__(self, heard: Callable[[str, int | None, Set[int]], None]) -> None:
        """``heard``: called with another's name, the urgency it tells, and the processors it may use."""
        self._heard = heard
        self._machine, self._name = _MACHINE.read_text().strip(), uuid.uuid4().hex
        self._urgency: int | None = None
        self._news = asyncio.Event()

    def tell(self, urgency: int | None) -> None:
        """Of what changes again before it could be told, the last is told."""
        self._urgency = urgency
        self._news.set()

    async def run(self) -> None:
        """Until cancelled; connects again whenever the connection is lost."""
        while True:
            try:
                connection = await DB.get_new_connection()
                try:
                    await self._talk(connection)
                finally:
                    connection.terminate()
            except DATABASE_FAILURES as error:
                log.warning("cannot talk to other workers", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _talk(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Raises what asyncpg raises once the connection is lost."""
        connection.add_termination_listener(lambda _: self._news.set())
        await connection.add_listener(_CHANNEL, lambda *event: self._hear(str(event[3])))
        # What is told is worthless a moment later.
        await connection.execute("SET synchronous_commit = off", timeout=_ANSWER_SECONDS)
        self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            word = json.dumps(
                {
                    "machine": self._machine,
                    "worker": self._name,
                    "urgency": self._urgency,
                    "processors": sorted(os.sched_getaffinity(0)),
                }
            )
            await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, word, timeout=_ANSWER_SECONDS)

    def _hear(self, text: str) -> None:
        word = json.loads(text)
        if word["machine"] == self._machine and word["worker"] != self._name:
            self._heard(word["worker"], word["urgency"], frozenset(word["processors"]))
