"""Grants, the short-lived signed rights to one video's bytes, and passes, the proof of an opened link."""

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

from video_service.domain.access import OpenedLink

_FIELDS = struct.Struct(">BIQ")
_FORM = 1
_PASS_FIELDS = struct.Struct(">B26s26sQ")
_PASS_FORM = 2
_TAG_BYTES = 16
_MAX_CHARACTERS = 200


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

    def epoch_granted(self, grant: str, video_id: str, now: datetime) -> int | None:
        raw = _decoded(grant)
        if len(raw) != _FIELDS.size + _TAG_BYTES:
            return None
        fields, tag = raw[: _FIELDS.size], raw[_FIELDS.size :]
        form, epoch, expires_at = _FIELDS.unpack(fields)
        genuine = hmac.compare_digest(tag, self._tag(video_id, fields))
        return epoch if genuine and form == _FORM and now.timestamp() < expires_at else None

    def _tag(self, video_id: str, fields: bytes) -> bytes:
        return hmac.digest(self._key, fields + video_id.encode(), hashlib.sha256)[:_TAG_BYTES]


class HmacPasses:
    """Implements :class:`video_service.domain.ports.Passes`.

    A pass is base64url(form, video, link, expiry in Unix seconds, tag). Its form differs from that
    of grants and comes first under the tag, so neither is ever taken for the other.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, opened: OpenedLink, expires_at: datetime) -> str:
        ids = opened.video_id.encode(), opened.link_id.encode()
        fields = _PASS_FIELDS.pack(_PASS_FORM, *ids, int(expires_at.timestamp()))
        return base64.urlsafe_b64encode(fields + self._tag(fields)).rstrip(b"=").decode()

    def opened(self, share_pass: str, now: datetime) -> OpenedLink | None:
        raw = _decoded(share_pass)
        if len(raw) != _PASS_FIELDS.size + _TAG_BYTES:
            return None
        fields, tag = raw[: _PASS_FIELDS.size], raw[_PASS_FIELDS.size :]
        form, video_id, link_id, expires_at = _PASS_FIELDS.unpack(fields)
        genuine = hmac.compare_digest(tag, self._tag(fields))
        if not genuine or form != _PASS_FORM or now.timestamp() >= expires_at:
            return None
        return OpenedLink(video_id.decode(), link_id.decode())

    def _tag(self, fields: bytes) -> bytes:
        return hmac.digest(self._key, fields, hashlib.sha256)[:_TAG_BYTES]


def _decoded(text: str) -> bytes:
    """Base64url without padding (RFC 4648 section 5); nothing where it is none."""
    if len(text) > _MAX_CHARACTERS:
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


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
