"""Registering, signing in, and staying signed in. RFC 9700 on refresh tokens."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass

from gateway.accounts import repository
from gateway.accounts.passwords import Passwords
from gateway.accounts.repository import User
from gateway.problems import FieldMistake, Problem, invalid, invalid_fields
from gateway.requests import new_id
from gateway.settings import Settings
from shared.rpc_errors import WireError
from shared.tokens import TokenSigner

_PASSWORD_CHARACTERS = (8, 1024)
_NAME_CHARACTERS = (1, 80)
#: RFC 5321 section 4.5.3.1.3: a path of 256 octets, with its angle brackets.
_EMAIL_CHARACTERS = 254
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


@dataclass(frozen=True)
class SignedIn:
    """A person who is signed in, and what proves it."""

    user: User
    access_token: str
    refresh_token: str


class SignIn:
    def __init__(self, settings: Settings, signer: TokenSigner) -> None:
        self._settings = settings
        self._signer = signer
        self._passwords = Passwords()

    async def register(self, email: str, password: str, name: str) -> SignedIn:
        """Creates an account and signs in with it. Raises :class:`Problem`."""
        if self._settings.registration != "open":
            raise Problem(WireError("NOT_ALLOWED", "New accounts cannot be made here."))
        email, name = email.strip(), " ".join(name.split())
        if mistakes := _mistakes(email, password, name):
            raise invalid_fields(mistakes)
        user = User(id=new_id(), email=email, name=name, role="user")
        try:
            await repository.create_user(user, email_key(email), await self._passwords.hash(password))
        except repository.EmailTaken as error:
            raise invalid("email", "There is an account with this email already.") from error
        return await self._begin(user)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Raises :class:`Problem`, the same for a wrong password and an unknown address."""
        short_enough = len(email) <= _EMAIL_CHARACTERS and len(password) <= _PASSWORD_CHARACTERS[1]
        possible = short_enough and not _unprintable(email)  # no database takes a NUL
        account = await repository.account_by_email(email_key(email)) if possible else None
        right = await self._passwords.matches(
            account.password_hash if account else None, password[: _PASSWORD_CHARACTERS[1]]
        )
        if account is None or not right:
            raise Problem(WireError("NOT_SIGNED_IN", "The email or the password is not right."))
        return await self._begin(account.user)

    async def renew(self, refresh_token: str) -> SignedIn:
        """Exchanges a refresh token for the next. Raises :class:`Problem`."""
        following = secrets.token_urlsafe(32)
        user = await repository.rotate_session(
            _digest(refresh_token), _digest(following), self._settings.refresh_token_lifetime_seconds
        )
        if user is None:
            raise Problem(WireError("NOT_SIGNED_IN", "Sign in again."))
        return SignedIn(user, self._access_token(user), following)

    async def sign_out(self, refresh_token: str) -> None:
        await repository.end_session(_digest(refresh_token))

    async def _begin(self, user: User) -> SignedIn:
        token = secrets.token_urlsafe(32)
        lifetime_seconds = self._settings.refresh_token_lifetime_seconds
        await repository.create_session(_digest(token), new_id(), user.id, lifetime_seconds)
        return SignedIn(user, self._access_token(user), token)

    def _access_token(self, user: User) -> str:
        lifetime_seconds = self._settings.access_token_lifetime_seconds
        return self._signer.sign(user.id, user.name, user.role, lifetime_seconds)[0]


def email_key(email: str) -> str:
    """What makes two addresses the same person's: letter case and Unicode forms do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode(errors="replace")).hexdigest()


def _mistakes(email: str, password: str, name: str) -> list[FieldMistake]:
    mistakes = []
    if len(email) > _EMAIL_CHARACTERS or not _EMAIL.fullmatch(email) or _unprintable(email):
        mistakes.append(FieldMistake("email", "This is not an email address."))
    least, most = _PASSWORD_CHARACTERS
    if not least <= len(password) <= most or not _encodable(password):
        mistakes.append(FieldMistake("password", f"A password has {least} to {most} characters."))
    least, most = _NAME_CHARACTERS
    if not least <= len(name) <= most or _unprintable(name):
        mistakes.append(FieldMistake("name", f"A name has {least} to {most} characters."))
    return mistakes


def _unprintable(text: str) -> bool:
    """Control characters, and halves of surrogate pairs, which no database takes."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
