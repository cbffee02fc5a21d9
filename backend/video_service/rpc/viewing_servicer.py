"""``ViewingService``, for native gRPC and gRPC-Web alike."""

from typing import Any

from playhead.video.v1 import viewing_pb2, viewing_pb2_grpc
from shared.client_address import caller_key
from shared.tokens import Scope
from video_service.domain.access import Viewer
from video_service.rpc.calls import Calls
from video_service.rpc.convert import timestamp, video_message
from video_service.rpc.grpc_web import Context
from video_service.viewing import ViewingDesk


class ViewingServicer(viewing_pb2_grpc.ViewingServiceServicer):
    def __init__(self, desk: ViewingDesk, calls: Calls) -> None:
        self._desk = desk
        self._calls = calls

    def add_to(self, server: Any) -> None:
        """To a native server or to sonora's: both are registered with alike."""
        viewing_pb2_grpc.add_ViewingServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]

    async def RecordViewing(
        self, request: viewing_pb2.RecordViewingRequest, context: Any
    ) -> viewing_pb2.RecordViewingResponse:
        async with self._calls.answering("RecordViewing", context, Scope.READ) as caller:
            position_seconds = request.position_seconds if request.HasField("position_seconds") else None
            await self._desk.record(
                caller.viewer,
                _visitor(caller.viewer, context),
                request.video_id,
                position_seconds,
                request.watched_seconds,
            )
            return viewing_pb2.RecordViewingResponse()

    async def ListHistory(
        self, request: viewing_pb2.ListHistoryRequest, context: Any
    ) -> viewing_pb2.ListHistoryResponse:
        async with self._calls.answering("ListHistory", context, Scope.READ) as caller:
            page, paused = await self._desk.history(caller.viewer, request.page_size, request.page_token)
            viewings = [
                viewing_pb2.Viewing(video=video_message(one.seen), watch_time=timestamp(one.at))
                for one in page.entries
            ]
            return viewing_pb2.ListHistoryResponse(
                viewings=viewings, next_page_token=page.next_page_token, paused=paused
            )

    async def ListUnfinished(
        self, request: viewing_pb2.ListUnfinishedRequest, context: Any
    ) -> viewing_pb2.ListUnfinishedResponse:
        async with self._calls.answering("ListUnfinished", context, Scope.READ) as caller:
            page = await self._desk.unfinished(caller.viewer, request.page_size, request.page_token)
            videos = [video_message(one.seen) for one in page.entries]
            return viewing_pb2.ListUnfinishedResponse(videos=videos, next_page_token=page.next_page_token)

    async def RemoveFromHistory(
        self, request: viewing_pb2.RemoveFromHistoryRequest, context: Any
    ) -> viewing_pb2.RemoveFromHistoryResponse:
        async with self._calls.answering("RemoveFromHistory", context, Scope.MANAGE) as caller:
            await self._desk.remove(caller.viewer, request.video_id)
            return viewing_pb2.RemoveFromHistoryResponse()

    async def ClearHistory(
        self, request: viewing_pb2.ClearHistoryRequest, context: Any
    ) -> viewing_pb2.ClearHistoryResponse:
        async with self._calls.answering("ClearHistory", context, Scope.MANAGE) as caller:
            await self._desk.clear(caller.viewer)
            return viewing_pb2.ClearHistoryResponse()

    async def SetHistoryPaused(
        self, request: viewing_pb2.SetHistoryPausedRequest, context: Any
    ) -> viewing_pb2.SetHistoryPausedResponse:
        async with self._calls.answering("SetHistoryPaused", context, Scope.MANAGE) as caller:
            await self._desk.set_paused(caller.viewer, request.paused)
            return viewing_pb2.SetHistoryPausedResponse()

    async def ListWatchLater(
        self, request: viewing_pb2.ListWatchLaterRequest, context: Any
    ) -> viewing_pb2.ListWatchLaterResponse:
        async with self._calls.answering("ListWatchLater", context, Scope.READ) as caller:
            page = await self._desk.later(caller.viewer, request.page_size, request.page_token)
            videos = [video_message(one.seen) for one in page.entries]
            return viewing_pb2.ListWatchLaterResponse(videos=videos, next_page_token=page.next_page_token)

    async def AddToWatchLater(
        self, request: viewing_pb2.AddToWatchLaterRequest, context: Any
    ) -> viewing_pb2.AddToWatchLaterResponse:
        async with self._calls.answering("AddToWatchLater", context, Scope.MANAGE) as caller:
            await self._desk.keep_for_later(caller.viewer, request.video_id)
            return viewing_pb2.AddToWatchLaterResponse()

    async def RemoveFromWatchLater(
        self, request: viewing_pb2.RemoveFromWatchLaterRequest, context: Any
    ) -> viewing_pb2.RemoveFromWatchLaterResponse:
        async with self._calls.answering("RemoveFromWatchLater", context, Scope.MANAGE) as caller:
            await self._desk.drop_from_later(caller.viewer, request.video_id)
            return viewing_pb2.RemoveFromWatchLaterResponse()


def _visitor(viewer: Viewer, context: Any) -> str:
    """What makes two visits the same viewer's: the person; of strangers the address, whatever browser
    they say they have. Strangers over native gRPC are all one: whoever calls there is no viewer."""
    if viewer.user_id is not None:
        return f"person {viewer.user_id}"
    return f"address {caller_key(context.scope)}" if isinstance(context, Context) else "native"
