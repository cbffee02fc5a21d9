"""Who is calling: the access token in the metadata, the pass beside it, and nothing else."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.tokens import (
    ALL_SCOPES,
    ISSUER,
    LEEWAY_SECONDS,
    Identity,
    InvalidToken,
    JsonWebKeySet,
    KeysUnavailable,
    Scope,
    TokenVerifier,
)
from video_service.domain.access import ADMIN, OpenedLink, Viewer
from video_service.domain.errors import NotAllowed, NotSignedIn, Unavailable
from video_service.domain.ports import Passes

_FETCH_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True)
class Caller:
    viewer: Viewer
    expires_at: float | None
    """Unix time in seconds at which the token stops being accepted; ``None``: anonymous."""
    scopes: frozenset[Scope] = ALL_SCOPES
    """What the token may be used for. Who shows none may do what anybody may."""

    def require(self, *any_of: Scope) -> None:
        """Raises NotAllowed where the token has none of these scopes."""
        if self.scopes.isdisjoint(any_of):
            raise NotAllowed(f"This access token lacks the scope {any_of[0]}.", needs_scope=any_of[0])

    def require_admin(self) -> None:
        """Raises NotSignedIn, NotAllowed."""
        if self.viewer.user_id is None:
            raise NotSignedIn
        if self.viewer.role != ADMIN:
            raise NotAllowed("Only admins can do this.")


class Identities:
    """Tells people by their access tokens."""

    def __init__(self, verifier: TokenVerifier, passes: Passes) -> None:
        self._verifier = verifier
        self._passes = passes

    async def caller(self, context: Any) -> Caller:
        """Raises NotSignedIn for a token that is not valid, Unavailable where none can be judged.
        A pass that is not valid counts as none."""
        opened, token = self._opened(context), _bearer(context)
        if token is None:
            return Caller(Viewer(opened=opened), None)
        identity = await _verified(self._verifier, token)
        viewer = Viewer(identity.user_id, identity.name, identity.role, opened)
        return Caller(viewer, identity.expires_at + LEEWAY_SECONDS, identity.scopes)

    def _opened(self, context: Any) -> OpenedLink | None:
        value = _metadatum(context, "playhead-share")
        return self._passes.opened(value, datetime.now(UTC)) if value is not None else None


class ServiceIdentities:
    """Lets only the gateway in, when it speaks for itself."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def caller(self, context: Any) -> Caller:
        """Raises NotSignedIn for whoever is not the gateway."""
        token = _bearer(context)
        if token is None:
            raise NotSignedIn
        identity = await _verified(self._verifier, token)
        if identity.user_id != ISSUER:
            raise NotSignedIn("The access token is not valid.")
        return Caller(Viewer(), identity.expires_at + LEEWAY_SECONDS)


def _bearer(context: Any) -> str | None:
    value = _metadatum(context, "authorization")
    if value is None:
        return None
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("The access token is not valid.")
    return token.strip()


def _metadatum(context: Any, name: str) -> str | None:
    values = [value for key, value in context.invocation_metadata() or () if key == name]
    return str(values[-1]) if values else None


async def _verified(verifier: TokenVerifier, token: str) -> Identity:
    try:
        return await verifier.verify(token)
    except InvalidToken as error:
        raise NotSignedIn("The access token is expired or not valid.") from error
    except KeysUnavailable as error:
        raise Unavailable("Access tokens cannot be checked just now.") from error


def keys_from(gateway_url: str) -> Callable[[], Awaitable[JsonWebKeySet]]:
    """Fetches the gateway's public keys (RFC 7517); the function raises KeysUnavailable."""
    # Reading the machine's certificates takes 50 ms: once, and not where calls are answered.
    certificates = ssl.create_default_context() if gateway_url.startswith("https:") else False

    async def fetch() -> JsonWebKeySet:
        try:
            async with httpx.AsyncClient(verify=certificates, timeout=_FETCH_TIMEOUT_SECONDS) as client:
                answer = await client.get(f"{gateway_url}/.well-known/jwks.json")
                keys: JsonWebKeySet = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise KeysUnavailable(str(error)) from error
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
            raise KeysUnavailable("the answer is not a key set")
        return keys

    return fetch
