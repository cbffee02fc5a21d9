"""REST: registering, signing in, staying signed in."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body

from gateway.accounts.emails import email_key
from gateway.accounts.guards import json_only
from gateway.accounts.registration import Applicant
from gateway.accounts.repository.users import User
from gateway.accounts.sign_in import SignedIn, SignIn
from gateway.limits import Limits
from gateway.problems import Problem
from gateway.requests import device_of
from gateway.settings import Settings
from shared.rpc_errors import WireError

COOKIE = "playhead_refresh"
#: Over https no neighbour below the same domain can plant one of its own (RFC 6265bis section 4.1.3.2).
SECURE_COOKIE = f"__Host-{COOKIE}"
PATH = "/api/auth"
NO_STORE = {"Cache-Control": "no-store"}
_TAGS = ["Accounts"]
_CREDENTIALS = {"email": "ada@example.org", "password": "correct horse battery"}
_ACCOUNT_EXAMPLE = Body(examples=[Example(value={**_CREDENTIALS, "name": "Ada"})])
_CREDENTIALS_EXAMPLE = Body(examples=[Example(value=_CREDENTIALS)])


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


def cookie_name(settings: Settings) -> str:
    return SECURE_COOKIE if settings.secure_cookies else COOKIE


def refresh_cookie(settings: Settings, value: str, max_age_seconds: int) -> Cookie:
    """Kept from scripts and other sites; an age of 0 removes it.

    The secure one's prefix demands the whole host as its path; the other goes where it is needed only.
    """
    return Cookie(
        key=cookie_name(settings),
        value=value,
        max_age=max_age_seconds,
        path="/" if settings.secure_cookies else PATH,
        httponly=True,
        samesite="strict",
        secure=settings.secure_cookies,
    )


def user_answer(user: User) -> UserAnswer:
    return UserAnswer(user.id, user.email, user.name, user.role)


def sign_in_routes(settings: Settings, sign_in: SignIn, limits: Limits) -> list[HTTPRouteHandler]:
    def answer(signed_in: SignedIn, status_code: int) -> Response[SessionAnswer]:
        lifetime_seconds = int(settings.access_token_lifetime_seconds)
        user = user_answer(signed_in.user)
        cookie = refresh_cookie(
            settings, signed_in.refresh_token, int(settings.refresh_token_lifetime_seconds)
        )
        return Response(
            SessionAnswer(signed_in.access_token, "Bearer", lifetime_seconds, user),
            status_code=status_code,
            headers=NO_STORE,
            cookies=[cookie],
        )

    @post("/register", status_code=201, guards=[json_only], summary="Make an account and sign in", tags=_TAGS)
    async def register(
        request: Request[Any, Any, Any], data: Annotated[Applicant, _ACCOUNT_EXAMPLE]
    ) -> Response[SessionAnswer]:
        """`invitation` or `setup`: the value in the link that one was given."""
        limits.register(request)
        return answer(await sign_in.register(data, device_of(request)), 201)

    @post("/login", status_code=200, guards=[json_only], summary="Sign in", tags=_TAGS)
    async def login(
        request: Request[Any, Any, Any], data: Annotated[Credentials, _CREDENTIALS_EXAMPLE]
    ) -> Response[SessionAnswer]:
        with limits.guessing_password(request, email_key(data.email) or ""):
            signed_in = await sign_in.sign_in(data.email, data.password, device_of(request))
        return answer(signed_in, 200)

    @post("/refresh", status_code=200, summary="Get a new access token with the cookie", tags=_TAGS)
    async def refresh(request: Request[Any, Any, Any]) -> Response[SessionAnswer]:
        token = request.cookies.get(cookie_name(settings))
        if not token:
            raise Problem(WireError("NOT_SIGNED_IN", "Sign in first."))
        return answer(await sign_in.renew(token, device_of(request)), 200)

    @post("/logout", status_code=204, summary="Sign out here", tags=_TAGS)
    async def logout(request: Request[Any, Any, Any]) -> Response[None]:
        if token := request.cookies.get(cookie_name(settings)):
            await sign_in.sign_out(token, device_of(request))
        return Response(None, status_code=204, cookies=[refresh_cookie(settings, "", 0)])

    return [register, login, refresh, logout]
