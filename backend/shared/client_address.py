"""Who really calls, and how: what trusted proxies say about it, and nobody else.

X-Forwarded-For is a list to which each proxy appends whom it saw. Only the entries that our own
proxies wrote are true, and those stand on the right: a caller can put anything on the left.
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Application = Callable[[Any, Any, Any], Awaitable[None]]

#: A home, or a server, gets at least this much of IPv6 (RFC 6177): its addresses are one caller's.
_IPV6_CALLER_BITS = 64
#: `192.0.2.1:4711` and `[2001:db8::1]:4711`: some proxies write the port too.
_WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^\[\]]+)\](?::\d{1,5})?")
_SCHEMES = ("http", "https")


class Forwarded:
    """An application that sees ``client`` and ``scheme`` of its scope as the caller's own.

    It goes around everything else. The server itself must not read such headers.
    """

    def __init__(self, application: Application, trusted: Sequence[Network]) -> None:
        self._application = application
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        peer = scope.get("client")
        if scope["type"] == "http" and peer and self._trusts(parse_address(peer[0])):
            scope = {**scope, "client": self._caller(peer, scope["headers"]), "scheme": _scheme(scope)}
        await self._application(scope, receive, send)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)

    def _caller(self, peer: tuple[str, int], headers: Sequence[tuple[bytes, bytes]]) -> tuple[str, int]:
        """The nearest hop that is none of our proxies; the farthest proxy where there is no other."""
        hops = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
        nearest = peer
        while hops:
            hops, _, last = hops.rpartition(",")
            address = parse_address(last.strip())
            if address is None:  # a trusted proxy does not know whom it serves: it stands for them
                break
            nearest = (str(address), 0)
            if not self._trusts(address):
                break
        return nearest


def parse_address(text: str) -> Address | None:
    """An address as sockets and proxies write it; ``None`` where it is none. An IPv4 address that
    is written as an IPv6 one (RFC 4291 section 2.5.5.2) is an IPv4 address."""
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def caller_key(scope: Any) -> str:
    """What makes two requests the same caller's, to count them. Requests without an address, as
    over a unix socket, are all one caller's."""
    client = scope.get("client")
    address = parse_address(client[0]) if client else None
    if isinstance(address, ipaddress.IPv6Address):
        return f"{int(address) >> (128 - _IPV6_CALLER_BITS):x}"
    return str(address)


def _scheme(scope: Any) -> str:
    said = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    # The nearest proxy speaks last.
    scheme = said[-1].decode("latin-1").rpartition(",")[2].strip().lower() if said else ""
    return scheme if scheme in _SCHEMES else str(scope["scheme"])
