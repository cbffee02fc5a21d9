"""Sharing: named people and links that open a private video, and who did what to videos."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from video_service.domain.video import Owner


@dataclass(frozen=True)
class Actor:
    """Who changes something, and whether as its owner or as a moderator."""

    id: str
    name: str
    moderates: bool = False


@dataclass(frozen=True)
class SharedPerson:
    person: Owner
    created_at: datetime


@dataclass(frozen=True)
class ShareLink:
    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    """``None``: never."""
    has_password: bool


@dataclass(frozen=True)
class LinkProofs:
    """What proves the right to a link, as it is stored: nothing here opens it."""

    secret_hash: str
    """SHA-256, hexadecimal. The secret has 128 random bits: a slow hash would add nothing."""
    password_hash: str | None


@dataclass(frozen=True)
class OpenableLink:
    """A link that a secret was found to belong to."""

    id: str
    expires_at: datetime | None
    password_hash: str | None


@dataclass(frozen=True)
class AuditEvent:
    """Something that somebody did. It holds no secret."""

    id: int
    time: datetime
    actor_id: str
    actor_name: str
    action: str
    subject_id: str
    details: Mapping[str, str] = field(default_factory=dict)


def secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
