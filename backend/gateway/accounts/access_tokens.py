"""The short-lived tokens that both services know people by."""

from collections.abc import Collection

from gateway.accounts.repository.users import User
from shared.tokens import ALL_SCOPES, Identity, Scope, TokenSigner

#: What every API token's value begins with, so that people and secret scanners know one when they
#: see it; and what stands before its id where an access token names what is behind it.
API_TOKEN_PREFIX = "ph_"  # noqa: S105, public


class AccessTokens:
    def __init__(self, signer: TokenSigner, lifetime_seconds: float) -> None:
        self._signer = signer
        self.lifetime_seconds = lifetime_seconds

    def of_session(self, user: User, session_id: str) -> str:
        """For the person themselves: all scopes."""
        return self.limited(user, session_id, ALL_SCOPES)[0]

    def widened(self, identity: Identity, scope: Scope) -> str:
        """For the same person, with one scope more."""
        return self._signer.sign(
            identity.user_id,
            identity.name,
            identity.role,
            self.lifetime_seconds,
            scopes=identity.scopes | {scope},
            session_id=identity.session_id,
        )[0]

    def limited(self, user: User, session_id: str, scopes: Collection[Scope]) -> tuple[str, Identity]:
        """``session_id`` names what is behind it: the session or the API token."""
        return self._signer.sign(
            user.id, user.name, user.role, self.lifetime_seconds, scopes=scopes, session_id=session_id
        )
