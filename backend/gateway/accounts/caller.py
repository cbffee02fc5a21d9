"""Who calls: the person that the access token in the Authorization header names, or nobody."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from gateway.accounts.access_tokens import API_TOKEN_PREFIX, AccessTokens
from gateway.accounts.api_tokens import exchange
from gateway.accounts.holder import Holder
from gateway.accounts.repository import sessions
from gateway.limits import Limits
from gateway.problems import Problem
from shared.rpc_errors import WireError
from shared.tokens import Identity, InvalidToken, Scope, TokenVerifier


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
    """Each method raises :class:`Problem` for whoever it does not let through."""

    def __init__(
        self, verifier: TokenVerifier, access_tokens: AccessTokens, limits: Limits, *, anonymous_access: bool
    ) -> None:
        self._verifier = verifier
        self._access_tokens = access_tokens
        self._limits = limits
        self._anonymous_access = anonymous_access

    async def of(self, request: Request[Any, Any, Any]) -> Caller:
        """A token that does not hold is refused even where none is needed, so that the client
        renews it."""
        header = request.headers.get("authorization", "").strip()
        if not header:
            return Caller(None, None)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise _not_signed_in("The Authorization header is not of the form Bearer <access token>.")
        token = token.strip()
        try:
            if token.startswith(API_TOKEN_PREFIX):
                token, identity = await exchange(token, self._access_tokens)
            else:
                identity = await self._verifier.verify(token)
        except InvalidToken as error:
            raise _not_signed_in("The access token is expired or not valid.") from error
        self._limits.person(identity.user_id)
        return Caller(identity, f"Bearer {token}")

    async def viewer(self, request: Request[Any, Any, Any]) -> Caller:
        """Whoever may watch public videos."""
        caller = await self.of(request)
        if caller.identity is None and not self._anonymous_access:
            raise _not_signed_in("Sign in first.")
        if caller.identity is not None:
            _require(caller.identity, Scope.READ)
        return caller

    async def person(self, request: Request[Any, Any, Any], scope: Scope) -> Person:
        """Somebody who is signed in, with a token that may be used for this."""
        caller = await self.of(request)
        if caller.identity is None or caller.authorization is None:
            raise _not_signed_in("Sign in first.")
        _require(caller.identity, scope)
        return Person(caller.identity, caller.authorization)

    def allowing(self, person: Person, scope: Scope) -> str:
        """What the video service is told where the gateway itself has to do a little more in order
        to finish what the person may do."""
        return f"Bearer {self._access_tokens.widened(person.identity, scope)}"

    async def holder(self, request: Request[Any, Any, Any]) -> Holder:
        """Whoever may change an account: its person, in a session that has not ended. No token for
        programs will do, and none that outlives its session."""
        person = await self.person(request, Scope.MANAGE)
        session_id = person.identity.session_id
        if session_id.startswith(API_TOKEN_PREFIX):
            raise Problem(WireError("NOT_ALLOWED", "This needs a person who signs in themselves."))
        user = await sessions.user_of_session(session_id)
        if user is None or user.id != person.identity.user_id:
            raise _not_signed_in("This session has ended: sign in again.")
        return Holder(user, session_id, person.authorization)

    async def admin(self, request: Request[Any, Any, Any]) -> Holder:
        """An admin by the database, not by what a token said some minutes ago."""
        holder = await self.holder(request)
        if holder.user.role != "admin":
            raise Problem(WireError("NOT_ALLOWED", "Only admins may do this."))
        return holder


def _require(identity: Identity, scope: Scope) -> None:
    if scope not in identity.scopes:
        raise Problem(WireError("NOT_ALLOWED", f"This token is not for that: it lacks the scope {scope}."))


def _not_signed_in(message: str) -> Problem:
    return Problem(WireError("NOT_SIGNED_IN", message))
