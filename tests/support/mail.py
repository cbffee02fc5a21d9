"""A real SMTP server on a free port, that keeps what it is given."""

import queue
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.stack import free_ports

#: A mail comes at once; this only keeps a failing test from hanging.
_PATIENCE_SECONDS = 30


@dataclass
class MailServer:
    """The handler and the authenticator of aiosmtpd."""

    host: str
    port: int
    letters: queue.Queue[tuple[list[str], EmailMessage]] = field(default_factory=queue.Queue)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    said_hello: queue.Queue[str] = field(default_factory=queue.Queue)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname  # aiosmtpd wants it so
        self.said_hello.put(hostname)
        return responses

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.put((list(map(str, envelope.rcpt_tos)), message))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> Any:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)

    def next(self) -> tuple[list[str], EmailMessage]:
        """The next mail's recipients, and the mail."""
        return self.letters.get(timeout=_PATIENCE_SECONDS)

    def next_link(self) -> str:
        """The address in the next mail."""
        found = re.search(r"https?://\S+", text_of(self.next()[1]))
        assert found
        return found[0]


def text_of(message: EmailMessage) -> str:
    return str(message.get_content())


@contextmanager
def mail_server(host: str = "127.0.0.1", *, wants_login: bool = False) -> Iterator[MailServer]:
    (port,) = free_ports(1)
    server = MailServer(host, port)
    controller = Controller(
        server, hostname=host, port=port, authenticator=server.authenticate,
        auth_required=wants_login, auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
