"""REST: accounts and sessions."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts import repository
from gateway.accounts.caller import Callers
from gateway.accounts.guards import json_only, own_pages_only
from gateway.accounts.sign_in import SignedIn, SignIn
from gateway.problems import Problem
from gateway.settings import Settings
from shared.rpc_errors import WireError
from shared.tokens import TokenSigner

COOKIE = "playhead_refresh"
#: Over https no neighbour below the same domain can plant one of its own (RFC 6265bis section 4.1.3.2).
SECURE_COOKIE = f"__Host-{COOKIE}"
_CREDENTIALS = {"email": "ada@example.org", "password": "correct horse battery"}
_ACCOUNT_EXAMPLE = Body(examples=[Example(value={**_CREDENTIALS, "name": "Ada"})])
_CREDENTIALS_EXAMPLE = Body(examples=[Example(value=_CREDENTIALS)])
_PATH = "/api/auth"


@dataclass(frozen=True)
class NewAccount:
    email: str
    password: str
    name: str


@dataclass(frozen=True)
class Credentials:
    email: str
    password: str


@dataclass(frozen=True)
class UserAnswer:
    id: str
    email: str
    name: str
    role: str


@dataclass(frozen=True)
class SessionAnswer:
    """A person's session; the refresh token travels in the cookie."""

    access_token: str
    token_type: str
    expires_in: int
    """Seconds."""
    user: UserAnswer


def account_routes(settings: Settings, signer: TokenSigner, callers: Callers) -> Router:
    sign_in = SignIn(settings, signer)
    # The prefix demands the whole host as path; without it the cookie goes where it is needed only.
    name, path = (SECURE_COOKIE, "/") if settings.secure_cookies else (COOKIE, _PATH)

    def answer(signed_in: SignedIn, status_code: int) -> Response[SessionAnswer]:
        lifetime_seconds = int(settings.access_token_lifetime_seconds)
        user = _user_answer(signed_in.user)
        return Response(
            SessionAnswer(signed_in.access_token, "Bearer", lifetime_seconds, user),
            status_code=status_code,
            headers={"Cache-Control": "no-store"},
            cookies=[cookie(signed_in.refresh_token, int(settings.refresh_token_lifetime_seconds))],
        )

    def cookie(value: str, max_age_seconds: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=max_age_seconds,
            path=path,
            httponly=True,
            samesite="strict",
            secure=settings.secure_cookies,
        )

    @post(
        "/register",
        status_code=201,
        guards=[json_only],
        summary="Make an account and sign in",
        tags=["Accounts"],
    )
    async def register(data: Annotated[NewAccount, _ACCOUNT_EXAMPLE]) -> Response[SessionAnswer]:
        return answer(await sign_in.register(data.email, data.password, data.name), 201)

    @post("/login", status_code=200, guards=[json_only], summary="Sign in", tags=["Accounts"])
    async def login(data: Annotated[Credentials, _CREDENTIALS_EXAMPLE]) -> Response[SessionAnswer]:
        return answer(await sign_in.sign_in(data.email, data.password), 200)

    @post("/refresh", status_code=200, summary="Get a new access token with the cookie", tags=["Accounts"])
    async def refresh(request: Request[Any, Any, Any]) -> Response[SessionAnswer]:
        token = request.cookies.get(name)
        if not token:
            raise Problem(WireError("NOT_SIGNED_IN", "Sign in first."))
        return answer(await sign_in.renew(token), 200)

    @post("/logout", status_code=204, summary="Sign out here", tags=["Accounts"])
    async def logout(request: Request[Any, Any, Any]) -> Response[None]:
        if token := request.cookies.get(name):
            await sign_in.sign_out(token)
        return Response(None, status_code=204, cookies=[cookie("", 0)])

    @get("/me", summary="Who is signed in", tags=["Accounts"])
    async def me(request: Request[Any, Any, Any]) -> Response[UserAnswer]:
        person = await callers.person(request)
        user = await repository.user_by_id(person.identity.user_id)
        if user is None:
            raise Problem(WireError("NOT_SIGNED_IN", "This account is gone."))
        return Response(_user_answer(user), headers={"Cache-Control": "no-store"})

    return Router(path=_PATH, route_handlers=[register, login, refresh, logout, me], guards=[own_pages_only])


def _user_answer(user: repository.User) -> UserAnswer:
    return UserAnswer(user.id, user.email, user.name, user.role)
