"""Sharing as the gateway sees it: the video service's SharingService."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.video_client import VideoClient
from gateway.video_records import Owner
from playhead.video.v1 import sharing_pb2, sharing_pb2_grpc, video_pb2


@dataclass(frozen=True)
class SharedPerson:
    person: Owner
    created_at: datetime


@dataclass(frozen=True)
class ShareLink:
    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    has_password: bool


@dataclass(frozen=True)
class OpenedLink:
    share_pass: str
    expires_at: datetime


class ShareClient:
    """Calls on behalf of whoever the ``authorization`` value names, over the video client's
    channel. Every call raises :class:`gateway.problems.Problem`."""

    def __init__(self, client: VideoClient) -> None:
        self._client = client
        self._stub = sharing_pb2_grpc.SharingServiceStub(client.channel)  # type: ignore[no-untyped-call]

    async def shares(self, caller: str, video_id: str) -> tuple[list[SharedPerson], list[ShareLink]]:
        request = sharing_pb2.ListSharesRequest(video_id=video_id)
        answer = await self._client.ask(self._stub.ListShares, request, caller)
        people = [
            SharedPerson(Owner(one.person.id, one.person.name), _time(one.create_time))
            for one in answer.people
        ]
        return people, [_link(link) for link in answer.links]

    async def add_person(self, caller: str, video_id: str, person: Owner) -> None:
        request = sharing_pb2.AddPersonRequest(
            video_id=video_id, person=video_pb2.Owner(id=person.id, name=person.name)
        )
        await self._client.ask(self._stub.AddPerson, request, caller)

    async def remove_person(self, caller: str, video_id: str, person_id: str) -> None:
        request = sharing_pb2.RemovePersonRequest(video_id=video_id, person_id=person_id)
        await self._client.ask(self._stub.RemovePerson, request, caller)

    async def create_link(
        self, caller: str, video_id: str, label: str, expires_at: datetime | None, password: str
    ) -> tuple[ShareLink, str]:
        """The link, and the secret that opens it, which cannot be had again."""
        request = sharing_pb2.CreateShareLinkRequest(video_id=video_id, label=label, password=password)
        if expires_at is not None:
            request.expire_time.FromDatetime(expires_at)
        answer = await self._client.ask(self._stub.CreateShareLink, request, caller)
        return _link(answer.link), str(answer.secret)

    async def revoke_link(self, caller: str, video_id: str, link_id: str) -> None:
        request = sharing_pb2.RevokeShareLinkRequest(video_id=video_id, link_id=link_id)
        await self._client.ask(self._stub.RevokeShareLink, request, caller)

    async def open(self, caller: str | None, video_id: str, secret: str, password: str) -> OpenedLink:
        request = sharing_pb2.OpenShareLinkRequest(video_id=video_id, secret=secret, password=password)
        answer = await self._client.ask(self._stub.OpenShareLink, request, caller)
        return OpenedLink(str(getattr(answer, "pass")), _time(answer.expire_time))


def _time(timestamp: Any) -> datetime:
    time: datetime = timestamp.ToDatetime(tzinfo=UTC)
    return time


def _link(message: Any) -> ShareLink:
    return ShareLink(
        id=message.id,
        label=message.label,
        created_at=_time(message.create_time),
        expires_at=_time(message.expire_time) if message.HasField("expire_time") else None,
        has_password=message.has_password,
    )
