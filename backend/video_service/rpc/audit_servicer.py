"""``AuditService``: native gRPC only, for admins."""

from typing import Any

from playhead.video.v1 import audit_pb2, audit_pb2_grpc
from shared.tokens import Scope
from video_service.domain.errors import InvalidInput
from video_service.domain.sharing import AuditEvent
from video_service.domain.sharing_stores import Audit
from video_service.rpc.calls import Calls
from video_service.rpc.convert import time_of, timestamp

_MAX_PAGE_SIZE = 200
_DEFAULT_PAGE_SIZE = 50


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    def __init__(self, audit: Audit, calls: Calls) -> None:
        self._audit = audit
        self._calls = calls

    async def ListAuditEvents(
        self, request: audit_pb2.ListAuditEventsRequest, context: Any
    ) -> audit_pb2.ListAuditEventsResponse:
        async with self._calls.answering("ListAuditEvents", context, Scope.MANAGE) as caller:
            caller.require_admin()
            if not 0 <= request.page_size <= _MAX_PAGE_SIZE:
                raise InvalidInput("page_size", f"must be from 0 to {_MAX_PAGE_SIZE}")
            for field, text in (("actor_id", request.actor_id), ("action_prefix", request.action_prefix)):
                if "\0" in text:
                    raise InvalidInput(field, "must not contain control characters")
            before = time_of("before_time", request.before_time) if request.HasField("before_time") else None
            events = await self._audit.events(
                before, request.actor_id, request.action_prefix, request.page_size or _DEFAULT_PAGE_SIZE
            )
            return audit_pb2.ListAuditEventsResponse(events=[_message(event) for event in events])


def _message(event: AuditEvent) -> audit_pb2.AuditEvent:
    return audit_pb2.AuditEvent(
        id=event.id,
        time=timestamp(event.time),
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        action=event.action,
        subject_id=event.subject_id,
        details=dict(event.details),
    )
