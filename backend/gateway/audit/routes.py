"""REST: the audit trail, for admins."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.params import Parameter

from gateway.accounts.caller import Callers
from gateway.accounts.guards import own_pages_only
from gateway.audit.trail import Found, Question, Trail
from gateway.notices import NoticeCode
from gateway.problems import invalid
from gateway.times import rfc3339

_MOST_A_PAGE = 100
_MOST_CHARACTERS = 100


@dataclass(frozen=True)
class ActorAnswer:
    id: str
    name: str
    """At that time."""


@dataclass(frozen=True)
class EventAnswer:
    """Something that somebody did; `actor` is null for somebody unknown, and for Playhead itself."""

    id: int
    service: str
    """`gateway` or `video`; ids are unique within one."""
    time: str
    actor: ActorAnswer | None
    action: str
    subject_id: str
    """Of what it was done to: a person, a session, a video; empty for nothing that has an id."""
    details: dict[str, str]


@dataclass(frozen=True)
class EventsAnswer:
    events: list[EventAnswer]
    next_page_token: str
    """Empty on the last page."""


def audit_routes(trail: Trail, callers: Callers) -> Router:
    @get("/", summary="Who did what, newest first", tags=["Administration"])
    async def list_events(
        request: Request[Any, Any, Any],
        actor: Annotated[str, Parameter(description="A person's id.")] = "",
        action: Annotated[str, Parameter(description="How the action begins: `session.`, say.")] = "",
        page_size: Annotated[int, Parameter(ge=1, le=_MOST_A_PAGE)] = 50,
        page_token: Annotated[str, Parameter(description="`next_page_token` of the page before.")] = "",
    ) -> Response[EventsAnswer]:
        admin = await callers.admin(request)
        for field, value in (("actor", actor), ("action", action)):
            if len(value) > _MOST_CHARACTERS or not value.isascii() or "\0" in value:
                raise invalid(field, "There is nothing of that name.", NoticeCode.UNKNOWN_NAME)
        question = Question(actor, action, page_size, page_token)
        found, following = await trail.page(admin.authorization, question)
        answer = EventsAnswer([_answer(one) for one in found], following)
        return Response(answer, headers={"Cache-Control": "no-store"})

    return Router(path="/api/admin/audit", route_handlers=[list_events], guards=[own_pages_only])


def _answer(found: Found) -> EventAnswer:
    event = found.event
    return EventAnswer(
        id=event.id,
        service=found.service,
        time=rfc3339(event.time),
        actor=ActorAnswer(event.actor.id, event.actor.name) if event.actor else None,
        action=event.action,
        subject_id=event.subject_id,
        details=event.details,
    )
