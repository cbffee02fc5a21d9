"""Settings from the environment, read once at start, with every mistake reported together."""

import ipaddress
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from shared.client_address import Network

Value = TypeVar("Value")

_SIZE_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_LONGEST_PERIOD_SECONDS = 30 * 86400.0
_TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Rate:
    """``count`` in any hurry, then evenly ``count`` in each period."""

    count: int
    period_seconds: float

    def times(self, factor: int) -> "Rate":
        return Rate(self.count * factor, self.period_seconds)


class SettingsError(Exception):
    """Some settings are wrong; ``mistakes`` holds one sentence for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Environment:
    """Typed access to environment variables.

    Each accessor returns the default after noting a mistake, so that
    :meth:`finish` can report all of them at once.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._mistakes: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, "").strip() or default

    def optional(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def path(self, name: str, default: str) -> Path:
        return Path(self.text(name, default)).expanduser().absolute()

    def choice(self, name: str, default: str, allowed: Iterable[str]) -> str:
        choices = tuple(allowed)

        def parse(text: str) -> str:
            if text.lower() not in choices:
                raise ValueError(f"must be one of {', '.join(choices)}")
            return text.lower()

        return self._parsed(name, default, parse)

    def flag(self, name: str, default: bool) -> bool:
        words = {"1": True, "true": True, "yes": True, "on": True}
        words |= {"0": False, "false": False, "no": False, "off": False}

        def parse(text: str) -> bool:
            if text.lower() not in words:
                raise ValueError("must be true or false")
            return words[text.lower()]

        return self._parsed(name, default, parse)

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        def parse(text: str) -> int:
            if not re.fullmatch(r"-?\d+", text) or not minimum <= int(text) <= maximum:
                raise ValueError(f"must be a whole number from {minimum} to {maximum}")
            return int(text)

        return self._parsed(name, default, parse)

    def size_bytes(self, name: str, default: str) -> int:
        """A size such as ``500MB`` or ``5GiB``, in bytes."""
        return self._parsed(name, parse_size_bytes(default), parse_size_bytes)

    def duration_seconds(self, name: str, default: str) -> float:
        """A duration such as ``10s`` or ``24h``, in seconds."""
        return self._parsed(name, parse_duration_seconds(default), parse_duration_seconds)

    def rate(self, name: str, default: str) -> Rate | None:
        """A rate such as ``10/5m``, or ``None`` for ``off``."""
        return self._parsed(name, parse_rate(default), parse_rate)

    def networks(self, name: str) -> tuple[Network, ...]:
        """Addresses and networks (RFC 4632), separated by commas; none when unset."""
        return self._parsed(name, (), parse_networks)

    def url(self, name: str) -> str | None:
        """An absolute http(s) URL without a trailing slash, or ``None`` when unset."""

        def parse(text: str) -> str:
            if not _is_url(text, ("http", "https")):
                raise ValueError("must be a URL that begins with http:// or https://")
            return text.rstrip("/")

        return self._parsed(name, None, parse)

    def database_url(self, name: str) -> str | None:
        """A PostgreSQL URL, or ``None`` when unset."""

        def parse(text: str) -> str:
            if urlsplit(text).scheme not in ("postgres", "postgresql"):
                raise ValueError("must be a URL that begins with postgresql://")
            return text

        return self._parsed(name, None, parse)

    def mail_server_url(self, name: str) -> str | None:
        """An ``smtp://`` or ``smtps://`` URL, or ``None`` when unset."""

        def parse(text: str) -> str:
            if not _is_url(text, ("smtp", "smtps")):
                raise ValueError("must be a URL such as smtp://user:password@mail.example.org:587")
            return text

        return self._parsed(name, None, parse, secret=True)

    def mailbox(self, name: str) -> str | None:
        """An address such as ``Playhead <video@example.org>``, or ``None`` when unset."""

        def parse(text: str) -> str:
            if not re.fullmatch(r"[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", text):
                raise ValueError("must be an address such as Playhead <video@example.org>")
            return text

        return self._parsed(name, None, parse)

    def require(self, condition: bool, mistake: str) -> None:
        """Notes what is wrong between several settings, in one sentence."""
        if not condition:
            self._mistakes.append(mistake)

    def finish(self) -> None:
        """Raises :class:`SettingsError` if any setting was wrong."""
        if self._mistakes:
            raise SettingsError(self._mistakes)

    def _parsed(
        self, name: str, default: Value, parse: Callable[[str], Value], *, secret: bool = False
    ) -> Value:
        text = self._values.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self._mistakes.append(f"{name} {error}" if secret else f"{name}={text!r} {error}")
            return default


def load_environment(dotenv: Path = Path(".env")) -> Environment:
    """The process environment, completed by ``.env`` in the working directory."""
    return Environment({**read_dotenv(dotenv), **os.environ})


def read_dotenv(path: Path) -> dict[str, str]:
    """The ``NAME=value`` lines of a file; quotes around a value are dropped. Missing file: none."""
    values: dict[str, str] = {}
    if not path.is_file():
        return values
    for line in path.read_text().splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and name and not name.startswith("#"):
            values[name.removeprefix("export ").strip()] = value.strip().strip("'\"")
    return values


def _is_url(text: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        return False


def parse_size_bytes(text: str) -> int:
    """``5GB`` is 5e9 and ``5GiB`` is 5 * 2**30. Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    if not match or (match[2].upper() or "B") not in _SIZE_UNITS:
        raise ValueError("must be a size such as 500MB or 5GiB")
    return round(float(match[1]) * _SIZE_UNITS[match[2].upper() or "B"])


def parse_duration_seconds(text: str) -> float:
    """``90s``, ``15m``, ``24h``, ``30d``. Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", text.strip())
    if not match:
        raise ValueError("must be a duration such as 10s, 15m or 24h")
    return float(match[1]) * _TIME_UNITS[match[2]]


def parse_rate(text: str) -> Rate | None:
    """``10/5m`` is ten in five minutes; ``off`` is no limit. Raises ValueError."""
    if text.strip().lower() == "off":
        return None
    match = re.fullmatch(r"([1-9]\d{0,5})\s*/\s*(\S+)", text.strip())
    try:
        period_seconds = parse_duration_seconds(match[2]) if match else 0.0
    except ValueError:
        period_seconds = 0.0
    if not match or not 1 <= period_seconds <= _LONGEST_PERIOD_SECONDS:
        raise ValueError("must be a rate such as 10/5m, with a period from 1s to 30d, or off")
    return Rate(int(match[1]), period_seconds)


def parse_networks(text: str) -> tuple[Network, ...]:
    """``127.0.0.1, 10.0.0.0/8, fd00::/8``. Raises ValueError."""
    try:
        networks = tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("must be addresses or networks such as 127.0.0.1, 10.0.0.0/8") from error
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("must not be everybody: then anyone could claim to be anyone")
    return networks
