"""The gateway's Ed25519 key, made at first start and kept in the data folder."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class SigningKeyError(Exception):
    """The key cannot be read or made; the message is for an operator."""


def load_signing_key(data: Path) -> Ed25519PrivateKey:
    """Reads ``keys/gateway-signing.pem``, readable by its owner only; makes it where there is none.

    Raises :class:`SigningKeyError`.
    """
    path = data / "keys" / "gateway-signing.pem"
    try:
        if not path.exists():
            _create(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise SigningKeyError(f"{path} cannot be used: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path} is not an Ed25519 key")
    return key


def _create(path: Path) -> None:
    """Of several gateways that start at once, the first one's key stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_suffix(f".{os.getpid()}")
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made.touch(mode=0o600)
    try:
        made.write_bytes(pem)
        os.link(made, path)
    except FileExistsError:
        return
    finally:
        made.unlink()
