"""What lists ask of the rows of videos, so that an index answers it.

Words are asked for in three queries (see ``Match``) and not in one with OR: each is answered by the
index of words where they are rare, and in the order of the list where they are common. A query is only
reached when the better ones are exhausted, so that what it leaves out as found already is little.
"""

from collections.abc import Iterator

from piccolo.columns.combination import WhereRaw

from video_service.domain.finding import Filters, Match
from video_service.domain.stores import Selection

#: The index of the public list is for exactly this.
LISTED = "visibility = 'public' AND playable AND state <> 'failed' AND deleted_at IS NULL"
_WATCHABLE = "playable AND state <> 'failed'"
_SHARED = "videos.id IN (SELECT video FROM shares WHERE person = {})"
_MAX_WORDS = 12
#: Weights of the column ``search``: title and tags.
_TITLE = "AB"
_HOLDS = "videos.search @@ to_tsquery('simple', {})"
_SAYS = "videos.id IN (SELECT video FROM captions WHERE captions.search @@ to_tsquery('simple', {}))"


def conditions(selection: Selection, match: Match | None) -> Iterator[WhereRaw]:
    """All must hold. ``match``: ``None`` in a list without words."""
    if selection.owner_id is not None:
        yield WhereRaw("videos.owner = {}", selection.owner_id)
    if selection.public_only:
        yield WhereRaw(LISTED)
    if selection.shared_with is not None:
        yield WhereRaw(_SHARED, selection.shared_with)
        yield WhereRaw(_WATCHABLE)
    yield from _filtered(selection.filters)
    if match is not None:
        yield from _matched(selection.words, match)


def all_of(words: tuple[str, ...], weights: str = "") -> str:
    """A tsquery of all of the words, the last one as a beginning: it may still be being typed.

    The words are letters and digits only, so quoting them needs no escapes.
    """
    *whole, last = words[:_MAX_WORDS]
    return " & ".join([*(_quoted(word, weights) for word in whole), f"'{last}':*{weights}"])


def any_of(words: tuple[str, ...], weights: str = "") -> str:
    """A tsquery of whole words, one of which is enough; with none, nothing is found."""
    return " | ".join(_quoted(word, weights) for word in words[:_MAX_WORDS])


def _quoted(word: str, weights: str) -> str:
    return f"'{word}':{weights}" if weights else f"'{word}'"


def _matched(words: tuple[str, ...], match: Match) -> Iterator[WhereRaw]:
    if match is Match.TITLE:
        yield WhereRaw(_HOLDS, all_of(words, _TITLE))
    elif match is Match.TEXT:
        yield WhereRaw(_HOLDS, all_of(words))
        yield WhereRaw(f"NOT {_HOLDS}", all_of(words, _TITLE))
    else:
        yield WhereRaw(_SAYS, all_of(words))
        yield WhereRaw(f"NOT {_HOLDS}", all_of(words))


def _filtered(filters: Filters) -> Iterator[WhereRaw]:
    if filters.min_duration_seconds is not None:
        yield WhereRaw("videos.duration_seconds >= {}", filters.min_duration_seconds)
    if filters.max_duration_seconds is not None:
        yield WhereRaw("videos.duration_seconds < {}", filters.max_duration_seconds)
    if filters.created_after is not None:
        yield WhereRaw("videos.created_at >= {}", filters.created_after)
    if filters.captioned:
        yield WhereRaw("videos.captioned")
    if filters.tag:
        yield WhereRaw("lowered_words(videos.tags::text[]) @> ARRAY[lower({}::text)]", filters.tag)
