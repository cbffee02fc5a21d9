"""Passwords of share links are kept as argon2id hashes, computed off the event loop."""

import asyncio

from argon2.exceptions import InvalidHashError, VerificationError

from shared.password_hashing import password_hasher

#: This bounds the memory that a flood of guesses can take.
_MOST_AT_ONCE = 2


class LinkPasswords:
    """Implements :class:`video_service.domain.ports.Passwords`."""

    def __init__(self, memory_bytes: int) -> None:
        self._hasher = password_hasher(memory_bytes)
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def matches(self, password_hash: str, password: str) -> bool:
        async with self._places:
            return await asyncio.to_thread(self._verify, password_hash, _encoded(password))

    def _verify(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
