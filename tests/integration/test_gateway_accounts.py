"""Accounts over HTTP, against a real database."""

import base64
import json
import subprocess
from pathlib import Path

import httpx
import jwt
import pytest

from tests.support.gateway import (
    ADA,
    COOKIE,
    RunningGateway,
    database_that_stops,
    execute,
    register,
    running_gateway,
)

ACTIONS = ("register", "login", "refresh", "logout")


def refresh(browser: httpx.Client, token: str) -> httpx.Response:
    with httpx.Client(base_url=browser.base_url, cookies={COOKIE: token}) as tab:
        return tab.post("/api/auth/refresh")


def test_a_new_account_is_signed_in_with_a_token_that_anyone_can_verify(browser: httpx.Client) -> None:
    answer = register(browser)
    assert answer.status_code == 201
    session = answer.json()
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 600)
    user = session["user"]
    assert {**user, "id": ""} == {"id": "", "email": ADA["email"], "name": "Ada", "role": "user"}
    assert len(user["id"]) == 26
    keys = jwt.PyJWKSet.from_dict(browser.get("/.well-known/jwks.json").json())
    token = session["access_token"]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="playhead")
    assert (claims["sub"], claims["name"], claims["exp"] - claims["iat"]) == (user["id"], "Ada", 600)
    me = browser.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json() == user


def test_the_refresh_cookie_is_kept_from_scripts_and_other_paths(browser: httpx.Client) -> None:
    attributes = register(browser).headers["set-cookie"].lower()
    for attribute in ("httponly", "path=/api/auth", "samesite=strict", "max-age=2592000"):
        assert attribute in attributes
    assert "secure" not in attributes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "ada@example.org\0"}, "email"),
        ({"email": "a" * 250 + "@b.org"}, "email"),
        ({"password": "seven77"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "\0"}, "name"),
    ],
)
def test_what_is_wrong_is_said_by_field(browser: httpx.Client, changes: dict[str, str], field: str) -> None:
    answer = register(browser, **changes)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["reason"], problem["status"]) == ("INVALID_INPUT", 400)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"email": "ada@example.org", "password": "correct horse"}', "name"),
        (b'{"email": 1, "password": "correct horse", "name": "Ada"}', "email"),
        (b"[]", "body"),
        (b"", "body"),
    ],
)
def test_a_body_of_another_shape_is_explained_in_our_words(
    browser: httpx.Client, body: bytes, field: str
) -> None:
    answer = browser.post("/api/auth/register", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_INPUT")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    for framework in ("`", "Expected", "Object", "data", "str"):
        assert framework not in answer.json()["detail"]
    page = browser.get("/api/videos", params={"page_size": "many"}).json()
    assert [error["field"] for error in page["errors"]] == ["page_size"]
    assert "`" not in page["detail"]


def test_the_same_address_written_differently_is_taken(browser: httpx.Client) -> None:
    assert register(browser).status_code == 201
    answer = register(browser, email="\uff41da@EXAMPLE.org")  # a full-width a: NFKC makes it an a
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "email")


def test_signing_in_needs_the_right_password_and_does_not_tell_who_has_an_account(
    browser: httpx.Client,
) -> None:
    register(browser)
    right = browser.post("/api/auth/login", json={"email": "ada@example.ORG", "password": ADA["password"]})
    assert right.status_code == 200
    problems = [
        browser.post("/api/auth/login", json={"email": email, "password": "a wrong password"})
        for email in (ADA["email"], "nobody@example.org")
    ]
    known, unknown = ({**answer.json(), "request_id": ""} for answer in problems)
    assert known == unknown
    assert (known["reason"], known["status"]) == ("NOT_SIGNED_IN", 401)


@pytest.mark.parametrize(
    "email", ["ada\0@example.org", "ada@example.org\x07", "\u0085ada@example.org\0", "\0"]
)
def test_control_characters_in_an_address_are_nobodys(browser: httpx.Client, email: str) -> None:
    assert register(browser, email=email).status_code == 400
    login = browser.post("/api/auth/login", json={"email": email, "password": ADA["password"]})
    assert (login.status_code, login.json()["reason"]) == (401, "NOT_SIGNED_IN")


@pytest.mark.parametrize("path", ["/api/auth/register", "/api/auth/login"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_accounts_take_json_only(browser: httpx.Client, path: str, kind: str | None) -> None:
    """Another site's form can send these types without asking (Fetch standard)."""
    headers = {"Content-Type": kind} if kind else {}
    answer = browser.post(path, content=json.dumps(ADA).encode(), headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (415, "INVALID_INPUT")
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize("action", ["login", "refresh", "logout"])
def test_another_sites_page_cannot_use_the_session(browser: httpx.Client, action: str) -> None:
    token = register(browser).cookies[COOKIE]
    for site in ("cross-site", "same-site"):
        answer = browser.post(f"/api/auth/{action}", json=ADA, headers={"Sec-Fetch-Site": site})
        assert (answer.status_code, answer.json()["reason"]) == (403, "NOT_ALLOWED")
        assert "set-cookie" not in answer.headers
    assert refresh(browser, token).status_code == 200, "the session is as it was"
    own = browser.post("/api/auth/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200


def test_rotation_gives_a_new_token_and_forgives_racing_tabs(browser: httpx.Client) -> None:
    first = register(browser).cookies[COOKIE]
    second = refresh(browser, first)
    assert second.status_code == 200
    assert second.cookies[COOKIE] != first
    assert refresh(browser, first).status_code == 200, "another tab, at the same moment"


def test_a_copied_token_used_later_ends_the_whole_family(browser: httpx.Client, database_url: str) -> None:
    first = register(browser).cookies[COOKIE]
    second = refresh(browser, first).cookies[COOKIE]
    elsewhere = browser.post("/api/auth/login", json=ADA).cookies[COOKIE]
    execute(database_url, "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 seconds'")
    answer = refresh(browser, first)
    assert (answer.status_code, answer.json()["reason"]) == (401, "NOT_SIGNED_IN")
    assert refresh(browser, second).status_code == 401
    assert refresh(browser, elsewhere).status_code == 200, "another browser is another family"


def test_an_expired_session_ends(browser: httpx.Client, database_url: str) -> None:
    token = register(browser).cookies[COOKIE]
    execute(database_url, "UPDATE sessions SET expires_at = now()")
    assert refresh(browser, token).status_code == 401


def test_signing_out_ends_the_session(browser: httpx.Client) -> None:
    token = register(browser).cookies[COOKIE]
    answer = browser.post("/api/auth/logout")
    assert answer.status_code == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert refresh(browser, token).status_code == 401
    assert browser.post("/api/auth/logout").status_code == 204


def test_neither_passwords_nor_refresh_tokens_are_kept(browser: httpx.Client, database_url: str) -> None:
    token = register(browser).cookies[COOKIE]

    rows = execute(database_url, "SELECT * FROM users, sessions, refresh_tokens")
    text = str(rows)
    assert "$argon2id$" in text
    assert token not in text
    assert ADA["password"] not in text


@pytest.mark.parametrize("header", ["Bearer x", "Basic eDp5", "Bearer", "Bearer a.b.c"])
def test_a_token_that_does_not_hold_is_refused(browser: httpx.Client, header: str) -> None:
    answer = browser.get("/api/auth/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["reason"]) == (401, "NOT_SIGNED_IN")


def test_an_unsigned_token_is_refused(browser: httpx.Client) -> None:
    claims = jwt.decode(register(browser).json()["access_token"], options={"verify_signature": False})
    parts = [{"alg": "none", "kid": "x"}, claims]
    forged = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts) + "."
    answer = browser.get("/api/auth/me", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


def test_the_signing_key_is_kept_and_private(gateway: RunningGateway, data: Path) -> None:
    key = data / "keys" / "gateway-signing.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    done = subprocess.run(["openssl", "pkey", "-in", key, "-text", "-noout"], capture_output=True, check=True)
    assert b"ED25519" in done.stdout.upper()


def test_without_its_database_the_answer_is_later(tmp_path: Path) -> None:
    with (
        database_that_stops() as (url, server),
        running_gateway(tmp_path, url) as gateway,
        gateway.client() as browser,
    ):
        token = register(browser).json()["access_token"]
        assert browser.post("/api/auth/refresh").status_code == 200
        server.stop()
        me = browser.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        for answer in (me, *(browser.post(f"/api/auth/{name}", json=ADA) for name in ACTIONS)):
            assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
            assert int(answer.headers["retry-after"]) > 0


def test_a_closed_house_makes_no_accounts_and_https_makes_secure_cookies(
    browser: httpx.Client, data: Path, database_url: str
) -> None:
    register(browser)
    settings = {"REGISTRATION": "closed", "GATEWAY_PUBLIC_URL": "https://video.example.org"}
    with running_gateway(data, database_url, **settings) as closed, closed.client() as client:
        answer = client.post("/api/auth/register", json=ADA | {"email": "eve@example.org"})
        assert (answer.status_code, answer.json()["reason"]) == (403, "NOT_ALLOWED")
        login = client.post("/api/auth/login", json=ADA)
        assert login.status_code == 200
        cookie = login.headers["set-cookie"]
        assert cookie.startswith("__Host-playhead_refresh=")
        attributes = cookie.lower().split("; ")
        assert {"secure", "path=/", "httponly", "samesite=strict"} <= set(attributes)
        assert "domain=" not in cookie.lower()
        renewed = client.post("/api/auth/refresh", headers={"Cookie": cookie.partition(";")[0]})
        assert renewed.status_code == 200
        me = {"Authorization": f"Bearer {login.json()['access_token']}"}
        assert browser.get("/api/auth/me", headers=me).status_code == 200, "both have the same key"
