"""Who may make an account: anyone, whom an admin invited, or nobody; and the first admin."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from gateway.accounts.emails import email_key
from gateway.accounts.fields import require_new_account
from gateway.accounts.passwords import Passwords
from gateway.accounts.repository import invitations, users
from gateway.accounts.repository.invitations import Invitation
from gateway.accounts.repository.users import User
from gateway.accounts.secret import digest, new_secret
from gateway.audit.repository import Actor, record
from gateway.database import transaction
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid
from gateway.requests import Device, PublicUrls, new_id
from shared.rpc_errors import WireError

_log = structlog.get_logger("gateway.registration")
_SETUP_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Applicant:
    """Who wants an account, and the value of the link that brought them, if one did."""

    email: str
    password: str
    name: str
    invitation: str | None = None
    setup: str | None = None


class Registration:
    def __init__(self, mode: str, passwords: Passwords) -> None:
        """``mode``: open, invite or closed."""
        self._mode = mode
        self._passwords = passwords

    async def register(self, applicant: Applicant, device: Device) -> User:
        """Raises :class:`Problem`."""
        email, key, name = require_new_account(applicant.email, applicant.password, applicant.name)
        invitation = await self._admitted_by(applicant, key)
        password_hash = await self._passwords.hash(applicant.password)
        user = User(id=new_id(), email=email, name=name, role=invitation.role if invitation else "user")
        details = {"address": device.address, "role": user.role}
        if invitation:
            details["invitation"] = invitation.id
        try:
            async with transaction():
                if invitation and not await invitations.use(invitation.id):
                    raise _spent(applicant)
                await users.create(user, key, password_hash)
                await record("account.register", Actor(user.id, user.name), subject_id=user.id, **details)
        except users.EmailTaken as error:
            raise invalid(
                "email", "There is an account with this email already.", NoticeCode.EMAIL_TAKEN
            ) from error
        return user

    async def _admitted_by(self, applicant: Applicant, key: str) -> Invitation | None:
        """The invitation, where it takes one."""
        if applicant.setup:
            invitation = await invitations.find(digest(applicant.setup), setup=True)
            if invitation is None:
                raise _spent(applicant)
            return invitation
        if self._mode == "closed":
            raise Problem(WireError("NOT_ALLOWED", "New accounts cannot be made here."))
        if applicant.invitation:
            invitation = await invitations.find(digest(applicant.invitation), setup=False)
            if invitation is None:
                raise _spent(applicant)
            if invitation.email is not None and email_key(invitation.email) != key:
                raise invalid("email", "The invitation is for another address.", NoticeCode.INVITED_OTHERWISE)
            return invitation
        if self._mode == "invite":
            raise Problem(WireError("NOT_ALLOWED", "A new account needs an invitation here."))
        return None


async def offer_first_admin(urls: PublicUrls) -> None:
    """Where nobody is an admin, writes a link to the log with which one person becomes the first.

    It ends at its first use, with the next start, and after a week.
    """
    secret, now = new_secret(), datetime.now(UTC)
    setup = Invitation(new_id(), None, "admin", None, now, now + _SETUP_LIFETIME)
    if await invitations.offer_setup(setup, digest(secret)):
        link = f"{urls.for_mail()}/register?setup={secret}"
        _log.warning("There is no admin yet. Open this link to become the first (it works once):", link=link)


def _spent(applicant: Applicant) -> Problem:
    field = "setup" if applicant.setup else "invitation"
    return invalid(field, "This link was used already, was taken back, or is too old.", NoticeCode.LINK_SPENT)
