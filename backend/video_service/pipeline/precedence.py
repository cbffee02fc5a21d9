"""Who stands still while something that somebody waits for is made."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

#: In a row. Who looks for a first picture has it by then; a long copy or scan must not hold up all else.
_PATIENCE_SECONDS = 4.0
log = structlog.get_logger(__name__)


class Precedence:
    """Programs of this worker that make way stand still while others of it run.

    A share of the processor, however small, would not be enough: beside each other they also wait for the
    same memory and caches, and on most machines two processors are one core.
    """

    def __init__(self) -> None:
        self._ahead = 0
        self._behind: dict[int, _Behind] = {}
        self._patience: asyncio.TimerHandle | None = None

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """While something that is waited for runs."""
        self._ahead += 1
        self._hold()
        try:
            yield
        finally:
            self._ahead -= 1
            if not self._ahead:
                self._go_on()

    @contextmanager
    def behind(self, session: int, deadline: asyncio.Timeout) -> Iterator[None]:
        """While a program that makes way runs, of which everything is in this session (setsid(2)). Its
        deadline is put off by as long as it stands still."""
        one = _Behind(session, deadline)
        self._behind[session] = one
        if self._patience is not None:
            one.hold()
        try:
            yield
        finally:
            one.go_on()
            del self._behind[session]

    def _hold(self) -> None:
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._go_on)
            for one in self._behind.values():
                one.hold()

    def _go_on(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
            for one in self._behind.values():
                one.go_on()


class _Behind:
    def __init__(self, session: int, deadline: asyncio.Timeout) -> None:
        self._session, self._deadline = session, deadline
        self._held_at: float | None = None

    def hold(self) -> None:
        self._held_at = time.monotonic()
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        if self._held_at is None:
            return
        self._send(signal.SIGCONT)
        when = self._deadline.when()
        if when is not None and not self._deadline.expired():
            self._deadline.reschedule(when + time.monotonic() - self._held_at)
        self._held_at = None

    def _send(self, what: signal.Signals) -> None:
        try:
            os.killpg(self._session, what)
        except ProcessLookupError:
            log.debug("a program was over before it was told to stand still or to go on")
