"""How often browsers may call gRPC-Web; what comes natively was counted by the gateway."""

import base64
from collections.abc import AsyncIterator

import pytest
from google.rpc import error_details_pb2, status_pb2

from playhead.video.v1 import video_pb2
from tests.integration.test_grpc_web import call, framed, unframed
from tests.support.database import Databases
from tests.support.video_service import Running, running_service

LIST = framed(video_pb2.ListVideosRequest())
GET = framed(video_pb2.GetVideoRequest(id="a" * 26))


@pytest.fixture
async def limited(
    video_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    settings = {"RATE_LIMIT_LIST": "2/1h", "RATE_LIMIT_API": "4/1h", "TRUSTED_PROXIES": "127.0.0.1"}
    folder = tmp_path_factory.mktemp("data")
    async with video_databases.fresh() as url, running_service(url, folder, **settings) as running:
        yield running


async def outcome(
    service: Running, method: str, body: bytes, address: str, person: str = "", token: str = ""
) -> str:
    """The reason of the refusal, or nothing."""
    headers = {"x-forwarded-for": address}
    if person or token:
        headers["authorization"] = f"Bearer {token or service.token(person)}"
    answer = await call(service, method, body, headers)
    assert answer.status_code == 200
    _, trailers = unframed(answer.content)
    if trailers["grpc-status"] == "0":
        return ""
    status = status_pb2.Status.FromString(base64.b64decode(trailers["grpc-status-details-bin"] + "=="))
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    if info.reason == "RATE_LIMITED":
        assert trailers["grpc-status"] == "8"
        assert 0 < int(info.metadata["retry_after_seconds"]) <= 3600
    return info.reason


async def test_listing_is_limited_for_an_account_wherever_it_calls_from(limited: Running) -> None:
    answers = [await outcome(limited, "ListVideos", LIST, f"203.0.113.{n}", "ada") for n in range(3)]
    assert answers == ["", "", "RATE_LIMITED"]
    assert await outcome(limited, "ListVideos", LIST, "203.0.113.9", "bob") == ""
    assert await outcome(limited, "GetVideo", GET, "203.0.113.9", "ada") == "NOT_FOUND", "other calls go on"


async def test_listing_is_limited_for_an_address_whoever_calls(limited: Running) -> None:
    answers = [await outcome(limited, "ListVideos", LIST, "203.0.113.1") for _ in range(20)]
    assert answers == [""] * 20
    for claim in ("203.0.113.1", "192.0.2.5, 203.0.113.1"):
        assert await outcome(limited, "ListVideos", LIST, claim) == "RATE_LIMITED"
        assert await outcome(limited, "ListVideos", LIST, claim, "ada") == "RATE_LIMITED"
    assert await outcome(limited, "ListVideos", LIST, "203.0.113.2") == ""


async def test_all_calls_together_are_limited_also_with_tokens_that_do_not_hold(limited: Running) -> None:
    answers = [await outcome(limited, "GetVideo", GET, f"203.0.113.{n}", "ada") for n in range(5)]
    assert answers == ["NOT_FOUND"] * 4 + ["RATE_LIMITED"]
    forged = [await outcome(limited, "GetVideo", GET, "192.0.2.1", token="a.b.c") for _ in range(41)]
    assert forged == ["NOT_SIGNED_IN"] * 40 + ["RATE_LIMITED"]


async def test_the_gateways_own_calls_are_not_limited(limited: Running) -> None:
    for _ in range(25):
        await limited.videos.ListVideos(video_pb2.ListVideosRequest(), metadata=limited.as_("ada"))


async def test_a_spoofed_header_buys_nothing(
    video_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    async with (
        video_databases.fresh() as url,
        running_service(url, folder, RATE_LIMIT_LIST="1/1h") as service,
    ):
        answers = [await outcome(service, "ListVideos", LIST, f"203.0.113.{n}") for n in range(11)]
    assert answers == [""] * 10 + ["RATE_LIMITED"]
