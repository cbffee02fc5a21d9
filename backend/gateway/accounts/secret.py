"""Secrets that stand for somebody: random, shown once, kept only as a hash."""

import hashlib
import secrets

_RANDOM_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """256 random bits in base64url, behind the prefix."""
    return prefix + secrets.token_urlsafe(_RANDOM_BYTES)


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: enough for what nobody can guess (unlike a password)."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
