"""Lists: which videos one holds, and where its pages begin."""

import base64
import binascii
import hashlib
import json
import math
import re
import unicodedata
from dataclasses import asdict, replace
from datetime import UTC, datetime

from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput, NotSignedIn
from video_service.domain.finding import NO_FILTERS, Filters, Match
from video_service.domain.stores import Position, Selection

_MAX_QUERY_CHARACTERS = 200
_MAX_TOKEN_CHARACTERS = 200
_MAX_TAG_CHARACTERS = 50


def selection_of(viewer: Viewer, query: str, owner: str, filters: Filters = NO_FILTERS) -> Selection:
    """Raises InvalidInput, and NotSignedIn for lists of one's own."""
    if len(query) > _MAX_QUERY_CHARACTERS:
        raise InvalidInput("query", f"must have at most {_MAX_QUERY_CHARACTERS} characters")
    filters = checked(filters)
    words = tuple(re.findall(r"[^\W_]+", query))
    if query.strip() and not words:
        raise InvalidInput("query", "must contain a letter or a digit")
    if owner == "me":
        if viewer.user_id is None:
            raise NotSignedIn
        return Selection(viewer.user_id, public_only=False, words=words, filters=filters)
    if owner == "shared":
        if viewer.user_id is None:
            raise NotSignedIn
        return Selection(None, public_only=False, words=words, shared_with=viewer.user_id, filters=filters)
    if "\0" in owner:
        raise InvalidInput("owner", "must not contain control characters")
    return Selection(owner or None, public_only=True, words=words, filters=filters)


def checked(filters: Filters) -> Filters:
    """Raises InvalidInput."""
    for name in ("min_duration_seconds", "max_duration_seconds"):
        seconds = getattr(filters, name)
        # Written so that it refuses what is no number, too.
        if seconds is not None and not 0 <= seconds < math.inf:
            raise InvalidInput(name, "must be a number of seconds")
    if len(filters.tag) > _MAX_TAG_CHARACTERS or not all(map(str.isprintable, filters.tag)):
        raise InvalidInput("tag", f"must have at most {_MAX_TAG_CHARACTERS} printable characters")
    return replace(filters, tag=" ".join(unicodedata.normalize("NFC", filters.tag).split()))


def page_token_of(position: Position, selection: Selection) -> str:
    match = [] if position.match is None else [position.match]
    place = json.dumps([position.created_at.isoformat(), position.video_id, *match]).encode()
    return base64.urlsafe_b64encode(_binding(place, selection) + place).rstrip(b"=").decode()


def position_of(token: str, selection: Selection) -> Position:
    """Anybody can make a token of any content, so whatever it says is checked. Raises InvalidInput."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise InvalidInput("page_token", "is damaged")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        digest, place = raw[:16], raw[16:]
        created_at, video_id, *match = json.loads(place)
        position = Position(_moment(created_at), _id(video_id), *map(Match, match))
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise InvalidInput("page_token", "is damaged") from error
    # Only with words there are matches, and then every place is in one.
    if digest != _binding(place, selection) or (position.match is not None) != bool(selection.words):
        raise InvalidInput("page_token", "does not belong to this list")
    return position


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


def _binding(place: bytes, selection: Selection) -> bytes:
    """Ties a token to its list. No secret is needed: a position grants nothing, what may be
    listed is decided anew for each page. It only keeps tokens from being used by mistake."""
    whose = json.dumps(asdict(selection), default=str).encode()
    return hashlib.blake2b(whose + b"\0" + place, digest_size=16, person=b"page token").digest()
