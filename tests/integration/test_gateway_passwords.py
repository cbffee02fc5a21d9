"""Changing a password and choosing a new one, with mails through a real SMTP server."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.env import SettingsError
from tests.support.gateway import (
    ADA,
    RunningGateway,
    bearer,
    execute,
    locked_table,
    register,
    running_gateway,
)
from tests.support.mail import MailServer, mail_server, text_of
from tools.preflight import gateway_settings

PUBLIC = "http://video.example.org"
NEW = "staple the correct horse"


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def gateway(data: Path, database_url: str, mails: MailServer) -> Iterator[RunningGateway]:
    settings = {
        "SMTP_URL": f"smtp://{mails.host}:{mails.port}",
        "MAIL_FROM": "Playhead <video@example.org>",
        "GATEWAY_PUBLIC_URL": PUBLIC,
    }
    with running_gateway(data, database_url, **settings) as gateway:
        yield gateway


def login(browser: httpx.Client, password: str, email: str = ADA["email"]) -> httpx.Response:
    return browser.post("/api/auth/login", json={"email": email, "password": password})


def forgot(browser: httpx.Client, email: str, **headers: str) -> None:
    answer = browser.post("/api/auth/forgot", json={"email": email}, headers=headers)
    assert (answer.status_code, answer.content) == (202, b"")


def reset(browser: httpx.Client, token: str, password: str = NEW) -> httpx.Response:
    return browser.post("/api/auth/reset", json={"token": token, "new_password": password})


def next_token(mails: MailServer) -> str:
    link, _, token = mails.next_link().partition("#token=")
    assert link == f"{PUBLIC}/reset"
    return token


def test_changing_it_needs_the_current_one_and_signs_out_everywhere_else(
    browser: httpx.Client, gateway: RunningGateway, mails: MailServer
) -> None:
    me = bearer(register(browser))
    with gateway.client() as elsewhere:
        login(elsewhere, ADA["password"])
        body = {"current_password": ADA["password"], "new_password": NEW}
        assert browser.post("/api/auth/password", json=body, headers=me).status_code == 204
        assert elsewhere.post("/api/auth/refresh").status_code == 401
    assert browser.post("/api/auth/refresh").status_code == 200, "this session goes on"
    assert (login(browser, ADA["password"]).status_code, login(browser, NEW).status_code) == (401, 200)
    recipients, letter = mails.next()
    assert recipients == ["Ada@example.org"]
    assert letter["Subject"] == "Your password was changed"
    assert NEW not in text_of(letter)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not the password", NEW, "current_password"),
        ("x" * 2000, NEW, "current_password"),
        (ADA["password"], "short", "new_password"),
        (ADA["password"], "x" * 1025, "new_password"),
    ],
)
def test_a_password_that_is_not_changed(browser: httpx.Client, current: str, new: str, field: str) -> None:
    me = bearer(register(browser))
    body = {"current_password": current, "new_password": new}
    answer = browser.post("/api/auth/password", json=body, headers=me)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert login(browser, ADA["password"]).status_code == 200


def test_a_link_in_a_mail_sets_a_new_password_once_and_signs_out_everywhere(
    browser: httpx.Client, mails: MailServer, database_url: str
) -> None:
    register(browser)
    forgot(browser, ADA["email"])
    token = next_token(mails)
    assert token not in str(execute(database_url, "SELECT * FROM password_resets, audit_events"))
    assert reset(browser, token, "short").json()["errors"][0]["field"] == "new_password"
    assert reset(browser, token).status_code == 204
    assert browser.post("/api/auth/refresh").status_code == 401
    assert (login(browser, ADA["password"]).status_code, login(browser, NEW).status_code) == (401, 200)
    assert mails.next()[1]["Subject"] == "Your password was changed"
    again = reset(browser, token, "another password")
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "token")
    actions = execute(
        database_url, "SELECT action FROM audit_events WHERE action LIKE 'password.%' ORDER BY id"
    )
    assert [row["action"] for row in actions] == ["password.forgot", "password.reset"]


def test_of_resets_that_race_one_wins(browser: httpx.Client, mails: MailServer) -> None:
    register(browser)
    forgot(browser, ADA["email"])
    token, answers = next_token(mails), []
    passwords = [f"password number {number}" for number in range(4)]
    threads = [
        threading.Thread(
            target=lambda password=password: answers.append((password, reset(browser, token, password)))
        )
        for password in passwords
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [password for password, answer in answers if answer.status_code == 204]
    assert login(browser, won).status_code == 200
    assert mails.next()[1]["Subject"] == "Your password was changed"
    assert mails.letters.empty()


def test_who_waits_with_the_old_password_while_it_is_reset_is_not_signed_in(
    browser: httpx.Client, mails: MailServer, database_url: str, tmp_path: Path
) -> None:
    register(browser)
    forgot(browser, ADA["email"])
    token, answered, statuses = next_token(mails), threading.Event(), list[int]()

    def sign_in() -> None:
        statuses.append(login(browser, ADA["password"]).status_code)
        answered.set()

    # More than are looked at together: most wait, and have read the old hash by then.
    waiting = [threading.Thread(target=sign_in) for _ in range(60)]
    with running_gateway(tmp_path, database_url) as another, another.client() as elsewhere:
        for thread in waiting:
            thread.start()
        assert answered.wait(timeout=30)
        assert reset(elsewhere, token).status_code == 204
        for thread in waiting:
            thread.join()
    assert set(statuses) == {200, 401}
    assert execute(database_url, "SELECT id FROM sessions") == []


def test_a_newer_link_an_hour_and_a_change_of_password_end_a_link(
    browser: httpx.Client, mails: MailServer, database_url: str
) -> None:
    me = bearer(register(browser))
    forgot(browser, ADA["email"])
    first = next_token(mails)
    forgot(browser, ADA["email"])
    second = next_token(mails)
    assert reset(browser, first).status_code == 400
    execute(database_url, "UPDATE password_resets SET expires_at = expires_at - interval '1 hour'")
    assert reset(browser, second).status_code == 400
    forgot(browser, ADA["email"])
    third = next_token(mails)
    body = {"current_password": ADA["password"], "new_password": NEW}
    assert browser.post("/api/auth/password", json=body, headers=me).status_code == 204
    assert mails.next()[1]["Subject"] == "Your password was changed"
    assert reset(browser, third, "a thief's password").status_code == 400
    assert login(browser, NEW).status_code == 200


def test_the_answer_does_not_wait_for_the_look_up_so_it_cannot_tell_who_has_an_account(
    browser: httpx.Client, mails: MailServer, database_url: str
) -> None:
    register(browser)
    with locked_table(database_url, "users"):
        forgot(browser, ADA["email"])
        forgot(browser, "nobody@example.org")
        forgot(browser, "no address\0at all")
        assert mails.letters.empty(), "nobody could be looked up so far"
    assert next_token(mails)
    assert mails.letters.empty(), "nobody else gets mail"


def test_the_link_is_ours_whatever_the_request_calls_us(browser: httpx.Client, mails: MailServer) -> None:
    register(browser)
    forgot(browser, ADA["email"], Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
    assert mails.next_link().startswith(f"{PUBLIC}/reset#token=")


def test_the_mail_goes_to_the_address_of_the_account_not_to_the_one_that_was_typed(
    browser: httpx.Client, mails: MailServer
) -> None:
    """https://eng.getwisdom.io/hacking-github-with-unicode-dotless-i/"""
    register(browser, email="mike@example.org")
    forgot(browser, "MI\u212ae@EXAMPLE.org")  # the Kelvin sign folds to a k, and is another mailbox
    recipients, letter = mails.next()
    assert recipients == ["mike@example.org"]
    assert letter["To"] == "mike@example.org"
    forgot(browser, "m\u0131ke@example.org")  # a dotless i does not
    forgot(browser, "mike@example.org")
    assert mails.next()[0] == ["mike@example.org"]
    assert mails.letters.empty()


@pytest.mark.parametrize(
    "email",
    ["a,b@example.org", "a<b@example.org", "a@b@example.org", "ada@example.org\r\nBcc: eve@example.org"],
)
def test_an_address_cannot_be_two(browser: httpx.Client, email: str) -> None:
    assert register(browser, email=email).status_code == 400


def test_a_blocked_person_gets_no_link(browser: httpx.Client, mails: MailServer, database_url: str) -> None:
    register(browser)
    register(browser, email="eve@example.org")
    execute(database_url, "UPDATE users SET blocked_at = now() WHERE email_key = 'ada@example.org'")
    forgot(browser, ADA["email"])
    forgot(browser, "eve@example.org")
    assert mails.next()[0] == ["eve@example.org"]
    assert execute(database_url, "SELECT count(*) FROM password_resets")[0]["count"] == 1


def test_without_a_mail_server_the_log_has_the_mail(data: Path, database_url: str, tmp_path: Path) -> None:
    with running_gateway(tmp_path, database_url) as gateway, gateway.client() as browser:
        register(browser, email="log@example.org")
        forgot(browser, "log@example.org", Host="evil.example")
        with (tmp_path / "gateway.log").open() as log:
            found: list[dict[str, str]] = []
            while not found:
                found = [json.loads(line) for line in log if "mail_not_sent" in line]
        assert found[0]["to"] == "log@example.org"
        assert f"{gateway.url}/reset#token=" in found[0]["text"]


def test_credentials_are_used_but_never_sent_in_the_clear_to_another_machine(
    database_url: str, tmp_path: Path
) -> None:
    execute(database_url, "TRUNCATE users CASCADE")
    sender = {"MAIL_FROM": "video@example.org", "GATEWAY_PUBLIC_URL": PUBLIC}
    with mail_server(wants_login=True) as server:
        url = f"smtp://us%40er:se%2Fcret@{server.host}:{server.port}"
        with running_gateway(tmp_path, database_url, SMTP_URL=url, **sender) as gateway:
            with gateway.client() as browser:
                register(browser)
                forgot(browser, ADA["email"])
            server.next()
        assert server.logins == [(b"us@er", b"se/cret")]
    # The loopback's second address stands for another machine: it is not one of the names that are ours.
    with mail_server("127.0.0.2", wants_login=True) as server:
        url = f"smtp://user:secret@{server.host}:{server.port}"
        with running_gateway(tmp_path, database_url, SMTP_URL=url, **sender) as gateway:
            with gateway.client() as browser:
                forgot(browser, ADA["email"])
            server.said_hello.get(timeout=30)
            server.said_hello.get(timeout=30)  # it came back to try again, so the first try is over
        assert (server.logins, server.letters.empty()) == ([], True)
    log = (tmp_path / "gateway.log").read_text()
    assert "mail_failed" in log
    assert "secret" not in log
    assert "#token=" not in log


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"SMTP_URL": "mail.example.org:587"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.org"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail.example.org", "MAIL_FROM": "a@b.org"}, "GATEWAY_PUBLIC_URL"),
        ({"MAIL_FROM": "Playhead <video@example.org"}, "MAIL_FROM"),
    ],
)
def test_half_a_mail_server_is_a_mistake_at_start(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        gateway_settings(values)


def test_a_wrong_mail_server_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError) as raised:
        gateway_settings({"SMTP_URL": "http://user:hunter2@mail.example.org"})
    assert "hunter2" not in str(raised.value)
