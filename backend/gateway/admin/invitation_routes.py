"""REST: invitations."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.caller import Callers
from gateway.accounts.guards import json_only
from gateway.accounts.repository.invitations import Invitation, pending
from gateway.admin import invitations
from gateway.admin.people_routes import Role
from gateway.background import Chores
from gateway.mail.letters import invitation_letter
from gateway.mail.mailer import Mailer
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid
from gateway.requests import PublicUrls
from gateway.settings import Settings
from gateway.times import rfc3339
from shared.rpc_errors import WireError

_TAGS = ["Administration"]
_NO_STORE = {"Cache-Control": "no-store"}
_MOST_DAYS = 90
_EXAMPLE = Body(
    examples=[Example(value={"email": "grace@example.org", "role": "moderator", "expires_in_days": 7})]
)


@dataclass(frozen=True)
class NewInvitation:
    email: str | None = None
    """Only for this address, and mailed to it; without it, for whoever has the link."""
    role: Role = "user"
    expires_in_days: int = 7
    """1 to 90."""


@dataclass(frozen=True)
class InviterAnswer:
    id: str
    name: str


@dataclass(frozen=True)
class InvitationAnswer:
    id: str
    email: str | None
    role: str
    created_at: str
    expires_at: str
    created_by: InviterAnswer


@dataclass(frozen=True)
class NewInvitationAnswer(InvitationAnswer):
    url: str
    """The link, shown this once; it works once."""


@dataclass(frozen=True)
class InvitationsAnswer:
    invitations: list[InvitationAnswer]


def invitation_routes(
    settings: Settings, callers: Callers, chores: Chores, mailer: Mailer, urls: PublicUrls
) -> list[HTTPRouteHandler]:
    @post("/invitations", status_code=201, guards=[json_only], summary="Invite somebody", tags=_TAGS)
    async def invite(
        request: Request[Any, Any, Any], data: Annotated[NewInvitation, _EXAMPLE]
    ) -> Response[NewInvitationAnswer]:
        admin = await callers.admin(request)
        if settings.registration == "closed":
            raise Problem(WireError("NOT_ALLOWED", "New accounts cannot be made here."))
        days = data.expires_in_days
        if not 1 <= days <= _MOST_DAYS:
            message, code = f"An invitation lasts 1 to {_MOST_DAYS} days.", NoticeCode.NOT_SO_MANY_DAYS
            raise invalid("expires_in_days", message, code, least=1, most=_MOST_DAYS)
        invitation, secret = await invitations.invite(admin, data.email, data.role, days)
        path = f"/register?invitation={secret}"
        if invitation.email:
            letter = invitation_letter(invitation.email, urls.for_mail() + path, days)
            chores.add(partial(mailer.send, letter))
        answer = NewInvitationAnswer(**_fields(invitation), url=urls.gateway(request.scope) + path)
        return Response(answer, status_code=201, headers=_NO_STORE)

    @get("/invitations", summary="Invitations that can still be used", tags=_TAGS)
    async def list_invitations(request: Request[Any, Any, Any]) -> Response[InvitationsAnswer]:
        """Newest first; their links are shown to nobody."""
        await callers.admin(request)
        answers = [InvitationAnswer(**_fields(invitation)) for invitation in await pending()]
        return Response(InvitationsAnswer(answers), headers=_NO_STORE)

    @delete("/invitations/{invitation_id:str}", status_code=204, summary="Take one back", tags=_TAGS)
    async def revoke(request: Request[Any, Any, Any], invitation_id: str) -> None:
        await invitations.revoke(await callers.admin(request), invitation_id)

    return [invite, list_invitations, revoke]


def _fields(invitation: Invitation) -> dict[str, Any]:
    assert invitation.created_by is not None, "the one for the first admin is shown to nobody"
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "created_at": rfc3339(invitation.created_at),
        "expires_at": rfc3339(invitation.expires_at),
        "created_by": InviterAnswer(invitation.created_by.id, invitation.created_by.name),
    }
