"""Grants: short-lived signed rights to one video's bytes."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import struct
from datetime import datetime
from pathlib import Path

_FIELDS = struct.Struct(">BIQ")
_FORM = 1
_TAG_BYTES = 16


class HmacGrants:
    """Implements :class:`video_service.domain.ports.Grants`.

    A grant is base64url(form, access epoch, expiry in Unix seconds, tag), where
    the tag is HMAC-SHA256 (RFC 2104) over these and the video's id, cut to 128
    bits as RFC 2104 section 5 allows.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, video_id: str, epoch: int, expires_at: datetime) -> str:
        fields = _FIELDS.pack(_FORM, epoch, int(expires_at.timestamp()))
        return base64.urlsafe_b64encode(fields + self._tag(video_id, fields)).rstrip(b"=").decode()

    def allows(self, grant: str, video_id: str, epoch: int, now: datetime) -> bool:
        try:
            raw = base64.urlsafe_b64decode(grant + "=" * (-len(grant) % 4))
            fields, tag = raw[: _FIELDS.size], raw[_FIELDS.size :]
            form, granted_epoch, expires_at = _FIELDS.unpack(fields)
        except (binascii.Error, struct.error, ValueError):
            return False
        genuine = hmac.compare_digest(tag, self._tag(video_id, fields))
        return genuine and form == _FORM and granted_epoch == epoch and now.timestamp() < expires_at

    def _tag(self, video_id: str, fields: bytes) -> bytes:
        return hmac.digest(self._key, fields + video_id.encode(), hashlib.sha256)[:_TAG_BYTES]


def load_or_create_key(path: Path) -> bytes:
    """32 secret bytes, made at first use. Safe when several processes start at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(32))
            os.fsync(descriptor)
            # link() fails where the key exists: the first process wins, the others read its key.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            os.close(descriptor)
            draft.unlink()
    return path.read_bytes()
