"""``SharingService``: native gRPC only, for the gateway."""

from typing import Any

from playhead.video.v1 import sharing_pb2, sharing_pb2_grpc
from shared.tokens import Scope
from video_service.domain.sharing import ShareLink
from video_service.domain.video import Owner
from video_service.rpc.calls import Calls
from video_service.rpc.convert import owner_message, time_of, timestamp
from video_service.sharing import Sharing


class SharingServicer(sharing_pb2_grpc.SharingServiceServicer):
    def __init__(self, sharing: Sharing, calls: Calls) -> None:
        self._sharing = sharing
        self._calls = calls

    async def ListShares(
        self, request: sharing_pb2.ListSharesRequest, context: Any
    ) -> sharing_pb2.ListSharesResponse:
        async with self._calls.answering("ListShares", context, Scope.MANAGE) as caller:
            people, links = await self._sharing.shares(caller.viewer, request.video_id)
            return sharing_pb2.ListSharesResponse(
                people=[
                    sharing_pb2.SharedPerson(
                        person=owner_message(one.person), create_time=timestamp(one.created_at)
                    )
                    for one in people
                ],
                links=[_link_message(link) for link in links],
            )

    async def AddPerson(
        self, request: sharing_pb2.AddPersonRequest, context: Any
    ) -> sharing_pb2.AddPersonResponse:
        async with self._calls.answering("AddPerson", context, Scope.MANAGE) as caller:
            person = Owner(request.person.id, request.person.name)
            await self._sharing.add_person(caller.viewer, request.video_id, person)
            return sharing_pb2.AddPersonResponse()

    async def RemovePerson(
        self, request: sharing_pb2.RemovePersonRequest, context: Any
    ) -> sharing_pb2.RemovePersonResponse:
        async with self._calls.answering("RemovePerson", context, Scope.MANAGE) as caller:
            await self._sharing.remove_person(caller.viewer, request.video_id, request.person_id)
            return sharing_pb2.RemovePersonResponse()

    async def CreateShareLink(
        self, request: sharing_pb2.CreateShareLinkRequest, context: Any
    ) -> sharing_pb2.CreateShareLinkResponse:
        async with self._calls.answering("CreateShareLink", context, Scope.MANAGE) as caller:
            ends = request.HasField("expire_time")
            expires_at = time_of("expire_time", request.expire_time) if ends else None
            new = await self._sharing.create_link(
                caller.viewer, request.video_id, request.label, expires_at, request.password
            )
            return sharing_pb2.CreateShareLinkResponse(link=_link_message(new.link), secret=new.secret)

    async def RevokeShareLink(
        self, request: sharing_pb2.RevokeShareLinkRequest, context: Any
    ) -> sharing_pb2.RevokeShareLinkResponse:
        async with self._calls.answering("RevokeShareLink", context, Scope.MANAGE) as caller:
            await self._sharing.revoke_link(caller.viewer, request.video_id, request.link_id)
            return sharing_pb2.RevokeShareLinkResponse()

    async def OpenShareLink(
        self, request: sharing_pb2.OpenShareLinkRequest, context: Any
    ) -> sharing_pb2.OpenShareLinkResponse:
        async with self._calls.answering("OpenShareLink", context, Scope.READ) as caller:
            opened = await self._sharing.open(
                caller.viewer, request.video_id, request.secret, request.password
            )
            return sharing_pb2.OpenShareLinkResponse(
                **{"pass": opened.share_pass}, expire_time=timestamp(opened.expires_at)
            )


def _link_message(link: ShareLink) -> sharing_pb2.ShareLink:
    return sharing_pb2.ShareLink(
        id=link.id,
        label=link.label,
        create_time=timestamp(link.created_at),
        expire_time=None if link.expires_at is None else timestamp(link.expires_at),
        has_password=link.has_password,
    )
