"""Every error of the gateway: one exception, one shape on the wire (RFC 9457 problem details)."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from gateway.notices import NoticeCode
from shared.rpc_errors import WireError

_log = structlog.get_logger("gateway.problems")

MEDIA_TYPE = "application/problem+json"
_INTERNAL = WireError("INTERNAL", "Something went wrong on our side.")
#: A caller who is told "later" without a time waits this long.
_RETRY_AFTER_SECONDS = 2
#: What the framework finds wrong by itself, in our words.
_BARE_STATUSES: Mapping[int, WireError] = {
    400: WireError("INVALID_INPUT", "The request is malformed."),
    401: WireError("NOT_SIGNED_IN", "Sign in first."),
    403: WireError("NOT_ALLOWED", "You do not have access to this."),
    404: WireError("NOT_FOUND", "There is nothing here."),
    405: WireError("INVALID_INPUT", "This address does not take that method."),
    413: WireError("TOO_LARGE", "The request is larger than allowed."),
    415: WireError("INVALID_INPUT", "The content type is not one that this address takes."),
}
#: How msgspec says it.
_MISSING = re.compile(r"missing required field `(\w+)`")


@dataclass(frozen=True)
class FieldMistake:
    """What is wrong with one field: in words for a person, and by a code and values where it has one."""

    field: str
    message: str
    code: str = ""
    values: Mapping[str, str] = dataclass_field(default_factory=dict)


class Problem(Exception):
    """Ends a request with the error. ``status`` only where a protocol asks for another one (tus)."""

    def __init__(
        self,
        error: WireError,
        *,
        status: int | None = None,
        mistakes: Sequence[FieldMistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.status = status or error.http_status
        self.mistakes = tuple(mistakes)
        self.headers = dict(headers or {})


def mistake(field: str, message: str, code: NoticeCode, **values: int | str) -> FieldMistake:
    return FieldMistake(field, message, code, {name: str(value) for name, value in values.items()})


def invalid(field: str, message: str, code: NoticeCode | None = None, **values: int | str) -> Problem:
    """One field is wrong; the code, for what a person may do, with its values."""
    if code is None:
        return invalid_fields([FieldMistake(field, message)])
    return invalid_fields([mistake(field, message, code, **values)])


def invalid_fields(mistakes: Sequence[FieldMistake]) -> Problem:
    detail = " ".join(found.message for found in mistakes)
    return Problem(WireError("INVALID_INPUT", detail, {"field": mistakes[0].field}), mistakes=mistakes)


def not_found(message: str = "It does not exist, or it is private.") -> Problem:
    return Problem(WireError("NOT_FOUND", message))


def problem_response(problem: Problem, request_id: str) -> Response[bytes]:
    """The answer. Nothing but what the problem says for clients goes into it."""
    error = problem.error
    body: dict[str, Any] = {name: _number_or_text(value) for name, value in error.metadata.items()}
    body |= {
        "type": "about:blank",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": error.message,
        "reason": error.reason,
        "request_id": request_id,
    }
    mistakes = problem.mistakes
    if not mistakes and "field" in error.metadata:
        values = {name: value for name, value in error.metadata.items() if name not in ("field", "code")}
        mistakes = (
            FieldMistake(error.metadata["field"], error.message, error.metadata.get("code", ""), values),
        )
    if mistakes:
        body["errors"] = [_entry(found) for found in mistakes]
    headers = {"Cache-Control": "no-store", **problem.headers}
    if problem.status in (429, 503) or error.reason == "NOT_READY":
        headers.setdefault("Retry-After", str(_retry_after_seconds(error)))
    if problem.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return Response(
        json.dumps(body).encode(), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def _entry(found: FieldMistake) -> dict[str, Any]:
    entry: dict[str, Any] = {"field": found.field, "message": found.message}
    return entry | {"code": found.code, "values": dict(found.values)} if found.code else entry


def as_problem(error: Exception) -> Problem:
    """What an exception of any origin means to the client; foreign text never gets out."""
    match error:
        case Problem():
            return error
        case ValidationException(extra=list() as extra):
            mistakes = [_mistake(entry) for entry in extra if isinstance(entry, dict)]
            return invalid_fields(mistakes) if mistakes else Problem(_BARE_STATUSES[400])
        case HTTPException(status_code=status) if status < 500:
            bare = _BARE_STATUSES.get(status, _BARE_STATUSES[400])
            return Problem(bare, status=status, headers=error.headers)
        case RecursionError():  # JSON of thousands of brackets (msgspec, which the framework does not expect)
            return Problem(_BARE_STATUSES[400])
    return Problem(_INTERNAL)


def _mistake(found: Mapping[str, Any]) -> FieldMistake:
    """What the framework found wrong with a value. Its sentences are for programmers; these are ours."""
    if missing := _MISSING.search(str(found.get("message", ""))):
        return FieldMistake(missing[1], f"The field {missing[1]} is missing.")
    field = str(found.get("key", "data"))
    if field == "data":  # the framework's name of the body
        return FieldMistake("body", "The body must be a JSON object.")
    return FieldMistake(field, f"The value of {field} is not of the kind or in the range that it must be.")


def _handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = as_problem(error)
    if problem.error.reason == "INTERNAL":
        _log.error("request_failed", exc_info=error)
    request_id = request.scope.get("state", {}).get("request_id", "")
    return problem_response(problem, str(request_id))


#: For Litestar: it looks a handler up by the status first, then by the exception's class.
EXCEPTION_HANDLERS: ExceptionHandlersMap = {Exception: _handle, HTTPException: _handle, 500: _handle}


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # tus has statuses of its own
        return "Checksum Mismatch" if status == 460 else "Error"


def _number_or_text(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value


def _retry_after_seconds(error: WireError) -> int:
    try:
        return max(1, math.ceil(float(error.metadata["retry_after_seconds"])))
    except (KeyError, ValueError, OverflowError):
        return _RETRY_AFTER_SECONDS
