"""What surrounds every request: its id, one log line and metrics."""

import base64
import re
import secrets
import time
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from litestar import Request
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from gateway.settings import Settings

_log = structlog.get_logger("gateway.requests")
_REQUESTS = Counter("gateway_requests", "Requests answered.", ["method", "status"])
_SECONDS = Histogram("gateway_request_seconds", "Time until a request was answered, in seconds.", ["method"])
#: A caller may bring an id of its own, if it is harmless in a log.
_HARMLESS_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID = re.compile(r"[a-z2-7]{26}")
#: Of what a browser says it is.
_MOST_USER_AGENT_CHARACTERS = 200
_MOST_PORT = 65_535
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OVERRIDES = frozenset({"PATCH", "DELETE"})


def new_id() -> str:
    """128 random bits in 26 characters of lower-case base32 (RFC 4648 section 6, unpadded)."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def is_id(text: str) -> bool:
    """Whether it may be an id of ours; nothing else is worth asking the database for."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True)
class Device:
    """Where a request comes from, for the person's own list of sessions and for the audit trail."""

    address: str
    user_agent: str


def device_of(request: Request[Any, Any, Any]) -> Device:
    said = request.headers.get("user-agent", "")
    printable = "".join(character for character in said if character.isprintable())
    return Device(
        request.client.host if request.client else "", printable[:_MOST_USER_AGENT_CHARACTERS].strip()
    )


class PublicUrls:
    """The addresses under which people reach both services, for links in answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def gateway(self, scope: Scope) -> str:
        """Origin of the gateway, without a trailing slash."""
        return self._settings.public_url or f"{scope['scheme']}://{_host(scope)}"

    def for_mail(self) -> str:
        """Origin of the gateway for links that somebody else will open: never taken from a request,
        whose Host header anybody may write. Without GATEWAY_PUBLIC_URL: this machine."""
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104, compared with, not bound to
        host = local.get(self._settings.host, self._settings.host)
        name = f"[{host}]" if ":" in host else host
        return self._settings.public_url or f"http://{name}:{self._settings.port}"

    def video(self, scope: Scope) -> str:
        """Origin of the video service, without a trailing slash."""
        if self._settings.video_public_url:
            return self._settings.video_public_url
        origin = urlsplit(self.gateway(scope))
        name = f"[{origin.hostname}]" if ":" in (origin.hostname or "") else origin.hostname
        return f"{origin.scheme}://{name}:{self._settings.video_port}"


def _host(scope: Scope) -> str:
    """The Host header if it is one that may stand in a URL or a header; else where we listen."""
    host = Headers.from_scope(scope).get("host", "")
    if _may_be_host(host):
        return host
    name, port = scope.get("server") or ("127.0.0.1", None)
    return f"{name}:{port}" if port else str(name)


def _may_be_host(host: str) -> bool:
    """Whether it is a name or an address, and perhaps a port (RFC 3986 section 3.2)."""
    found = re.fullmatch(r"(?:[A-Za-z0-9.-]{1,253}|\[([0-9A-Fa-f:.]{2,45})\])(?::(\d{1,5}))?", host)
    if found is None or int(found[2] or 0) > _MOST_PORT:
        return False
    try:
        IPv6Address(found[1] or "::")
    except AddressValueError:
        return False
    return True


class Surrounded:
    """An application with that around it. HEAD is answered as GET; the server leaves out the body.

    Below ``tus_path`` methods are as the tus protocol has them, and every answer names its version.
    """

    def __init__(self, app: ASGIApp, *, tus_path: str, tus_version: str) -> None:
        self._app = app
        self._tus_path = tus_path
        self._tus_version = tus_version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        given = Headers.from_scope(scope).get("x-request-id", "")
        request_id = given if _HARMLESS_ID.fullmatch(given) else new_id()
        status, started = 0, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders.from_message(message)
                headers["X-Request-Id"] = request_id
                if self._is_tus(scope):
                    headers["Tus-Resumable"] = self._tus_version
            await send(message)

        method = str(scope["method"])
        state = {**scope.get("state", {}), "request_id": request_id}
        inner: dict[str, Any] = {**scope, "method": self._method(scope), "state": state}
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(cast(HTTPScope, inner), receive, send_with_headers)
            finally:
                seconds = time.perf_counter() - started
                label = method if method in _METHODS else "other"
                _REQUESTS.labels(label, status).inc()
                _SECONDS.labels(label).observe(seconds)
                path = scope["path"]
                _log.info("request", method=label, path=path, status=status, seconds=round(seconds, 4))

    def _is_tus(self, scope: HTTPScope) -> bool:
        return scope["path"].startswith(self._tus_path)

    def _method(self, scope: HTTPScope) -> str:
        """What the request means by its method."""
        method = str(scope["method"])
        if not self._is_tus(scope):
            return "GET" if method == "HEAD" else method
        # For clients whose network lets only GET and POST through (tus 1.0.0, X-HTTP-Method-Override).
        meant = Headers.from_scope(scope).get("x-http-method-override", "").upper()
        return meant if method == "POST" and meant in _OVERRIDES else method
