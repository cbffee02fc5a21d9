"""The catalog: what can be done with videos that exist."""

import asyncio
import base64
import binascii
import hashlib
import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from video_service.domain.access import (
    PUBLIC,
    AccessFacts,
    Viewer,
    grant_lifetime_seconds,
    may_edit,
    may_view,
    needs_grant,
)
from video_service.domain.errors import InvalidInput, NotAllowed, NotFound, NotReady, NotSignedIn
from video_service.domain.ports import Grants, Objects
from video_service.domain.stores import Changes, Events, Position, PurgeRows, Selection, Videos
from video_service.domain.video import Video, VideoState

MAX_TITLE_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 5000
MAX_TAGS = 20
MAX_TAG_CHARACTERS = 50
MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 24
MAX_WATCHED = 200
_MAX_QUERY_CHARACTERS = 200
_MAX_TOKEN_CHARACTERS = 500
#: While segments are published many times a second, a watcher is told this often.
_WATCH_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Page:
    videos: tuple[Video, ...]
    next_page_token: str
    """Empty on the last page."""


@dataclass(frozen=True)
class Playback:
    hls_path: str
    expires_at: datetime | None
    """When the grant in the path ends; ``None`` for public media."""


@dataclass(frozen=True)
class Gone:
    """A watched video that the viewer can no longer see."""

    video_id: str


class Catalog:
    """The use cases behind ``VideoService``. Every method raises NotFound, identically, for a
    video that does not exist and for one that the viewer may not know of."""

    def __init__(
        self, videos: Videos, events: Events, grants: Grants, *, anonymous_access: bool, undo_seconds: float
    ) -> None:
        self._videos = videos
        self._events = events
        self._grants = grants
        self._anonymous_access = anonymous_access
        self._undo_seconds = undo_seconds

    async def get(self, viewer: Viewer, video_id: str) -> Video:
        self._require_access(viewer)
        video = await self._videos.get(video_id)
        if video is None or not self._may_view(viewer, video):
            raise NotFound
        return video

    async def list(self, viewer: Viewer, query: str, owner: str, page_size: int, page_token: str) -> Page:
        """Raises InvalidInput for a page size or token that does not fit."""
        self._require_access(viewer)
        if not 0 <= page_size <= MAX_PAGE_SIZE:
            raise InvalidInput("page_size", f"must be from 0 to {MAX_PAGE_SIZE}")
        selection = _selection(viewer, query, owner)
        after = _position_of(page_token, selection) if page_token else None
        limit = page_size or DEFAULT_PAGE_SIZE
        found = await self._videos.list(selection, after, limit + 1)
        videos = tuple(found[:limit])
        more = len(found) > limit
        token = _page_token(Position(videos[-1].created_at, videos[-1].id), selection) if more else ""
        return Page(videos, token)

    async def update(self, viewer: Viewer, video_id: str, changes: Changes) -> Video:
        """Raises InvalidInput, NotAllowed."""
        await self._editable(viewer, video_id)
        await self._videos.update(video_id, checked_changes(changes))
        return await self.get(viewer, video_id)

    async def delete(self, viewer: Viewer, video_id: str) -> datetime:
        """Returns until when it can be undone. Raises NotAllowed."""
        await self._editable(viewer, video_id)
        deleted_at = await self._videos.delete(video_id, self._undo_seconds)
        if deleted_at is None:
            raise NotFound
        return deleted_at + timedelta(seconds=self._undo_seconds)

    async def undelete(self, viewer: Viewer, video_id: str) -> Video:
        self._require_access(viewer)
        video = await self._videos.get(video_id)
        if video is None or not may_edit(viewer, access_facts(video)):
            raise NotFound
        if video.deleted_at is not None:
            if datetime.now(UTC) >= video.deleted_at + timedelta(seconds=self._undo_seconds):
                raise NotFound
            await self._videos.undelete(video_id)
        return await self.get(viewer, video_id)

    async def playback(self, viewer: Viewer, video_id: str) -> Playback:
        """Raises NotReady until the playlists are published."""
        video = await self.get(viewer, video_id)
        if video.state is VideoState.FAILED:
            raise NotReady("This video could not be processed.")
        if video.revision_id is None:
            raise NotReady("This video is not ready to be watched yet.")
        grant, expires_at = self._grant(video)
        path = f"/media/{grant}/{video.id}/{video.revision_id}/master.m3u8"
        return Playback(path, expires_at)

    def poster_path(self, video: Video) -> str:
        """Empty while there is no poster."""
        if not video.has_poster or video.revision_id is None:
            return ""
        return f"/media/{self._grant(video)[0]}/{video.id}/{video.revision_id}/poster.jpg"

    async def watch(
        self, viewer: Viewer, known_versions: Mapping[str, int], until: float | None
    ) -> AsyncIterator[Video | Gone]:
        """The current state of what is newer than known, then every change, coalesced.

        Ends at ``until`` (Unix time in seconds). Raises Unavailable when the service stops.
        """
        self._require_access(viewer)
        if len(known_versions) > MAX_WATCHED:
            raise InvalidInput("videos", f"at most {MAX_WATCHED} can be followed")
        known, gone = dict(known_versions), set[str]()
        async with self._events.follow(known) as changed:
            pending = frozenset(known)
            while True:
                found = await self._videos.get_many(pending)
                for video_id in sorted(pending):
                    video = found.get(video_id)
                    if video is None or not self._may_view(viewer, video):
                        if video_id not in gone:
                            gone.add(video_id)
                            yield Gone(video_id)
                    elif video.version > known[video_id] or video_id in gone:
                        gone.discard(video_id)
                        known[video_id] = video.version
                        yield video
                await asyncio.sleep(_WATCH_PAUSE_SECONDS)
                remaining_seconds = None if until is None else max(0.0, until - time.time())
                try:
                    pending = await changed.next(remaining_seconds)
                except TimeoutError:
                    return

    def editable_by(self, viewer: Viewer, video: Video) -> bool:
        return may_edit(viewer, access_facts(video))

    async def _editable(self, viewer: Viewer, video_id: str) -> None:
        video = await self.get(viewer, video_id)
        if viewer.user_id is None:
            raise NotSignedIn
        if not may_edit(viewer, access_facts(video)):
            raise NotAllowed("Only its owner can change this video.")

    def _require_access(self, viewer: Viewer) -> None:
        if viewer.user_id is None and not self._anonymous_access:
            raise NotSignedIn

    def _may_view(self, viewer: Viewer, video: Video) -> bool:
        return may_view(viewer, access_facts(video), anonymous_access=self._anonymous_access)

    def _grant(self, video: Video) -> tuple[str, datetime | None]:
        if not needs_grant(access_facts(video), anonymous_access=self._anonymous_access):
            return PUBLIC, None
        lifetime = timedelta(seconds=grant_lifetime_seconds(video.duration_seconds))
        expires_at = datetime.now(UTC) + lifetime
        return self._grants.issue(video.id, video.access_epoch, expires_at), expires_at


async def purge(video_id: str, rows: PurgeRows, objects: Objects, *, undo_seconds: float) -> None:
    """Deletes the bytes and the rows of a video that was deleted long enough ago.

    Rows go last: a purge that is broken off is found and repeated. Idempotent.
    """
    source_keys = await rows.sources_to_purge(video_id, undo_seconds)
    if source_keys is None:
        return
    await objects.delete_below(f"videos/{video_id}/")
    for key in source_keys:
        # Each source lies in a folder of its own.
        await objects.delete_below(key.rpartition("/")[0])
    await rows.purge(video_id)


def access_facts(video: Video) -> AccessFacts:
    return AccessFacts(video.owner.id, video.visibility, video.deleted_at is not None, video.access_epoch)


def checked_changes(changes: Changes) -> Changes:
    """The changes as they will be stored. Raises InvalidInput."""
    return Changes(
        None if changes.title is None else checked_title(changes.title),
        None if changes.description is None else checked_description(changes.description),
        None if changes.tags is None else _checked_tags(changes.tags),
        changes.visibility,
    )


def checked_title(title: str) -> str:
    title = _checked_text("title", title, MAX_TITLE_CHARACTERS)
    if not title:
        raise InvalidInput("title", "must not be empty")
    return title


def checked_description(description: str) -> str:
    return _checked_text("description", description.replace("\r\n", "\n"), MAX_DESCRIPTION_CHARACTERS, "\n\t")


def _checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    checked = tuple(dict.fromkeys(_checked_text("tags", tag, MAX_TAG_CHARACTERS) for tag in tags))
    if "" in checked:
        raise InvalidInput("tags", "must not be empty")
    if len(checked) > MAX_TAGS:
        raise InvalidInput("tags", f"must be at most {MAX_TAGS}")
    return checked


def _checked_text(field: str, text: str, max_characters: int, allowed: str = "") -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_characters:
        raise InvalidInput(field, f"must have at most {max_characters} characters")
    # Cc: control characters; Cs: lone surrogates, which no database stores.
    refused = {character for character in text if unicodedata.category(character) in ("Cc", "Cs")}
    if refused - set(allowed):
        raise InvalidInput(field, "must not contain control characters")
    return text


def _selection(viewer: Viewer, query: str, owner: str) -> Selection:
    if len(query) > _MAX_QUERY_CHARACTERS:
        raise InvalidInput("query", f"must have at most {_MAX_QUERY_CHARACTERS} characters")
    words = tuple(re.findall(r"[^\W_]+", query))
    if query.strip() and not words:
        raise InvalidInput("query", "must contain a letter or a digit")
    if owner == "me":
        if viewer.user_id is None:
            raise NotSignedIn
        return Selection(viewer.user_id, public_only=False, words=words)
    if "\0" in owner:
        raise InvalidInput("owner", "must not contain control characters")
    return Selection(owner or None, public_only=True, words=words)


def _page_token(position: Position, selection: Selection) -> str:
    place = json.dumps([position.created_at.isoformat(), position.video_id]).encode()
    return base64.urlsafe_b64encode(_binding(place, selection) + place).rstrip(b"=").decode()


def _position_of(token: str, selection: Selection) -> Position:
    """Anybody can make a token of any content, so whatever it says is checked."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise InvalidInput("page_token", "is damaged")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        digest, place = raw[:16], raw[16:]
        created_at, video_id = json.loads(place)
        position = Position(_moment(created_at), _id(video_id))
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise InvalidInput("page_token", "is damaged") from error
    if digest != _binding(place, selection):
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
    whose = json.dumps([selection.owner_id, selection.public_only, selection.words]).encode()
    return hashlib.blake2b(whose + b"\0" + place, digest_size=16, person=b"page token").digest()
