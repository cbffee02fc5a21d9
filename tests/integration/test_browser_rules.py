"""What browsers are told about every answer, whichever service gives it and whatever it says."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.database import GATEWAY_DATABASES
from tests.support.gateway import ADA, running_gateway
from tests.support.stack import Stack, running_stack

NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


def directives(policy: str) -> dict[str, list[str]]:
    """CSP level 3, section 2.2: names and their source expressions."""
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def assert_ruled(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff", answer.url
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers, "without TLS it would mean nothing"
    policy = directives(headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"} & set(
        headers["content-security-policy"].replace(";", " ").split()
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("GET", "/login"), ("GET", "/videos/" + "a" * 26), ("GET", "/no/such/page"),
        ("GET", "/api/docs"), ("GET", "/api/openapi.json"), ("GET", "/api/videos"), ("GET", "/api/nothing"),
        ("GET", "/config.json"), ("GET", "/.well-known/jwks.json"), ("GET", "/healthz"), ("GET", "/readyz"),
        ("GET", "/metrics"), ("PUT", "/api/videos"), ("POST", "/upload"), ("OPTIONS", "/api/uploads"),
        ("POST", "/api/uploads"), ("POST", "/api/auth/login"), ("PROPFIND", "/"),
    ],
)  # fmt: skip
def test_every_answer_of_the_gateway(stack: Stack, method: str, path: str) -> None:
    answer = httpx.request(method, stack.gateway_url + path, headers={"Accept": "text/html"})
    assert_ruled(answer)
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    if not answer.headers.get("content-type", "").startswith("text/html"):
        assert answer.headers["content-security-policy"] == NOTHING


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/nothing"),
        ("PUT", "/media/x"), ("GET", "/media/public/x"), ("OPTIONS", "/media/public/x"), ("PROPFIND", "/"),
        ("POST", "/playhead.video.v1.VideoService/ListVideos"),
        ("POST", "/playhead.video.v1.VideoService/Nothing"),
        ("OPTIONS", "/playhead.video.v1.VideoService/ListVideos"),
    ],
)  # fmt: skip
def test_every_answer_of_the_video_service(stack: Stack, method: str, path: str) -> None:
    answer = httpx.request(method, stack.video_url + path)
    assert_ruled(answer)
    assert answer.headers["content-security-policy"] == NOTHING
    assert not answer.headers.get("content-type", "").startswith("text/html")


def test_the_app_may_run_its_own_code_and_nothing_else(stack: Stack) -> None:
    answer = httpx.get(stack.gateway_url, headers={"Accept": "text/html"})
    policy = directives(answer.headers["content-security-policy"])
    hashes = [source for source in policy.pop("style-src") if source != "'self'"]
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "img-src": ["'self'", stack.video_url],
        "connect-src": ["'self'", stack.video_url],
        "media-src": ["blob:", stack.video_url],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", source) for source in hashes)


def test_the_documentation_page_may_show_its_one_style(stack: Stack) -> None:
    answer = httpx.get(f"{stack.gateway_url}/api/docs")
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = directives(answer.headers["content-security-policy"])
    assert (policy["default-src"], policy["style-src"]) == (["'none'"], [f"'sha256-{digest}'"])


def test_a_build_that_lies_about_its_styles_loosens_nothing(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<p>shell")
    (dist / "styles.json").write_text('["\'; script-src *; x", "unsafe-inline"]')
    with (
        GATEWAY_DATABASES.lasting() as url,
        running_gateway(tmp_path / "data", url, FRONTEND_DIST=str(dist)) as gateway,
    ):
        policy = httpx.get(gateway.url, headers={"Accept": "text/html"}).headers["content-security-policy"]
    assert (directives(policy)["style-src"], directives(policy)["script-src"]) == (["'self'"], ["'self'"])


def test_over_https_browsers_insist_on_it_and_the_cookie_is_of_this_host_only(tmp_path: Path) -> None:
    with (
        GATEWAY_DATABASES.lasting() as url,
        running_gateway(tmp_path, url, GATEWAY_PUBLIC_URL="https://video.example.org") as gateway,
    ):
        answer = httpx.post(f"{gateway.url}/api/auth/register", json=ADA)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        cookie = answer.headers["set-cookie"]
        name, _, attributes = cookie.partition("=")
        # RFC 6265bis section 4.1.3.2: the prefix demands Secure, Path=/ and no Domain.
        assert name == "__Host-playhead_refresh"
        given = {part.strip().lower() for part in attributes.split(";")[1:]}
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= given
        assert not [part for part in given if part.startswith("domain")]
        token = attributes.split(";")[0]
        renewed = httpx.post(f"{gateway.url}/api/auth/refresh", headers={"Cookie": f"{name}={token}"})
        assert renewed.status_code == 200
        planted = httpx.post(
            f"{gateway.url}/api/auth/refresh", headers={"Cookie": f"playhead_refresh={token}"}
        )
        assert planted.status_code == 401
    with running_stack("gateway", "video", GATEWAY_PUBLIC_URL="https://video.example.org") as stack:
        answer = httpx.get(f"{stack.video_url}/healthz")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_without_https_the_cookie_goes_where_it_is_needed_only(stack: Stack) -> None:
    answer = httpx.post(f"{stack.gateway_url}/api/auth/register", json=ADA)
    given = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/api/auth"} <= given
    assert "secure" not in given
