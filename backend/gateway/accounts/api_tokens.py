"""Tokens with which programs sign in for a person, for a part of what the person may do."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from gateway.accounts.access_tokens import API_TOKEN_PREFIX, AccessTokens
from gateway.accounts.fields import printable, tidy
from gateway.accounts.holder import Holder
from gateway.accounts.repository import api_tokens
from gateway.accounts.repository.api_tokens import ApiToken
from gateway.accounts.secret import digest, new_secret
from gateway.audit.repository import record
from gateway.notices import NoticeCode
from gateway.problems import Problem, invalid, not_found
from gateway.requests import is_id, new_id
from shared.rpc_errors import WireError
from shared.tokens import Identity, Scope

_MOST_A_PERSON = 100
_MOST_NAME_CHARACTERS = 80


async def create(
    holder: Holder, name: str, scopes: Collection[Scope], expires_in_days: int | None
) -> tuple[ApiToken, str]:
    """The token, and its value, which nobody can see again. Raises :class:`Problem`."""
    name = tidy(name)
    if not 1 <= len(name) <= _MOST_NAME_CHARACTERS or not printable(name):
        message = f"A token's name has 1 to {_MOST_NAME_CHARACTERS} characters."
        raise invalid("name", message, NoticeCode.WRONG_LENGTH, least=1, most=_MOST_NAME_CHARACTERS)
    if not scopes:
        message = "A token needs at least one of read, upload and manage."
        raise invalid("scopes", message, NoticeCode.SCOPES_MISSING)
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=expires_in_days) if expires_in_days else None
    token = ApiToken(new_id(), name, frozenset(scopes), now, None, expires_at)
    value = new_secret(API_TOKEN_PREFIX)
    if not await api_tokens.create(holder.user.id, token, digest(value), _MOST_A_PERSON):
        message = f"A person has at most {_MOST_A_PERSON} tokens; revoke one first."
        raise invalid("name", message, NoticeCode.TOO_MANY, most=_MOST_A_PERSON)
    words = " ".join(sorted(scopes))
    await record("token.create", holder.actor, subject_id=token.id, name=name, scopes=words)
    return token, value


async def revoke(holder: Holder, token_id: str) -> None:
    """Raises :class:`Problem` where the person has no such token."""
    name = await api_tokens.revoke(holder.user.id, token_id) if is_id(token_id) else None
    if name is None:
        raise not_found("There is no such token.")
    await record("token.revoke", holder.actor, subject_id=token_id, name=name)


async def exchange(value: str, access_tokens: AccessTokens) -> tuple[str, Identity]:
    """An access token that may do what the API token may. Raises :class:`Problem`."""
    found = await api_tokens.use(digest(value))
    if found is None:
        raise Problem(WireError("NOT_SIGNED_IN", "The API token is unknown, revoked or expired."))
    user, token = found
    return access_tokens.limited(user, API_TOKEN_PREFIX + token.id, token.scopes)
