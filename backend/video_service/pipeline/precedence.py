"""Which programs stand still while something more urgent is made."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

#: How urgent the job is that this runs for; more goes first.
URGENCY: ContextVar[int] = ContextVar("urgency", default=0)
#: A program that is younger is not stopped: it may not have got so far that it dies with its worker.
_BEGINNING_SECONDS = 0.2
#: In a row. A first picture is there by then; a long copy or scan must not hold up all else.
_PATIENCE_SECONDS = 4.0
log = structlog.get_logger(__name__)


class Precedence:
    """Of the programs of one worker, those that nobody waits for stand still while there are others, and of
    the others those of less urgent jobs.

    A share of the processor, however small, would not be enough: beside each other they also wait for the
    same memory and caches, and on most machines two processors are one core.
    """

    def __init__(self) -> None:
        self._running: set[_Program] = set()

    @contextmanager
    def running(self, session: int, deadline: asyncio.Timeout, *, urgency: int | None) -> Iterator[None]:
        """While a program runs of which everything is in this session (setsid(2)); ``None``: nobody waits
        for it. Its deadline is put off by as long as it stands still."""
        program = _Program(session, deadline, urgency)
        self._running.add(program)
        self._weigh()
        grown = asyncio.get_running_loop().call_later(1.1 * _BEGINNING_SECONDS, self._weigh)
        try:
            yield
        finally:
            grown.cancel()
            self._running.discard(program)
            program.go_on()
            self._weigh()

    def _weigh(self) -> None:
        most = max((one.urgency for one in self._running if one.urgency is not None), default=None)
        for one in self._running:
            if most is not None and (one.urgency is None or one.urgency < most):
                if time.monotonic() >= one.grown_at:
                    one.stand_still()
            else:
                one.go_on()


class _Program:
    def __init__(self, session: int, deadline: asyncio.Timeout, urgency: int | None) -> None:
        self._session, self._deadline, self.urgency = session, deadline, urgency
        self.grown_at = time.monotonic() + _BEGINNING_SECONDS
        self._stands_since: float | None = None
        self._patience: asyncio.TimerHandle | None = None

    def stand_still(self) -> None:
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self.go_on)
            self._stands_since = time.monotonic()
            self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        if self._patience is None or self._stands_since is None:
            return
        self._patience.cancel()
        self._send(signal.SIGCONT)
        when = self._deadline.when()
        if when is not None and not self._deadline.expired():
            self._deadline.reschedule(when + time.monotonic() - self._stands_since)
        self._patience = self._stands_since = None

    def _send(self, what: signal.Signals) -> None:
        try:
            os.killpg(self._session, what)
        except ProcessLookupError:
            log.debug("a program was over before it was told to stand still or to go on")
