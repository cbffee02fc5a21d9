"""Who may make an account: open, invite and closed houses, invitations, and the first admin."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.requests import new_id
from tests.support.gateway import RunningGateway, bearer, execute, register, running_gateway
from tests.support.mail import MailServer, mail_server, text_of

PUBLIC = "http://video.example.org"
EVE = {"email": "eve@example.org", "name": "Eve"}


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def gateway(data: Path, database_url: str, mails: MailServer) -> Iterator[RunningGateway]:
    """A house that people are invited to."""
    settings = {
        "REGISTRATION": "invite",
        "SMTP_URL": f"smtp://{mails.host}:{mails.port}",
        "MAIL_FROM": "video@example.org",
        "GATEWAY_PUBLIC_URL": PUBLIC,
    }
    with running_gateway(data, database_url, **settings) as gateway:
        yield gateway


@pytest.fixture
def admin(browser: httpx.Client, database_url: str) -> dict[str, str]:
    """The headers of an admin, whose browser is ``browser``."""
    return make_admin(browser, database_url)


def offer_setup(database_url: str, secret: str) -> None:
    """As the gateway itself does at its start, for a secret that we know."""
    execute(
        database_url,
        "INSERT INTO invitations VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'), NULL, 'admin',"
        " NULL, now(), now() + interval '1 hour')",
        new_id(),
        secret,
    )


def make_admin(browser: httpx.Client, database_url: str) -> dict[str, str]:
    offer_setup(database_url, "a secret")
    answer = register(browser, setup="a secret")
    assert answer.status_code == 201, answer.text
    assert answer.json()["user"]["role"] == "admin"
    return bearer(answer)


def invite(browser: httpx.Client, admin: dict[str, str], **body: object) -> httpx.Response:
    return browser.post("/api/admin/invitations", json=body, headers=admin)


def secret_of(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).partition("/register?invitation=")[2]


def refused_field(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_INPUT")
    return str(answer.json()["errors"][0]["field"])


def test_without_an_invitation_nobody_gets_in(browser: httpx.Client, admin: dict[str, str]) -> None:
    answer = register(browser, **EVE)
    assert (answer.status_code, answer.json()["reason"]) == (403, "NOT_ALLOWED")
    for secret in ("guess", "\U0001f600", "x" * 5000):
        assert refused_field(register(browser, **EVE, invitation=secret)) == "invitation"
    assert browser.get("/config.json").json()["registration"] == "invite"


def test_an_invitation_works_once_and_gives_its_role(
    browser: httpx.Client, gateway: RunningGateway, admin: dict[str, str], database_url: str
) -> None:
    answer = invite(browser, admin, role="moderator", expires_in_days=3)
    secret = secret_of(answer)
    assert answer.json()["url"].startswith(f"{PUBLIC}/register?invitation=")
    assert secret not in str(execute(database_url, "SELECT * FROM invitations, audit_events"))
    (listed,) = browser.get("/api/admin/invitations", headers=admin).json()["invitations"]
    assert {**listed, "url": answer.json()["url"]} == answer.json()
    assert (listed["role"], listed["created_by"]["name"]) == ("moderator", "Ada")
    with gateway.client() as eve:
        taken = register(eve, invitation=secret)
        assert refused_field(taken) == "email", "Ada is there already"
        assert refused_field(register(eve, **EVE, password="x", invitation=secret)) == "password"
        registered = register(eve, **EVE, invitation=secret)
        assert registered.status_code == 201, "what failed did not use it up"
        assert registered.json()["user"]["role"] == "moderator"
        again = register(eve, email="mallory@example.org", invitation=secret)
        assert refused_field(again) == "invitation"
    assert browser.get("/api/admin/invitations", headers=admin).json() == {"invitations": []}


def test_of_people_who_race_for_one_invitation_one_gets_in(
    browser: httpx.Client, admin: dict[str, str], database_url: str
) -> None:
    secret, statuses = secret_of(invite(browser, admin)), []

    def race(number: int) -> None:
        answer = register(browser, email=f"p{number}@example.org", invitation=secret)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 400, 400, 400]
    assert execute(database_url, "SELECT count(*) FROM users")[0]["count"] == 2


def test_an_invitation_for_an_address_is_mailed_and_is_for_nobody_else(
    browser: httpx.Client, gateway: RunningGateway, admin: dict[str, str], mails: MailServer
) -> None:
    host = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = browser.post(
        "/api/admin/invitations", json={"email": "Eve@B\u00fccher.example"}, headers=admin | host
    )
    recipients, letter = mails.next()
    assert recipients == ["Eve@xn--bcher-kva.example"]
    assert f"{PUBLIC}/register?invitation={secret_of(answer)}" in text_of(letter)
    assert "evil" not in text_of(letter)
    with gateway.client() as eve:
        secret = secret_of(answer)
        assert refused_field(register(eve, **EVE, invitation=secret)) == "email"
        same = register(eve, name="Eve", email="eve@XN--BCHER-KVA.example", invitation=secret)
        assert same.status_code == 201, "another spelling of the same address"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "eve"}, "email"),
        ({"email": "eve@example.org\r\nBcc: all@example.org"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 91}, "expires_in_days"),
    ],
)
def test_what_no_invitation_can_be(
    browser: httpx.Client, admin: dict[str, str], mails: MailServer, body: dict[str, object], field: str
) -> None:
    assert refused_field(invite(browser, admin, **body)) == field
    assert mails.letters.empty()


@pytest.mark.parametrize("how", ["revoked", "expired", "its admin is gone"])
def test_an_invitation_that_does_not_hold(
    browser: httpx.Client, admin: dict[str, str], database_url: str, how: str
) -> None:
    answer = invite(browser, admin)
    match how:
        case "revoked":
            path = f"/api/admin/invitations/{answer.json()['id']}"
            assert browser.delete(path, headers=admin).status_code == 204
            assert browser.delete(path, headers=admin).status_code == 404
            assert browser.delete("/api/admin/invitations/%00", headers=admin).status_code == 404
        case "expired":
            execute(database_url, "UPDATE invitations SET expires_at = now()")
        case "its admin is gone":
            execute(database_url, "DELETE FROM users")
    assert refused_field(register(browser, **EVE, invitation=secret_of(answer))) == "invitation"


def test_an_invitation_is_no_setup_and_a_setup_no_invitation(
    browser: httpx.Client, admin: dict[str, str], database_url: str
) -> None:
    offer_setup(database_url, "another")
    assert refused_field(register(browser, **EVE, setup=secret_of(invite(browser, admin)))) == "setup"
    assert refused_field(register(browser, **EVE, invitation="another")) == "invitation"


def link_in_log(gateway_log: Path) -> str:
    with gateway_log.open() as log:
        found: list[str] = []
        while not found:
            found = [json.loads(line)["link"] for line in log if "There is no admin yet" in line]
    return found[-1]


@contextmanager
def house(folder: Path, database_url: str, mode: str) -> Iterator[tuple[httpx.Client, Path]]:
    with running_gateway(folder, database_url, REGISTRATION=mode) as gateway, gateway.client() as browser:
        yield browser, folder / "gateway.log"


def test_the_first_admin_gets_in_once_by_the_newest_link_in_the_log(
    database_url: str, tmp_path: Path
) -> None:
    execute(database_url, "TRUNCATE users, invitations CASCADE")
    with house(tmp_path / "1", database_url, "closed") as (_, log):
        first = link_in_log(log)
    with house(tmp_path / "2", database_url, "closed") as (browser, log):
        second = link_in_log(log)
        assert second.startswith(f"{browser.base_url}".rstrip("/") + "/register?setup=")
        old, new = (link.partition("setup=")[2] for link in (first, second))
        assert new not in str(execute(database_url, "SELECT * FROM invitations"))
        assert refused_field(register(browser, setup=old)) == "setup"
        assert refused_field(register(browser, setup=new, password="x")) == "password"
        answer = register(browser, setup=new)
        assert (answer.status_code, answer.json()["user"]["role"]) == (201, "admin")
        assert refused_field(register(browser, **EVE, setup=new)) == "setup"
        assert register(browser, **EVE).status_code == 403
        forbidden = invite(browser, bearer(answer))
        assert (forbidden.status_code, forbidden.json()["reason"]) == (403, "NOT_ALLOWED")
    with house(tmp_path / "3", database_url, "closed") as (browser, log):
        assert browser.get("/healthz").status_code == 200
        assert "setup" not in log.read_text(), "there is an admin"
    execute(database_url, "UPDATE users SET blocked_at = now()")
    with house(tmp_path / "4", database_url, "closed") as (_, log):
        assert link_in_log(log), "one who is blocked is none"


def test_a_setup_link_is_worth_nothing_once_there_is_an_admin(
    browser: httpx.Client, admin: dict[str, str], database_url: str
) -> None:
    offer_setup(database_url, "another")
    assert refused_field(register(browser, **EVE, setup="another")) == "setup"
