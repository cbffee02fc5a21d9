"""The list of sessions, and signing out elsewhere and everywhere."""

import httpx
import jwt

from tests.support.gateway import ADA, COOKIE, RunningGateway, bearer, execute, register

EVE = {"email": "eve@example.org", "name": "Eve"}


def sign_in(gateway: RunningGateway, user_agent: str) -> tuple[dict[str, str], str]:
    """Elsewhere: the headers of an access token, and the refresh token."""
    with gateway.client() as elsewhere:
        answer = elsewhere.post("/api/auth/login", json=ADA, headers={"User-Agent": user_agent})
        assert answer.status_code == 200
        return bearer(answer), answer.cookies[COOKIE]


def refresh(gateway: RunningGateway, token: str) -> httpx.Response:
    with httpx.Client(base_url=gateway.url, cookies={COOKIE: token}) as tab:
        return tab.post("/api/auth/refresh", headers={"User-Agent": "A later browser"})


def test_the_access_token_names_its_session(browser: httpx.Client) -> None:
    answer = register(browser)
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    (session,) = browser.get("/api/auth/sessions", headers=bearer(answer)).json()["sessions"]
    assert claims["sid"] == session["id"]
    assert claims["scope"].split() == ["manage", "read", "upload"]
    renewed = browser.post("/api/auth/refresh").json()["access_token"]
    assert jwt.decode(renewed, options={"verify_signature": False})["sid"] == session["id"]


def test_sessions_are_listed_by_last_use_with_where_and_what(
    browser: httpx.Client, gateway: RunningGateway, database_url: str
) -> None:
    me = bearer(register(browser))
    _, token = sign_in(gateway, "Mozilla/5.0 " + "x" * 300)
    first, second = browser.get("/api/auth/sessions", headers=me).json()["sessions"]
    assert (first["current"], second["current"]) == (False, True)
    assert first["user_agent"] == ("Mozilla/5.0 " + "x" * 300)[:200]
    assert first["address"] == "127.0.0.1"
    execute(database_url, "UPDATE sessions SET last_used_at = last_used_at - interval '1 hour'")
    assert refresh(gateway, token).status_code == 200
    used = browser.get("/api/auth/sessions", headers=me).json()["sessions"][0]
    assert (used["id"], used["user_agent"]) == (first["id"], "A later browser")
    assert used["last_used_at"] > used["created_at"]
    execute(database_url, "UPDATE sessions SET expires_at = now() WHERE id = $1", used["id"])
    (left,) = browser.get("/api/auth/sessions", headers=me).json()["sessions"]
    assert left["current"], "what has expired is not listed"


def test_a_session_that_is_ended_elsewhere_can_neither_renew_nor_change_the_account(
    browser: httpx.Client, gateway: RunningGateway
) -> None:
    me = bearer(register(browser))
    elsewhere, token = sign_in(gateway, "Firefox")
    other = browser.get("/api/auth/sessions", headers=me).json()["sessions"][0]["id"]
    assert browser.delete(f"/api/auth/sessions/{other}", headers=me).status_code == 204
    assert refresh(gateway, token).status_code == 401
    for answer in (
        httpx.get(f"{gateway.url}/api/auth/sessions", headers=elsewhere),
        httpx.post(f"{gateway.url}/api/auth/sessions/end-others", headers=elsewhere),
        httpx.get(f"{gateway.url}/api/auth/tokens", headers=elsewhere),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (401, "NOT_SIGNED_IN")
    assert browser.delete(f"/api/auth/sessions/{other}", headers=me).status_code == 404


def test_signing_out_everywhere_else_leaves_this_session_and_other_people_alone(
    browser: httpx.Client, gateway: RunningGateway
) -> None:
    me = bearer(register(browser))
    others = [sign_in(gateway, "Firefox")[1] for _ in range(2)]
    with gateway.client() as eve:
        register(eve, **EVE)
        answer = browser.post("/api/auth/sessions/end-others", headers=me)
        assert (answer.status_code, answer.json()) == (200, {"ended": 2})
        assert [refresh(gateway, token).status_code for token in others] == [401, 401]
        assert browser.post("/api/auth/refresh").status_code == 200
        assert eve.post("/api/auth/refresh").status_code == 200


def test_nobody_sees_or_ends_another_persons_session(browser: httpx.Client, gateway: RunningGateway) -> None:
    me = bearer(register(browser))
    (mine,) = browser.get("/api/auth/sessions", headers=me).json()["sessions"]
    with gateway.client() as eve:
        hers = bearer(register(eve, **EVE))
        listed = eve.get("/api/auth/sessions", headers=hers).json()["sessions"]
        assert mine["id"] not in [session["id"] for session in listed]
        guesses = (mine["id"], "a" * 26, "%00", "x" * 300)
        answers = [eve.delete(f"/api/auth/sessions/{guess}", headers=hers) for guess in guesses]
        assert [answer.status_code for answer in answers] == [404] * 4
        bodies = [{**answer.json(), "request_id": ""} for answer in answers]
        assert all(body == bodies[0] for body in bodies)
    assert browser.post("/api/auth/refresh").status_code == 200


def test_a_copied_refresh_token_ends_the_session_and_leaves_a_trace(
    browser: httpx.Client, gateway: RunningGateway, database_url: str
) -> None:
    answer = register(browser)
    stolen = answer.cookies[COOKIE]
    assert browser.post("/api/auth/refresh").status_code == 200
    execute(database_url, "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 seconds'")
    (session,) = browser.get("/api/auth/sessions", headers=bearer(answer)).json()["sessions"]
    assert refresh(gateway, stolen).status_code == 401
    assert browser.post("/api/auth/refresh").status_code == 401, "the newest token ends, too"
    (event,) = execute(database_url, "SELECT * FROM audit_events WHERE action = 'session.reuse'")
    assert (event["actor_id"], event["subject_id"]) == ("", answer.json()["user"]["id"])
    assert session["id"] in event["details"]
    assert stolen not in str(execute(database_url, "SELECT * FROM audit_events"))


def test_tokens_that_were_rotated_long_ago_are_not_kept_for_ever(
    browser: httpx.Client, database_url: str
) -> None:
    register(browser)
    for _ in range(3):
        browser.post("/api/auth/refresh")
        execute(database_url, "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 days'")
    assert execute(database_url, "SELECT count(*) FROM refresh_tokens")[0]["count"] == 2
