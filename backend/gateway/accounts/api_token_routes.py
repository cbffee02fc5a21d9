"""REST: API tokens."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter

from gateway.accounts import api_tokens
from gateway.accounts.access_tokens import API_TOKEN_PREFIX
from gateway.accounts.caller import Callers
from gateway.accounts.guards import json_only
from gateway.accounts.repository import api_tokens as rows
from gateway.accounts.sign_in_routes import NO_STORE
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid
from gateway.settings import Settings
from gateway.times import rfc3339, rfc3339_or_null
from shared.rpc_errors import WireError
from shared.tokens import Scope

_TAGS = ["API tokens"]
_MOST_DAYS = 3650
_EXAMPLE = Body(
    examples=[Example(value={"name": "Camera in the hall", "scopes": ["upload"], "expires_in_days": 90})]
)


@dataclass(frozen=True)
class NewToken:
    name: str
    scopes: list[Scope]
    expires_in_days: int | None = None
    """1 to 3650; without it the token lasts until it is revoked."""


@dataclass(frozen=True)
class TokenAnswer:
    id: str
    name: str
    scopes: list[Scope]
    created_at: str
    last_used_at: str | None
    """To the minute."""
    expires_at: str | None


@dataclass(frozen=True)
class NewTokenAnswer(TokenAnswer):
    token: str
    """The value, shown this once: `Authorization: Bearer ph_…`."""


@dataclass(frozen=True)
class TokensAnswer:
    tokens: list[TokenAnswer]


@dataclass(frozen=True)
class ExchangedAnswer:
    """An access token that the video service understands, too."""

    access_token: str
    token_type: str
    expires_in: int
    """Seconds."""
    scopes: list[Scope]


def api_token_routes(settings: Settings, callers: Callers) -> list[HTTPRouteHandler]:
    @get("/tokens", summary="One's API tokens", tags=_TAGS)
    async def list_tokens(request: Request[Any, Any, Any]) -> Response[TokensAnswer]:
        """Newest first; their values are shown to nobody."""
        holder = await callers.holder(request)
        found = await rows.of_user(holder.user.id)
        return Response(TokensAnswer([TokenAnswer(**_fields(token)) for token in found]), headers=NO_STORE)

    @post("/tokens", status_code=201, guards=[json_only], summary="Make an API token", tags=_TAGS)
    async def create_token(
        request: Request[Any, Any, Any], data: Annotated[NewToken, _EXAMPLE]
    ) -> Response[NewTokenAnswer]:
        """`read`: lists, videos, playback. `upload`: uploads. `manage`: change, share and delete videos."""
        holder = await callers.holder(request)
        days = data.expires_in_days
        if days is not None and not 1 <= days <= _MOST_DAYS:
            message, code = f"A token lasts 1 to {_MOST_DAYS} days.", NoticeCode.NOT_SO_MANY_DAYS
            raise invalid("expires_in_days", message, code, least=1, most=_MOST_DAYS)
        token, value = await api_tokens.create(holder, data.name, frozenset(data.scopes), days)
        return Response(NewTokenAnswer(**_fields(token), token=value), status_code=201, headers=NO_STORE)

    @delete("/tokens/{token_id:str}", status_code=204, summary="Revoke an API token", tags=_TAGS)
    async def revoke_token(request: Request[Any, Any, Any], token_id: str) -> None:
        """At once for the gateway; an access token that it was exchanged for lasts its ten minutes."""
        await api_tokens.revoke(await callers.holder(request), token_id)

    @post("/exchange", status_code=200, summary="Exchange an API token for an access token", tags=_TAGS)
    async def exchange(
        request: Request[Any, Any, Any],
        authorization: Annotated[
            str | None, Parameter(header="Authorization", description="`Bearer ph_…`")
        ] = None,
    ) -> Response[ExchangedAnswer]:
        scheme, _, value = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not value.strip().startswith(API_TOKEN_PREFIX):
            raise Problem(WireError("NOT_SIGNED_IN", "Send an API token: Authorization: Bearer ph_…"))
        caller = await callers.of(request)
        assert caller.identity is not None
        assert caller.authorization is not None
        access_token = caller.authorization.removeprefix("Bearer ")
        lifetime_seconds = int(settings.access_token_lifetime_seconds)
        answer = ExchangedAnswer(access_token, "Bearer", lifetime_seconds, sorted(caller.identity.scopes))
        return Response(answer, headers=NO_STORE)

    return [list_tokens, create_token, revoke_token, exchange]


def _fields(token: rows.ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created_at": rfc3339(token.created_at),
        "last_used_at": rfc3339_or_null(token.last_used_at),
        "expires_at": rfc3339_or_null(token.expires_at),
    }
