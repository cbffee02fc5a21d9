"""Inviting people."""

from datetime import UTC, datetime, timedelta

from gateway.accounts.emails import email_key
from gateway.accounts.holder import Holder
from gateway.accounts.repository import invitations
from gateway.accounts.repository.invitations import Invitation
from gateway.accounts.secret import digest, new_secret
from gateway.audit.repository import record
from gateway.notices import NoticeCode
from gateway.problems import invalid, not_found
from gateway.requests import is_id, new_id


async def invite(admin: Holder, email: str | None, role: str, days: int) -> tuple[Invitation, str]:
    """The invitation, and the value for its link. Raises :class:`gateway.problems.Problem`."""
    email = email.strip() if email else None
    if email is not None and email_key(email) is None:
        raise invalid("email", "This is not an email address.", NoticeCode.NOT_AN_EMAIL)
    secret, now = new_secret(), datetime.now(UTC)
    invitation = Invitation(new_id(), email, role, admin.actor, now, now + timedelta(days=days))
    await invitations.create(invitation, digest(secret))
    details = {"role": role, **({"email": email} if email else {})}
    await record("admin.invitation.create", admin.actor, subject_id=invitation.id, **details)
    return invitation, secret


async def revoke(admin: Holder, invitation_id: str) -> None:
    """Raises :class:`gateway.problems.Problem` where there is none."""
    gone = await invitations.revoke(invitation_id) if is_id(invitation_id) else None
    if gone is None:
        raise not_found("There is no such invitation.")
    await record("admin.invitation.revoke", admin.actor, subject_id=gone.id, role=gone.role)
