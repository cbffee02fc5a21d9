"""Changing a password, and choosing a new one when it is forgotten."""

from functools import partial

from gateway.accounts.emails import email_key
from gateway.accounts.fields import MOST_PASSWORD_CHARACTERS, require_password
from gateway.accounts.holder import Holder
from gateway.accounts.passwords import Passwords
from gateway.accounts.repository import password_resets, sessions, users
from gateway.accounts.secret import digest, new_secret
from gateway.audit.repository import Actor, record
from gateway.background import Chores
from gateway.database import transaction
from gateway.mail.letters import password_changed_letter, reset_letter
from gateway.mail.mailer import Mailer
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid
from gateway.requests import Device, PublicUrls
from shared.rpc_errors import WireError

_RESET_LIFETIME_SECONDS = 3600.0


def _not_yours(field: str) -> Problem:
    return invalid(field, "This is not your password.", NoticeCode.PASSWORD_WRONG)


class PasswordChange:
    """Each method raises :class:`Problem`."""

    def __init__(self, passwords: Passwords, chores: Chores, mailer: Mailer, urls: PublicUrls) -> None:
        self._passwords = passwords
        self._chores = chores
        self._mailer = mailer
        self._urls = urls

    async def require_right(self, holder: Holder, field: str, password: str, device: Device) -> users.Account:
        """Proof that it is the person themselves who sits there, for what cannot be undone."""
        account = await users.account_by_id(holder.user.id)
        short_enough = len(password) <= MOST_PASSWORD_CHARACTERS
        password_hash = account.password_hash if account and short_enough else None
        right = await self._passwords.matches(password_hash, password[:MOST_PASSWORD_CHARACTERS])
        if account is None or not right:
            await record("password.fail", holder.actor, subject_id=holder.user.id, address=device.address)
            raise _not_yours(field)
        return account

    async def change(self, holder: Holder, current: str, new: str, device: Device) -> None:
        """Ends every other session."""
        require_password("new_password", new)
        account = await self.require_right(holder, "current_password", current, device)
        password_hash = await self._passwords.hash(new)
        async with transaction():
            if not await users.hold(account):
                raise _not_yours("current_password")
            await users.set_password(holder.user.id, password_hash)
            await password_resets.forget(holder.user.id)
            await sessions.end_all(holder.user.id, except_id=holder.session_id)
            subject_id = holder.user.id
            await record("password.change", holder.actor, subject_id=subject_id, address=device.address)
        self._tell(holder.user)

    def forgot(self, email: str, device: Device) -> None:
        """Looks for the account after the answer: neither what it says nor when tells who has one."""
        if not self._chores.add(partial(self._send_reset, email, device)):
            raise Problem(WireError("UNAVAILABLE", "Too much mail waits to be sent just now."))

    async def reset(self, token: str, new: str, device: Device) -> None:
        """Ends every session."""
        require_password("new_password", new)
        token_hash = digest(token)
        message = "This link was used already, or is older than an hour."
        spent = invalid("token", message, NoticeCode.LINK_SPENT)
        if not await password_resets.holds(token_hash):  # before the costly part, which anyone could ask for
            raise spent
        password_hash = await self._passwords.hash(new)
        async with transaction():
            user = await password_resets.use(token_hash, password_hash)
            if user is None:
                raise spent
            await sessions.end_all(user.id)
            actor = Actor(user.id, user.name)
            await record("password.reset", actor, subject_id=user.id, address=device.address)
        self._tell(user)

    async def _send_reset(self, email: str, device: Device) -> None:
        key = email_key(email)
        account = await users.account_by_email(key) if key else None
        if account is None or account.blocked:
            return
        token, user = new_secret(), account.user
        await password_resets.create(user.id, digest(token), _RESET_LIFETIME_SECONDS)
        await record("password.forgot", None, subject_id=user.id, address=device.address)
        # To the address of the account, never to what was typed: two that count as equal may
        # belong to two people.
        await self._mailer.send(reset_letter(user.email, self._urls.for_mail(), token))

    def _tell(self, user: users.User) -> None:
        letter = password_changed_letter(user.email, self._urls.for_mail())
        self._chores.add(partial(self._mailer.send, letter))
