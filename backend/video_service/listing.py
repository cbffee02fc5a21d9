"""Lists: which videos one holds, and where its pages begin."""

import json
import math
import re
import unicodedata
from dataclasses import asdict, replace

from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput, NotSignedIn
from video_service.domain.finding import NO_FILTERS, Filters, Match
from video_service.domain.notices import Notice, NoticeCode, too_long
from video_service.domain.stores import Position, Selection
from video_service.page_tokens import place_of, token_of

_MAX_QUERY_CHARACTERS = 200
_MAX_TAG_CHARACTERS = 50
_MATCHES = {match.value: match for match in Match}


def selection_of(viewer: Viewer, query: str, owner: str, filters: Filters = NO_FILTERS) -> Selection:
    """Raises InvalidInput, and NotSignedIn for lists of one's own."""
    if len(query) > _MAX_QUERY_CHARACTERS:
        raise InvalidInput("query", too_long(_MAX_QUERY_CHARACTERS))
    filters = checked(filters)
    words = tuple(re.findall(r"[^\W_]+", query))
    if query.strip() and not words:
        raise InvalidInput("query", Notice(NoticeCode.NO_WORDS, "must contain a letter or a digit"))
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
    return token_of(position.created_at, position.video_id, _whose(selection), position.match)


def position_of(token: str, selection: Selection) -> Position:
    """Raises InvalidInput."""
    created_at, video_id, part = place_of(token, _whose(selection))
    match = _MATCHES.get(part) if part is not None else None
    # Only with words there are matches, and then every place is in one.
    if (part is not None, match is not None) != (bool(selection.words),) * 2:
        raise InvalidInput("page_token", "does not belong to this list")
    return Position(created_at, video_id, match)


def _whose(selection: Selection) -> str:
    return json.dumps(asdict(selection), default=str)
