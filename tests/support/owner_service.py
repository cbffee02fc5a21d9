"""A stand-in for the native side of the video service: hears of people, and has an audit trail."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx

from playhead.video.v1 import audit_pb2, audit_pb2_grpc, owner_pb2, owner_pb2_grpc
from shared.tokens import SERVICE_AUDIENCE, JsonWebKeySet, TokenVerifier


@dataclass
class Heard:
    """What a call was about, and whether it was the gateway itself that called."""

    what: str
    owner_id: str
    name: str
    from_gateway: bool


@dataclass
class OwnerService(owner_pb2_grpc.OwnerServiceServicer, audit_pb2_grpc.AuditServiceServicer):
    gateway_url: str
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    events: Sequence[audit_pb2.AuditEvent] = ()
    admins_asked: list[str] = field(default_factory=list)
    failures_left: int = 0
    """This many calls about people fail before one succeeds."""

    async def RenameOwner(self, request: owner_pb2.RenameOwnerRequest, context: Any) -> Any:
        await self._hear(context, "rename", request.id, request.name)
        return owner_pb2.RenameOwnerResponse()

    async def DeleteOwner(self, request: owner_pb2.DeleteOwnerRequest, context: Any) -> Any:
        await self._hear(context, "delete", request.id, "")
        return owner_pb2.DeleteOwnerResponse()

    async def ListAuditEvents(self, request: audit_pb2.ListAuditEventsRequest, context: Any) -> Any:
        """As the contract says, no more: newest first, strictly before a time, so many at most."""
        self.admins_asked.append(str(dict(context.invocation_metadata()).get("authorization", "")))
        found = [
            event
            for event in self.events
            if event.action.startswith(request.action_prefix)
            and request.actor_id in ("", event.actor_id)
            and (not request.HasField("before_time") or _nanos(event.time) < _nanos(request.before_time))
        ]
        found.sort(key=lambda event: (_nanos(event.time), event.id), reverse=True)
        return audit_pb2.ListAuditEventsResponse(events=found[: request.page_size or 50])

    async def _hear(self, context: Any, what: str, owner_id: str, name: str) -> None:
        token = str(dict(context.invocation_metadata()).get("authorization", "")).removeprefix("Bearer ")
        identity = await TokenVerifier(self._keys, SERVICE_AUDIENCE).verify(token)
        if self.failures_left:
            self.failures_left -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        self.heard.put_nowait(Heard(what, owner_id, name, identity.user_id == "playhead-gateway"))

    async def _keys(self) -> JsonWebKeySet:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.gateway_url}/.well-known/jwks.json")
        return answer.json()


def _nanos(time: Any) -> int:
    return int(time.seconds) * 10**9 + int(time.nanos)


@asynccontextmanager
async def owner_service(gateway_url: str, port: int) -> AsyncIterator[OwnerService]:
    service = OwnerService(gateway_url)
    server = grpc.aio.server()
    owner_pb2_grpc.add_OwnerServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    audit_pb2_grpc.add_AuditServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    assert server.add_insecure_port(f"127.0.0.1:{port}") == port
    await server.start()
    try:
        yield service
    finally:
        await server.stop(None)
