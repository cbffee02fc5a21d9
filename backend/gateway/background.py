"""Work beside the requests: loops that run as long as the gateway does, and chores for later."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

_log = structlog.get_logger("gateway.background")
#: A loop that fails by a mistake of ours begins again after this.
_PAUSE_SECONDS = 1.0
_MOST_CHORES = 1000
_WORKERS = 4

Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_background(*loops: Work) -> AsyncIterator[None]:
    """Runs loops that never end by themselves, for as long as the context lasts."""
    tasks = [asyncio.create_task(_for_ever(loop)) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Chores:
    """What an answer need not wait for, and must not: its time would tell what was done.

    Chores are forgotten when the process ends; what may not be forgotten belongs into the outbox.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Work] = asyncio.Queue(_MOST_CHORES)

    def add(self, chore: Work) -> bool:
        """False where too many wait already."""
        try:
            self._waiting.put_nowait(chore)
        except asyncio.QueueFull:
            _log.warning("too_many_chores")
            return False
        return True

    async def run(self) -> None:
        await asyncio.gather(*(self._work() for _ in range(_WORKERS)))

    async def _work(self) -> None:
        while True:
            chore = await self._waiting.get()
            try:
                await chore()
            except Exception as error:
                _log.error("chore_failed", exc_info=error)


async def _for_ever(loop: Work) -> None:
    while True:
        try:
            await loop()
        except Exception as error:
            _log.error("loop_failed", exc_info=error)
        await asyncio.sleep(_PAUSE_SECONDS)
