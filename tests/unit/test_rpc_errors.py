"""Errors over a real gRPC connection: what is raised on one side is what the other side gets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from shared.rpc_errors import WIRE, WireError, abort, from_rpc_error, reasons_of_contract

Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[Context], Awaitable[None]]


class Line:
    """A server whose only method does what the test says, and a client of it."""

    def __init__(self, call: Callable[[], Awaitable[object]]) -> None:
        self.handler: Handler
        self._call = call

    async def error_of(self, handler: Handler) -> WireError:
        self.handler = handler
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self._call()
        return from_rpc_error(caught.value)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method = channel.unary_unary("/test.Test/Do", bytes, bytes)
        line = Line(lambda: method(b"", timeout=60))

        async def do(_: bytes, context: Context) -> bytes:
            await line.handler(context)
            return b""

        handlers = {"Do": grpc.unary_unary_rpc_method_handler(do)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Test", handlers),))
        await server.start()
        yield line
        await server.stop(None)


def test_every_reason_of_the_contract_has_a_code_and_a_status() -> None:
    assert set(WIRE) == reasons_of_contract()


@pytest.mark.parametrize("reason", sorted(reasons_of_contract()))
async def test_an_error_arrives_as_it_was_sent(line: Line, reason: str) -> None:
    sent = WireError(reason, "Zu groß: höchstens 5 GB.", {"limit_bytes": "5000000000", "field": "größe"})

    async def handler(context: Context) -> None:
        await abort(context, sent)

    assert await line.error_of(handler) == sent


@pytest.mark.parametrize(
    ("reason", "http_status"),
    [("INVALID_INPUT", 400), ("NOT_FOUND", 404), ("QUOTA_EXCEEDED", 413), ("RATE_LIMITED", 429)],
)
def test_http_statuses_are_those_of_the_design(reason: str, http_status: int) -> None:
    assert WireError(reason, "").http_status == http_status


async def test_text_of_unknown_origin_is_never_passed_on(line: Line) -> None:
    async def crash(_: Context) -> None:
        raise RuntimeError("secret at /var/lib/secret")

    async def foreign(context: Context) -> None:
        await context.abort(grpc.StatusCode.NOT_FOUND, "secret row 7")

    for handler in (crash, foreign):
        error = await line.error_of(handler)
        assert error.reason == "INTERNAL"
        assert "secret" not in error.message
        assert error.metadata == {}


@pytest.mark.parametrize(("domain", "reason"), [("example.org", "NOT_FOUND"), ("playhead", "MADE_UP")])
async def test_details_of_others_are_not_taken_for_ours(line: Line, domain: str, reason: str) -> None:
    async def handler(context: Context) -> None:
        status = status_pb2.Status(code=grpc.StatusCode.NOT_FOUND.value[0], message="secret")
        status.details.add().Pack(error_details_pb2.ErrorInfo(domain=domain, reason=reason))
        trailing = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(grpc.StatusCode.NOT_FOUND, "secret", trailing)

    error = await line.error_of(handler)
    assert error.reason == "INTERNAL"
    assert "secret" not in error.message


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "UNAVAILABLE"),
        (grpc.StatusCode.UNAUTHENTICATED, "NOT_SIGNED_IN"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
        (grpc.StatusCode.UNKNOWN, "INTERNAL"),
    ],
)
async def test_a_bare_code_still_has_a_meaning(line: Line, code: grpc.StatusCode, reason: str) -> None:
    async def handler(context: Context) -> None:
        await context.abort(code, "internals")

    error = await line.error_of(handler)
    assert error.reason == reason
    assert "internals" not in error.message


async def test_a_service_that_is_away_is_unavailable(unused_tcp_port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{unused_tcp_port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/test.Test/Do", bytes, bytes)(b"", timeout=60)
    assert from_rpc_error(caught.value).reason == "UNAVAILABLE"
