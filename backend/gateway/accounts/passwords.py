"""Passwords are kept as argon2id hashes, computed off the event loop."""

import asyncio

from argon2.exceptions import InvalidHashError, VerificationError

from shared.password_hashing import password_hasher

#: This bounds the memory that a flood of sign-ins can take.
_MOST_AT_ONCE = 4


class Passwords:
    def __init__(self, memory_bytes: int) -> None:
        self._hasher = password_hasher(memory_bytes)
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash the same time passes, so that the answer's
        delay does not tell which addresses have accounts."""
        if self._dummy is None:
            self._dummy = await self.hash("nobody's password")
        async with self._places:
            right = await asyncio.to_thread(self._verify, password_hash or self._dummy, password)
        return right and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
