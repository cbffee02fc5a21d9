"""Queries over API tokens. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.accounts.repository.users import User, user_of
from gateway.accounts.tables import ApiTokens, Users
from gateway.database import needs_database, transaction
from shared.tokens import Scope

#: The last use is written down this often at most, so that a token in heavy use costs no write each time.
_LAST_USE_PRECISION = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiToken:
    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@needs_database
async def create(user_id: str, token: ApiToken, token_hash: str, most: int) -> bool:
    """False where the person has as many already."""
    row = ApiTokens(
        id=token.id,
        user=user_id,
        name=token.name,
        token_hash=token_hash,
        scopes=" ".join(sorted(token.scopes)),
        created_at=token.created_at,
        expires_at=token.expires_at,
    )
    async with transaction():
        # Requests that race wait for one another here.
        await Users.select(Users.id).where(Users.id == user_id).lock_rows("UPDATE")
        there_is_room = bool(await ApiTokens.count().where(ApiTokens.user == user_id) < most)
        if there_is_room:
            await ApiTokens.insert(row)
    return there_is_room


@needs_database
async def of_user(user_id: str) -> list[ApiToken]:
    """Newest first, those that have expired included."""
    rows = (
        await ApiTokens.select()
        .where(ApiTokens.user == user_id)
        .order_by(ApiTokens.created_at, ApiTokens.id, ascending=False)
    )
    return [_token(row) for row in rows]


@needs_database
async def use(token_hash: str) -> tuple[User, ApiToken] | None:
    """Whose it is, and what it may do; None where it is unknown, revoked or expired.

    None, too, where the person is blocked.
    """
    now = datetime.now(UTC)
    row = await ApiTokens.select().where(ApiTokens.token_hash == token_hash).first()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    user = await Users.select().where((Users.id == row["user"]) & Users.blocked_at.is_null()).first()
    if user is None:
        return None
    if row["last_used_at"] is None or now - row["last_used_at"] > _LAST_USE_PRECISION:
        await ApiTokens.update({ApiTokens.last_used_at: now}).where(ApiTokens.id == row["id"])
    return user_of(user), _token(row)


@needs_database
async def revoke(user_id: str, token_id: str) -> str | None:
    """The name of the person's token that is gone now; None where there was none."""
    mine = (ApiTokens.user == user_id) & (ApiTokens.id == token_id)
    gone = await ApiTokens.delete().where(mine).returning(ApiTokens.name)
    return str(gone[0]["name"]) if gone else None


def _token(row: dict[str, Any]) -> ApiToken:
    return ApiToken(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"].split())),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
    )
