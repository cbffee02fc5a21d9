"""The catalog: what can be done with videos that exist."""

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from video_service.authority import Authority
from video_service.domain.access import (
    PUBLIC,
    AccessFacts,
    Viewer,
    grant_lifetime_seconds,
    may_edit,
    may_moderate,
)
from video_service.domain.chapters import checked
from video_service.domain.embedding import checked_embedding
from video_service.domain.errors import InvalidInput, NotAllowed, NotFound, NotReady
from video_service.domain.notices import NOT_PRINTABLE, Notice, NoticeCode, too_long, too_many
from video_service.domain.pictures import Pictures, pictures_of
from video_service.domain.ports import Grants
from video_service.domain.stores import Changes, Events, Videos
from video_service.domain.video import Video, VideoState
from video_service.domain.viewing import NOT_VIEWED, OwnViewing, Viewings

MAX_TITLE_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 5000
MAX_TAGS = 20
MAX_TAG_CHARACTERS = 50
MAX_WATCHED = 200
#: While segments are published many times a second, a watcher is told this often.
_WATCH_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Seen:
    """A video as one viewer sees it."""

    video: Video
    pictures: Pictures
    editable: bool
    """The viewer owns it; some fields are the owner's alone."""
    moderatable: bool
    downloadable: bool
    """Those who may watch it may download it; its owner always may."""
    own: OwnViewing
    """What is of the viewer about it."""


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
        self, videos: Videos, viewings: Viewings, authority: Authority, events: Events, grants: Grants, *,
        undo_seconds: float, downloadable: bool,
    ) -> None:  # fmt: skip
        """``downloadable``: whether videos are whose owners have not said."""
        self._videos = videos
        self._viewings = viewings
        self._authority = authority
        self._events = events
        self._grants = grants
        self._undo_seconds = undo_seconds
        self._downloadable = downloadable

    async def get(self, viewer: Viewer, video_id: str) -> Seen:
        video, ends_at = await self.read(viewer, video_id)
        return await self._seen_by(viewer, video, ends_at)

    async def update(
        self, viewer: Viewer, video_id: str, changes: Changes, *, only_while_uploading: bool = False
    ) -> Seen:
        """``only_while_uploading``: for who may upload, but not manage what is uploaded. Raises
        InvalidInput, NotAllowed."""
        by = await self._authority.own_or_moderate(viewer, video_id)
        changes = checked_changes(changes)
        if by.moderates and changes != Changes(visibility=changes.visibility):
            raise NotAllowed("Moderators change who may see a video, and nothing else.")
        if only_while_uploading:
            video, _ = await self.read(viewer, video_id)
            if video.state is not VideoState.UPLOADING:
                raise NotAllowed("This access token may only upload.")
        changed = await self._videos.update(video_id, changes, by)
        if changed is None:
            raise NotFound
        # Whoever is told that a video is private can rely on it.
        await self._events.caught_up()
        return await self._seen_by(viewer, changed)

    async def delete(self, viewer: Viewer, video_id: str) -> datetime:
        """Returns until when it can be undone. Raises NotAllowed."""
        by = await self._authority.own_or_moderate(viewer, video_id)
        deleted_at = await self._videos.delete(video_id, by, self._undo_seconds)
        if deleted_at is None:
            raise NotFound
        await self._events.caught_up()
        return deleted_at + timedelta(seconds=self._undo_seconds)

    async def undelete(self, viewer: Viewer, video_id: str) -> Seen:
        by = await self._authority.own_even_deleted(viewer, video_id)
        restored = await self._videos.undelete(video_id, by, self._undo_seconds)
        if restored is None:
            raise NotFound
        await self._events.caught_up()
        return await self._seen_by(viewer, restored)

    async def reprocess(self, viewer: Viewer, video_id: str) -> Seen:
        """Raises NotAllowed, NotReady."""
        by = await self._authority.own(viewer, video_id)
        begun = await self._videos.reprocess(video_id, by)
        if begun is None:
            raise NotFound
        return await self._seen_by(viewer, begun)

    async def cancel(self, viewer: Viewer, video_id: str) -> Seen:
        """Raises NotAllowed, NotReady."""
        by = await self._authority.own(viewer, video_id)
        stopped = await self._videos.cancel(video_id, by)
        if stopped is None:
            raise NotFound
        return await self._seen_by(viewer, stopped)

    async def playback(self, viewer: Viewer, video_id: str) -> Playback:
        """Raises NotReady until the playlists are published."""
        video, ends_at = await self.read(viewer, video_id)
        if video.state is VideoState.FAILED:
            raise NotReady("This video could not be processed.")
        if video.revision_id is None:
            raise NotReady("This video is not ready to be watched yet.")
        # What is answered is served: the revision may be newer than what delivery knows.
        await self._events.caught_up()
        grant, expires_at = self._grant(video, ends_at)
        path = f"/media/{grant}/{video.id}/{video.revision_id}/master.m3u8"
        return Playback(path, expires_at)

    async def watch(
        self, viewer: Viewer, known_versions: Mapping[str, int], until: float | None
    ) -> AsyncIterator[Seen | Gone]:
        """The current state of what is newer than known, then every change, coalesced.

        Ends at ``until`` (Unix time in seconds). Raises Unavailable when the service stops.
        """
        self._authority.require_access(viewer)
        if len(known_versions) > MAX_WATCHED:
            raise InvalidInput("videos", f"at most {MAX_WATCHED} can be followed")
        known, gone = dict(known_versions), set[str]()
        async with self._events.follow(known) as changed:
            pending = frozenset(known)
            while True:
                allowed = await self._authority.seen(viewer, pending)
                found = await self._videos.get_many(allowed)
                for video_id in sorted(pending):
                    video = found.get(video_id)
                    if video is None:
                        if video_id not in gone:
                            gone.add(video_id)
                            yield Gone(video_id)
                    elif video.access_epoch != allowed[video_id].facts.epoch:
                        continue  # it changed between the two looks: the news of that is on its way
                    elif video.version > known[video_id] or video_id in gone:
                        gone.discard(video_id)
                        known[video_id] = video.version
                        yield await self._seen_by(viewer, video, allowed[video_id].ends_at)
                await asyncio.sleep(_WATCH_PAUSE_SECONDS)
                remaining_seconds = None if until is None else max(0.0, until - time.time())
                try:
                    pending = await changed.next(remaining_seconds)
                except TimeoutError:
                    return

    async def seen_by(self, viewer: Viewer, videos: Iterable[Video]) -> tuple[Seen, ...]:
        """What somebody sees of videos that they were found to be allowed to see."""
        videos = tuple(videos)
        own = await self._own(viewer, videos)
        return tuple(self.seen(viewer, video, own=own.get(video.id, NOT_VIEWED)) for video in videos)

    async def _seen_by(self, viewer: Viewer, video: Video, ends_at: datetime | None = None) -> Seen:
        own = await self._own(viewer, (video,))
        return self.seen(viewer, video, ends_at, own.get(video.id, NOT_VIEWED))

    async def _own(self, viewer: Viewer, videos: tuple[Video, ...]) -> dict[str, OwnViewing]:
        if viewer.user_id is None or not videos:
            return {}
        return await self._viewings.own(viewer.user_id, [video.id for video in videos])

    def seen(
        self, viewer: Viewer, video: Video, ends_at: datetime | None = None, own: OwnViewing = NOT_VIEWED
    ) -> Seen:
        """The same of one, without a look at what is of them about it."""
        facts, pictures = access_facts(video), Pictures()
        if video.revision_id is not None:
            grant, _ = self._grant(video, ends_at)
            pictures = pictures_of(video, f"/media/{grant}/{video.id}")
        downloadable = self._downloadable if video.downloadable is None else video.downloadable
        return Seen(video, pictures, may_edit(viewer, facts), may_moderate(viewer, facts), downloadable, own)

    async def read(self, viewer: Viewer, video_id: str) -> tuple[Video, datetime | None]:
        """The video, and when the right to see it ends by itself."""
        while True:
            allowed = await self._authority.see(viewer, video_id)
            video = await self._videos.get(video_id)
            # A grant is made from what was read: it must be of the epoch that was decided about.
            if video is not None and video.access_epoch == allowed.facts.epoch:
                return video, allowed.ends_at

    def _grant(self, video: Video, ends_at: datetime | None) -> tuple[str, datetime | None]:
        if not self._authority.needs_grant(access_facts(video)):
            return PUBLIC, None
        lifetime = timedelta(seconds=grant_lifetime_seconds(video.duration_seconds))
        expires_at = datetime.now(UTC) + lifetime
        if ends_at is not None:
            expires_at = min(expires_at, ends_at)
        return self._grants.issue(video.id, video.access_epoch, expires_at), expires_at


def access_facts(video: Video) -> AccessFacts:
    return AccessFacts(video.owner.id, video.visibility, video.deleted_at is not None, video.access_epoch)


def checked_changes(changes: Changes) -> Changes:
    """The changes as they will be stored. Raises InvalidInput."""
    return Changes(
        None if changes.title is None else checked_title(changes.title),
        None if changes.description is None else checked_description(changes.description),
        None if changes.tags is None else _checked_tags(changes.tags),
        changes.visibility,
        None if changes.chapters is None else checked(changes.chapters),
        changes.downloadable,
        None if changes.embedding is None else checked_embedding(changes.embedding),
    )


def checked_title(title: str) -> str:
    title = checked_text("title", title, MAX_TITLE_CHARACTERS)
    if not title:
        raise InvalidInput("title", Notice(NoticeCode.EMPTY, "must not be empty"))
    return title


def checked_description(description: str) -> str:
    return checked_text("description", description.replace("\r\n", "\n"), MAX_DESCRIPTION_CHARACTERS, "\n\t")


def _checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, whatever its case, as it is first written."""
    first = dict[str, str]()
    for tag in tags:
        text = " ".join(checked_text("tags", tag, MAX_TAG_CHARACTERS).split())
        first.setdefault(text.lower(), text)
    checked = tuple(first.values())
    if "" in checked:
        raise InvalidInput("tags", Notice(NoticeCode.EMPTY, "must not be empty"))
    if len(checked) > MAX_TAGS:
        raise InvalidInput("tags", too_many(MAX_TAGS))
    return checked


def checked_text(field: str, text: str, max_characters: int, allowed: str = "") -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_characters:
        raise InvalidInput(field, too_long(max_characters))
    # Cc: control characters; Cs: lone surrogates, which no database stores.
    refused = {character for character in text if unicodedata.category(character) in ("Cc", "Cs")}
    if refused - set(allowed):
        raise InvalidInput(field, NOT_PRINTABLE)
    return text
