"""uvicorn's HTTP/1.1 for clients that mean no good: it bounds neither a request's head nor how long
one may be sent or an answer be left unread."""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Names and values of all headers together, with the address. What browsers and proxies take.
MOST_HEAD_BYTES = 32 * 1024
_MOST_OPEN_FILES = 16384
#: For databases, logs and the files that are being sent.
_OTHER_OPEN_FILES = 256
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _HeadTooLarge(Exception):
    pass


def most_connections() -> int:
    """How many this process can hold; raises its own limit of open files as far as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted - _OTHER_OPEN_FILES, wanted // 2)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. It ends when a request's head is too large or too late, when less than a
    trickle of its body comes, or when nobody takes the answer.

    While the application works, or holds the body back, nothing is expected of the client.
    """

    #: From connecting, or from a request's first byte, to the end of its head.
    head_seconds = 10.0
    #: In each span of this length a body brings at least so many bytes.
    body_seconds = 30.0
    body_bytes = 256
    #: So long may an answer that is more than the buffers hold be left unread.
    unread_seconds = 60.0
    #: Others than this many are turned away at once.
    connections_at_most = 2**31

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._patience: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._in_body = False
        self._head_bytes = 0
        self._body_bytes = 0
        #: Heads, trailers and the framing of chunks: what came since the last byte of a body.
        self._other_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.connections_at_most:
            transport.abort()
            return
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._is_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._patience is None:
            self._expect(self.head_seconds)
        before_bytes = self._body_bytes
        self._other_bytes += len(data)
        super().data_received(data)
        if self._body_bytes != before_bytes:
            self._other_bytes = 0
        # The parser keeps a line until its end: what it has not called back with counts as well.
        if self._other_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_body, self._body_bytes, self._other_bytes = True, 0, 0
        self._expect(self.body_seconds)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._other_bytes = False, 0
        self._expect_nothing()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_read()
        self._unread = self.loop.call_later(self.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    def _count(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > MOST_HEAD_BYTES:
            raise _HeadTooLarge  # out of the parser, which makes it a 400

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _late(self) -> None:
        if self.flow.read_paused or (self._in_body and self._body_bytes >= self.body_bytes):
            self._body_bytes = 0
            self._expect(self.body_seconds)
        else:
            self.transport.abort()

    def _expect(self, seconds: float) -> None:
        self._expect_nothing()
        self._patience = self.loop.call_later(seconds, self._late)

    def _expect_nothing(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def bounded_protocol() -> type[BoundedProtocol]:
    """For ``uvicorn.Config(http=…)``."""
    return type("Protocol", (BoundedProtocol,), {"connections_at_most": most_connections()})
