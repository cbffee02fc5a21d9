"""Writes and reads the outbox. Each raises :class:`gateway.problems.Problem` without a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.database import needs_database, transaction
from gateway.outbox.tables import Outbox


@dataclass(frozen=True)
class Message:
    """``new_name`` is None where the person is gone."""

    id: int
    owner_id: str
    new_name: str | None
    attempts: int


@needs_database
async def add_rename(owner_id: str, new_name: str) -> None:
    """In the running transaction. Earlier names that did not get through yet are not news any more."""
    await _forget_renames(owner_id)
    await _add(owner_id, new_name, 0)


@needs_database
async def add_deletion(owner_id: str, *, after_seconds: float) -> None:
    """In the running transaction."""
    await _forget_renames(owner_id)
    await _add(owner_id, None, after_seconds)


@asynccontextmanager
async def next_due() -> AsyncIterator[Message | None]:
    """One whose time has come. Nobody else gets it as long as the context lasts, and what is done
    with it in there is written in the end."""
    async with transaction():
        row = (
            await Outbox.select()
            .where(Outbox.next_attempt_at <= datetime.now(UTC))
            .order_by(Outbox.id)
            .limit(1)
            .lock_rows("UPDATE", skip_locked=True)
            .first()
        )
        yield Message(row["id"], row["owner_id"], row["new_name"], row["attempts"]) if row else None


@needs_database
async def remove(message: Message) -> None:
    await Outbox.delete().where(Outbox.id == message.id)


@needs_database
async def postpone(message: Message, seconds: float) -> None:
    next_attempt_at = datetime.now(UTC) + timedelta(seconds=seconds)
    values: dict[Any, Any] = {Outbox.attempts: message.attempts + 1, Outbox.next_attempt_at: next_attempt_at}
    await Outbox.update(values).where(Outbox.id == message.id)


@needs_database
async def seconds_until_next() -> float | None:
    """None where nothing waits."""
    row = await Outbox.select(Outbox.next_attempt_at).order_by(Outbox.next_attempt_at).first()
    return (row["next_attempt_at"] - datetime.now(UTC)).total_seconds() if row else None


async def _forget_renames(owner_id: str) -> None:
    await Outbox.delete().where((Outbox.owner_id == owner_id) & Outbox.new_name.is_not_null())


async def _add(owner_id: str, new_name: str | None, after_seconds: float) -> None:
    now = datetime.now(UTC)
    row = Outbox(
        owner_id=owner_id,
        new_name=new_name,
        created_at=now,
        attempts=0,
        next_attempt_at=now + timedelta(seconds=after_seconds),
    )
    await Outbox.insert(row)
