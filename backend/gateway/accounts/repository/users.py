"""Queries over people. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncpg import UniqueViolationError

from gateway.accounts.tables import Users
from gateway.database import needs_database


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
    blocked: bool


class EmailTaken(Exception):
    """Another user has this address."""


@needs_database
async def create(user: User, email_key: str, password_hash: str) -> None:
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
    return account_of(await Users.select().where(Users.email_key == email_key).first())


@needs_database
async def account_by_id(user_id: str) -> Account | None:
    return account_of(await Users.select().where(Users.id == user_id).first())


@needs_database
async def hold(account: Account) -> bool:
    """Whether the person has this password still and is not blocked. If so, neither changes before the
    transaction ends: to look at a password takes so long that it may have been changed meanwhile."""
    same = (Users.id == account.user.id) & (Users.password_hash == account.password_hash)
    there = Users.select(Users.id).where(same & Users.blocked_at.is_null())
    return await there.lock_rows("NO KEY UPDATE").first() is not None


@needs_database
async def by_id(user_id: str) -> User | None:
    row = await Users.select().where(Users.id == user_id).first()
    return user_of(row) if row else None


@needs_database
async def set_password(user_id: str, password_hash: str) -> None:
    await Users.update({Users.password_hash: password_hash}).where(Users.id == user_id)


@needs_database
async def set_name(user_id: str, name: str) -> None:
    await Users.update({Users.name: name}).where(Users.id == user_id)


@needs_database
async def delete(user_id: str) -> None:
    """With everything that hangs on it: sessions, tokens, resets, invitations."""
    await Users.delete().where(Users.id == user_id)


@needs_database
async def lock_admins() -> list[str]:
    """The ids of all who may act as admins, held until the transaction ends: of two changes that
    race, the second sees what the first left."""
    admins = (Users.role == "admin") & Users.blocked_at.is_null()
    rows = await Users.select(Users.id).where(admins).order_by(Users.id).lock_rows("UPDATE")
    return [row["id"] for row in rows]


def account_of(row: dict[str, Any] | None) -> Account | None:
    if row is None:
        return None
    return Account(user_of(row), row["password_hash"], row["blocked_at"] is not None)


def user_of(row: dict[str, Any]) -> User:
    return User(id=row["id"], email=row["email"], name=row["name"], role=row["role"])
