"""The audit trail: complete, of both services, in order, and without secrets."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from playhead.video.v1 import audit_pb2
from tests.support.gateway import ADA, COOKIE, RunningGateway, bearer, register, running_gateway
from tests.support.owner_service import owner_service
from tests.support.stack import free_ports

EVE = {"email": "eve@example.org", "name": "Eve"}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def video_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def gateway(data: Path, database_url: str, video_port: int) -> Iterator[RunningGateway]:
    with running_gateway(data, database_url, VIDEO_GRPC_URL=f"127.0.0.1:{video_port}") as gateway:
        yield gateway


class House:
    """An admin's view of the trail, with nothing in it so far."""

    def __init__(self, gateway: RunningGateway, browser: httpx.Client, database_url: str) -> None:
        self.gateway, self.browser, self.database_url = gateway, browser, database_url
        self.admin = bearer(register(browser))

    async def prepare(self) -> None:
        await self.query("UPDATE users SET role = 'admin'")
        await self.query("TRUNCATE audit_events")

    async def query(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    async def page(self, **parameters: str) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.gateway.url, headers=self.admin) as client:
            answer = await client.get("/api/admin/audit", params=parameters)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

    async def all(self, **parameters: str) -> list[dict[str, Any]]:
        events, token = [], ""
        while True:
            page = await self.page(**parameters, page_token=token)
            events += page["events"]
            token = page["next_page_token"]
            if not token:
                return events


@pytest.fixture
def house(gateway: RunningGateway, browser: httpx.Client, database_url: str) -> House:
    return House(gateway, browser, database_url)


def video_event(number: int, time: datetime, **fields: Any) -> audit_pb2.AuditEvent:
    event = audit_pb2.AuditEvent(id=number, action="video.delete", **fields)
    event.time.FromDatetime(time)
    return event


async def test_what_people_do_with_accounts_is_written_down_without_their_secrets(
    house: House, gateway: RunningGateway, video_port: int
) -> None:
    await house.prepare()
    secrets = [ADA["password"], "a wrong password", "eve@example.org"]
    with gateway.client() as eve:
        registered = register(eve, **EVE)
        hers, user_id = bearer(registered), registered.json()["user"]["id"]
        secrets += [registered.cookies[COOKIE], registered.json()["access_token"]]
        eve.post("/api/auth/login", json={"email": EVE["email"], "password": "a wrong password"})
        eve.post("/api/auth/login", json={"email": "nobody@example.org", "password": "a wrong password"})
        made = eve.post("/api/auth/tokens", json={"name": "x", "scopes": ["read"]}, headers=hers).json()
        secrets += [made["token"]]
        eve.delete(f"/api/auth/tokens/{made['id']}", headers=hers)
        eve.post("/api/auth/logout")
    async with owner_service(gateway.url, video_port) as service:
        events = await house.all()
    assert [(event["actor"] or {}).get("name", "") + " " + event["action"] for event in events] == [
        "Eve session.end", "Eve token.revoke", "Eve token.create",
        " session.fail", " session.fail", "Eve session.begin", "Eve account.register",
    ]  # fmt: skip
    unknown, known = events[3], events[4]
    assert (unknown["subject_id"], known["subject_id"]) == ("", user_id)
    assert known["details"] == {"address": "127.0.0.1"}
    assert all(event["service"] == "gateway" for event in events)
    assert not [secret for secret in secrets if secret in str(events)]
    assert service.admins_asked == [house.admin["Authorization"]], "the video service judges for itself"


@pytest.mark.parametrize("page_size", [1, 3, 100])
async def test_both_services_make_one_trail_in_order_and_no_event_is_lost_or_told_twice(
    house: House, gateway: RunningGateway, video_port: int, page_size: int
) -> None:
    await house.prepare()
    chosen = random.Random(page_size)
    # Few moments for many events: pages begin and end in the middle of a microsecond.
    moments = [NOON + timedelta(microseconds=chosen.randrange(20)) for _ in range(40)]
    expected = []
    async with owner_service(gateway.url, video_port) as service:
        service.events = [video_event(number, moments[number]) for number in range(20)]
        expected += [(moments[number], "video", number) for number in range(20)]
        for number in range(20, 40):
            statement = "INSERT INTO audit_events VALUES ($1, $2, '', '', 'session.begin', '', '{}')"
            await house.query(statement, number, moments[number])
            expected.append((moments[number], "gateway", number))
        found = [(event["service"], event["id"]) for event in await house.all(page_size=str(page_size))]
    assert found == [(service_name, number) for _, service_name, number in sorted(expected, reverse=True)]


async def test_the_trail_is_filtered_by_actor_and_by_how_the_action_begins(
    house: House, gateway: RunningGateway, video_port: int
) -> None:
    await house.prepare()
    async with owner_service(gateway.url, video_port) as service:
        service.events = [
            video_event(
                1, NOON, actor_id="e" * 26, actor_name="Eve", subject_id="v", details={"to": "public"}
            ),
            video_event(2, NOON, actor_id="f" * 26, actor_name="Fay"),
        ]
        for actor_id, action in (("e" * 26, "session.end"), ("e" * 26, "token_x"), ("", "tokenax")):
            statement = "INSERT INTO audit_events VALUES (DEFAULT, now(), $1, 'Eve', $2, '', '{}')"
            await house.query(statement, actor_id, action)
        by_eve = await house.all(actor="e" * 26)
        assert [event["action"] for event in by_eve] == ["token_x", "session.end", "video.delete"]
        assert by_eve[2]["actor"] == {"id": "e" * 26, "name": "Eve"}
        assert (by_eve[2]["subject_id"], by_eve[2]["details"]) == ("v", {"to": "public"})
        assert by_eve[2]["time"] == "2026-11-24T12:00:00.000Z"
        assert [event["id"] for event in await house.all(action="video.")] == [2, 1]
        assert [event["action"] for event in await house.all(action="token_")] == ["token_x"]
        assert await house.all(action="%") == []


async def test_half_a_trail_is_not_passed_off_as_a_whole_one(house: House, gateway: RunningGateway) -> None:
    await house.prepare()
    async with httpx.AsyncClient(base_url=gateway.url, headers=house.admin) as client:
        answer = await client.get("/api/admin/audit")
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")


async def test_old_events_are_forgotten(house: House, tmp_path: Path, video_port: int) -> None:
    await house.prepare()
    for days in (364, 366):
        time = datetime.now(UTC) - timedelta(days=days)
        statement = "INSERT INTO audit_events VALUES (DEFAULT, $1, '', '', 'x', $2, '{}')"
        await house.query(statement, time, str(days))
    settings = {"VIDEO_GRPC_URL": f"127.0.0.1:{video_port}"}
    with running_gateway(tmp_path, house.database_url, **settings):
        left = ["364", "366"]
        while "366" in left:  # it is done at the start, beside everything else
            rows = await house.query("SELECT subject_id FROM audit_events WHERE action = 'x'")
            left = [row["subject_id"] for row in rows]
    assert left == ["364"]
