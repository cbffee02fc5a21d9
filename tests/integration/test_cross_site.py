"""What another site's page can make a browser do to us: nothing, whatever way it takes.

A browser sends cookies along by itself and an Authorization header never; it sends forms and
plain texts without asking first (Fetch standard, "CORS-safelisted request-header").
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.test_grpc_web import HEADERS, PATH, framed
from tests.support.stack import Person, Stack, running_stack

#: What a form can be sent as, and what a script elsewhere can send without being asked.
SIMPLE_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/plain; charset=application/json",
    "",
)
CROSS_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
#: A browser from before 2023 does not say where a request comes from; SameSite keeps its cookie away.
OLD_BROWSER = {"Origin": "https://evil.example"}
#: They change nothing, or only what one learns anyway.
SAFE = {"get", "head", "options"}
REFUSED = {400, 401, 403, 404, 405, 410, 412, 415}
RPCS = ("UpdateVideo", "DeleteVideo", "UndeleteVideo", "GetVideo", "ListVideos", "GetPlayback", "WatchVideos")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


@pytest.fixture(scope="module")
def victim(stack: Stack) -> Iterator[Person]:
    """Somebody who is signed in; the cookie is in their browser."""
    person = Person(stack, "Victim")
    assert "playhead_refresh" in person.http.cookies
    yield person
    person.http.close()


@pytest.fixture
def browser(victim: Person) -> Iterator[httpx.Client]:
    """The victim's browser on another site's page: their cookie, and no way to their token."""
    cookies = {"playhead_refresh": victim.http.cookies["playhead_refresh"]}
    with httpx.Client(base_url=victim.stack.gateway_url, cookies=cookies, timeout=30) as client:
        yield client


def state_changing(stack: Stack) -> list[tuple[str, str]]:
    """Every such operation that there is, now and later: the document of the API names them."""
    paths = httpx.get(f"{stack.gateway_url}/api/openapi.json").json()["paths"]
    return [
        (method, path) for path, operations in paths.items() for method in operations if method not in SAFE
    ]


def filled(path: str) -> str:
    parts = ["a" * 26 if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def test_nothing_that_changes_something_can_be_sent_from_elsewhere(
    stack: Stack, victim: Person, browser: httpx.Client
) -> None:
    operations = state_changing(stack)
    assert ("post", "/upload") in operations
    assert ("post", "/api/auth/logout") in operations
    body = b'{"email": "a@example.org", "password": "correct horse battery", "name": "A"}'
    for method, path in operations:
        for content_type in SIMPLE_TYPES:
            # Other methods than POST make a browser ask first, and nobody answers that here.
            headers = {**CROSS_SITE, "Content-Type": content_type}
            answer = browser.post(filled(path), content=body, headers=headers)
            assert answer.status_code in REFUSED, (method, path, content_type, answer.text)
            assert "set-cookie" not in answer.headers, (method, path)
            override = {**headers, "X-HTTP-Method-Override": method.upper(), "X-Method-Override": method}
            answer = browser.post(filled(path), content=body, headers=override)
            assert answer.status_code in REFUSED, (method, path, content_type, answer.text)
        # Should a browser send more than it may, the cookie alone still opens nothing.
        answer = browser.request(method, filled(path), json={}, headers=CROSS_SITE)
        assert answer.status_code in REFUSED, (method, path, answer.text)
    assert victim.http.get("/api/auth/me").status_code == 200
    assert victim.http.post("/api/auth/refresh").status_code == 200, "the session is as it was"


def test_an_old_browser_is_protected_by_its_cookie(stack: Stack, victim: Person) -> None:
    """Without the cookie, which SameSite=Strict keeps away, there is nothing to abuse."""
    cookie = httpx.post(
        f"{stack.gateway_url}/api/auth/login",
        json={"email": victim.email, "password": victim.password},
    ).headers["set-cookie"]
    assert "samesite=strict" in cookie.lower()
    for method, path in state_changing(stack):
        for content_type in SIMPLE_TYPES[:3]:
            answer = httpx.post(
                stack.gateway_url + filled(path), content=b"x=1",
                headers={**OLD_BROWSER, "Content-Type": content_type},
            )  # fmt: skip
            allowed = REFUSED | ({204} if path == "/api/auth/logout" else set())  # of nobody's session
            assert answer.status_code in allowed, (method, path, answer.text)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_the_cookie_is_of_use_to_our_own_pages_only(browser: httpx.Client, site: str) -> None:
    """Another port of this host is the same site to SameSite, but not the same origin."""
    for path in ("/api/auth/refresh", "/api/auth/logout", "/api/auth/me"):
        method = "GET" if path.endswith("me") else "POST"
        assert browser.request(method, path, headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("rpc", RPCS)
def test_no_rpc_takes_what_a_form_can_send(stack: Stack, rpc: str) -> None:
    for content_type in SIMPLE_TYPES:
        answer = httpx.post(
            f"{stack.video_url}{PATH}{rpc}", content=framed(b""),
            headers={**CROSS_SITE, "Content-Type": content_type},
        )  # fmt: skip
        assert (answer.status_code, answer.content) == (415, b""), content_type
    assert httpx.get(f"{stack.video_url}{PATH}{rpc}").status_code in (400, 405)


def tricks(ours: str) -> list[str]:
    """Origins that resemble ours."""
    scheme, _, rest = ours.partition("://")
    host, _, port = rest.partition(":")
    return [
        "null", "", "*", "https://evil.example", f"https://{rest}", f"{ours}.evil.example",
        f"{scheme}://evil-{rest}", f"{scheme}://{host}", f"{scheme}://{host}:{int(port) + 1}", f"{ours}0",
        f"{scheme}://{host}.:{port}", f"{scheme}://localhost.evil.example:{port}", f"{ours}/",
        f"{ours}@evil.example",
        f"{scheme}://evil.example#{ours}", f"{ours}, https://evil.example", "file://",
        f"{scheme}://user@{rest}", ours.upper(), f"{scheme}://[::ffff:127.0.0.1]:{port}",
    ]  # fmt: skip


def permission(answer: httpx.Response) -> Any:
    return answer.headers.get("access-control-allow-origin")


def test_exactly_our_own_origin_may_read_rpcs(stack: Stack) -> None:
    url, ours = f"{stack.video_url}{PATH}ListVideos", stack.gateway_url
    for origin, allowed in [
        (ours, ours),
        *((trick, None) for trick in tricks(ours) if trick.strip() != ours),
    ]:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for answer in (
            httpx.options(url, headers=asked),
            httpx.post(url, content=framed(b""), headers={**HEADERS, "Origin": origin}),
        ):
            assert permission(answer) == allowed, origin
            assert answer.headers["vary"].lower() == "origin"
            assert "access-control-allow-credentials" not in answer.headers


def test_no_other_origin_may_read_the_gateway(stack: Stack, browser: httpx.Client) -> None:
    for path in (
        "/api/videos",
        "/api/auth/me",
        "/api/auth/refresh",
        "/api/uploads",
        "/config.json",
        "/upload",
    ):
        for origin in tricks(stack.gateway_url):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            for answer in (
                browser.options(path, headers=asked),
                browser.get(path, headers={"Origin": origin}),
                browser.post(path, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}),
            ):
                assert permission(answer) is None, (path, origin)
                assert "access-control-allow-credentials" not in answer.headers


def test_media_may_be_read_from_everywhere_but_never_with_credentials(stack: Stack) -> None:
    answer = httpx.get(f"{stack.video_url}/media/public/x", headers={"Origin": "https://evil.example"})
    assert permission(answer) == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers
