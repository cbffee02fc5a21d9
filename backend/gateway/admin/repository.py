"""Queries over people for admins. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.accounts.tables import Users
from gateway.database import needs_database


@dataclass(frozen=True)
class Person:
    """Somebody with an account, as admins see them."""

    id: str
    email: str
    name: str
    role: str
    blocked: bool
    created_at: datetime
    last_seen_at: datetime | None


_PERSON = """
    SELECT id, email, name, role, blocked_at IS NOT NULL AS blocked, created_at, greatest(
        (SELECT max(last_used_at) FROM sessions WHERE "user" = users.id),
        (SELECT max(last_used_at) FROM api_tokens WHERE "user" = users.id)
    ) AS last_seen_at
    FROM users
"""


@needs_database
async def people(words: str, before: tuple[datetime, str] | None, most: int) -> list[Person]:
    """Whose name or address has the words in it, newest first; only those before that time and id."""
    pattern = "%" + words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    created_at, last_id = before or (datetime.max.replace(tzinfo=UTC), "")
    rows = await Users.raw(
        _PERSON
        + """
        WHERE (name ILIKE {} OR email ILIKE {}) AND (created_at, id) < ({}, {})
        ORDER BY created_at DESC, id DESC LIMIT {}
        """,
        pattern, pattern, created_at, last_id, most,
    )  # fmt: skip
    return [_person(row) for row in rows]


@needs_database
async def person(user_id: str) -> Person | None:
    rows = await Users.raw(_PERSON + " WHERE id = {}", user_id)
    return _person(rows[0]) if rows else None


@needs_database
async def change(user_id: str, role: str, *, blocked: bool) -> None:
    blocked_at = datetime.now(UTC) if blocked else None
    await Users.update({Users.role: role, Users.blocked_at: blocked_at}).where(Users.id == user_id)


def _person(row: dict[str, Any]) -> Person:
    return Person(**row)
