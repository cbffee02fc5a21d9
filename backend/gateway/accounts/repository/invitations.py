"""Queries over invitations. Each raises :class:`gateway.problems.Problem` without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.accounts.tables import Invitations, Users
from gateway.audit.repository import Actor
from gateway.database import needs_database, transaction


@dataclass(frozen=True)
class Invitation:
    """``created_by`` is None for the one with which the gateway itself invites the first admin."""

    id: str
    email: str | None
    role: str
    created_by: Actor | None
    created_at: datetime
    expires_at: datetime


@needs_database
async def create(invitation: Invitation, token_hash: str) -> None:
    now = datetime.now(UTC)
    await Invitations.delete().where(Invitations.expires_at <= now)
    await Invitations.insert(_row(invitation, token_hash))


@needs_database
async def offer_setup(invitation: Invitation, token_hash: str) -> bool:
    """Instead of earlier ones; False, and there is none at all, where there is an admin."""
    async with transaction():
        await Invitations.delete().where(Invitations.created_by.is_null())
        wanted = not await _is_there_an_admin()
        if wanted:
            await Invitations.insert(_row(invitation, token_hash))
    return wanted


@needs_database
async def find(token_hash: str, *, setup: bool) -> Invitation | None:
    """One that could be used just now."""
    row = (
        await Invitations.select(
            *Invitations.all_columns(), Invitations.created_by.name, Invitations.created_by.role
        )
        .where((Invitations.token_hash == token_hash) & (Invitations.expires_at > datetime.now(UTC)))
        .first()
    )
    if row is None or (row["created_by"] is None) != setup:
        return None
    if setup and await _is_there_an_admin():
        return None
    return _invitation(row)


@needs_database
async def use(invitation_id: str) -> bool:
    """It is gone now; False where somebody was faster, or it was revoked."""
    gone = await Invitations.delete().where(Invitations.id == invitation_id).returning(Invitations.id)
    return bool(gone)


@needs_database
async def pending() -> list[Invitation]:
    """Those of admins that can still be used, newest first."""
    rows = (
        await Invitations.select(*Invitations.all_columns(), Invitations.created_by.name)
        .where(Invitations.created_by.is_not_null() & (Invitations.expires_at > datetime.now(UTC)))
        .order_by(Invitations.created_at, Invitations.id, ascending=False)
    )
    return [_invitation(row) for row in rows]


@needs_database
async def revoke(invitation_id: str) -> Invitation | None:
    """The one that is gone now."""
    mine = (Invitations.id == invitation_id) & Invitations.created_by.is_not_null()
    gone = await Invitations.delete().where(mine).returning(*Invitations.all_columns())
    return _invitation(gone[0]) if gone else None


@needs_database
async def revoke_all_of(user_id: str) -> None:
    """Who is no admin any more has invited nobody."""
    await Invitations.delete().where(Invitations.created_by == user_id)


async def _is_there_an_admin() -> bool:
    return bool(await Users.exists().where((Users.role == "admin") & Users.blocked_at.is_null()))


def _row(invitation: Invitation, token_hash: str) -> Invitations:
    return Invitations(
        id=invitation.id,
        token_hash=token_hash,
        email=invitation.email,
        role=invitation.role,
        created_by=invitation.created_by.id if invitation.created_by else None,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def _invitation(row: dict[str, Any]) -> Invitation:
    by = row["created_by"]
    return Invitation(
        id=row["id"],
        email=row["email"],
        role=row["role"],
        created_by=Actor(by, row.get("created_by.name") or "") if by else None,
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
