"""gRPC-Web over ASGI, on sonora.

sonora supplies the registry of services, the routing, the deadline and the framing. Its request
cycle is replaced: it corrupts unary trailers, cannot report an error once a stream has begun,
bounds no request, accepts any content type and notices a departed client only after the next
message. Protocol: github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
"""

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any, NoReturn
from urllib.parse import quote

import grpc
import structlog
from sonora import protocol
from sonora.asgi import ServicerContext, grpcASGI

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = structlog.get_logger(__name__)

MAX_REQUEST_BYTES = 1 << 20
#: Names and values of the request's headers together; native gRPC has the same limit.
MAX_METADATA_BYTES = 16 << 10
_CONTENT_TYPES = ("application/grpc-web", "application/grpc-web+proto")
_FRAME_HEADER_BYTES = 5
_TRAILERS_FRAME = True


class Aborted(grpc.RpcError):
    """Ends a call whose status is already set on its context."""


class Context(ServicerContext):  # type: ignore[misc]
    """The part of ``grpc.aio.ServicerContext`` that servicers use."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.code: Any = grpc.StatusCode.OK
        self.details = ""
        self.finished = False
        self._send = send
        self._started = False
        self.scope = scope
        self._client = scope.get("client")
        self._headers = [(b"content-type", b"application/grpc-web+proto"), (b"cache-control", b"no-store")]
        self._trailing_metadata: tuple[tuple[str, str], ...] = ()
        self._invocation_metadata: tuple[tuple[str, str | bytes], ...] = ()
        self._deadline: float | None = None
        self.content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_METADATA_BYTES:
            self.set_code(grpc.StatusCode.RESOURCE_EXHAUSTED)
            self.set_details("the request's metadata are too large")
            return
        try:
            headers = dict(scope["headers"])
            self._invocation_metadata = tuple(map(_metadatum, scope["headers"]))
            if limit := headers.get(b"grpc-timeout"):
                self._deadline = time.monotonic() + protocol.parse_timeout(limit)
        except (KeyError, ValueError, OverflowError, binascii.Error):
            self.set_code(grpc.StatusCode.INVALID_ARGUMENT)
            self.set_details("malformed request headers")

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Sequence[Any] = ()
    ) -> NoReturn:
        self.set_code(code)
        self.set_details(details)
        if trailing_metadata:
            self.set_trailing_metadata(trailing_metadata)
        raise Aborted

    async def abort_with_status(self, status: Any) -> NoReturn:
        await self.abort(status.code, status.details, status.trailing_metadata)

    def set_trailing_metadata(self, trailing_metadata: Sequence[Any]) -> None:
        self._trailing_metadata = tuple(protocol.encode_headers(trailing_metadata))

    async def send_initial_metadata(self, initial_metadata: Sequence[Any]) -> None:
        self._headers += [(k.encode(), v.encode()) for k, v in protocol.encode_headers(initial_metadata)]
        await self.start()

    def peer(self) -> str:
        return "{}:{}".format(*self._client) if self._client else "unknown"

    async def start(self) -> None:
        if not self._started:
            self._started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self._headers})

    async def write(self, message: bytes) -> None:
        await self.start()
        frame = protocol.wrap_message(False, False, message)
        await self._send({"type": "http.response.body", "body": frame, "more_body": True})

    async def finish(self) -> None:
        """Sends the trailers, once."""
        if self.finished:
            return
        self.finished = True
        await self.start()
        trailers = [("grpc-status", str(self.code.value[0]))]
        if self.details:
            trailers.append(("grpc-message", quote(self.details)))
        packed = protocol.pack_trailers([*trailers, *self._trailing_metadata])
        frame = protocol.wrap_message(_TRAILERS_FRAME, False, packed)
        await self._send({"type": "http.response.body", "body": frame, "more_body": False})


class GrpcWeb(grpcASGI):  # type: ignore[misc]
    """An ASGI application that answers gRPC-Web calls, of one message from the client each.

    Whose pages may call it is decided around it, by :class:`video_service.rpc.cors.Cors`.
    """

    def __init__(self, max_request_bytes: int = MAX_REQUEST_BYTES) -> None:
        super().__init__(None, enable_cors=False)
        self._max_request_bytes = max_request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # sonora makes the context from the scope alone; ours writes, so it needs `send`.
        await super().__call__({**scope, "sonora.send": send}, receive, send)

    def _create_context(self, scope: Scope) -> Context:
        return Context(scope, scope["sonora.send"])

    async def _do_grpc_request(self, method: Any, context: Context, receive: Receive, send: Send) -> None:
        # A content type that no HTML form can send makes browsers ask first (Fetch, "CORS-safelisted").
        if context.content_type.partition(";")[0].strip().lower() not in _CONTENT_TYPES:
            await send({"type": "http.response.start", "status": 415, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if context.code is not grpc.StatusCode.OK:
            await context.finish()
            return
        try:
            message = await self._read(context, receive)
            if message is not None:
                await _while_connected(receive, _respond(method, message, context))
        except Aborted:
            await context.finish()

    async def _do_grpc_error(self, send: Send, context: Context) -> None:
        await context.finish()

    async def _read(self, context: Context, receive: Receive) -> bytes | None:
        """The one message of the request; ``None`` where the client left before its end."""
        body, more = bytearray(), True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            body += event.get("body", b"")
            more = event.get("more_body", False)
            if len(body) > self._max_request_bytes + _FRAME_HEADER_BYTES:
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the request message is too large")
        length_bytes = int.from_bytes(body[1:_FRAME_HEADER_BYTES], "big")
        # A first byte other than 0 announces compression or trailers: neither was agreed upon.
        if body[:1] != b"\0" or len(body) != _FRAME_HEADER_BYTES + length_bytes:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "malformed gRPC-Web request body")
        return bytes(body[_FRAME_HEADER_BYTES:])


async def _respond(method: Any, message: bytes, context: Context) -> None:
    try:
        if method.request_streaming:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "client streaming needs native gRPC")
        request = await _parsed(method, message, context)
        if method.response_streaming:
            # The client learns at once that it is connected, however long the first message takes.
            await context.start()
            async with aclosing(method.unary_stream(request, context)) as responses:
                async for response in responses:
                    await context.write(method.response_serializer(response))
        else:
            response = await method.unary_unary(request, context)
            if context.code is grpc.StatusCode.OK:
                await context.write(method.response_serializer(response))
    except Aborted:
        pass
    except NotImplementedError:
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
    except Exception:
        log.exception("gRPC-Web call failed")
        context.set_code(grpc.StatusCode.INTERNAL)
        context.set_details("internal error")
    await context.finish()


async def _parsed(method: Any, message: bytes, context: Context) -> Any:
    try:
        return method.request_deserializer(message)
    except Exception:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request message does not parse")


async def _while_connected(receive: Receive, call: Coroutine[Any, Any, None]) -> None:
    """Runs the call, and cancels it as soon as the client leaves."""
    tasks = [asyncio.ensure_future(call), asyncio.ensure_future(_departure(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _metadatum(header: tuple[bytes, bytes]) -> tuple[str, str | bytes]:
    key, value = header
    if key.endswith(b"-bin"):
        # The protocol allows base64 without padding.
        return key.decode("ascii"), base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    return key.decode("ascii"), value.decode("latin-1")
