"""Who calls: the person that the access token in the Authorization header names, or nobody."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from gateway.limits import Limits
from gateway.problems import Problem
from shared.rpc_errors import WireError
from shared.tokens import Identity, InvalidToken, TokenVerifier


@dataclass(frozen=True)
class Caller:
    """``authorization`` is what the video service is told, and None for an anonymous caller."""

    identity: Identity | None
    authorization: str | None


@dataclass(frozen=True)
class Person:
    """A caller who is signed in."""

    identity: Identity
    authorization: str


class Callers:
    def __init__(self, verifier: TokenVerifier, limits: Limits, *, anonymous_access: bool) -> None:
        self._verifier = verifier
        self._limits = limits
        self._anonymous_access = anonymous_access

    async def of(self, request: Request[Any, Any, Any]) -> Caller:
        """A token that does not hold is refused even where none is needed, so that the client
        renews it. Raises :class:`Problem`."""
        header = request.headers.get("authorization", "").strip()
        if not header:
            return Caller(None, None)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise _not_signed_in("The Authorization header is not of the form Bearer <access token>.")
        try:
            identity = await self._verifier.verify(token.strip())
        except InvalidToken as error:
            raise _not_signed_in("The access token is expired or not valid.") from error
        self._limits.person(identity.user_id)
        return Caller(identity, f"Bearer {token.strip()}")

    async def viewer(self, request: Request[Any, Any, Any]) -> Caller:
        """Whoever may watch public videos. Raises :class:`Problem`."""
        caller = await self.of(request)
        if caller.identity is None and not self._anonymous_access:
            raise _not_signed_in("Sign in first.")
        return caller

    async def person(self, request: Request[Any, Any, Any]) -> Person:
        """Raises :class:`Problem` where nobody is signed in."""
        caller = await self.of(request)
        if caller.identity is None or caller.authorization is None:
            raise _not_signed_in("Sign in first.")
        return Person(caller.identity, caller.authorization)


def _not_signed_in(message: str) -> Problem:
    return Problem(WireError("NOT_SIGNED_IN", message))
