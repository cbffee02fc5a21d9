"""Ten thousand requests of garbage at each face, beside clients that never come to the point:
every one is answered in order, nothing breaks, and memory stays what it was."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
import psutil
import pytest

from tests.fuzz.secrets import Secrets
from tests.integration.test_grpc_web import PATH
from tests.support.stack import Person, Stack

REQUESTS = 10_000
#: What a process may have grown by, for caches, pools and the allocator, once it is warm.
FLAT_BYTES = 24 * 2**20
#: Pipelined on one connection, of which so many at a time.
BATCH, CONNECTIONS = 20, 8
PATIENCE_SECONDS = 90.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE")
WEB_TYPES = ("application/grpc-web+proto", "application/grpc-web")
TYPES = (
    *WEB_TYPES, "application/json", "application/offset+octet-stream", "multipart/form-data; boundary=x",
    "text/plain", "a/b;" + "c" * 500,
)  # fmt: skip
HEADERS = (
    "Range", "If-None-Match", "If-Modified-Since", "Upload-Offset", "Upload-Length", "Upload-Metadata",
    "Tus-Resumable", "Cookie", "Accept", "Accept-Encoding", "Origin", "X-Request-Id", "grpc-timeout",
    "X-Forwarded-For", "X-HTTP-Method-Override", "x-odd-bin", "Upload-Checksum", "Playhead-Share",
)  # fmt: skip
GATEWAY_PATHS = (
    "/api/videos", "/api/videos/{}", "/api/videos/{}/undelete", "/api/uploads", "/api/uploads/{}", "/upload",
    "/api/auth/login", "/api/auth/register", "/api/auth/refresh", "/api/auth/me", "/videos/{}",
    "/videos/{}/master.m3u8", "/assets/{}", "/{}", "/api/{}", "/config.json",
)  # fmt: skip
RPCS = (
    "GetVideo", "ListVideos", "UpdateVideo", "DeleteVideo", "UndeleteVideo", "GetPlayback", "WatchVideos",
    "Nothing",
)  # fmt: skip
ODD = (
    "%00", "%2e%2e%2f", "..%5C", "%ff%fe", "a" * 26, "a" * 3000, "';DROP/**/TABLE/**/videos;--", "{{7*7}}",
    "%0d%0aX:y", "-1", "9" * 40, "null", "[]", "%F0%9F%98%80", "%E2%80%AE",
)  # fmt: skip


class Garbage:
    """The same garbage in each run."""

    def __init__(self, seed: int, token: str) -> None:
        self._random, self._token = random.Random(seed), token

    def text(self) -> str:
        chance = self._random
        if chance.random() < 0.6:
            return chance.choice(ODD)
        return "".join(chr(chance.randrange(33, 127)) for _ in range(chance.randrange(60)))

    def value(self) -> str:
        """Of a header: any byte that HTTP allows there (RFC 9110 section 5.5), as Latin-1."""
        chance = self._random
        if chance.random() < 0.5:
            return self.text()
        allowed = "\t " + "".join(map(chr, (*range(33, 127), *range(128, 256))))
        return "".join(chance.choices(allowed, k=chance.randrange(60)))

    def body(self) -> bytes:
        chance = self._random
        kind = chance.random()
        if kind < 0.3:
            return chance.randbytes(chance.randrange(300))
        if kind < 0.6:
            return b'{"email": %s, "title": [7], "visibility": 7' % self.text().encode()
        return b"\0\0\0" + chance.randbytes(2) + chance.randbytes(chance.randrange(2000))

    def request(self, path: str, methods: tuple[str, ...] = METHODS, types: tuple[str, ...] = TYPES) -> bytes:
        """Well-formed enough for the parser, so that the application gets it."""
        chance, body = self._random, self.body()
        lines = [f"{chance.choice(methods)} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
        lines.append(f"Content-Type: {chance.choice(types)}")
        lines += [f"{name}: {self.value()}" for name in chance.sample(HEADERS, chance.randrange(5))]
        if chance.random() < 0.4:
            good = chance.random() < 0.5
            lines.append(f"Authorization: Bearer {self._token if good else self.value()}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def creation(self) -> bytes:
        """Of an upload, in order but for one header."""
        name, begun = self._random.choice((("Upload-Metadata", "title "), ("Upload-Checksum", "sha1 ")))
        lines = (
            "POST /api/uploads HTTP/1.1", "Host: x", "Content-Length: 1",
            f"Authorization: Bearer {self._token}", "Content-Type: application/offset+octet-stream",
            "Tus-Resumable: 1.0.0", "Upload-Length: 9",
            f"{name}: {begun}{self.value()}",
        )  # fmt: skip
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\nx"

    def gateway(self) -> bytes:
        if self._random.random() < 0.03:
            return self.creation()
        path = self._random.choice(GATEWAY_PATHS).replace("{}", self.text().replace("?", ""))
        query = f"?page_token={self.text()}&page_size={self.text()}" if self._random.random() < 0.3 else ""
        return self.request(path + query)

    def grpc_web(self) -> bytes:
        methods = ("POST", "POST", "POST", "OPTIONS", "GET")
        return self.request(PATH + self._random.choice(RPCS), methods, (*WEB_TYPES, *WEB_TYPES, "text/plain"))

    def media(self, good: str) -> bytes:
        """Addresses that resemble a good one."""
        chance, parts = self._random, good.split("/")
        for _ in range(chance.randrange(3)):
            place = chance.randrange(1, len(parts))
            parts[place] = chance.choice(
                (self.text(), parts[place][::-1], "", "00000.ts", "index.m3u8", "public")
            )
        return self.request("/".join(parts).replace("?", ""), ("GET", "GET", "HEAD", "OPTIONS", "POST"))


async def sent(port: int, requests: list[bytes]) -> Counter[int]:
    """The statuses of the answers to requests on one connection; it ends where one is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = b""
    try:
        for request in requests:
            writer.write(request)
            # One after the other: the parser may end the connection at any of them.
            head = await reader.readuntil(b"\r\n\r\n")
            answered += head
            if b"transfer-encoding: chunked" in head.lower():
                await reader.readuntil(b"0\r\n\r\n")
            elif found := re.search(rb"content-length: (\d+)", head.lower()):
                is_head = request.startswith(b"HEAD ") or b" 304 " in head[:15]
                await reader.readexactly(0 if is_head else int(found[1]))
            if b"connection: close" in head.lower():
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
    return Counter(int(status) for status in _STATUS.findall(answered))


async def flooded(port: int, make: Callable[[], bytes], count: int) -> Counter[int]:
    """Sends so many requests, a few at a time."""
    statuses, remaining = Counter[int](), count

    async def work() -> None:
        nonlocal remaining
        while remaining > 0:
            batch = min(BATCH, remaining)
            remaining -= batch
            requests = [make() for _ in range(batch)]
            while requests:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    got = await sent(port, requests)
                statuses.update(got)
                # One that was cut off in the middle counts as sent, too.
                requests = requests[max(1, got.total()) :]

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return statuses


@asynccontextmanager
async def half_open(*ports: int) -> AsyncIterator[None]:
    """Clients that stop in the middle, while others are served; in the end the server has let go of
    all."""
    begun = (b"", b"GET", b"POST /upload HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"PRI * HTTP/2.0\r\n\r\n")
    clients = [await asyncio.open_connection("127.0.0.1", port) for port in ports for _ in range(60)]
    for number, (_, writer) in enumerate(clients):
        writer.write(begun[number % len(begun)])
    yield
    async with asyncio.timeout(PATIENCE_SECONDS):
        for reader, writer in clients:
            with suppress(ConnectionError):
                await reader.read()
            writer.close()


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def rss_bytes(stack: Stack, name: str) -> int:
    return int(psutil.Process(stack.processes[name].pid).memory_info().rss)


def server_errors(statuses: Counter[int]) -> dict[int, int]:
    return {status: count for status, count in statuses.items() if status >= 500}


@pytest.fixture(scope="module")
def good_url(stack: Stack, ada: Person, clip: Any, secrets: Secrets) -> str:
    """The address of a playlist that is there."""
    video_id = ada.upload(clip, visibility="private")
    ada.wait_for(video_id, "playable")
    return urlsplit(secrets.of_url(ada.video(video_id)["hls_url"])).path


@pytest.mark.parametrize("face", ["gateway", "grpc_web", "media"])
async def test_garbage_over_http(stack: Stack, ada: Person, good_url: str, face: str) -> None:
    name, url = ("gateway", stack.gateway_url) if face == "gateway" else ("video", stack.video_url)
    garbage = Garbage(20261124, ada.http.headers["authorization"].removeprefix("Bearer "))
    makes = {
        "gateway": garbage.gateway,
        "grpc_web": garbage.grpc_web,
        "media": lambda: garbage.media(good_url),
    }
    async with half_open(port_of(url)):
        warm = await flooded(port_of(url), makes[face], REQUESTS // 4)
        before_bytes = rss_bytes(stack, name)
        statuses = await flooded(port_of(url), makes[face], REQUESTS)
        grown_bytes = rss_bytes(stack, name) - before_bytes
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/healthz")).status_code == 200, "others are served meanwhile"
    print(dict(statuses), f"grown by {grown_bytes} bytes")  # what `pytest -rP` shows
    assert statuses.total() > REQUESTS * 0.9, statuses
    assert server_errors(warm + statuses) == {}, statuses
    assert grown_bytes < FLAT_BYTES


async def test_garbage_over_native_grpc(stack: Stack, ada: Person) -> None:
    chance, address = random.Random(20261124), stack.environment["VIDEO_GRPC_URL"]
    garbage = Garbage(1, "")
    services = ("VideoService", "UploadService", "SharingService", "OwnerService", "AuditService", "Nothing")
    methods = (*RPCS, "CreateUpload", "GetUpload", "CompleteUpload", "AbortUpload", "AppendUpload")
    token = ada.http.headers["authorization"]
    codes = Counter[str]()
    async with half_open(int(address.rpartition(":")[2])), grpc.aio.insecure_channel(address) as channel:

        async def call() -> None:
            path = f"/playhead.video.v1.{chance.choice(services)}/{chance.choice(methods)}"
            metadata: list[tuple[str, str | bytes]] = [
                ("authorization", token if chance.random() < 0.5 else garbage.text())
            ]
            if chance.random() < 0.3:
                metadata.append(("x-odd-bin", chance.randbytes(30)))
            request = chance.randbytes(chance.randrange(200)) if chance.random() < 0.8 else b""
            try:
                await channel.unary_unary(path, None, None)(request, metadata=metadata, timeout=20)
                codes["OK"] += 1
            except grpc.aio.AioRpcError as error:
                codes[error.code().name] += 1

        async def calls(count: int) -> None:
            for _ in range(count // 50):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await asyncio.gather(*(call() for _ in range(50)))

        await calls(REQUESTS // 4)
        before_bytes = rss_bytes(stack, "video")
        await calls(REQUESTS)
        grown_bytes = rss_bytes(stack, "video") - before_bytes
    print(dict(codes), f"grown by {grown_bytes} bytes")  # what `pytest -rP` shows
    assert not {"UNKNOWN", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DATA_LOSS"} & set(codes), codes
    assert grown_bytes < FLAT_BYTES
