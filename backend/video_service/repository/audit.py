"""Who did what: written in the transaction that does it, read by admins."""

import json
from datetime import UTC, datetime
from typing import Any

from video_service.domain.sharing import Actor, AuditEvent
from video_service.repository.tables import AuditEvents

SERVICE = Actor("", "")
"""The service itself, or the gateway on somebody's behalf."""
_COLUMNS = "id, time, actor_id, actor_name, action, subject_id, details"


async def note(by: Actor, action: str, subject_id: str, **details: str) -> None:
    """Call it inside the transaction that does what is noted."""
    await AuditEvents.insert(
        AuditEvents(
            time=datetime.now(UTC),
            actor_id=by.id,
            actor_name=by.name,
            action=action,
            subject_id=subject_id,
            details=json.dumps(details),
        )
    )


class AuditRows:
    """Implements :class:`video_service.domain.sharing_stores.Audit`."""

    async def events(
        self, before: datetime | None, actor_id: str, action_prefix: str, limit: int
    ) -> list[AuditEvent]:
        rows = await AuditEvents.raw(
            f"SELECT {_COLUMNS} FROM audit_events"  # noqa: S608, a constant
            " WHERE ({}::timestamptz IS NULL OR time < {}) AND ({} = '' OR actor_id = {})"
            " AND starts_with(action, {})"
            " ORDER BY time DESC FETCH FIRST {} ROWS WITH TIES",
            before, before, actor_id, actor_id, action_prefix, limit,
        )  # fmt: skip
        return sorted(map(_event_of, rows), key=lambda event: (event.time, event.id), reverse=True)


def _event_of(row: dict[str, Any]) -> AuditEvent:
    return AuditEvent(
        id=row["id"],
        time=row["time"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"],
        action=row["action"],
        subject_id=row["subject_id"],
        details=json.loads(row["details"]),
    )
