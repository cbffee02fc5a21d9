"""REST: passwords."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.caller import Callers
from gateway.accounts.emails import email_key
from gateway.accounts.guards import json_only
from gateway.accounts.password_change import PasswordChange
from gateway.limits import Limits
from gateway.requests import device_of

_TAGS = ["Accounts"]
_NEW = {"new_password": "staple the correct horse"}
_CHANGE_EXAMPLE = Body(examples=[Example(value={"current_password": "correct horse battery", **_NEW})])
_FORGOT_EXAMPLE = Body(examples=[Example(value={"email": "ada@example.org"})])
_RESET_EXAMPLE = Body(
    examples=[Example(value={"token": "bXktdG9rZW4tZnJvbS10aGUtbGluay1pbi10aGUtbWFpbA", **_NEW})]
)


@dataclass(frozen=True)
class NewPassword:
    current_password: str
    new_password: str


@dataclass(frozen=True)
class Forgotten:
    email: str


@dataclass(frozen=True)
class Reset:
    token: str
    """From the fragment of the link in the mail."""
    new_password: str


def password_routes(passwords: PasswordChange, callers: Callers, limits: Limits) -> list[HTTPRouteHandler]:
    @post("/password", status_code=204, guards=[json_only], summary="Change one's password", tags=_TAGS)
    async def change(request: Request[Any, Any, Any], data: Annotated[NewPassword, _CHANGE_EXAMPLE]) -> None:
        """Signs out everywhere else."""
        holder = await callers.holder(request)
        with limits.guessing_password(request, email_key(holder.user.email) or ""):
            await passwords.change(holder, data.current_password, data.new_password, device_of(request))

    @post(
        "/forgot",
        status_code=202,
        guards=[json_only],
        media_type="text/plain",
        summary="Get a link by mail",
        tags=_TAGS,
    )
    async def forgot(request: Request[Any, Any, Any], data: Annotated[Forgotten, _FORGOT_EXAMPLE]) -> str:
        """The answer is the same whether anybody has that address."""
        limits.forgot(request, email_key(data.email) or "")
        passwords.forgot(data.email, device_of(request))
        return ""

    @post("/reset", status_code=204, guards=[json_only], summary="Choose a new password", tags=_TAGS)
    async def reset(request: Request[Any, Any, Any], data: Annotated[Reset, _RESET_EXAMPLE]) -> None:
        """With the token of the link, which works once and for an hour. Signs out everywhere."""
        limits.reset(request)
        await passwords.reset(data.token, data.new_password, device_of(request))

    return [change, forgot, reset]
