"""``OwnerService``: native gRPC only, for the gateway when it speaks for itself."""

from typing import Any

from playhead.video.v1 import owner_pb2, owner_pb2_grpc
from video_service.people import People
from video_service.rpc.calls import Calls


class OwnerServicer(owner_pb2_grpc.OwnerServiceServicer):
    """``calls`` must let nobody in but the gateway."""

    def __init__(self, people: People, calls: Calls) -> None:
        self._people = people
        self._calls = calls

    async def RenameOwner(
        self, request: owner_pb2.RenameOwnerRequest, context: Any
    ) -> owner_pb2.RenameOwnerResponse:
        async with self._calls.answering("RenameOwner", context):
            await self._people.rename(request.id, request.name)
            return owner_pb2.RenameOwnerResponse()

    async def DeleteOwner(
        self, request: owner_pb2.DeleteOwnerRequest, context: Any
    ) -> owner_pb2.DeleteOwnerResponse:
        async with self._calls.answering("DeleteOwner", context):
            await self._people.delete(request.id)
            return owner_pb2.DeleteOwnerResponse()
