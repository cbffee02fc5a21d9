"""What browsers are told about every answer of both services, unless the answer says it itself."""

from collections.abc import Awaitable, Callable
from typing import Any

#: Of ASGI, whoever's types for it one prefers.
Application = Callable[[Any, Any, Any], Awaitable[None]]

#: For what is not a page: opened as one, it may do nothing and be framed by nobody (CSP level 3).
NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: A year. Of this host only: what else an organisation has below its name is not ours to decide.
_HSTS = "max-age=31536000"
_UNUSED_FEATURES = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb",
)  # fmt: skip


def headers_for(*, https: bool) -> dict[str, str]:
    """By lower-case name. ``https``: whether people reach us so, which browsers may then insist on
    (RFC 6797)."""
    headers = {
        "content-security-policy": NOTHING,
        "x-content-type-options": "nosniff",
        # The address of an unlisted video is a secret, and it would be in the referrer.
        "referrer-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return headers | ({"strict-transport-security": _HSTS} if https else {})


class BrowserRules:
    """An ASGI application whose every answer carries these headers."""

    def __init__(self, application: Application, *, https: bool) -> None:
        self._application = application
        self._headers = [(name.encode(), text.encode()) for name, text in headers_for(https=https).items()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def ruled(event: Any) -> None:
            if event["type"] == "http.response.start":
                given = list(event.get("headers", ()))
                names = {bytes(name).lower() for name, _ in given}
                event = {**event, "headers": [*given, *(one for one in self._headers if one[0] not in names)]}
            await send(event)

        await self._application(scope, receive, ruled)
