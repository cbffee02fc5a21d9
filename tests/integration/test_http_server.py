"""Clients that never come to the point, or take no answer, against real servers with less patience."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from gateway.app import http_server as gateway_server
from shared.http_server import MOST_HEAD_BYTES, BoundedProtocol, bounded_protocol, most_connections
from tests.support.video_service import Running

#: How long a test waits for what it knows to come.
PATIENCE_SECONDS = 60.0


class Impatient(BoundedProtocol):
    head_seconds = 0.2
    body_seconds = 0.2
    unread_seconds = 0.2
    connections_at_most = 30


class Application:
    """Tells what it got; ``/long`` answers without end, ``/slow`` only when it is told to."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()
        self.asked = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        size_bytes, more = 0, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.left.set()
                return
            size_bytes += len(event["body"])
            more = event["more_body"]
        if scope["path"] == "/slow":
            self.asked.set()
            await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while scope["path"] == "/long" and not self.go_on.is_set():
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
            if (await asyncio.wait_for(_soon(receive), None)) == "http.disconnect":
                self.left.set()
                return
        await send({"type": "http.response.body", "body": str(size_bytes).encode(), "more_body": False})


async def _soon(receive: Any) -> str:
    """What is there already, if anything."""
    task = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    if task.done():
        return str(task.result()["type"])
    task.cancel()
    return ""


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
async def port(application: Application) -> AsyncIterator[int]:
    config = uvicorn.Config(application, port=0, http=Impatient, log_config=None, lifespan="off", loop="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.wait({serving}, timeout=0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    application.go_on.set()
    server.should_exit = server.force_exit = True
    await serving


@pytest.fixture
def patient_with_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what follows a head: if all stands still for a moment, less patience with that would be over."""
    monkeypatch.setattr(Impatient, "head_seconds", 10 * PATIENCE_SECONDS)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> bytes:
        """Everything that still comes; returns when the other side has ended the connection."""
        received = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while piece := await self.reader.read(65536):
                    received += piece
            except ConnectionError:
                pass
        self.writer.close()
        return received

    async def drip(self, pieces: bytes) -> None:
        """One byte after the other, slowly, for as long as the server takes them."""
        try:
            for position in range(PATIENCE_BYTES):
                await self.send(pieces[position % len(pieces) :][:1])
                if self.reader.at_eof():
                    return
                await asyncio.sleep(0.02)
        except ConnectionError:
            return
        raise AssertionError("the server has more patience than it should have")


PATIENCE_BYTES = 500


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: a"])
async def test_a_head_that_never_ends_is_given_up(port: int, begun: bytes) -> None:
    client = await Client.to(port)
    await client.send(begun)
    assert await client.until_closed() == b""


async def test_a_head_that_drips_is_given_up(port: int) -> None:
    client = await Client.to(port)
    await client.send(b"GET / HTTP/1.1\r\n")
    await client.drip(b"X-A: a\r\n")


async def answered(port: int) -> Client:
    """One that has an answer. If all stands still for a moment, the server's patience with a head is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            client = await Client.to(port)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                await client.reader.readuntil(b"0\r\n\r\n")
                return client


async def test_after_an_answer_patience_is_the_same(port: int) -> None:
    client = await answered(port)
    await client.drip(b"\r\n")


@pytest.mark.usefixtures("patient_with_heads")
@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * MOST_HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: x\r\n" * (MOST_HEAD_BYTES // 7) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"x" * 4 * MOST_HEAD_BYTES,
    ],
)
async def test_a_head_that_is_too_large_is_refused(port: int, head: bytes) -> None:
    client = await Client.to(port)
    await client.send(head)
    assert (await client.until_closed()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.usefixtures("patient_with_heads")
async def test_trailers_without_end_are_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "body_seconds", 10 * PATIENCE_SECONDS)
    client = await Client.to(port)
    await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-End")
    with suppress(ConnectionError):
        for _ in range(64):
            await client.send(b"x" * MOST_HEAD_BYTES)
    await client.until_closed()


@pytest.mark.usefixtures("patient_with_heads")
@pytest.mark.parametrize("framing", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked"])
async def test_a_body_that_drips_is_given_up(port: int, framing: bytes, application: Application) -> None:
    client = await Client.to(port)
    await client.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
    await client.drip(b"1\r\na\r\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await application.left.wait()


async def test_a_body_at_a_walking_pace_arrives(port: int) -> None:
    """It takes twice the server's patience; sent again where all stood still for a moment meanwhile."""
    arrived = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not arrived:
            client = await Client.to(port)
            with suppress(ConnectionError):
                await client.send(
                    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\nConnection: close\r\n\r\n"
                )
                for _ in range(16):
                    await client.send(bytes(1024))
                    await asyncio.sleep(0.03)
                arrived = await client.until_closed()
    assert b"16384" in arrived


async def test_an_answer_may_take_as_long_as_it_takes(
    port: int, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Impatient, "head_seconds", 10 * PATIENCE_SECONDS)
        client = await Client.to(port)
        await client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await application.asked.wait()
    assert await (await Client.to(port)).until_closed() == b"", "so much patience is over"
    application.go_on.set()
    assert (await client.until_closed()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("patient_with_heads")
async def test_an_answer_that_nobody_takes_is_given_up(port: int, application: Application) -> None:
    client = await Client.to(port)
    await client.send(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await application.left.wait()
    client.writer.close()


@pytest.mark.usefixtures("patient_with_heads")
async def test_more_connections_than_there_is_room_for_are_turned_away(
    port: int, application: Application
) -> None:
    served = []
    for _ in range(Impatient.connections_at_most):
        served.append(await Client.to(port))
        await served[-1].send(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    refused = await Client.to(port)
    await refused.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert await refused.until_closed() == b""
    application.go_on.set()
    for client in served:
        assert (await client.until_closed()).startswith(b"HTTP/1.1 200 ")


async def test_both_services_serve_so(service: Running, tmp_path: Path) -> None:
    from video_service.app import http_server as video_server

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("called")

    for server in (gateway_server(nothing), video_server(service.service)):
        protocol = server.config.http
        assert isinstance(protocol, type)
        assert issubclass(protocol, BoundedProtocol)
        assert (protocol.head_seconds, protocol.body_seconds, protocol.unread_seconds) == (10, 30, 60)
    assert 128 <= bounded_protocol().connections_at_most == most_connections() <= 16384
