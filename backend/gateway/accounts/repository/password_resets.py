"""Queries over password resets. Each raises :class:`gateway.problems.Problem` without a database."""

from datetime import UTC, datetime, timedelta

from gateway.accounts.repository.users import User, by_id
from gateway.accounts.tables import PasswordResets, Users
from gateway.database import needs_database, transaction


@needs_database
async def create(user_id: str, token_hash: str, lifetime_seconds: float) -> None:
    """The person's earlier ones end."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=lifetime_seconds)
    row = PasswordResets(token_hash=token_hash, user=user_id, expires_at=expires_at)
    async with transaction():
        await PasswordResets.delete().where(
            (PasswordResets.user == user_id) | (PasswordResets.expires_at <= now)
        )
        await PasswordResets.insert(row)


@needs_database
async def holds(token_hash: str) -> bool:
    """Whether it could be used just now."""
    return bool(await PasswordResets.exists().where(_alive(token_hash)))


@needs_database
async def use(token_hash: str, password_hash: str) -> User | None:
    """Sets the password and ends the token, or returns None: of requests that race, one succeeds."""
    used = await PasswordResets.delete().where(_alive(token_hash)).returning(PasswordResets.user)
    if not used:
        return None
    user_id = used[0]["user"]
    await Users.update({Users.password_hash: password_hash}).where(Users.id == user_id)
    await forget(user_id)
    return await by_id(user_id)


@needs_database
async def forget(user_id: str) -> None:
    await PasswordResets.delete().where(PasswordResets.user == user_id)


def _alive(token_hash: str):  # type: ignore[no-untyped-def]
    return (PasswordResets.token_hash == token_hash) & (PasswordResets.expires_at > datetime.now(UTC))
