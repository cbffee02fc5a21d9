"""Queries over users and sessions. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncpg import UniqueViolationError

from gateway.accounts.tables import DB, Sessions, Users
from gateway.database import needs_database

#: Tabs race with the same cookie: for this long a rotated token still stands for its family.
ROTATION_GRACE_SECONDS = 30


@dataclass(frozen=True)
class User:
    id: str
    email: str
    name: str
    role: str


@dataclass(frozen=True)
class Account:
    """A user, and what proves that it is them."""

    user: User
    password_hash: str


class EmailTaken(Exception):
    """Another user has this address."""


@needs_database
async def create_user(user: User, email_key: str, password_hash: str) -> None:
    """Raises :class:`EmailTaken`."""
    row = Users(
        id=user.id,
        email=user.email,
        email_key=email_key,
        name=user.name,
        role=user.role,
        password_hash=password_hash,
        created_at=datetime.now(UTC),
    )
    try:
        await Users.insert(row)
    except UniqueViolationError as error:
        raise EmailTaken from error


@needs_database
async def account_by_email(email_key: str) -> Account | None:
    row = await Users.select().where(Users.email_key == email_key).first()
    return Account(_user(row), row["password_hash"]) if row else None


@needs_database
async def user_by_id(user_id: str) -> User | None:
    row = await Users.select().where(Users.id == user_id).first()
    return _user(row) if row else None


@needs_database
async def create_session(token_hash: str, family: str, user_id: str, lifetime_seconds: float) -> None:
    """Begins a family, and forgets the person's sessions that have ended."""
    now = datetime.now(UTC)
    await Sessions.delete().where((Sessions.user == user_id) & (Sessions.expires_at < now))
    await Sessions.insert(_session(token_hash, family, user_id, now, lifetime_seconds))


@needs_database
async def rotate_session(token_hash: str, next_hash: str, lifetime_seconds: float) -> User | None:
    """Exchanges a token for the next of its family and returns whose it is.

    None where the token is unknown or expired, or where it was exchanged longer ago than the
    grace: then somebody holds a copy, and the whole family ends (RFC 9700 section 4.14.2).
    """
    async with DB.transaction():
        user: User | None = await _rotate(token_hash, next_hash, lifetime_seconds)
    return user


async def _rotate(token_hash: str, next_hash: str, lifetime_seconds: float) -> User | None:
    now = datetime.now(UTC)
    row = await Sessions.select().where(Sessions.token_hash == token_hash).lock_rows("UPDATE").first()
    if row is None or row["expires_at"] <= now:
        return None
    if row["rotated_at"] is None:
        await Sessions.update({Sessions.rotated_at: now}).where(Sessions.token_hash == token_hash)
    elif now - row["rotated_at"] > timedelta(seconds=ROTATION_GRACE_SECONDS):
        await Sessions.delete().where(Sessions.family == row["family"])
        return None
    await Sessions.insert(_session(next_hash, row["family"], row["user"], now, lifetime_seconds))
    return await user_by_id(row["user"])


@needs_database
async def end_session(token_hash: str) -> None:
    """Ends the token's whole family. Idempotent."""
    row = await Sessions.select(Sessions.family).where(Sessions.token_hash == token_hash).first()
    if row:
        await Sessions.delete().where(Sessions.family == row["family"])


def _session(token_hash: str, family: str, user_id: str, now: datetime, lifetime_seconds: float) -> Sessions:
    return Sessions(
        token_hash=token_hash,
        family=family,
        user=user_id,
        created_at=now,
        expires_at=now + timedelta(seconds=lifetime_seconds),
    )


def _user(row: dict[str, Any]) -> User:
    return User(id=row["id"], email=row["email"], name=row["name"], role=row["role"])
