"""API tokens: what they may do, and what nobody may do with them."""

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.support.gateway import RunningGateway, bearer, execute, register
from tests.support.stack import Person, Stack, running_stack

BYTES = b"a film"


def create(browser: httpx.Client, me: dict[str, str], **changes: object) -> httpx.Response:
    body = {"name": "Script", "scopes": ["read"], **changes}
    return browser.post("/api/auth/tokens", json=body, headers=me)


def exchange(browser: httpx.Client, value: str) -> httpx.Response:
    return browser.post("/api/auth/exchange", headers={"Authorization": f"Bearer {value}"})


def test_a_token_is_shown_once_and_kept_as_a_hash(browser: httpx.Client, database_url: str) -> None:
    me = bearer(register(browser))
    answer = create(browser, me, name="  Camera  in the hall ", scopes=["upload", "read"], expires_in_days=9)
    assert answer.status_code == 201
    made = answer.json()
    assert made["token"].startswith("ph_")
    assert len(made["token"]) >= 43 + len("ph_"), "256 random bits in base64url"
    (listed,) = browser.get("/api/auth/tokens", headers=me).json()["tokens"]
    assert {**listed, "token": made["token"]} == made
    assert (listed["name"], listed["scopes"]) == ("Camera in the hall", ["read", "upload"])
    assert listed["last_used_at"] is None
    assert listed["expires_at"] > listed["created_at"]
    assert made["token"] not in str(execute(database_url, "SELECT * FROM api_tokens, audit_events"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 10**12}, "expires_in_days"),
    ],
)
def test_what_no_token_can_be(browser: httpx.Client, changes: dict[str, object], field: str) -> None:
    answer = create(browser, bearer(register(browser)), **changes)
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_INPUT")
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_exchanging_gives_a_short_token_with_the_same_scopes(browser: httpx.Client) -> None:
    answer = register(browser)
    value = create(browser, bearer(answer), scopes=["upload"]).json()["token"]
    exchanged = exchange(browser, value).json()
    claims = jwt.decode(exchanged["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["scope"]) == (answer.json()["user"]["id"], "upload")
    assert claims["exp"] - claims["iat"] == exchanged["expires_in"] == 600
    assert (exchanged["scopes"], exchanged["token_type"]) == (["upload"], "Bearer")
    again = exchange(browser, exchanged["access_token"])
    assert again.status_code == 401, "an access token cannot prolong itself"
    (listed,) = browser.get("/api/auth/tokens", headers=bearer(answer)).json()["tokens"]
    assert listed["last_used_at"] is not None


@pytest.mark.parametrize("how", ["revoked", "expired", "blocked", "another", "of nobody"])
def test_a_token_that_does_not_hold_is_refused_at_once(
    browser: httpx.Client, database_url: str, how: str
) -> None:
    me = bearer(register(browser))
    made = create(browser, me, scopes=["read", "upload", "manage"], expires_in_days=1).json()
    use = {"Authorization": f"Bearer {made['token']}"}
    assert browser.get("/api/auth/me", headers=use).status_code == 200
    match how:
        case "revoked":
            path = f"/api/auth/tokens/{made['id']}"
            assert browser.delete(path, headers=me).status_code == 204
            assert browser.delete(path, headers=me).status_code == 404
        case "expired":
            execute(database_url, "UPDATE api_tokens SET expires_at = now()")
        case "blocked":
            execute(database_url, "UPDATE users SET blocked_at = now()")
        case "another":
            use = {"Authorization": f"Bearer {made['token'][:-1]}"}
        case "of nobody":
            execute(database_url, "DELETE FROM users")
    for answer in (browser.get("/api/auth/me", headers=use), browser.post("/upload", headers=use)):
        assert (answer.status_code, answer.json()["reason"]) == (401, "NOT_SIGNED_IN")
    assert browser.post("/api/auth/exchange", headers=use).status_code == 401


@pytest.mark.parametrize("exchanged", [False, True])
def test_no_token_for_programs_changes_an_account(browser: httpx.Client, exchanged: bool) -> None:
    me = bearer(register(browser))
    made = create(browser, me, scopes=["read", "upload", "manage"]).json()
    use = {"Authorization": f"Bearer {made['token']}"}
    if exchanged:
        use = bearer(exchange(browser, made["token"]))
    for method, path in (
        ("GET", "/api/auth/sessions"),
        ("POST", "/api/auth/sessions/end-others"),
        ("GET", "/api/auth/tokens"),
        ("POST", "/api/auth/tokens"),
        ("DELETE", f"/api/auth/tokens/{made['id']}"),
    ):
        body = {"name": "More", "scopes": ["read"]} if method == "POST" else None
        answer = browser.request(method, path, json=body, headers=use)
        assert (answer.status_code, answer.json()["reason"]) == (403, "NOT_ALLOWED"), path
    assert len(browser.get("/api/auth/tokens", headers=me).json()["tokens"]) == 1


def test_nobody_revokes_another_persons_token(browser: httpx.Client, gateway: RunningGateway) -> None:
    made = create(browser, bearer(register(browser))).json()
    with gateway.client() as eve:
        hers = bearer(register(eve, email="eve@example.org"))
        assert eve.get("/api/auth/tokens", headers=hers).json() == {"tokens": []}
        for guess in (made["id"], "b" * 26, "%00"):
            assert eve.delete(f"/api/auth/tokens/{guess}", headers=hers).status_code == 404
    assert exchange(browser, made["token"]).status_code == 200


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


def test_each_scope_opens_its_own_routes_only(stack: Stack) -> None:
    person = Person(stack, "Ada")
    me = {"Authorization": str(person.http.headers["authorization"])}
    files = {"file": ("film.mp4", BYTES)}
    video_id = person.http.post("/upload", files=files, data={"visibility": "private"}).json()["id"]
    video, tus = f"/api/videos/{video_id}", {"Tus-Resumable": "1.0.0", "Upload-Length": "6"}
    attempts: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
        "read": [("GET", "/api/videos?owner=me", {}), ("GET", video, {})],
        "upload": [("POST", "/api/uploads", {"headers": tus}), ("POST", "/upload", {"files": files})],
        "manage": [("PATCH", video, {"json": {"title": "New"}}), ("POST", f"{video}/undelete", {})],
    }
    for scope in attempts:
        value = create(person.http, me, scopes=[scope]).json()["token"]
        with httpx.Client(
            base_url=stack.gateway_url, headers={"Authorization": f"Bearer {value}"}
        ) as program:
            for needed, requests in attempts.items():
                for method, path, more in requests:
                    answer = program.request(method, path, **more)
                    refused = answer.status_code == 403
                    assert refused == (needed != scope), (scope, method, path, answer.text)
                    assert not refused or answer.json()["reason"] == "NOT_ALLOWED"
    person.http.close()


def test_fields_that_come_after_the_file_need_no_more_than_the_upload(stack: Stack) -> None:
    person = Person(stack, "Ada")
    me = {"Authorization": str(person.http.headers["authorization"])}
    value = create(person.http, me, scopes=["upload"]).json()["token"]
    # httpx sends fields first; the order matters here, and `None` names a part without a file name.
    parts = [("file", ("film.mp4", BYTES)), ("title", (None, "Said later"))]
    use = {"Authorization": f"Bearer {value}"}
    answer = httpx.post(f"{stack.gateway_url}/upload", files=parts, headers=use)  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    assert person.video(answer.json()["id"])["title"] == "Said later"
    person.http.close()
