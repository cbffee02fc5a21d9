"""REST: what a person's videos take, and how much they may."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get

from gateway.accounts.caller import Callers
from gateway.settings import Quotas, Settings
from gateway.video_client import VideoClient
from gateway.video_records import Usage
from shared.rpc_errors import WireError
from shared.tokens import Scope


@dataclass(frozen=True)
class UsageAnswer:
    """Sizes are bytes; a limit that is null is none."""

    stored_bytes: int
    """All sources and captions that were sent, and what uploads in progress were announced with."""
    storage_quota_bytes: int | None
    uploaded_today_bytes: int
    """Begun within the last 24 hours."""
    daily_quota_bytes: int | None
    open_uploads: int
    """Not complete."""
    max_concurrent_uploads: int | None
    max_upload_bytes: int


def usage_routes(settings: Settings, client: VideoClient, callers: Callers) -> Router:
    quotas = settings.quotas

    @get("/", summary="What you use and how much you may", tags=["Uploads"])
    async def usage(request: Request[Any, Any, Any]) -> Response[UsageAnswer]:
        person = await callers.person(request, Scope.READ)
        used = await client.usage(person.authorization)
        answer = UsageAnswer(
            stored_bytes=used.stored_bytes,
            storage_quota_bytes=quotas.storage_bytes or None,
            uploaded_today_bytes=used.uploaded_today_bytes,
            daily_quota_bytes=quotas.daily_bytes or None,
            open_uploads=used.open_uploads,
            max_concurrent_uploads=quotas.concurrent_uploads or None,
            max_upload_bytes=settings.max_upload_bytes,
        )
        return Response(answer, headers={"Cache-Control": "private, no-store", "Vary": "Authorization"})

    return Router(path="/api/usage", route_handlers=[usage])


def outgrown(quotas: Quotas, used: Usage, reserved_bytes: int) -> WireError:
    """What stopped an upload that had reserved all that was left, by what else is used."""
    stored_bytes = used.stored_bytes - reserved_bytes
    today_bytes = used.uploaded_today_bytes - reserved_bytes
    by_storage = quotas.storage_bytes and quotas.storage_bytes - stored_bytes <= reserved_bytes
    name, limit, taken = (
        ("storage", quotas.storage_bytes, stored_bytes)
        if by_storage
        else ("daily", quotas.daily_bytes, today_bytes)
    )
    data = {"quota": name, "limit_bytes": str(limit), "used_bytes": str(max(taken, 0))}
    return WireError("QUOTA_EXCEEDED", "This is more than your quota leaves.", data)
