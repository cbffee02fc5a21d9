"""What happens around every call, on both transports: who calls, errors, one log line, metrics."""

import asyncio
import math
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from prometheus_client import Gauge, Histogram

from shared.rpc_errors import WireError, abort
from shared.tokens import Scope
from video_service.domain.errors import PlayheadError
from video_service.rpc.identity import Caller, Identities, ServiceIdentities
from video_service.rpc.limits import WebLimits

log = structlog.get_logger(__name__)

_SECONDS = Histogram("playhead_rpc_seconds", "How long calls took", ["method", "outcome"])
#: Anything else from outside does not belong in a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
#: A call that answers once is given up after this time, whatever its client would wait for.
MOST_SECONDS = 30.0
SELF_BOUNDED = math.inf
_OPEN = Gauge("playhead_rpc_open", "Calls that are being answered", ["method"])


class Calls:
    """Opens each call of the servicers."""

    def __init__(
        self,
        identities: Identities | ServiceIdentities,
        limits: WebLimits,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._identities = identities
        self._limits = limits
        self._most_seconds = most_seconds

    @asynccontextmanager
    async def answering(
        self, method: str, context: Any, *any_of: Scope, most_seconds: float | None = None
    ) -> AsyncIterator[Caller]:
        """Yields who calls, if their token has one of these scopes.

        An error of the domain ends the call with its reason; any other is logged in full, and the
        client learns nothing but a request id.

        ``most_seconds``: other than usual; SELF_BOUNDED where the call has bounds of its own."""
        outcome, begun_at, request_id = "ended", time.monotonic(), _request_id(context)
        _OPEN.labels(method).inc()
        limit_seconds = most_seconds or self._most_seconds
        deadline = asyncio.timeout(None if limit_seconds == SELF_BOUNDED else limit_seconds)
        try:
            async with deadline:
                self._limits.require_address(method, context)
                caller = await self._identities.caller(context)
                self._limits.require_account(method, context, caller.viewer.user_id)
                if any_of:
                    caller.require(*any_of)
                yield caller
            outcome = "OK"
        except PlayheadError as error:
            outcome = error.reason.value
            # gRPC takes no kind of string but the plain one.
            await abort(context, WireError(outcome, str(error.message), error.data))
        except Exception:
            if deadline.expired():
                outcome = "UNAVAILABLE"
                await abort(context, WireError(outcome, "This took too long. Try again."))
            outcome = "INTERNAL"
            log.exception("call failed", method=method, request_id=request_id)
            message = "Something went wrong on our side."
            await abort(context, WireError(outcome, message, {"request_id": request_id}))
        finally:
            seconds = time.monotonic() - begun_at
            _OPEN.labels(method).dec()
            _SECONDS.labels(method, outcome).observe(seconds)
            log.info("call", method=method, outcome=outcome, seconds=round(seconds, 4), request_id=request_id)


def _request_id(context: Any) -> str:
    """The caller's, so that one request is found in the logs of both services; else a new one."""
    given = dict(context.invocation_metadata() or ()).get("x-request-id", "")
    return given if isinstance(given, str) and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
