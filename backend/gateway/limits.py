"""How often the gateway lets things happen: for an account, and for an address.

An address may be a whole school's, so it may do several times as much as one account. Of secrets
only wrong guesses count: a school signs in at nine o'clock. Kept in memory: a restart forgets them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from gateway.problems import Problem
from gateway.settings import Rates
from shared.client_address import caller_key
from shared.env import Rate
from shared.rate_limits import RateLimit, TooOften, require, take
from shared.rpc_errors import WireError

Connection = ASGIConnection[Any, Any, Any, Any]

#: One address stands for at most so many people who are as busy as one account may be.
_PEOPLE_AT_AN_ADDRESS = 10
#: Everything but pages and what costs as little as a refusal.
_COUNTED_PATHS = ("/api/", "/upload", "/videos/", "/embed/", "/oembed", "/sitemap")
#: How a wrong password or link is answered.
_WRONG = frozenset({"NOT_SIGNED_IN", "NOT_ALLOWED", "NOT_FOUND", "INVALID_INPUT"})


class _Accounts:
    """A rate for each account, and a wider one for each address."""

    def __init__(self, name: str, rate: Rate | None) -> None:
        self._account = RateLimit(f"{name}_account", rate)
        self._address = RateLimit(f"{name}_address", _wider(rate))

    def take(self, connection: Connection, account: str | None) -> None:
        """Raises :class:`Problem`. Without an account only the address counts."""
        by_account = [(self._account, account)] if account is not None else []
        with _too_often():
            take(*by_account, (self._address, caller_key(connection.scope)))


class _Guesses:
    """Wrong guesses at secrets: of one address at one secret; and, so that neither many addresses
    nor many secrets help, wider ones of all addresses and at all secrets."""

    def __init__(self, name: str, rate: Rate | None) -> None:
        self._pair = RateLimit(f"{name}_pair", rate)
        self._subject = RateLimit(f"{name}_subject", _wider(rate))
        self._address = RateLimit(f"{name}_address", _wider(rate))

    @contextmanager
    def guessing(self, connection: Connection, subject: str) -> Iterator[None]:
        """Around the whole of a guess. Raises :class:`Problem` where there were too many wrong ones,
        also while this one was being checked: guesses sent together learn no more than others."""
        address = caller_key(connection.scope)
        asked = ((self._pair, f"{address} {subject}"), (self._subject, subject), (self._address, address))
        with _too_often():
            require(*asked)
        try:
            yield
        except Problem as problem:
            if problem.error.reason in _WRONG:
                with _too_often():
                    take(*asked)
            raise
        with _too_often():
            require(*asked)


class Limits:
    """The checks by name. Each raises :class:`Problem` RATE_LIMITED."""

    def __init__(self, rates: Rates) -> None:
        self._passwords = _Guesses("sign_in", rates.sign_in)
        self._share_links = _Guesses("share_link", rates.share_link)
        self._register = RateLimit("register", rates.register)
        self._forgot = _Accounts("forgot", rates.forgot)
        self._reset = RateLimit("reset", _wider(rates.forgot))
        self._upload = _Accounts("upload", rates.upload)
        self._list = _Accounts("list", rates.list)
        self._api_account = RateLimit("api_account", rates.api)
        self._api_address = RateLimit("api_address", _wider(rates.api))

    def every(self, connection: Connection, _: BaseRouteHandler) -> None:
        """A guard of the whole application: each request of an address."""
        if connection.scope["path"].startswith(_COUNTED_PATHS):
            with _too_often():
                take((self._api_address, caller_key(connection.scope)))

    def person(self, user_id: str) -> None:
        """Each request of an account, from wherever."""
        with _too_often():
            take((self._api_account, user_id))

    def guessing_password(self, connection: Connection, subject: str) -> AbstractContextManager[None]:
        """Around a sign-in, or whatever else asks for a password; ``subject`` is the email's key."""
        return self._passwords.guessing(connection, subject)

    def opening_share(self, connection: Connection, video_id: str) -> AbstractContextManager[None]:
        """Around the opening of a share link."""
        return self._share_links.guessing(connection, video_id)

    def register(self, connection: Connection) -> None:
        with _too_often():
            take((self._register, caller_key(connection.scope)))

    def forgot(self, connection: Connection, email_key: str) -> None:
        """The same whether or not there is such an account."""
        self._forgot.take(connection, email_key)

    def reset(self, connection: Connection) -> None:
        """Each use of a token that came by mail or in a link."""
        with _too_often():
            take((self._reset, caller_key(connection.scope)))

    def upload_created(self, connection: Connection, user_id: str) -> None:
        self._upload.take(connection, user_id)

    def listing(self, connection: Connection, user_id: str | None) -> None:
        self._list.take(connection, user_id)


@contextmanager
def _too_often() -> Iterator[None]:
    try:
        yield
    except TooOften as error:
        data = {"retry_after_seconds": str(error.retry_after_seconds)}
        raise Problem(WireError("RATE_LIMITED", "Too many requests.", data)) from error


def _wider(rate: Rate | None) -> Rate | None:
    return rate.times(_PEOPLE_AT_AN_ADDRESS) if rate else None
