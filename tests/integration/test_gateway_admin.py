"""What admins do with people, and that nobody else does."""

import threading

import httpx
import pytest

from tests.support.gateway import ADA, COOKIE, RunningGateway, bearer, execute, register

EVE = {"email": "eve@example.org", "name": "Eve"}
ROUTES = [
    ("GET", "/api/admin/users"),
    ("PATCH", "/api/admin/users/{id}"),
    ("GET", "/api/admin/invitations"),
    ("POST", "/api/admin/invitations"),
    ("DELETE", "/api/admin/invitations/{id}"),
    ("GET", "/api/admin/audit"),
]


@pytest.fixture
def ada(browser: httpx.Client, database_url: str) -> httpx.Response:
    """An admin, whose browser is ``browser``."""
    answer = register(browser)
    execute(database_url, "UPDATE users SET role = 'admin'")
    return answer


@pytest.fixture
def eve(gateway: RunningGateway, ada: httpx.Response) -> httpx.Response:
    """Somebody else."""
    with gateway.client() as client:
        return register(client, **EVE)


def change(browser: httpx.Client, by: httpx.Response, who: httpx.Response, **body: object) -> httpx.Response:
    path = f"/api/admin/users/{who.json()['user']['id']}"
    return browser.patch(path, json=body, headers=bearer(by))


def login(browser: httpx.Client, **changes: str) -> httpx.Response:
    return browser.post("/api/auth/login", json=ADA | changes)


def refresh(gateway: RunningGateway, answer: httpx.Response) -> int:
    with httpx.Client(base_url=gateway.url, cookies={COOKIE: answer.cookies[COOKIE]}) as tab:
        return tab.post("/api/auth/refresh").status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("who", ["nobody", "user", "moderator", "demoted admin", "an admin's API token"])
def test_only_admins(
    browser: httpx.Client,
    ada: httpx.Response,
    eve: httpx.Response,
    database_url: str,
    method: str,
    path: str,
    who: str,
) -> None:
    path = path.format(id=ada.json()["user"]["id"])
    body = {"role": "user"} if method in ("PATCH", "POST") else None
    headers, expected = bearer(eve), (403, "NOT_ALLOWED")
    match who:
        case "nobody":
            headers, expected = {}, (401, "NOT_SIGNED_IN")
        case "moderator":
            execute(database_url, "UPDATE users SET role = 'moderator' WHERE name = 'Eve'")
            headers = bearer(login(browser, **EVE))
        case "demoted admin":  # the token that they hold still says admin
            execute(database_url, "UPDATE users SET role = 'admin' WHERE name = 'Eve'")
            headers = bearer(login(browser, **EVE))
            execute(database_url, "UPDATE users SET role = 'user' WHERE name = 'Eve'")
        case "an admin's API token":
            token = {"name": "all", "scopes": ["read", "upload", "manage"]}
            made = browser.post("/api/auth/tokens", json=token, headers=bearer(ada))
            headers = {"Authorization": f"Bearer {made.json()['token']}"}
    answer = browser.request(method, path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == expected
    role = execute(database_url, "SELECT role FROM users WHERE name = 'Ada'")[0]["role"]
    assert (role, execute(database_url, "SELECT * FROM invitations WHERE created_by IS NOT NULL")) == (
        "admin",
        [],
    )


def test_people_are_found_page_by_page_newest_first(
    browser: httpx.Client, ada: httpx.Response, eve: httpx.Response, database_url: str
) -> None:
    execute(
        database_url,
        "INSERT INTO users SELECT lpad(translate(n::text, '01', 'ab'), 26, 'x'), 'p' || n || '@example.net',"
        " 'p' || n || '@example.net', 'Person 100%_' || n, 'user', '', now() - interval '1 day'"
        " FROM generate_series(2, 6) n",
    )
    names, token, pages = [], "", 0
    while True:
        parameters = {"page_size": "3", "page_token": token}
        page = browser.get("/api/admin/users", params=parameters, headers=bearer(ada)).json()
        names += [user["name"] for user in page["users"]]
        pages, token = pages + 1, page["next_page_token"]
        if not token:
            break
    assert pages == 3
    assert names[:2] == ["Eve", "Ada"]
    assert sorted(names[2:]) == [f"Person 100%_{number}" for number in range(2, 7)]
    for words, found in (("EXAMPLE.NET", 5), ("eve", 1), ("100%_3", 1), ("1_0", 0), ("%", 5), ("\\", 0)):
        answer = browser.get("/api/admin/users", params={"query": words}, headers=bearer(ada)).json()
        assert len(answer["users"]) == found, words
    (listed,) = browser.get("/api/admin/users", params={"query": "eve"}, headers=bearer(ada)).json()["users"]
    assert {key: listed[key] for key in ("id", "email", "name", "role")} == eve.json()["user"]
    assert (listed["blocked"], listed["last_seen_at"] is not None) == (False, True)


@pytest.mark.parametrize("path", ["users", "audit"])
@pytest.mark.parametrize("token", ["x", "!", "W10", "WzEsMl0", "bnVsbA", "WyJ4IiwgIngiXQ", "a" * 999])
def test_a_page_token_that_is_none(browser: httpx.Client, ada: httpx.Response, path: str, token: str) -> None:
    answer = browser.get(f"/api/admin/{path}", params={"page_token": token}, headers=bearer(ada))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "page_token")


def test_strange_words_are_no_fault_of_ours(browser: httpx.Client, ada: httpx.Response) -> None:
    for path in ("users?query=%00", "users?query=" + "x" * 201, "audit?actor=%00", "audit?action=%C3%A4"):
        assert browser.get(f"/api/admin/{path}", headers=bearer(ada)).status_code == 400, path


def test_a_new_role_ends_the_persons_sessions_and_is_in_the_next_token(
    browser: httpx.Client, gateway: RunningGateway, ada: httpx.Response, eve: httpx.Response
) -> None:
    answer = change(browser, ada, eve, role="moderator")
    assert (answer.status_code, answer.json()["role"]) == (200, "moderator")
    assert refresh(gateway, eve) == 401
    assert login(browser, **EVE).json()["user"]["role"] == "moderator"
    assert change(browser, ada, eve).status_code == 400, "nothing to change"


def test_blocking_keeps_somebody_out_until_it_ends(
    browser: httpx.Client, gateway: RunningGateway, ada: httpx.Response, eve: httpx.Response
) -> None:
    assert change(browser, ada, eve, blocked=True).json()["blocked"] is True
    assert refresh(gateway, eve) == 401
    wrong = login(browser, **EVE, password="not the password")
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "NOT_SIGNED_IN"), "no word of it to strangers"
    right = login(browser, **EVE)
    assert (right.status_code, right.json()["reason"]) == (403, "NOT_ALLOWED")
    assert change(browser, ada, eve, blocked=False).json()["blocked"] is False
    assert login(browser, **EVE).status_code == 200


@pytest.mark.parametrize("body", [{"role": "user"}, {"blocked": True}])
def test_the_last_admin_stays(
    browser: httpx.Client, ada: httpx.Response, eve: httpx.Response, body: dict[str, object]
) -> None:
    answer = change(browser, ada, ada, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, next(iter(body)))
    left = browser.request("DELETE", "/api/auth/me", json={"password": ADA["password"]}, headers=bearer(ada))
    assert (left.status_code, left.json()["errors"][0]["field"]) == (400, "role")
    change(browser, ada, eve, role="admin")
    change(browser, ada, eve, blocked=True)
    assert change(browser, ada, ada, **body).status_code == 400, "an admin who is blocked does not count"
    change(browser, ada, eve, blocked=False)
    assert change(browser, ada, ada, **body).status_code == 200


def test_two_admins_who_demote_each_other_at_once_are_not_both_gone(
    browser: httpx.Client, ada: httpx.Response, eve: httpx.Response, database_url: str
) -> None:
    for _ in range(5):
        execute(database_url, "UPDATE users SET role = 'admin'")
        one, other = login(browser), login(browser, **EVE)
        pairs = [(one, other), (other, one)]
        threads = [
            threading.Thread(target=change, args=(browser, *pair), kwargs={"role": "user"}) for pair in pairs
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        admins = execute(database_url, "SELECT count(*) FROM users WHERE role = 'admin'")
        assert admins[0]["count"] == 1


def test_who_is_no_admin_any_more_has_invited_nobody(
    browser: httpx.Client, ada: httpx.Response, eve: httpx.Response
) -> None:
    change(browser, ada, eve, role="admin")
    hers = bearer(login(browser, **EVE))
    made = browser.post("/api/admin/invitations", json={"role": "admin"}, headers=hers)
    assert made.status_code == 201
    change(browser, ada, eve, role="user")
    secret = made.json()["url"].partition("invitation=")[2]
    again = register(browser, email="back@example.org", invitation=secret)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "invitation")


def test_nobody_is_found_under_a_strange_id(browser: httpx.Client, ada: httpx.Response) -> None:
    for strange in ("c" * 26, "%00", "x"):
        answer = browser.patch(f"/api/admin/users/{strange}", json={"role": "user"}, headers=bearer(ada))
        assert (answer.status_code, answer.json()["reason"]) == (404, "NOT_FOUND")
