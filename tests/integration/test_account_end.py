"""Leaving and renaming: what the video service has to hear reaches it, whenever it comes back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.gateway import ADA, COOKIE, RunningGateway, bearer, execute, register, running_gateway
from tests.support.owner_service import OwnerService, owner_service
from tests.support.stack import free_ports

EVE = {"email": "eve@example.org", "name": "Eve"}
#: Pauses between attempts stay far below this in these tests.
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def video_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def gateway(data: Path, database_url: str, video_port: int) -> Iterator[RunningGateway]:
    with running_gateway(data, database_url, VIDEO_GRPC_URL=f"127.0.0.1:{video_port}") as gateway:
        yield gateway


async def query(database_url: str, statement: str) -> list[asyncpg.Record]:
    return await asyncio.to_thread(execute, database_url, statement)


def leave(browser: httpx.Client, who: httpx.Response, password: str = ADA["password"]) -> httpx.Response:
    return browser.request("DELETE", "/api/auth/me", json={"password": password}, headers=bearer(who))


def rename(browser: httpx.Client, who: httpx.Response, name: str) -> httpx.Response:
    return browser.patch("/api/auth/me", json={"name": name}, headers=bearer(who))


def refreshed(browser: httpx.Client, who: httpx.Response) -> httpx.Response:
    with httpx.Client(base_url=browser.base_url, cookies={COOKIE: who.cookies[COOKIE]}) as tab:
        return tab.post("/api/auth/refresh")


async def heard(service: OwnerService) -> tuple[str, str, str]:
    told = await asyncio.wait_for(service.heard.get(), PATIENCE_SECONDS)
    assert told.from_gateway
    return told.what, told.owner_id, told.name


async def test_an_account_ends_even_if_the_video_service_hears_of_it_after_a_restart(
    data: Path, tmp_path: Path, database_url: str
) -> None:
    await query(database_url, "TRUNCATE users, outbox CASCADE")
    (port,) = free_ports(1)
    settings = {"VIDEO_GRPC_URL": f"127.0.0.1:{port}"}
    with running_gateway(tmp_path, database_url, **settings) as gateway, gateway.client() as browser:
        ada = register(browser)
        token = browser.post(
            "/api/auth/tokens", json={"name": "x", "scopes": ["read"]}, headers=bearer(ada)
        ).json()["token"]
        answer = leave(browser, ada)
        assert answer.status_code == 204, answer.text
        assert "max-age=0" in answer.headers["set-cookie"].lower()
        assert browser.post("/api/auth/login", json=ADA).status_code == 401
        assert refreshed(browser, ada).status_code == 401
        for left in (bearer(ada), {"Authorization": f"Bearer {token}"}):
            assert browser.get("/api/auth/me", headers=left).status_code == 401
        for table in ("users", "sessions", "refresh_tokens", "api_tokens", "password_resets"):
            assert await query(database_url, f"SELECT * FROM {table}") == [], table
    with running_gateway(tmp_path, database_url, **settings) as gateway:
        async with owner_service(gateway.url, port) as service:
            assert await heard(service) == ("delete", ada.json()["user"]["id"], "")
    (later,) = await query(database_url, "SELECT next_attempt_at - created_at AS after FROM outbox")
    # An access token works for 600 s and 30 s of leeway; what came in with one goes with this.
    assert later["after"].total_seconds() > 630


async def test_what_came_in_with_the_last_token_goes_too(
    browser: httpx.Client, gateway: RunningGateway, video_port: int, database_url: str
) -> None:
    async with owner_service(gateway.url, video_port) as service:
        ada = register(browser)
        eve = register(browser, **EVE)
        assert leave(browser, ada).status_code == 204
        assert await heard(service) == ("delete", ada.json()["user"]["id"], "")
        await query(database_url, "UPDATE outbox SET next_attempt_at = now()")
        rename(browser, eve, "Eva")  # as good a reason to look as the time would be
        told = {await heard(service), await heard(service)}
        assert told == {("delete", ada.json()["user"]["id"], ""), ("rename", eve.json()["user"]["id"], "Eva")}


async def test_delivery_goes_on_until_it_succeeds(
    browser: httpx.Client, gateway: RunningGateway, video_port: int, database_url: str
) -> None:
    async with owner_service(gateway.url, video_port) as service:
        service.failures_left = 2
        ada = register(browser)
        answer = rename(browser, ada, "  Ada   King ")
        assert (answer.status_code, answer.json()) == (200, {**ada.json()["user"], "name": "Ada King"})
        assert await heard(service) == ("rename", ada.json()["user"]["id"], "Ada King")
        assert service.failures_left == 0
        assert refreshed(browser, ada).json()["user"]["name"] == "Ada King"


async def test_only_the_last_name_is_news_and_none_of_somebody_who_left(
    browser: httpx.Client, gateway: RunningGateway, video_port: int
) -> None:
    ada, eve = register(browser), register(browser, **EVE)
    for name in ("One", "Two"):
        assert rename(browser, ada, name).status_code == 200
        assert rename(browser, eve, name).status_code == 200
    assert leave(browser, eve).status_code == 204
    async with owner_service(gateway.url, video_port) as service:
        told = {await heard(service), await heard(service)}
        assert told == {("rename", ada.json()["user"]["id"], "Two"), ("delete", eve.json()["user"]["id"], "")}
        assert service.heard.empty()


async def test_the_account_and_the_message_go_together_or_not_at_all(
    browser: httpx.Client, gateway: RunningGateway, database_url: str
) -> None:
    ada = register(browser)
    await query(database_url, "ALTER TABLE outbox RENAME TO outbox_elsewhere")
    try:
        for answer in (leave(browser, ada), rename(browser, ada, "New")):
            assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")
            assert "outbox" not in answer.text
    finally:
        await query(database_url, "ALTER TABLE outbox_elsewhere RENAME TO outbox")
    assert refreshed(browser, ada).json()["user"]["name"] == "Ada"


async def test_leaving_needs_the_password_and_leaves_a_trace(
    browser: httpx.Client, gateway: RunningGateway, database_url: str
) -> None:
    ada = register(browser)
    answer = leave(browser, ada, "not the password")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "password")
    assert rename(browser, ada, " ").json()["errors"][0]["field"] == "name"
    assert leave(browser, ada).status_code == 204
    statement = "SELECT actor_name, action, subject_id FROM audit_events ORDER BY id DESC LIMIT 2"
    events = [tuple(row) for row in await query(database_url, statement)]
    user_id = ada.json()["user"]["id"]
    assert events == [("Ada", "account.delete", user_id), ("Ada", "password.fail", user_id)]
