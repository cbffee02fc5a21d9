"""Who really calls: only what trusted proxies say is believed."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.client_address import Forwarded, caller_key, parse_address

PROXIES = [ipaddress.ip_network(text) for text in ("127.0.0.1", "10.0.0.0/8", "fd00::/8")]
CALLER = "203.0.113.7"


async def seen(
    peer: str | None, *headers: tuple[str, str], scheme: str = "http", trusted: Any = PROXIES
) -> tuple[str | None, str]:
    """The address and the scheme that the application gets to see."""
    inner: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], *_: Any) -> None:
        inner.append(scope)

    scope = {
        "type": "http",
        "scheme": scheme,
        "client": (peer, 4711) if peer else None,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    await Forwarded(application, trusted)(scope, None, None)
    client = inner[0]["client"]
    return client[0] if client else None, inner[0]["scheme"]


def through(*entries: str) -> tuple[tuple[str, str], ...]:
    """X-Forwarded-For, a header for each entry: lists and repeated headers are the same (RFC 9110 5.3)."""
    return tuple(("x-forwarded-for", entry) for entry in entries)


@pytest.mark.parametrize(
    ("peer", "entries", "expected"),
    [
        ("127.0.0.1", (CALLER,), CALLER),
        ("::ffff:127.0.0.1", (CALLER,), CALLER),
        ("127.0.0.1", (f"{CALLER}, 10.1.2.3",), CALLER),
        ("127.0.0.1", (CALLER, "10.1.2.3"), CALLER),
        ("127.0.0.1", (f"1.1.1.1, {CALLER}, 10.1.2.3",), CALLER),
        ("127.0.0.1", (f"127.0.0.1, 10.0.0.1, {CALLER}",), CALLER),
        ("127.0.0.1", (f"{CALLER}:61234",), CALLER),
        ("127.0.0.1", ("[2001:db8::1]:443",), "2001:db8::1"),
        ("fd00::2", ("2001:db8::1",), "2001:db8::1"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("",), "127.0.0.1"),
        ("127.0.0.1", ("10.0.0.9",), "10.0.0.9"),
        ("127.0.0.1", ("1.1.1.1, unknown",), "127.0.0.1"),
        ("127.0.0.1", ("1.1.1.1, _hidden, 10.0.0.9",), "10.0.0.9"),
    ],
)
async def test_the_nearest_hop_that_is_no_proxy_of_ours_is_the_caller(
    peer: str, entries: tuple[str, ...], expected: str
) -> None:
    assert (await seen(peer, *through(*entries)))[0] == expected


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text(st.characters(max_codepoint=255)))))
async def test_whatever_a_stranger_sends_changes_nothing(entries: list[str]) -> None:
    lies = (*through(*entries), ("x-forwarded-proto", "https"))
    assert await seen(CALLER, *lies) == (CALLER, "http")
    assert await seen("127.0.0.1", *lies, trusted=[]) == ("127.0.0.1", "http")
    # Behind a proxy, what the caller sent stands left of what the proxy wrote.
    assert (await seen("127.0.0.1", *through(*entries, CALLER)))[0] == CALLER


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("https",), "https"),
        (("HTTPS",), "https"),
        (("http, https",), "https"),
        (("http", "https"), "https"),
        (("javascript",), "http"),
        (("",), "http"),
        ((), "http"),
    ],
)
async def test_the_scheme_is_what_the_nearest_proxy_says(values: tuple[str, ...], expected: str) -> None:
    headers = tuple(("x-forwarded-proto", value) for value in values)
    assert (await seen("127.0.0.1", *headers))[1] == expected


async def test_a_caller_without_an_address_is_left_alone() -> None:
    assert await seen(None, *through(CALLER), ("x-forwarded-proto", "https")) == (None, "http")


def key(address: str) -> str:
    return caller_key({"client": (address, 1)})


def test_an_ipv6_network_is_one_caller_and_an_ipv4_address_is_one() -> None:
    assert key("2001:db8:0:1::1") == key("2001:db8:0:1:ffff:ffff:ffff:ffff")
    assert key("2001:db8:0:1::1") != key("2001:db8:0:2::1")
    assert key("203.0.113.7") == key("::ffff:203.0.113.7")
    assert key("203.0.113.7") != key("203.0.113.8")
    assert key("fe80::1%eth0") == key("fe80::2")
    assert caller_key({"client": None}) == caller_key({})


@pytest.mark.parametrize(
    "text", ["", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.4:x", "[::1", "::1]:5", "٣.1.1.1"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None
