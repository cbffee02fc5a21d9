"""Access tokens, judged by hand-made ones: the library that signs is not the only oracle."""

import base64
import hashlib
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.tokens import (
    AUDIENCE,
    ISSUER,
    LEEWAY_SECONDS,
    SERVICE_AUDIENCE,
    InvalidToken,
    JsonWebKeySet,
    KeysUnavailable,
    Scope,
    TokenSigner,
    TokenVerifier,
)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(key: Ed25519PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token after RFC 7515 section 3.1 and RFC 8037 section 3.1."""
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


class House:
    """A signer, and a verifier that gets its keys from it and counts how often."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.signer = TokenSigner(self.key)
        self.fetches = 0
        self.verifier = TokenVerifier(self._fetch)

    async def _fetch(self) -> JsonWebKeySet:
        self.fetches += 1
        return self.signer.key_set()

    def forge(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A genuine token but for the changes; None leaves a claim out."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": time.time(), "exp": time.time() + 60}
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        kid = self.signer.key_set()["keys"][0]["kid"]
        return by_hand(self.key, {"alg": "EdDSA", "kid": kid, **(header or {})}, claims)


@pytest.fixture
def house() -> House:
    return House()


async def test_what_is_signed_is_verified(house: House) -> None:
    token, identity = house.signer.sign("ada", "Ada Lovelace", "moderator", 600)
    seen = await house.verifier.verify(token)
    assert (seen.user_id, seen.name, seen.role) == ("ada", "Ada Lovelace", "moderator")
    assert seen.expires_at == int(identity.expires_at)
    assert abs(seen.expires_at - time.time() - 600) < 5


async def test_a_token_made_by_hand_is_as_good(house: House) -> None:
    seen = await house.verifier.verify(house.forge())
    assert (seen.user_id, seen.name, seen.role) == ("ada", "", "user")
    assert seen.scopes == frozenset(), "what is not said is not allowed"
    seen = await house.verifier.verify(house.forge(scope="read fly", sid="one"))
    assert (seen.scopes, seen.session_id) == (frozenset({Scope.READ}), "one")


async def test_a_sign_in_has_all_scopes_and_an_api_token_its_own(house: House) -> None:
    whole = await house.verifier.verify(house.signer.sign("ada", "Ada", "user", 600)[0])
    assert whole.scopes == {Scope.UPLOAD, Scope.READ, Scope.MANAGE}
    token, _ = house.signer.sign("ada", "Ada", "user", 600, scopes=[Scope.UPLOAD], session_id="s1")
    narrow = await house.verifier.verify(token)
    assert (narrow.scopes, narrow.session_id) == (frozenset({Scope.UPLOAD}), "s1")


async def test_a_service_is_no_person_and_a_person_no_service(house: House) -> None:
    services = TokenVerifier(house._fetch, SERVICE_AUDIENCE)
    service, person = house.signer.sign_service(60), house.signer.sign("ada", "Ada", "admin", 60)[0]
    assert (await services.verify(service)).user_id == ISSUER
    with pytest.raises(InvalidToken):
        await services.verify(person)
    with pytest.raises(InvalidToken):
        await house.verifier.verify(service)


def test_the_key_set_is_the_public_key_only(house: House) -> None:
    (key,) = house.signer.key_set()["keys"]
    raw = house.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url(raw)}"}}'.encode())
    assert key == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64url(raw),
        "alg": "EdDSA",
        "use": "sig",
        "kid": thumbprint.hexdigest()[:32],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"aud": "another service"},
        {"aud": None},
        {"iss": "somebody"},
        {"header": {"kid": None}},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": 7}},
        {"header": {"alg": "HS256"}},
        {"header": {"alg": "none"}},
    ],
    ids=str,
)
async def test_what_a_genuine_token_would_not_say_is_refused(house: House, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await house.verifier.verify(house.forge(**changes))


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "ä.ö.ü", "e30.e30.", "\0" * 40, "x" * 100_000])
async def test_what_is_no_token_is_refused(house: House, token: str) -> None:
    with pytest.raises(InvalidToken):
        await house.verifier.verify(token)


async def test_the_signature_must_be_that_of_the_key(house: House) -> None:
    token, _ = house.signer.sign("ada", "Ada", "user", 600)
    head, claims, signature = token.split(".")
    stolen = base64url(json.dumps({**_decoded(claims), "role": "admin"}).encode())
    strange = by_hand(Ed25519PrivateKey.generate(), _decoded(head), _decoded(claims))
    for forged in (f"{head}.{stolen}.{signature}", f"{head}.{claims}.", strange):
        with pytest.raises(InvalidToken):
            await house.verifier.verify(forged)


async def test_clocks_may_differ_by_the_leeway(house: House) -> None:
    await house.verifier.verify(house.forge(exp=time.time() - LEEWAY_SECONDS + 5))
    with pytest.raises(InvalidToken):
        await house.verifier.verify(house.forge(exp=time.time() - LEEWAY_SECONDS - 5))


async def test_keys_are_fetched_once_even_when_unknown_ones_are_tried(house: House) -> None:
    for _ in range(5):
        await house.verifier.verify(house.forge())
        with pytest.raises(InvalidToken):
            await house.verifier.verify(house.forge({"kid": "unknown"}))
    assert house.fetches == 1


async def test_where_keys_cannot_be_fetched_that_is_what_is_said(house: House) -> None:
    async def fail() -> JsonWebKeySet:
        raise KeysUnavailable

    with pytest.raises(KeysUnavailable):
        await TokenVerifier(fail).verify(house.forge())


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
