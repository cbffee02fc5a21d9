"""Registering, signing in, and staying signed in. RFC 9700 on refresh tokens."""

from dataclasses import dataclass

from gateway.accounts.access_tokens import AccessTokens
from gateway.accounts.emails import email_key
from gateway.accounts.fields import MOST_PASSWORD_CHARACTERS
from gateway.accounts.passwords import Passwords
from gateway.accounts.registration import Applicant, Registration
from gateway.accounts.repository import sessions, users
from gateway.accounts.repository.users import User
from gateway.accounts.secret import digest, new_secret
from gateway.audit.repository import Actor, record
from gateway.database import transaction
from gateway.problems import Problem
from gateway.requests import Device, new_id
from gateway.settings import Settings
from shared.rpc_errors import WireError

_NOT_RIGHT = WireError("NOT_SIGNED_IN", "The email or the password is not right.")


@dataclass(frozen=True)
class SignedIn:
    """A person who is signed in, and what proves it."""

    user: User
    access_token: str
    refresh_token: str


class SignIn:
    def __init__(self, settings: Settings, access_tokens: AccessTokens, passwords: Passwords) -> None:
        self._settings = settings
        self._access_tokens = access_tokens
        self._passwords = passwords
        self._registration = Registration(settings.registration, passwords)

    async def register(self, applicant: Applicant, device: Device) -> SignedIn:
        """Creates an account and signs in with it. Raises :class:`Problem`."""
        return await self._begin(await self._registration.register(applicant, device), device)

    async def sign_in(self, email: str, password: str, device: Device) -> SignedIn:
        """Raises :class:`Problem`, the same for a wrong password and an unknown address."""
        key = email_key(email) if len(password) <= MOST_PASSWORD_CHARACTERS else None
        account = await users.account_by_email(key) if key else None
        right = await self._passwords.matches(
            account.password_hash if account else None, password[:MOST_PASSWORD_CHARACTERS]
        )
        if account is None or not right:
            # Not the address that was tried: people type passwords into the wrong field.
            subject_id = account.user.id if account else ""
            await record("session.fail", None, subject_id=subject_id, address=device.address)
            raise Problem(_NOT_RIGHT)
        if account.blocked:
            await record(
                "session.fail", None, subject_id=account.user.id, address=device.address, why="blocked"
            )
            raise Problem(WireError("NOT_ALLOWED", "This account is blocked."))
        async with transaction():
            if not await users.hold(account):
                raise Problem(_NOT_RIGHT)
            return await self._begin(account.user, device)

    async def renew(self, refresh_token: str, device: Device) -> SignedIn:
        """Exchanges a refresh token for the next. Raises :class:`Problem`."""
        following = new_secret()
        rotation = await sessions.rotate(
            digest(refresh_token), digest(following), device, self._settings.refresh_token_lifetime_seconds
        )
        if rotation and rotation.reused:
            # The actor is unknown: the thief, or the one it was stolen from.
            details = {"address": device.address, "session": rotation.session_id}
            await record("session.reuse", None, subject_id=rotation.user.id, **details)
        if rotation is None or rotation.reused:
            raise Problem(WireError("NOT_SIGNED_IN", "Sign in again."))
        access_token = self._access_tokens.of_session(rotation.user, rotation.session_id)
        return SignedIn(rotation.user, access_token, following)

    async def sign_out(self, refresh_token: str, device: Device) -> None:
        if ended := await sessions.end_by_token(digest(refresh_token)):
            user, session_id = ended
            actor = Actor(user.id, user.name)
            await record("session.end", actor, subject_id=session_id, address=device.address)

    async def _begin(self, user: User, device: Device) -> SignedIn:
        session_id, token = new_id(), new_secret()
        lifetime_seconds = self._settings.refresh_token_lifetime_seconds
        await sessions.begin(session_id, digest(token), user.id, device, lifetime_seconds)
        actor = Actor(user.id, user.name)
        await record("session.begin", actor, subject_id=session_id, address=device.address)
        return SignedIn(user, self._access_tokens.of_session(user, session_id), token)
