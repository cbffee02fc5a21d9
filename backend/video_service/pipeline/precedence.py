"""Which programs stand still while something more urgent is made."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

import psutil
import structlog

from video_service.pipeline.sandbox import WRAPPERS

#: How urgent the job is that this runs for; more goes first.
URGENCY: ContextVar[int] = ContextVar("urgency", default=0)
#: How urgent it still is once what somebody waits for is there; ``None``: no less.
AFTERWARDS: ContextVar[int | None] = ContextVar("afterwards", default=None)
#: What the job that this runs for makes a part of, where somebody waits for all of its parts.
WHOLE: ContextVar[str | None] = ContextVar("whole", default=None)
#: A program that is younger, or of which the box is still being built, is not stopped: it may not have got so
#: far that it dies with its worker.
_BEGINNING_SECONDS = 0.2
#: In a row. A first picture is there by then; a long copy or scan must not hold up all else. What another
#: worker said is forgotten after as long: it may have died.
_PATIENCE_SECONDS = 4.0
#: Those that an urgent program has use for: one decodes, one encodes.
_PROCESSORS_OF_A_PROGRAM = 2
log = structlog.get_logger(__name__)


class Need:
    """How urgently what a program makes is waited for, which may change while it runs.

    Of what nobody waits for, the nicer is the less urgent, and all of it less than what somebody waits for.
    """

    def __init__(self, niceness: int = 0) -> None:
        """Of a program that the current job runs."""
        self.urgency, self.is_awaited = (-niceness, False) if niceness else (URGENCY.get(), True)
        self.has_served = False
        self._weigh: Callable[[], None] = lambda: None

    def change(self, urgency: int, *, is_awaited: bool) -> None:
        """``is_awaited``: whether what is less urgent stands still for it."""
        if (urgency, is_awaited) != (self.urgency, self.is_awaited):
            self.urgency, self.is_awaited = urgency, is_awaited
            self._weigh()

    def serve(self) -> None:
        """What was waited for has been made, though not all that is to be."""
        self.has_served, afterwards = True, AFTERWARDS.get()
        if afterwards is not None:
            self.urgency = min(self.urgency, afterwards)
        self._weigh()

    @contextmanager
    def weighed(self, weigh: Callable[[], None]) -> Iterator[None]:
        """Calls ``weigh`` whenever it changes meanwhile."""
        self._weigh = weigh
        try:
            yield
        finally:
            self._weigh = lambda: None


class Precedence:
    """Of the programs of one worker, those that nobody waits for stand still while there are others, and of
    the others those of less urgent jobs. So they do for what other workers make with the same processors,
    once it leaves none free. Parts of the same whole do not stop each other, as who waits for its picture
    waits for its sound; but one that has made what was waited for stands for one that has not.

    A share of the processor, however small, would not be enough: beside each other they also wait for the
    same memory and caches, and on most machines two processors are one core.
    """

    def __init__(self) -> None:
        self._running: set[_Program] = set()
        self._others: dict[str, _Claim] = {}
        self._tell: Callable[[int | None], None] = lambda _: None
        self._told: int | None = None
        self._again: asyncio.TimerHandle | None = None

    def tells(self, tell: Callable[[int | None], None]) -> None:
        """Calls ``tell``, from now on, with how urgent the most urgent program is, whenever that changes;
        ``None``: nobody waits for any."""
        self._tell = tell

    def hear(self, worker: str, urgency: int | None, processors: Set[int]) -> None:
        """What another worker told, and which processors it may use."""
        if urgency is None:
            self._others.pop(worker, None)
        elif not processors.isdisjoint(os.sched_getaffinity(0)):
            self._others[worker] = _Claim(urgency, time.monotonic() + _PATIENCE_SECONDS)
        self._weigh()

    @contextmanager
    def running(self, session: int, deadline: asyncio.Timeout, need: Need) -> Iterator[None]:
        """While a program runs of which everything is in this session (setsid(2)). Its deadline is put off
        by as long as it stands still."""
        program = _Program(session, deadline, need)
        self._running.add(program)
        self._weigh()
        try:
            with need.weighed(self._weigh):
                yield
        finally:
            self._running.discard(program)
            program.go_on()
            self._weigh()

    def _weigh(self) -> None:
        now = time.monotonic()
        waited_for = [one.need.urgency for one in self._running if one.need.is_awaited]
        own = max(waited_for, default=None)
        if own != self._told:
            self._told = own
            self._tell(own)
        self._others = {worker: claim for worker, claim in self._others.items() if claim.until > now}
        claims = list(self._others.values())
        if _PROCESSORS_OF_A_PROGRAM * len(claims) < len(os.sched_getaffinity(0)):
            claims = []
        looks_again_at = [claim.until for claim in claims]
        for one in self._running:
            stands = any(one.need.urgency < claim.urgency for claim in claims)
            if not (stands or any(one.stands_for(other) for other in self._running)):
                one.go_on()
            elif one.has_begun():
                one.stand_still()
            else:
                looks_again_at.append(now + _BEGINNING_SECONDS)
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if looks_again_at:
            after_seconds = min(looks_again_at) - now
            self._again = asyncio.get_running_loop().call_later(after_seconds, self._weigh)


@dataclass(frozen=True)
class _Claim:
    """The most urgent program of another worker, and when that is forgotten (monotonic seconds)."""

    urgency: int
    until: float


class _Program:
    def __init__(self, session: int, deadline: asyncio.Timeout, need: Need) -> None:
        self._session, self._deadline, self.need = session, deadline, need
        self._whole = WHOLE.get()
        self._grown_at = time.monotonic() + _BEGINNING_SECONDS
        self._has_begun = False
        self._stands_since: float | None = None
        self._patience: asyncio.TimerHandle | None = None

    def stands_for(self, other: "_Program") -> bool:
        need, others = self.need, other.need
        is_part_of_the_same = self._whole is not None and self._whole == other._whole
        if need.is_awaited and is_part_of_the_same:
            return need.has_served and not others.has_served
        return others.is_awaited and need.urgency < others.urgency

    def has_begun(self) -> bool:
        if not self._has_begun and time.monotonic() >= self._grown_at:
            with suppress(psutil.Error):  # over already
                leader = psutil.Process(self._session)
                family = [leader, *leader.children(recursive=True)]
                self._has_begun = any(process.name() not in WRAPPERS for process in family)
        return self._has_begun

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


#: Of everything that this process runs.
PRECEDENCE = Precedence()
