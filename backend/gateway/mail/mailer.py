"""Sends mail through the SMTP server that the settings name; without one, mails go to the log."""

import asyncio
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from gateway.accounts.emails import domain_key
from gateway.settings import Settings

_log = structlog.get_logger("gateway.mail")
_TIMEOUT_SECONDS = 20.0
#: Pauses between attempts: greylisting and restarts take their time.
_PAUSES_SECONDS = (2.0, 10.0)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class _Server:
    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    """From the first byte (RFC 8314 section 3.3)."""
    start_tls: bool | None
    """None: where the server offers it."""


class Mailer:
    def __init__(self, settings: Settings) -> None:
        self._sender = settings.mail_from
        self._server = _server(settings.smtp_url) if settings.smtp_url else None

    async def send(self, letter: Letter) -> None:
        """Tries a few times; the log says what could not be sent, never what was in it."""
        if self._server is None:
            _log.warning(
                "mail_not_sent",
                why="SMTP_URL is not set",
                to=letter.to,
                subject=letter.subject,
                text=letter.text,
            )
            return
        message = _message(letter, self._sender)
        for pause_seconds in (*_PAUSES_SECONDS, None):
            try:
                await self._deliver(self._server, message)
            except (aiosmtplib.SMTPException, OSError) as error:
                _log.warning(
                    "mail_failed", subject=letter.subject, error=str(error), final=pause_seconds is None
                )
                if pause_seconds is not None:
                    await asyncio.sleep(pause_seconds)
            else:
                _log.info("mail_sent", subject=letter.subject)
                return

    async def _deliver(self, server: _Server, message: EmailMessage) -> None:
        sender = message["From"].addresses[0]
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            local_hostname=sender.domain,
            timeout=_TIMEOUT_SECONDS,
        )


def _server(url: str) -> _Server:
    parts = urlsplit(url)
    host, implicit = parts.hostname or "", parts.scheme == "smtps"
    username = unquote(parts.username) if parts.username else None
    # A password travels encrypted, whatever somebody between makes the server seem to offer.
    must_encrypt = username is not None and host not in _LOOPBACK
    return _Server(
        host=host,
        port=parts.port or (465 if implicit else 587),
        username=username,
        password=unquote(parts.password) if parts.password else None,
        use_tls=implicit,
        start_tls=False if implicit else (True if must_encrypt else None),
    )


def _message(letter: Letter, sender: str) -> EmailMessage:
    """The library refuses line breaks in headers, so an address cannot add any."""
    local, _, domain = letter.to.strip().rpartition("@")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(username=local, domain=domain_key(domain) or domain)
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=message["From"].addresses[0].domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    message.set_content(letter.text)
    return message
