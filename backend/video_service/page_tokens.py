"""Page tokens: where the next page of a list begins, by when its last video was put there.

Anybody can make a token of any content, so whatever it says is checked, and it grants nothing: what may
be listed is decided anew for each page. The hash only keeps tokens of one list from being used in another.
"""

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime

from video_service.domain.errors import InvalidInput

_MAX_CHARACTERS = 200
_DIGEST_BYTES = 16


def token_of(at: datetime, video_id: str, whose: str, part: str | None = None) -> str:
    """``whose``: what tells this list from every other; ``part``: of a list that has several."""
    place = json.dumps([at.isoformat(), video_id, *([] if part is None else [part])]).encode()
    return base64.urlsafe_b64encode(_binding(place, whose) + place).rstrip(b"=").decode()


def place_of(token: str, whose: str) -> tuple[datetime, str, str | None]:
    """When, the id of the video, and the part of the list. Raises InvalidInput."""
    if len(token) > _MAX_CHARACTERS:
        raise InvalidInput("page_token", "is damaged")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        digest, place = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        at, video_id, *parts = json.loads(place)
        found = _moment(at), _id(video_id), _part(*parts)
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise InvalidInput("page_token", "is damaged") from error
    if digest != _binding(place, whose):
        raise InvalidInput("page_token", "does not belong to this list")
    return found


def _moment(text: str) -> datetime:
    """Raises ValueError, TypeError, and OverflowError where it lies outside of all time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("of no time zone")
    return moment.astimezone(UTC)


def _id(text: str) -> str:
    """Raises ValueError, TypeError."""
    if not re.fullmatch("[a-z2-7]{26}", text):
        raise ValueError("not an id")
    return text


def _part(*named: object) -> str | None:
    """Raises TypeError, ValueError."""
    if not named:
        return None
    [part] = named
    if not isinstance(part, str):
        raise TypeError("not a name")
    return part


def _binding(place: bytes, whose: str) -> bytes:
    bound = whose.encode() + b"\0" + place
    return hashlib.blake2b(bound, digest_size=_DIGEST_BYTES, person=b"page token").digest()
