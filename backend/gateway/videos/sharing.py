"""REST: sharing a video with named people and by links."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.caller import Caller, Callers
from gateway.accounts.emails import email_key
from gateway.accounts.guards import json_only
from gateway.accounts.repository import users
from gateway.limits import Connection, Limits
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid
from gateway.requests import PublicUrls
from gateway.share_client import OpenedLink, ShareClient, ShareLink
from gateway.times import in_utc, rfc3339
from gateway.video_client import VideoClient
from gateway.video_records import Owner
from gateway.videos.answers import OwnerAnswer
from shared.tokens import Scope

_NOT_KEPT = {"Cache-Control": "no-store"}
_LINK_EXAMPLE = Body(
    examples=[Example(value={"label": "For the jury", "expires_at": "2030-01-01T00:00:00Z"})]
)


@dataclass(frozen=True)
class PersonAnswer:
    id: str
    name: str
    created_at: str


@dataclass(frozen=True)
class LinkAnswer:
    """A link. `expires_at` is null where it never ends by itself."""

    id: str
    label: str
    created_at: str
    expires_at: str | None
    has_password: bool


@dataclass(frozen=True)
class NewLinkAnswer:
    """A new link. What opens it is shown here and never again."""

    id: str
    label: str
    created_at: str
    expires_at: str | None
    has_password: bool
    secret: str
    url: str
    player_url: str | None


@dataclass(frozen=True)
class SharesAnswer:
    people: list[PersonAnswer]
    links: list[LinkAnswer]


@dataclass(frozen=True)
class PersonToAdd:
    email: str


@dataclass(frozen=True)
class LinkToMake:
    label: str = ""
    expires_at: datetime | None = None
    password: str | None = None


@dataclass(frozen=True)
class LinkToOpen:
    secret: str
    password: str | None = None


#: `pass` is no name that a field may have in Python.
PassAnswer = dict[str, str]


class LinkOpener:
    """Opens links for the routes that take secrets, and counts wrong guesses."""

    def __init__(self, client: VideoClient, limits: Limits) -> None:
        self._shares = ShareClient(client)
        self._limits = limits

    async def open(
        self, connection: Connection, caller: Caller, video_id: str, secret: str, password: str = ""
    ) -> OpenedLink:
        """Raises :class:`Problem`."""
        with self._limits.opening_share(connection, video_id):
            try:
                return await self._shares.open(caller.authorization, video_id, secret, password)
            except Problem as problem:
                # Who learns that there is a password has not guessed at it.
                if password or problem.error.metadata.get("needs") != "password":
                    raise
                asked_for_password = problem
        raise asked_for_password


def sharing_routes(client: VideoClient, callers: Callers, urls: PublicUrls, limits: Limits) -> Router:
    shares, links = ShareClient(client), LinkOpener(client, limits)

    @get("/shares", summary="Whom a video is shared with", tags=["Sharing"])
    async def list_shares(request: Request[Any, Any, Any], video_id: str) -> Response[SharesAnswer]:
        person = await callers.person(request, Scope.MANAGE)
        people, links = await shares.shares(person.authorization, video_id)
        answer = SharesAnswer(
            [PersonAnswer(one.person.id, one.person.name, rfc3339(one.created_at)) for one in people],
            [LinkAnswer(**_fields(link)) for link in links],
        )
        return Response(answer, headers=_NOT_KEPT)

    @post("/shares/people", status_code=201, guards=[json_only], summary="Share with a person",
          tags=["Sharing"])  # fmt: skip
    async def add_person(
        request: Request[Any, Any, Any], video_id: str, data: PersonToAdd
    ) -> Response[OwnerAnswer]:
        """Idempotent."""
        owner = await callers.person(request, Scope.MANAGE)
        # First of all: who may not share the video learns of nobody's account.
        await shares.shares(owner.authorization, video_id)
        found = await _account(data.email)
        if found is None or found.id == owner.identity.user_id:
            message = "Nobody else with this address has an account here."
            raise invalid("email", message, NoticeCode.NO_SUCH_PERSON)
        await shares.add_person(owner.authorization, video_id, found)
        return Response(OwnerAnswer(found.id, found.name), headers=_NOT_KEPT)

    @delete("/shares/people/{person_id:str}", status_code=204, summary="Stop sharing with a person",
            tags=["Sharing"])  # fmt: skip
    async def remove_person(request: Request[Any, Any, Any], video_id: str, person_id: str) -> None:
        """Ends what they were given to watch it with, too. Idempotent."""
        owner = await callers.person(request, Scope.MANAGE)
        await shares.remove_person(owner.authorization, video_id, person_id)

    @post("/shares/links", status_code=201, guards=[json_only], summary="Make a link", tags=["Sharing"])
    async def make_link(
        request: Request[Any, Any, Any], video_id: str, data: Annotated[LinkToMake, _LINK_EXAMPLE]
    ) -> Response[NewLinkAnswer]:
        """Whoever has the link may watch; with a password, whoever knows that too."""
        owner = await callers.person(request, Scope.MANAGE)
        expires_at = in_utc("expires_at", data.expires_at) if data.expires_at else None
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise invalid("expires_at", "The time must be in the future.", NoticeCode.NOT_IN_FUTURE)
        link, secret = await shares.create_link(
            owner.authorization, video_id, data.label, expires_at, data.password or ""
        )
        page = f"{urls.gateway(request.scope)}/videos/{video_id}"
        answer = NewLinkAnswer(
            **_fields(link),
            secret=secret,
            # A fragment never leaves the browser: it is in no log and no referrer.
            url=f"{page}#share={secret}",
            player_url=None if link.has_password else f"{page}/master.m3u8?share={secret}",
        )
        return Response(answer, headers=_NOT_KEPT)

    @delete("/shares/links/{link_id:str}", status_code=204, summary="Revoke a link", tags=["Sharing"])
    async def revoke_link(request: Request[Any, Any, Any], video_id: str, link_id: str) -> None:
        """At once, for everybody who opened it. Idempotent."""
        owner = await callers.person(request, Scope.MANAGE)
        await shares.revoke_link(owner.authorization, video_id, link_id)

    @post("/open", status_code=200, guards=[json_only], summary="Open a link", tags=["Sharing"])
    async def open_link(
        request: Request[Any, Any, Any], video_id: str, data: LinkToOpen
    ) -> Response[PassAnswer]:
        """Exchanges a link's secret for a pass, to be sent as `Playhead-Share`. A link with a
        password answers 403 with `needs` = `password` without it."""
        caller = await callers.viewer(request)
        opened = await links.open(request, caller, video_id, data.secret, data.password or "")
        answer = {"pass": opened.share_pass, "expires_at": rfc3339(opened.expires_at)}
        return Response(answer, headers=_NOT_KEPT)

    return Router(
        path="/api/videos/{video_id:str}",
        route_handlers=[list_shares, add_person, remove_person, make_link, revoke_link, open_link],
    )


async def _account(email: str) -> Owner | None:
    key = email_key(email)
    account = await users.account_by_email(key) if key else None
    return Owner(account.user.id, account.user.name) if account else None


def _fields(link: ShareLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "label": link.label,
        "created_at": rfc3339(link.created_at),
        "expires_at": rfc3339(link.expires_at) if link.expires_at else None,
        "has_password": link.has_password,
    }
