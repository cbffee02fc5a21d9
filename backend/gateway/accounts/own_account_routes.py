"""REST: one's own account."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts import own_account
from gateway.accounts.caller import Callers
from gateway.accounts.emails import email_key
from gateway.accounts.guards import json_only
from gateway.accounts.password_change import PasswordChange
from gateway.accounts.repository import users
from gateway.accounts.sign_in_routes import NO_STORE, UserAnswer, refresh_cookie, user_answer
from gateway.limits import Limits
from gateway.outbox.delivery import Delivery
from gateway.problems import Problem
from gateway.requests import device_of
from gateway.settings import Settings
from shared.rpc_errors import WireError
from shared.tokens import Scope

_TAGS = ["Accounts"]
_NAME_EXAMPLE = Body(examples=[Example(value={"name": "Ada King"})])
_PASSWORD_EXAMPLE = Body(examples=[Example(value={"password": "correct horse battery"})])


@dataclass(frozen=True)
class NewName:
    name: str


@dataclass(frozen=True)
class Proof:
    """That it is the person themselves who asks."""

    password: str


def own_account_routes(
    settings: Settings, callers: Callers, passwords: PasswordChange, delivery: Delivery, limits: Limits
) -> list[HTTPRouteHandler]:
    @get("/me", summary="Who is signed in", tags=_TAGS)
    async def me(request: Request[Any, Any, Any]) -> Response[UserAnswer]:
        person = await callers.person(request, Scope.READ)
        user = await users.by_id(person.identity.user_id)
        if user is None:
            raise Problem(WireError("NOT_SIGNED_IN", "This account is gone."))
        return Response(user_answer(user), headers=NO_STORE)

    @patch("/me", guards=[json_only], summary="Change one's name", tags=_TAGS)
    async def rename(
        request: Request[Any, Any, Any], data: Annotated[NewName, _NAME_EXAMPLE]
    ) -> Response[UserAnswer]:
        """The name at one's videos follows within seconds."""
        user = await own_account.rename(await callers.holder(request), data.name)
        delivery.wake()
        return Response(user_answer(user), headers=NO_STORE)

    @delete("/me", status_code=204, guards=[json_only], summary="Delete one's account", tags=_TAGS)
    async def leave(
        request: Request[Any, Any, Any], data: Annotated[Proof, _PASSWORD_EXAMPLE]
    ) -> Response[None]:
        """With all videos, for good: nothing of it can be undone."""
        holder, device = await callers.holder(request), device_of(request)
        with limits.guessing_password(request, email_key(holder.user.email) or ""):
            await passwords.require_right(holder, "password", data.password, device)
        await own_account.leave(holder, settings.access_token_lifetime_seconds, device)
        delivery.wake()
        return Response(None, status_code=204, cookies=[refresh_cookie(settings, "", 0)])

    return [me, rename, leave]
