"""REST: where a person is signed in."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler

from gateway.accounts.caller import Callers
from gateway.accounts.repository import sessions
from gateway.accounts.sign_in_routes import NO_STORE
from gateway.audit.repository import record
from gateway.problems import not_found
from gateway.requests import device_of, is_id
from gateway.times import rfc3339

_TAGS = ["Accounts"]


@dataclass(frozen=True)
class SignedInAnswer:
    """A browser in which the person is signed in; address and user agent are those of the last use."""

    id: str
    created_at: str
    last_used_at: str
    address: str
    user_agent: str
    """Cut to 200 characters."""
    current: bool
    """Whether this request comes from there."""


@dataclass(frozen=True)
class SessionsAnswer:
    sessions: list[SignedInAnswer]


@dataclass(frozen=True)
class EndedAnswer:
    ended: int
    """How many."""


def session_routes(callers: Callers) -> list[HTTPRouteHandler]:
    @get("/sessions", summary="Where one is signed in", tags=_TAGS)
    async def list_sessions(request: Request[Any, Any, Any]) -> Response[SessionsAnswer]:
        """The one that was used last comes first."""
        holder = await callers.holder(request)
        found = await sessions.of_user(holder.user.id)
        answers = [_answer(session, current=session.id == holder.session_id) for session in found]
        return Response(SessionsAnswer(answers), headers=NO_STORE)

    @delete("/sessions/{session_id:str}", status_code=204, summary="Sign out elsewhere", tags=_TAGS)
    async def end_session(request: Request[Any, Any, Any], session_id: str) -> None:
        """An access token that was given there is good for some minutes more, but changes no account."""
        holder = await callers.holder(request)
        if not is_id(session_id) or not await sessions.end(holder.user.id, session_id):
            raise not_found("There is no such session.")
        address = device_of(request).address
        await record("session.end", holder.actor, subject_id=session_id, address=address)

    @post("/sessions/end-others", status_code=200, summary="Sign out everywhere else", tags=_TAGS)
    async def end_others(request: Request[Any, Any, Any]) -> EndedAnswer:
        holder = await callers.holder(request)
        ended = await sessions.end_all(holder.user.id, except_id=holder.session_id)
        address = device_of(request).address
        await record("session.end_others", holder.actor, address=address, ended=str(ended))
        return EndedAnswer(ended)

    return [list_sessions, end_session, end_others]


def _answer(session: sessions.Session, *, current: bool) -> SignedInAnswer:
    return SignedInAnswer(
        id=session.id,
        created_at=rfc3339(session.created_at),
        last_used_at=rfc3339(session.last_used_at),
        address=session.device.address,
        user_agent=session.device.user_agent,
        current=current,
    )
