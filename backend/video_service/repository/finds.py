"""What is found beside lists: places in captions, related videos, people."""

import re
from collections.abc import Collection
from typing import Any

from video_service.domain.finding import Hit, Person
from video_service.domain.video import Owner
from video_service.repository.searching import LISTED, all_of, any_of
from video_service.repository.tables import Videos, is_id

#: Counting stops here: nobody needs to know exactly.
MAX_COUNTED = 1000
#: So many of each kind of relation are weighed, the newest.
_CANDIDATES = 50
#: Of a title, words shorter than this relate nothing.
_FEWEST_LETTERS = 3

_HITS = """
SELECT asked.id, said.language, line.start_ms, line.text
FROM unnest({}::varchar[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.id, c.language FROM captions c
    WHERE c.video = asked.id AND c.search @@ to_tsquery('simple', {})
    ORDER BY c.created_at, c.id LIMIT 1
) AS said
CROSS JOIN LATERAL (
    SELECT l.start_ms, l.text FROM caption_lines l
    WHERE l.caption = said.id AND l.search @@ to_tsquery('simple', {})
    ORDER BY ts_rank(l.search, to_tsquery('simple', {})) DESC, l.position LIMIT 1
) AS line
"""
_THIS = "SELECT title, owner, lowered_words(tags::text[]) AS tags FROM videos WHERE id = {}"
_RELATED = f"""
WITH candidates AS (
    (SELECT id FROM videos WHERE {LISTED} AND lowered_words(tags::text[]) && {{}}::text[]
     ORDER BY created_at DESC, id DESC LIMIT {_CANDIDATES})
    UNION (SELECT id FROM videos WHERE {LISTED} AND search @@ to_tsquery('simple', {{}})
     ORDER BY created_at DESC, id DESC LIMIT {_CANDIDATES})
    UNION (SELECT id FROM videos WHERE {LISTED} AND owner = {{}}
     ORDER BY created_at DESC, id DESC LIMIT {_CANDIDATES})
    UNION (SELECT id FROM videos WHERE {LISTED}
     ORDER BY created_at DESC, id DESC LIMIT {{}})
)
SELECT v.id FROM candidates JOIN videos v ON v.id = candidates.id
WHERE v.id <> {{}}
ORDER BY
    cardinality(ARRAY(SELECT unnest(lowered_words(v.tags::text[])) INTERSECT SELECT unnest({{}}::text[])))
        + 2 * ts_rank(v.search, to_tsquery('simple', {{}}))
        + CASE WHEN v.owner = {{}} THEN 0.5 ELSE 0 END DESC,
    v.created_at DESC, v.id DESC
LIMIT {{}}
"""  # noqa: S608, constants
_PERSON = f"""
SELECT o.id, o.name, (
    SELECT count(*) FROM (SELECT 1 FROM videos WHERE owner = o.id AND {LISTED} LIMIT {MAX_COUNTED}) AS theirs
) AS video_count
FROM owners o WHERE o.id = {{}}
"""  # noqa: S608, constants


class FindRows:
    """Implements :class:`video_service.domain.finding.Finds`."""

    async def hits(self, words: tuple[str, ...], video_ids: Collection[str]) -> list[Hit]:
        if not video_ids:
            return []
        rows = await self.hits_query(words, video_ids)
        return [Hit(row["id"], row["start_ms"] / 1000, row["text"], row["language"]) for row in rows]

    async def related(self, video_id: str, limit: int) -> list[str]:
        this = await Videos.raw(_THIS, video_id) if is_id(video_id) else []
        if not this:
            return []
        words, owner_id, tags = _words_of(this[0]["title"]), this[0]["owner"], this[0]["tags"]
        rows = await self.related_query(video_id, words, owner_id, tags, limit)
        return [row["id"] for row in rows]

    @staticmethod
    def hits_query(words: tuple[str, ...], video_ids: Collection[str]) -> Any:
        """The query behind ``hits``, to be run or explained."""
        every, some = all_of(words), all_of(words).replace(" & ", " | ")
        return Videos.raw(_HITS, list(video_ids), every, some, some)

    @staticmethod
    def related_query(video_id: str, words: str, owner_id: str, tags: list[str], limit: int) -> Any:
        """The query behind ``related``, to be run or explained. Its values are in it and not looked up by
        it: how common they are decides which index answers."""
        return Videos.raw(_RELATED, tags, words, owner_id, limit + 1, video_id, tags, words, owner_id, limit)

    async def person(self, person_id: str) -> Person | None:
        rows: list[dict[str, Any]] = await Videos.raw(_PERSON, person_id)
        return Person(Owner(rows[0]["id"], rows[0]["name"]), rows[0]["video_count"]) if rows else None


def _words_of(title: str) -> str:
    """A tsquery of the title's words, as they are in other titles and tags."""
    words = re.findall(r"[^\W_]+", title)
    return any_of(tuple(word for word in words if len(word) >= _FEWEST_LETTERS), "AB")
