"""Writes and reads the audit trail. Each raises :class:`gateway.problems.Problem` without a database."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.audit.tables import AuditEvents
from gateway.database import needs_database


@dataclass(frozen=True)
class Actor:
    """Who did it, by the name of that time."""

    id: str
    name: str


@dataclass(frozen=True)
class Event:
    id: int
    time: datetime
    actor: Actor | None
    action: str
    subject_id: str
    details: dict[str, str]


@needs_database
async def record(action: str, actor: Actor | None, *, subject_id: str = "", **details: str) -> None:
    """Writes an event, in the transaction that is running if there is one. ``details`` hold no secret."""
    row = AuditEvents(
        time=datetime.now(UTC),
        actor_id=actor.id if actor else "",
        actor_name=actor.name if actor else "",
        action=action,
        subject_id=subject_id,
        details=json.dumps(details),
    )
    await AuditEvents.insert(row)


@needs_database
async def events(before: datetime | None, actor_id: str, action_prefix: str, most: int) -> list[Event]:
    """Newest first; only what was before that time."""
    query = AuditEvents.select().output(load_json=True)
    if before:
        query = query.where(AuditEvents.time < before)
    if actor_id:
        query = query.where(AuditEvents.actor_id == actor_id)
    if action_prefix:
        pattern = action_prefix.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        query = query.where(AuditEvents.action.like(f"{pattern}%"))
    query = query.order_by(AuditEvents.time, AuditEvents.id, ascending=False).limit(most)
    return [_event(row) for row in await query]


@needs_database
async def forget_before(age_seconds: float) -> None:
    """Removes events that are older."""
    await AuditEvents.delete().where(AuditEvents.time < datetime.now(UTC) - timedelta(seconds=age_seconds))


def _event(row: dict[str, Any]) -> Event:
    actor = Actor(row["actor_id"], row["actor_name"]) if row["actor_id"] else None
    return Event(row["id"], row["time"], actor, row["action"], row["subject_id"], row["details"])
