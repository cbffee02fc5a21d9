"""Passwords of share links are kept as argon2id hashes (RFC 9106), computed off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: The library's defaults are RFC 9106's second recommendation: 64 MiB, three passes, four lanes.
_hasher = PasswordHasher()
#: At 64 MiB each, this bounds what a flood of guesses can take.
_MOST_AT_ONCE = 2


class LinkPasswords:
    """Implements :class:`video_service.domain.ports.Passwords`."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(_hasher.hash, _encoded(password))

    async def matches(self, password_hash: str, password: str) -> bool:
        async with self._places:
            return await asyncio.to_thread(_verify, password_hash, _encoded(password))


def _encoded(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
