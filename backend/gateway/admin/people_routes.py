"""REST: people, for admins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter

from gateway.accounts.caller import Callers
from gateway.accounts.fields import printable
from gateway.accounts.guards import json_only
from gateway.admin import people, repository
from gateway.admin.repository import Person
from gateway.notices import NoticeCode
from gateway.page_tokens import page_position, page_token
from gateway.problems import invalid, not_found
from gateway.requests import is_id
from gateway.times import rfc3339, rfc3339_or_null

_TAGS = ["Administration"]
_NO_STORE = {"Cache-Control": "no-store"}
_MOST_A_PAGE = 100
_MOST_WORDS_CHARACTERS = 200
_EXAMPLE = Body(examples=[Example(value={"role": "moderator"}), Example(value={"blocked": True})])

Role = Literal["user", "moderator", "admin"]


@dataclass(frozen=True)
class PersonChanges:
    """What is absent, or null, stays as it is."""

    role: Role | None = None
    blocked: bool | None = None


@dataclass(frozen=True)
class PersonAnswer:
    id: str
    email: str
    name: str
    role: str
    blocked: bool
    created_at: str
    last_seen_at: str | None


@dataclass(frozen=True)
class PeopleAnswer:
    users: list[PersonAnswer]
    next_page_token: str
    """Empty on the last page."""


def people_routes(callers: Callers) -> list[HTTPRouteHandler]:
    @get("/users", summary="Who has an account, newest first", tags=_TAGS)
    async def list_people(
        request: Request[Any, Any, Any],
        words: Annotated[str, Parameter(query="query", description="Part of a name or an address.")] = "",
        page_size: Annotated[int, Parameter(ge=1, le=_MOST_A_PAGE)] = 50,
        token: Annotated[
            str, Parameter(query="page_token", description="`next_page_token` of the page before.")
        ] = "",
    ) -> Response[PeopleAnswer]:
        await callers.admin(request)
        if len(words) > _MOST_WORDS_CHARACTERS or not printable(words):
            message = f"At most {_MOST_WORDS_CHARACTERS} characters, all of them printable."
            raise invalid("query", message, NoticeCode.TOO_LONG, most=_MOST_WORDS_CHARACTERS)
        found = await repository.people(words.strip(), _position(token), page_size + 1)
        page = found[:page_size]
        following = ""
        if len(found) > page_size:
            following = page_token(page[-1].created_at.isoformat(), page[-1].id)
        return Response(PeopleAnswer([_answer(person) for person in page], following), headers=_NO_STORE)

    @patch("/users/{user_id:str}", guards=[json_only], summary="Change a person's role or block", tags=_TAGS)
    async def change_person(
        request: Request[Any, Any, Any], user_id: str, data: Annotated[PersonChanges, _EXAMPLE]
    ) -> Response[PersonAnswer]:
        """Ends the person's sessions. There is always an admin left."""
        admin = await callers.admin(request)
        if not is_id(user_id):
            raise not_found("There is no such person.")
        if data.role is None and data.blocked is None:
            raise invalid("body", "Name at least one of role and blocked.")
        changed = await people.change(admin, user_id, data.role, data.blocked)
        return Response(_answer(changed), headers=_NO_STORE)

    return [list_people, change_person]


def _position(token: str) -> tuple[datetime, str] | None:
    found = page_position(token, (str, str))
    if found is None:
        return None
    try:
        created_at, last_id = datetime.fromisoformat(str(found[0])), str(found[1])
    except ValueError as error:
        raise invalid("page_token", "This is no page token of this list.") from error
    if created_at.tzinfo is None or not is_id(last_id):
        raise invalid("page_token", "This is no page token of this list.")
    return created_at, last_id


def _answer(person: Person) -> PersonAnswer:
    return PersonAnswer(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        blocked=person.blocked,
        created_at=rfc3339(person.created_at),
        last_seen_at=rfc3339_or_null(person.last_seen_at),
    )
