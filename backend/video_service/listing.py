"""Lists: which videos one holds, and where its pages begin."""

import base64
import binascii
import hashlib
import json
import re
from datetime import datetime

from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput, NotSignedIn
from video_service.domain.stores import Position, Selection

_MAX_QUERY_CHARACTERS = 200
_MAX_TOKEN_CHARACTERS = 200


def selection_of(viewer: Viewer, query: str, owner: str) -> Selection:
    if len(query) > _MAX_QUERY_CHARACTERS:
        raise InvalidInput("query", f"must have at most {_MAX_QUERY_CHARACTERS} characters")
    words = tuple(re.findall(r"[^\W_]+", query))
    if query.strip() and not words:
        raise InvalidInput("query", "must contain a letter or a digit")
    if owner == "me":
        if viewer.user_id is None:
            raise NotSignedIn
        return Selection(viewer.user_id, public_only=False, words=words)
    if owner == "shared":
        if viewer.user_id is None:
            raise NotSignedIn
        return Selection(None, public_only=False, words=words, shared_with=viewer.user_id)
    if "\0" in owner:
        raise InvalidInput("owner", "must not contain control characters")
    return Selection(owner or None, public_only=True, words=words)


def page_token_of(position: Position, selection: Selection) -> str:
    place = json.dumps([position.created_at.isoformat(), position.video_id]).encode()
    return base64.urlsafe_b64encode(_binding(place, selection) + place).rstrip(b"=").decode()


def position_of(token: str, selection: Selection) -> Position:
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise InvalidInput("page_token", "is damaged")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        digest, place = raw[:16], raw[16:]
        created_at, video_id = json.loads(place)
        position = Position(datetime.fromisoformat(created_at), video_id)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidInput("page_token", "is damaged") from error
    if position.created_at.tzinfo is None or not isinstance(video_id, str) or "\0" in video_id:
        raise InvalidInput("page_token", "is damaged")
    if digest != _binding(place, selection):
        raise InvalidInput("page_token", "does not belong to this list")
    return position


def _binding(place: bytes, selection: Selection) -> bytes:
    """Ties a token to its list. No secret is needed: a position grants nothing, what may be
    listed is decided anew for each page. It only keeps tokens from being used by mistake."""
    whose = json.dumps(
        [selection.owner_id, selection.public_only, selection.words, selection.shared_with]
    ).encode()
    return hashlib.blake2b(whose + b"\0" + place, digest_size=16, person=b"page token").digest()
