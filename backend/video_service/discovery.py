"""Discovery: how videos and people are found."""

from dataclasses import dataclass

from video_service.authority import Authority
from video_service.catalog import Catalog, Seen
from video_service.domain.access import Viewer
from video_service.domain.errors import InvalidInput, NotFound
from video_service.domain.finding import Filters, Finds, Hit, Match, Person
from video_service.domain.stores import Position, Selection, Videos
from video_service.domain.video import Owner, Video
from video_service.listing import page_token_of, position_of, selection_of

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 24
MAX_RELATED = 50
DEFAULT_RELATED = 12


@dataclass(frozen=True)
class Page:
    videos: tuple[Seen, ...]
    hits: tuple[Hit, ...]
    next_page_token: str
    """Empty on the last page."""


class Discovery:
    """The use cases behind lists, search, related videos and people."""

    def __init__(self, videos: Videos, finds: Finds, authority: Authority, catalog: Catalog) -> None:
        self._videos = videos
        self._finds = finds
        self._authority = authority
        self._catalog = catalog

    async def page(
        self, viewer: Viewer, query: str, owner: str, filters: Filters, page_size: int, page_token: str
    ) -> Page:
        """Raises InvalidInput for a filter, a page size or a token that does not fit."""
        self._authority.require_access(viewer)
        limit = _size(page_size, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        selection = selection_of(viewer, query, owner, filters)
        after = position_of(page_token, selection) if page_token else None
        found = await self._found(selection, after, limit + 1)
        shown, token = found[:limit], ""
        if len(found) > limit:
            last, match = shown[-1]
            token = page_token_of(Position(last.created_at, last.id, match), selection)
        videos = [video for video, _ in shown]
        hits = (
            await self._finds.hits(selection.words, [one.id for one in videos if one.captioned])
            if selection.words
            else []
        )
        return Page(await self._catalog.seen_by(viewer, videos), tuple(hits), token)

    async def _found(
        self, selection: Selection, after: Position | None, limit: int
    ) -> list[tuple[Video, Match | None]]:
        matches: list[Match | None] = [*Match] if selection.words else [None]
        if after is not None:
            matches = matches[matches.index(after.match) :]
        found: list[tuple[Video, Match | None]] = []
        for match in matches:
            begins = after if after is not None and after.match is match else None
            left = limit - len(found)
            found += [(video, match) for video in await self._videos.list(selection, match, begins, left)]
            if len(found) == limit:
                break
        return found

    async def related(self, viewer: Viewer, video_id: str, page_size: int) -> tuple[Seen, ...]:
        """Raises InvalidInput, and NotFound where the viewer may not see the video."""
        await self._authority.see(viewer, video_id)
        ids = await self._finds.related(video_id, _size(page_size, DEFAULT_RELATED, MAX_RELATED))
        videos = await self._videos.get_many(ids)
        return await self._catalog.seen_by(viewer, [videos[one] for one in ids if one in videos])

    async def person(self, viewer: Viewer, person_id: str) -> Person:
        """Raises NotFound for who has published nothing, unless it is the viewer: whether such a
        person exists is nobody's business."""
        self._authority.require_access(viewer)
        found = None if "\0" in person_id else await self._finds.person(person_id)
        if viewer.user_id is not None and viewer.user_id == person_id:
            return found or Person(Owner(person_id, viewer.name), 0)
        if found is None or found.video_count == 0:
            raise NotFound("There is no such person, or they have published nothing.")
        return found


def _size(wanted: int, default: int, most: int) -> int:
    if not 0 <= wanted <= most:
        raise InvalidInput("page_size", f"must be from 0 to {most}")
    return wanted or default
