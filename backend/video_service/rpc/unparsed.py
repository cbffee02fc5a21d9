"""Requests that are no messages, over native gRPC. Its server would answer UNKNOWN, with the text of
the parser's exception."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from shared.rpc_errors import WireError, abort
from video_service.domain.errors import InvalidInput

_OURS = "/playhead."
_FIELD, _PROBLEM = "request", "is not a message of this call"
#: Stands for a request until it can be answered: the parser runs where there is no context yet.
_UNPARSED = object()


class RefuseUnparsed(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Answers INVALID_INPUT instead, in all services of ours."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        # Health and reflection are not ours: their methods have other forms.
        if handler is None or not handler_call_details.method.startswith(_OURS):
            return handler
        wrapped = {
            name: _WRAPPERS[name](behaviour)
            for name in _WRAPPERS
            if (behaviour := getattr(handler, name)) is not None
        }
        return handler._replace(request_deserializer=_lenient(handler.request_deserializer), **wrapped)


def _lenient(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def parsed(data: bytes) -> Any:
        try:
            return parse(data)
        except DecodeError:
            return _UNPARSED

    return parsed


def _unary_unary(behaviour: Any) -> Any:
    async def answer(request: Any, context: Any) -> Any:
        await _require_parsed(request, context)
        return await behaviour(request, context)

    return answer


def _unary_stream(behaviour: Any) -> Any:
    async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
        await _require_parsed(request, context)
        async for response in behaviour(request, context):
            yield response

    return answer


def _stream_unary(behaviour: Any) -> Any:
    async def answer(requests: AsyncIterator[Any], context: Any) -> Any:
        return await behaviour(_parsed(requests), context)

    return answer


_WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "unary_unary": _unary_unary,
    "unary_stream": _unary_stream,
    "stream_unary": _stream_unary,
}


async def _require_parsed(request: Any, context: Any) -> None:
    if request is _UNPARSED:
        error = InvalidInput(_FIELD, _PROBLEM)
        await abort(context, WireError(error.reason.value, error.message, error.data))


async def _parsed(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """For a servicer, which answers what is wrong with a request itself. Raises InvalidInput."""
    async for request in requests:
        if request is _UNPARSED:
            raise InvalidInput(_FIELD, _PROBLEM)
        yield request
