"""Quotas and the rates of uploads and lists through the gateway, over a real video service."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.test_gateway_uploads import TUS, form, wait_until
from tests.support.stack import Person, Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    settings = {
        "MAX_UPLOAD_SIZE": "2MB",
        "STORAGE_QUOTA": "1MB",
        "DAILY_QUOTA": "1.5MB",
        "MAX_CONCURRENT_UPLOADS": "3",
        "RATE_LIMIT_UPLOAD": "6/1h",
        "RATE_LIMIT_LIST": "3/1h",
    }
    with running_stack("gateway", "video", **settings) as stack:
        yield stack


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    person = Person(stack, "Ada")
    yield person
    person.http.close()


def create(person: Person, size_bytes: int) -> httpx.Response:
    return person.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(size_bytes)})


def usage(person: Person) -> dict[str, Any]:
    answer = person.http.get("/api/usage")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    return dict(answer.json())


def problem(answer: httpx.Response) -> tuple[int, str, Any, Any, Any]:
    body = answer.json()
    return (
        answer.status_code,
        body["reason"],
        body.get("quota"),
        body.get("limit_bytes"),
        body.get("used_bytes"),
    )


def test_usage_tells_what_is_used_and_what_is_allowed(stack: Stack, person: Person) -> None:
    limits = {
        "storage_quota_bytes": 1_000_000,
        "daily_quota_bytes": 1_500_000,
        "max_concurrent_uploads": 3,
        "max_upload_bytes": 2_000_000,
    }
    assert usage(person) == {"stored_bytes": 0, "uploaded_today_bytes": 0, "open_uploads": 0, **limits}
    upload = create(person, 300_000)
    assert usage(person) == {
        "stored_bytes": 300_000,
        "uploaded_today_bytes": 300_000,
        "open_uploads": 1,
        **limits,
    }
    person.http.delete(upload.headers["location"], headers=TUS)
    assert usage(person)["stored_bytes"] == 0
    assert httpx.get(f"{stack.gateway_url}/api/usage").status_code == 401


def test_an_upload_that_does_not_fit_is_refused_with_the_limit_and_what_is_used(person: Person) -> None:
    assert create(person, 800_000).status_code == 201
    refused = (413, "QUOTA_EXCEEDED", "storage", 1_000_000, 800_000)
    assert problem(create(person, 200_001)) == refused
    headers, body = form(("file", bytes(900_000)))
    assert problem(person.http.post("/upload", content=body, headers=headers)) == refused
    assert usage(person)["stored_bytes"] == 800_000
    assert create(person, 200_000).status_code == 201


def test_a_form_without_a_length_is_limited_to_what_is_left_while_it_arrives(person: Person) -> None:
    assert create(person, 600_000).status_code == 201
    headers, body = form(("file", bytes(400_001)))
    pieces = iter([body[start : start + 50_000] for start in range(0, len(body), 50_000)])
    answer = person.http.post("/upload", content=pieces, headers=headers)  # chunked: no length
    assert problem(answer) == (413, "QUOTA_EXCEEDED", "storage", 1_000_000, 600_000)
    assert usage(person)["stored_bytes"] == 600_000
    headers, body = form(("file", bytes(400_000)))
    assert person.http.post("/upload", content=iter([body]), headers=headers).status_code == 201
    assert usage(person)["stored_bytes"] == 1_000_000


def test_a_form_with_a_length_reserves_no_more_than_that(person: Person) -> None:
    headers, body = form(("file", bytes(100_000)))
    while_it_arrives: list[int] = []

    def slowly() -> Iterator[bytes]:
        yield body[:50_000]
        with httpx.Client(base_url=person.http.base_url, headers=person.http.headers) as http:
            wait_until(lambda: http.get("/api/usage").json()["open_uploads"] == 1)
            while_it_arrives.append(http.get("/api/usage").json()["stored_bytes"])
        yield body[50_000:]

    promised = {**headers, "Content-Length": str(len(body))}
    assert person.http.post("/upload", content=slowly(), headers=promised).status_code == 201
    assert while_it_arrives == [len(body)]
    assert usage(person)["stored_bytes"] == 100_000


def test_so_many_uploads_at_a_time_and_so_many_in_an_hour(person: Person) -> None:
    assert [create(person, 1).status_code for _ in range(3)] == [201] * 3
    waits = []
    for _ in range(4):
        answer = create(person, 1)
        assert (answer.status_code, answer.json()["reason"]) == (429, "RATE_LIMITED")
        waits.append(int(answer.headers["retry-after"]))
    # Three more tries meet the uploads that are open, the fourth the rate of six an hour.
    assert waits[:3] == [60] * 3
    assert 60 < waits[3] <= 600
    headers, body = form(("file", b"x"))
    assert person.http.post("/upload", content=body, headers=headers).status_code == 429


def test_listing_and_search_are_limited_for_an_account(stack: Stack, person: Person) -> None:
    for query in ("", "harbour", "dawn"):
        assert person.http.get("/api/videos", params={"query": query}).status_code == 200
    answer = person.http.get("/api/videos", params={"query": "another"})
    assert (answer.status_code, answer.json()["reason"]) == (429, "RATE_LIMITED")
    assert int(answer.headers["retry-after"]) > 0
    assert Person(stack, "Bob").http.get("/api/videos").status_code == 200
