"""Who is calling: the access token in the metadata, and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from shared.tokens import LEEWAY_SECONDS, InvalidToken, JsonWebKeySet, KeysUnavailable, TokenVerifier
from video_service.domain.access import Viewer
from video_service.domain.errors import NotSignedIn, Unavailable

_FETCH_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True)
class Caller:
    viewer: Viewer
    expires_at: float | None
    """Unix time in seconds at which the token stops being accepted; ``None``: anonymous."""


class Identities:
    """Tells callers by their access tokens."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def caller(self, context: Any) -> Caller:
        """Raises NotSignedIn for a token that is not valid, Unavailable where none can be judged."""
        values = [value for key, value in context.invocation_metadata() or () if key == "authorization"]
        if not values:
            return Caller(Viewer(), None)
        scheme, _, token = str(values[-1]).partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("The access token is not valid.")
        try:
            identity = await self._verifier.verify(token.strip())
        except InvalidToken as error:
            raise NotSignedIn("The access token is expired or not valid.") from error
        except KeysUnavailable as error:
            raise Unavailable("Access tokens cannot be checked just now.") from error
        viewer = Viewer(identity.user_id, identity.name, identity.role)
        return Caller(viewer, identity.expires_at + LEEWAY_SECONDS)


def keys_from(gateway_url: str) -> Callable[[], Awaitable[JsonWebKeySet]]:
    """Fetches the gateway's public keys (RFC 7517); the function raises KeysUnavailable."""

    async def fetch() -> JsonWebKeySet:
        try:
            async with httpx.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS) as client:
                answer = await client.get(f"{gateway_url}/.well-known/jwks.json")
                keys: JsonWebKeySet = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise KeysUnavailable(str(error)) from error
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
            raise KeysUnavailable("the answer is not a key set")
        return keys

    return fetch
