"""Access tokens: JWTs signed with Ed25519 by the gateway, verified by anyone with its public keys.

RFC 7519 (JWT), RFC 8037 (Ed25519 in JOSE), RFC 7517 (JWK sets).
"""

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUER = "playhead-gateway"
AUDIENCE = "playhead"
#: Of tokens with which the gateway speaks for itself to the video service, never for a person.
SERVICE_AUDIENCE = "playhead-service"
LEEWAY_SECONDS = 30
#: Unknown key ids make a verifier ask again, but not more often than this.
_REFETCH_SECONDS = 10.0


class Scope(StrEnum):
    """What a token may be used for (RFC 6749 section 3.3). A person's own sign-in has all."""

    UPLOAD = "upload"
    READ = "read"
    MANAGE = "manage"


ALL_SCOPES = frozenset(Scope)

JsonWebKeySet = dict[str, list[dict[str, Any]]]


class InvalidToken(Exception):
    """The token is expired, malformed, or not signed by a known key."""


class KeysUnavailable(Exception):
    """The public keys could not be fetched, so no token can be judged."""


@dataclass(frozen=True)
class Identity:
    """Who a token speaks for, and until when."""

    user_id: str
    name: str
    role: str
    expires_at: float
    """Unix time in seconds."""
    scopes: frozenset[Scope] = ALL_SCOPES
    session_id: str = ""
    """Of the sign-in or the API token behind it; empty where the token does not say."""


class TokenSigner:
    """Signs access tokens. The key id is derived from the public key (RFC 7638 thumbprint)."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        public = OKPAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
        required = json.dumps({name: public[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
        self._key_id = hashlib.sha256(required.encode()).hexdigest()[:32]
        self._public: dict[str, Any] = public | {"kid": self._key_id, "alg": "EdDSA", "use": "sig"}

    def sign(
        self, user_id: str, name: str, role: str, lifetime_seconds: float,
        *, scopes: Collection[Scope] = ALL_SCOPES, session_id: str = "",
    ) -> tuple[str, Identity]:  # fmt: skip
        """A token for the person, and what it says."""
        expires_at = time.time() + lifetime_seconds
        identity = Identity(user_id, name, role, expires_at, frozenset(scopes), session_id)
        claims = {
            "name": name,
            "role": role,
            "scope": " ".join(sorted(scopes)),  # RFC 8693 section 4.2
            "sid": session_id,
        }
        return self._encode(AUDIENCE, user_id, expires_at, claims), identity

    def sign_service(self, lifetime_seconds: float) -> str:
        """A token with which the gateway speaks for itself."""
        return self._encode(SERVICE_AUDIENCE, ISSUER, time.time() + lifetime_seconds, {})

    def _encode(self, audience: str, subject: str, expires_at: float, claims: Mapping[str, str]) -> str:
        registered = {
            "iss": ISSUER, "aud": audience, "sub": subject, "iat": int(time.time()), "exp": int(expires_at),
        }  # fmt: skip
        return jwt.encode(
            {**registered, **claims}, self._private_key, algorithm="EdDSA", headers={"kid": self._key_id}
        )

    def key_set(self) -> JsonWebKeySet:
        return {"keys": [self._public]}


class TokenVerifier:
    """Verifies tokens of one audience with keys that are fetched at first need and when an unknown
    one appears."""

    def __init__(self, fetch_keys: Callable[[], Awaitable[JsonWebKeySet]], audience: str = AUDIENCE) -> None:
        self._fetch_keys = fetch_keys
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")

    async def verify(self, token: str) -> Identity:
        """Raises :class:`InvalidToken`, or what ``fetch_keys`` raises."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            if not isinstance(key_id, str):
                raise InvalidToken("no key id")
            key = await self._key(key_id)
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self._audience,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise InvalidToken(str(error)) from error
        return Identity(
            user_id=str(claims["sub"]),
            name=str(claims.get("name", "")),
            role=str(claims.get("role", "user")),
            expires_at=float(claims["exp"]),
            scopes=frozenset(_scopes(str(claims.get("scope", "")))),
            session_id=str(claims.get("sid", "")),
        )

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys and time.monotonic() - self._fetched_at > _REFETCH_SECONDS:
            fetched = await self._fetch_keys()
            self._keys = {key["kid"]: jwt.PyJWK(key) for key in fetched["keys"]}
            self._fetched_at = time.monotonic()
        if key_id not in self._keys:
            raise InvalidToken("unknown key")
        return self._keys[key_id]


def _scopes(text: str) -> Iterator[Scope]:
    """Those that have a meaning here; a token without any may do nothing."""
    for word in text.split():
        if word in ALL_SCOPES:
            yield Scope(word)
