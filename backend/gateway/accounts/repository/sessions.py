"""Queries over sessions. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.accounts.repository.users import User, user_of
from gateway.accounts.tables import RefreshTokens, Sessions, Users
from gateway.database import needs_database, transaction
from gateway.requests import Device

#: Tabs race with the same cookie: for this long a rotated token still stands for its session.
ROTATION_GRACE_SECONDS = 30


@dataclass(frozen=True)
class Session:
    """A browser in which somebody is signed in."""

    id: str
    created_at: datetime
    last_used_at: datetime
    device: Device


@dataclass(frozen=True)
class Rotation:
    """What came of a refresh token that was shown. ``reused``: somebody else holds a copy of it, and
    the session has ended."""

    user: User
    session_id: str
    reused: bool


@needs_database
async def begin(
    session_id: str, token_hash: str, user_id: str, device: Device, lifetime_seconds: float
) -> None:
    """Begins a session, and forgets those of the person that have ended."""
    now = datetime.now(UTC)
    session = Sessions(
        id=session_id,
        user=user_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(seconds=lifetime_seconds),
        address=device.address,
        user_agent=device.user_agent,
    )
    async with transaction():
        await Sessions.delete().where((Sessions.user == user_id) & (Sessions.expires_at <= now))
        await Sessions.insert(session)
        await RefreshTokens.insert(RefreshTokens(token_hash=token_hash, session=session_id, created_at=now))


@needs_database
async def rotate(token_hash: str, next_hash: str, device: Device, lifetime_seconds: float) -> Rotation | None:
    """Exchanges a token for the next of its session.

    None where the token is unknown or its session has ended. Where it was exchanged longer ago
    than the grace, somebody holds a copy, and the session ends (RFC 9700 section 4.14.2).
    """
    async with transaction():
        rotation: Rotation | None = await _rotate(token_hash, next_hash, device, lifetime_seconds)
    return rotation


async def _rotate(
    token_hash: str, next_hash: str, device: Device, lifetime_seconds: float
) -> Rotation | None:
    now = datetime.now(UTC)
    mine = RefreshTokens.token_hash == token_hash
    token = await RefreshTokens.select().where(mine).first()
    if token is None:
        return None
    this = Sessions.id == token["session"]
    # Everything about a session waits for its row: tabs that race, and a sign-out from elsewhere.
    await Sessions.select(Sessions.id).where(this).lock_rows("UPDATE").first()
    token = await RefreshTokens.select().where(mine).first()
    user = await _user(token["session"], now) if token else None
    if token is None or user is None:
        return None
    if token["rotated_at"] is None:
        await RefreshTokens.update({RefreshTokens.rotated_at: now}).where(mine)
    elif now - token["rotated_at"] > timedelta(seconds=ROTATION_GRACE_SECONDS):
        await Sessions.delete().where(this)
        return Rotation(user, token["session"], reused=True)
    lifetime = timedelta(seconds=lifetime_seconds)
    await Sessions.update(
        {
            Sessions.last_used_at: now,
            Sessions.expires_at: now + lifetime,
            Sessions.address: device.address,
            Sessions.user_agent: device.user_agent,
        }
    ).where(this)
    old = (RefreshTokens.session == token["session"]) & (RefreshTokens.rotated_at < now - lifetime)
    await RefreshTokens.delete().where(old)
    row = RefreshTokens(token_hash=next_hash, session=token["session"], created_at=now)
    await RefreshTokens.insert(row)
    return Rotation(user, token["session"], reused=False)


@needs_database
async def user_of_session(session_id: str) -> User | None:
    """Who is signed in there; None once the session has ended or the person is blocked."""
    return await _user(session_id, datetime.now(UTC))


async def _user(session_id: str, now: datetime) -> User | None:
    session = (
        await Sessions.select(Sessions.user, Sessions.expires_at).where(Sessions.id == session_id).first()
    )
    if session is None or session["expires_at"] <= now:
        return None
    row = await Users.select().where((Users.id == session["user"]) & Users.blocked_at.is_null()).first()
    return user_of(row) if row else None


@needs_database
async def of_user(user_id: str) -> list[Session]:
    """Those that go on, the one that was used last first."""
    rows = (
        await Sessions.select()
        .where((Sessions.user == user_id) & (Sessions.expires_at > datetime.now(UTC)))
        .order_by(Sessions.last_used_at, ascending=False)
    )
    return [_session(row) for row in rows]


@needs_database
async def end(user_id: str, session_id: str) -> bool:
    """Ends one session of the person's; whether there was one."""
    mine = (Sessions.user == user_id) & (Sessions.id == session_id)
    return bool(await Sessions.delete().where(mine).returning(Sessions.id))


@needs_database
async def end_all(user_id: str, *, except_id: str = "") -> int:
    """Ends the person's sessions; how many there were."""
    theirs = (Sessions.user == user_id) & (Sessions.id != except_id)
    return len(await Sessions.delete().where(theirs).returning(Sessions.id))


@needs_database
async def end_by_token(token_hash: str) -> tuple[User, str] | None:
    """Ends the session of a refresh token; whose it was, and its id."""
    token = await RefreshTokens.select().where(RefreshTokens.token_hash == token_hash).first()
    if token is None:
        return None
    ended = await Sessions.delete().where(Sessions.id == token["session"]).returning(Sessions.user)
    row = await Users.select().where(Users.id == ended[0]["user"]).first() if ended else None
    return (user_of(row), token["session"]) if row else None


def _session(row: dict[str, Any]) -> Session:
    device = Device(row["address"], row["user_agent"])
    return Session(row["id"], row["created_at"], row["last_used_at"], device)
