"""The native server: identity, health, reflection, and errors that tell nothing they should not."""

import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from playhead.video.v1 import video_pb2, video_pb2_grpc
from shared.tokens import TokenSigner
from tests.integration.test_catalog import listed, refused
from tests.support.database import Databases
from tests.support.video_service import Running, reason_of, running_service


async def with_authorization(service: Running, value: str) -> Any:
    request = video_pb2.ListVideosRequest(owner="me")
    return await service.videos.ListVideos(request, metadata=(("authorization", value),))


async def test_a_token_must_be_ours_and_fresh(service: Running) -> None:
    stranger = TokenSigner(Ed25519PrivateKey.generate()).sign("ada", "Ada", "user", 600)[0]
    good = service.token("ada")
    head, body, signature = good.split(".")
    for value in (
        f"Bearer {stranger}",
        f"Bearer {service.token('ada', -31)}",
        f"Bearer {head}.{body}.{signature[::-1]}",
        f"Basic {good}",
        "Bearer",
        "Bearer nonsense",
        good,
    ):
        assert (await refused(with_authorization(service, value)))[0] == "NOT_SIGNED_IN", value
    await with_authorization(service, f"bearer {good}")


async def test_unreachable_keys_are_not_the_callers_fault(video_databases: Databases, tmp_path: Path) -> None:
    async with (
        video_databases.fresh() as url,
        running_service(url, tmp_path, GATEWAY_URL="http://127.0.0.1:1") as service,
    ):
        assert (await refused(listed(service, "ada", owner="me")))[0] == "UNAVAILABLE"
        assert not (await listed(service)).videos


async def test_without_anonymous_access_everyone_signs_in(video_databases: Databases, tmp_path: Path) -> None:
    async with (
        video_databases.fresh() as url,
        running_service(url, tmp_path, ANONYMOUS_ACCESS="false") as service,
    ):
        video, _ = await service.published("ada", visibility=video_pb2.VISIBILITY_PUBLIC)
        assert (await refused(service.get(None, video.id)))[0] == "NOT_SIGNED_IN"
        assert (await refused(listed(service)))[0] == "NOT_SIGNED_IN"
        playback = await service.videos.GetPlayback(
            video_pb2.GetPlaybackRequest(id=video.id), metadata=service.as_("bob")
        )
        assert "/public/" not in playback.hls_path


async def test_a_fault_of_ours_is_told_as_a_request_id(
    service: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    await service.fetch("ALTER TABLE owners RENAME TO persons")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await listed(service)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "Something went wrong on our side."
    reason, data = await refused(listed(service))
    assert reason == "INTERNAL"
    assert re.fullmatch("[0-9a-f]{16}", data["request_id"])
    assert data["request_id"] in capsys.readouterr().out


@pytest.mark.parametrize(
    "method", ["VideoService/GetVideo", "VideoService/WatchVideos", "UploadService/AppendUpload"]
)
async def test_what_is_no_message_is_refused_without_the_parsers_words(service: Running, method: str) -> None:
    """Of each form: one request and answer, a stream of answers, a stream of requests."""
    call = service.channel.unary_unary(f"/playhead.video.v1.{method}", None, None)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"\xff\xff\xff", metadata=service.as_("ada"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "request: is not a message of this call"
    assert reason_of(caught.value) == ("INVALID_INPUT", {"field": "request"})


async def test_health_and_reflection(service: Running) -> None:
    stub = health_pb2_grpc.HealthStub(service.channel)
    for name in ("", "playhead.video.v1.VideoService", "playhead.video.v1.UploadService"):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(service.channel)
    requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    answers = [answer async for answer in reflection.ServerReflectionInfo(requests)]
    names = {one.name for one in answers[0].list_services_response.service}
    assert {"playhead.video.v1.VideoService", "playhead.video.v1.UploadService"} <= names


async def test_stopping_ends_open_streams_at_once(video_databases: Databases, tmp_path: Path) -> None:
    """It says why, and cuts nobody off when its patience is over: however long that takes on this machine."""
    async with video_databases.fresh() as url, AsyncExitStack() as client:
        async with running_service(url, tmp_path) as service:
            video = await service.uploaded("ada")
            address = f"127.0.0.1:{service.settings.grpc_port}"
            channel = await client.enter_async_context(grpc.aio.insecure_channel(address))
            cursors = [video_pb2.WatchVideosRequest.Cursor(id=video.id)]
            videos = video_pb2_grpc.VideoServiceStub(channel)  # type: ignore[no-untyped-call]
            stream = videos.WatchVideos(
                video_pb2.WatchVideosRequest(videos=cursors), metadata=service.as_("ada")
            )
            await stream.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stream.read()
        assert reason_of(caught.value)[0] == "UNAVAILABLE"
