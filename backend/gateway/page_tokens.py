"""Where a page of a list goes on: opaque to clients, and nothing in it is trusted."""

import base64
import binascii
import json
from collections.abc import Sequence

from gateway.problems import invalid

_MOST_CHARACTERS = 512


def page_token(*position: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def page_position(token: str, kinds: Sequence[type]) -> list[str | int] | None:
    """What :func:`page_token` was given; None for an empty token.

    Raises :class:`gateway.problems.Problem`.
    """
    if not token:
        return None
    wrong = invalid("page_token", "This is no page token of this list.")
    if len(token) > _MOST_CHARACTERS:
        raise wrong
    try:
        found = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise wrong from error
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds):
        raise wrong
    return found
