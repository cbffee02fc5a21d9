"""Cross-origin calls (Fetch standard, "CORS protocol"): exactly the pages that are ours."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_PREFLIGHT = [
    (b"access-control-allow-methods", b"POST"),
    (
        b"access-control-allow-headers",
        b"content-type, x-grpc-web, x-user-agent, grpc-timeout, authorization, playhead-share",
    ),
    (b"access-control-max-age", b"7200"),
]
_EXPOSED = (b"access-control-expose-headers", b"grpc-status, grpc-message, grpc-status-details-bin")


class Cors:
    """Answers preflights and marks answers for the allowed origins; others get no permission,
    which makes their browsers withhold the answer."""

    def __init__(self, application: Application, origins: Collection[str]) -> None:
        self._application = application
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        permission = [(b"vary", b"origin")]
        if origin in self._origins:
            permission += [(b"access-control-allow-origin", origin), _EXPOSED]

        async def marked(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), *permission]}
            await send(event)

        if scope["method"] != "OPTIONS" or b"access-control-request-method" not in headers:
            await self._application(scope, receive, marked)
            return
        await marked({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
        await send({"type": "http.response.body", "body": b""})
