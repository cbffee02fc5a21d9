"""gRPC-Web byte by byte, against the running service and, for odd methods, against the bare application.

The oracle is the protocol's own text: github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
"""

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from playhead.video.v1 import video_pb2
from tests.support.video_service import Running
from video_service.domain.video import new_id
from video_service.rpc.grpc_web import MAX_REQUEST_BYTES, GrpcWeb

PATH = "/playhead.video.v1.VideoService/"
HEADERS = {"content-type": "application/grpc-web+proto"}


def framed(message: Message | bytes) -> bytes:
    body = message if isinstance(message, bytes) else message.SerializeToString()
    return b"\0" + struct.pack(">I", len(body)) + body


def unframed(body: bytes) -> tuple[list[bytes], dict[str, str]]:
    """Messages and trailers; fails unless the body ends right after the trailers."""
    messages = []
    while body[0] == 0:
        (length,) = struct.unpack(">I", body[1:5])
        messages.append(body[5 : 5 + length])
        body = body[5 + length :]
    assert body[0] == 0x80
    (length,) = struct.unpack(">I", body[1:5])
    assert len(body) == 5 + length
    lines = body[5:].decode("ascii").split("\r\n")
    assert lines.pop() == ""
    return messages, dict(line.split(": ", 1) for line in lines)


async def call(
    service: Running, method: str, body: bytes, headers: dict[str, str] | None = None
) -> httpx.Response:
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
        return await client.post(PATH + method, content=body, headers=HEADERS | (headers or {}))


async def test_a_unary_call_answers_one_message_and_trailers(service: Running) -> None:
    video, _ = await service.published("ada", title="Über")
    answer = await call(service, "GetVideo", framed(video_pb2.GetVideoRequest(id=video.id)))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/grpc-web+proto"
    [message], trailers = unframed(answer.content)
    assert video_pb2.GetVideoResponse.FromString(message).video.title == "Über"
    assert trailers == {"grpc-status": "0"}


async def test_an_error_carries_its_reason_in_the_trailers(service: Running) -> None:
    answer = await call(service, "GetVideo", framed(video_pb2.GetVideoRequest(id=new_id())))
    messages, trailers = unframed(answer.content)
    assert (answer.status_code, messages, trailers["grpc-status"]) == (200, [], "5")
    status = status_pb2.Status.FromString(base64.b64decode(trailers["grpc-status-details-bin"]))
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.domain, info.reason) == ("playhead", "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "3"),
        (b"\0\0\0", "3"),
        (b"\0\0\0\0\x05abc", "3"),
        (framed(b"") + b"more", "3"),
        (framed(b"") * 2, "3"),
        (b"\x01" + framed(b"")[1:], "3"),
        (b"\x80" + framed(b"")[1:], "3"),
        (framed(b"\xff\xff\xff\xff"), "3"),
        (framed(bytes(MAX_REQUEST_BYTES + 1)), "8"),
    ],
)
async def test_malformed_requests_are_refused_in_order(service: Running, body: bytes, status: str) -> None:
    answer = await call(service, "GetVideo", body)
    messages, trailers = unframed(answer.content)
    assert (answer.status_code, messages, trailers["grpc-status"]) == (200, [], status)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/grpc-web", 200),
        ("application/grpc-web+proto; charset=x", 200),
        ("application/grpc-web-text", 415),
        ("application/grpc", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
async def test_only_content_types_that_no_form_can_send(
    service: Running, content_type: str, status: int
) -> None:
    answer = await call(service, "ListVideos", framed(b""), {"content-type": content_type})
    assert answer.status_code == status


async def test_headers_that_make_no_sense_are_refused(service: Running) -> None:
    for headers in ({"grpc-timeout": "soon"}, {"grpc-timeout": "5x"}, {"x-odd-bin": "a"}):
        answer = await call(service, "ListVideos", framed(b""), headers)
        assert unframed(answer.content)[1]["grpc-status"] == "3", headers


async def test_methods_and_verbs_that_do_not_exist(service: Running) -> None:
    assert (await call(service, "Nothing", framed(b""))).status_code == 404
    async with httpx.AsyncClient(base_url=service.url) as client:
        assert (await client.get(PATH + "ListVideos")).status_code == 400
        upload = await client.post(
            "/playhead.video.v1.UploadService/CreateUpload", content=framed(b""), headers=HEADERS
        )
        assert upload.status_code == 404


async def test_only_our_own_pages_get_permission(service: Running) -> None:
    ours = service.settings.allowed_origins[0]
    preflight = {"access-control-request-method": "POST"}
    async with httpx.AsyncClient(base_url=service.url) as client:
        for origin, allowed in ((ours, ours), ("https://evil.example", None), ("null", None)):
            for answer in (
                await client.options(PATH + "GetVideo", headers={"origin": origin, **preflight}),
                await client.post(
                    PATH + "ListVideos", content=framed(b""), headers=HEADERS | {"origin": origin}
                ),
            ):
                assert answer.headers.get("access-control-allow-origin") == allowed
                assert answer.headers["vary"] == "origin"
                assert "access-control-allow-credentials" not in answer.headers
        allowed_headers = (
            await client.options(PATH + "GetVideo", headers={"origin": ours, **preflight})
        ).headers["access-control-allow-headers"]
    wanted = {"content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"} | {
        "authorization",
        "playhead-share",
    }
    assert set(allowed_headers.split(", ")) == wanted


async def test_a_stream_passes_its_deadline_in_order(service: Running) -> None:
    video = await service.uploaded("ada")
    body = framed(video_pb2.WatchVideosRequest(videos=[{"id": video.id}]))
    # Where the machine is so busy that the deadline comes before the first message, that is in order, too;
    # what happens between messages is then seen with a later one.
    for deadline in ("300m", "3S", "30S"):
        answer = await call(service, "WatchVideos", body, {"grpc-timeout": deadline})
        messages, trailers = unframed(answer.content)
        assert trailers["grpc-status"] == "4"
        if messages:
            break
    assert len(messages) == 1


class Bare:
    """The application with one method, driven without a server: each ASGI event is seen."""

    def __init__(self, method: "grpc.RpcMethodHandler[Any, Any]", **options: Any) -> None:
        self.application = GrpcWeb(**options)
        generic = grpc.method_handlers_generic_handler("test.Service", {"Method": method})
        self.application.add_generic_rpc_handlers((generic,))
        self.sent: list[dict[str, Any]] = []
        self.leave = asyncio.Event()
        self.wrote = asyncio.Event()

    async def __call__(self, body: bytes = framed(b""), *headers: tuple[bytes, bytes]) -> None:
        events = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if events:
                return events.pop()
            await self.leave.wait()
            return {"type": "http.disconnect"}

        async def send(event: dict[str, Any]) -> None:
            self.sent.append(event)
            self.wrote.set()

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/test.Service/Method",
            "headers": [(b"content-type", b"application/grpc-web"), *headers],
        }
        await self.application(scope, receive, send)

    @property
    def answer(self) -> tuple[list[bytes], dict[str, str]]:
        starts = [event for event in self.sent if event["type"] == "http.response.start"]
        assert len(starts) == 1, self.sent
        assert [event.get("more_body", False) for event in self.sent[1:]][-1] is False
        return unframed(b"".join(event["body"] for event in self.sent[1:]))


async def test_an_error_after_the_first_message_of_a_stream() -> None:
    async def answer(_: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        await context.abort(grpc.StatusCode.DATA_LOSS, "50 % lost\nhere", (("x-odd-bin", b"\xff"),))

    bare = Bare(grpc.unary_stream_rpc_method_handler(answer, bytes, bytes))
    await bare()
    expected = {"grpc-status": "15", "grpc-message": "50%20%25%20lost%0Ahere", "x-odd-bin": "/w=="}
    assert bare.answer == ([b"first"], expected)


async def test_an_empty_stream() -> None:
    async def answer(_: bytes, context: Any) -> AsyncIterator[bytes]:
        nothing: tuple[bytes, ...] = ()
        for message in nothing:
            yield message

    bare = Bare(grpc.unary_stream_rpc_method_handler(answer, bytes, bytes))
    await bare()
    assert bare.answer == ([], {"grpc-status": "0"})


@pytest.mark.parametrize("streaming", [False, True])
async def test_internal_text_never_reaches_a_client(streaming: bool) -> None:
    async def fail(_: bytes, context: Any) -> bytes:
        raise RuntimeError("password=hunter2")

    async def fail_streaming(_: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("password=hunter2")

    method = (
        grpc.unary_stream_rpc_method_handler(fail_streaming, bytes, bytes)
        if streaming
        else grpc.unary_unary_rpc_method_handler(fail, bytes, bytes)
    )
    bare = Bare(method)
    await bare()
    assert bare.answer[1] == {"grpc-status": "13", "grpc-message": "internal%20error"}


async def test_an_idle_stream_is_cleaned_up_when_its_client_leaves() -> None:
    cleaned = asyncio.Event()

    async def idle(_: bytes, context: Any) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    bare = Bare(grpc.unary_stream_rpc_method_handler(idle, bytes, bytes))
    running = asyncio.create_task(bare())
    await bare.wrote.wait()
    bare.leave.set()
    async with asyncio.timeout(30):
        await cleaned.wait()
        await running


async def test_a_client_that_leaves_while_sending_gets_nothing() -> None:
    async def never(_: bytes, context: Any) -> bytes:
        raise AssertionError("called")

    bare = Bare(grpc.unary_unary_rpc_method_handler(never, bytes, bytes))

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        bare.sent.append(event)

    headers = [(b"content-type", b"application/grpc-web")]
    scope = {"type": "http", "method": "POST", "path": "/test.Service/Method", "headers": headers}
    await bare.application(scope, receive, send)
    assert not bare.sent


async def test_binary_metadata_with_and_without_padding() -> None:
    async def echo(_: bytes, context: Any) -> bytes:
        return b"|".join(value for key, value in context.invocation_metadata() if key == "x-odd-bin")

    for encoded in (b"/w", b"/w=="):
        bare = Bare(grpc.unary_unary_rpc_method_handler(echo, bytes, bytes))
        await bare(framed(b""), (b"x-odd-bin", encoded))
        assert bare.answer == ([b"\xff"], {"grpc-status": "0"})
