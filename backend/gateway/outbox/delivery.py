"""Tells the video service what happened to people, again and again until it has heard."""

import asyncio
import random

import structlog

from gateway.outbox import repository
from gateway.outbox.repository import Message
from gateway.problems import Problem
from gateway.video_client import VideoClient
from shared.tokens import TokenSigner

_log = structlog.get_logger("gateway.outbox")
_TOKEN_LIFETIME_SECONDS = 60.0
#: What is due already and yet was not found is in another gateway's hands.
_LEAST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 300.0
#: 2**9 is longer already.
_MOST_DOUBLINGS = 9
#: Pauses vary by this much, so that messages which failed together do not come back together.
_JITTER = 0.5
_DATABASE_PAUSE_SECONDS = 5.0


class Delivery:
    """At least once: what the service is told is true however often it hears it."""

    def __init__(self, client: VideoClient, signer: TokenSigner) -> None:
        self._client = client
        self._signer = signer
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            try:
                while await self._deliver_one():
                    pass
                pause_seconds = await repository.seconds_until_next()
            except Problem:  # the database; its log line is written already
                pause_seconds = _DATABASE_PAUSE_SECONDS
            try:
                if pause_seconds is not None:
                    pause_seconds = max(pause_seconds, _LEAST_PAUSE_SECONDS)
                await asyncio.wait_for(self._woken.wait(), pause_seconds)
            except TimeoutError:
                continue

    async def _deliver_one(self) -> bool:
        """Whether there was one."""
        async with repository.next_due() as message:
            if message is None:
                return False
            try:
                await self._tell(message)
            except Problem as problem:
                seconds = pause_after(message.attempts)
                await repository.postpone(message, seconds)
                reason = problem.error.reason
                _log.warning(
                    "not_delivered", owner_id=message.owner_id, reason=reason, again_in_seconds=round(seconds)
                )
            else:
                await repository.remove(message)
        return True

    async def _tell(self, message: Message) -> None:
        authorization = f"Bearer {self._signer.sign_service(_TOKEN_LIFETIME_SECONDS)}"
        if message.new_name is None:
            await self._client.delete_owner(authorization, message.owner_id)
        else:
            await self._client.rename_owner(authorization, message.owner_id, message.new_name)


def pause_after(attempts: int) -> float:
    """Seconds until the next attempt: 1, 2, 4 … up to five minutes, less a random part."""
    longest = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(attempts, _MOST_DOUBLINGS))
    return longest * random.uniform(1 - _JITTER, 1)  # noqa: S311, no secret depends on it
