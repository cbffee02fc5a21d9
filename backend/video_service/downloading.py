"""Downloading: a ready video as one file, for those whom its owner lets have it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from video_service.catalog import Catalog
from video_service.domain.access import Viewer, download_subject, grant_lifetime_seconds
from video_service.domain.downloads import NO_SOUND, Downloads, DownloadState, download_file
from video_service.domain.errors import InvalidInput, NotAllowed, NotReady
from video_service.domain.ports import Grants
from video_service.domain.stores import Events
from video_service.domain.video import RenditionKind, Video, VideoState

#: How long a request for a file that is being made waits for it: most are made in less.
WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class DownloadLink:
    path: str
    """On the video service, grant included. Empty while the file is being made."""
    expires_at: datetime | None
    size_bytes: int


_BEING_MADE = DownloadLink("", None, 0)


class Downloading:
    """Makes files when they are first asked for. What lies at the path is one, so that a download
    that broke off goes on where it stopped, also under a path with another grant."""

    def __init__(self, catalog: Catalog, downloads: Downloads, events: Events, grants: Grants) -> None:
        self._catalog = catalog
        self._downloads = downloads
        self._events = events
        self._grants = grants

    async def link(
        self, viewer: Viewer, video_id: str, audio: str, wait_seconds: float = WAIT_SECONDS
    ) -> DownloadLink:
        """``audio``: a rendition's name; empty: the first. Raises NotFound, NotAllowed, NotReady,
        InvalidInput."""
        until = time.monotonic() + wait_seconds
        async with self._events.follow([video_id]) as changed:
            while True:
                link = await self._link(viewer, video_id, audio)
                if link is not _BEING_MADE:
                    return link
                try:
                    await changed.next(max(0.0, until - time.monotonic()))
                except TimeoutError:
                    return _BEING_MADE

    async def _link(self, viewer: Viewer, video_id: str, audio: str) -> DownloadLink:
        video, ends_at = await self._catalog.read(viewer, video_id)
        seen = self._catalog.seen(viewer, video, ends_at)
        if not (seen.downloadable or seen.editable):
            raise NotAllowed("The owner of this video does not offer it for download.")
        if video.state is not VideoState.READY or video.revision_id is None:
            raise NotReady("This video can be downloaded when it is ready.")
        found = await self._downloads.ask(video.revision_id, _audio_of(video, audio))
        if found is None:
            raise NotReady("This video is being replaced. Try again.")
        if found.state is DownloadState.FAILED:
            raise NotReady("This video could not be made into a file.")
        if found.state is DownloadState.WAITING:
            return _BEING_MADE
        expires_at = datetime.now(UTC) + timedelta(seconds=grant_lifetime_seconds(video.duration_seconds))
        if ends_at is not None:
            expires_at = min(expires_at, ends_at)
        grant = self._grants.issue(download_subject(video.id), video.access_epoch, expires_at)
        path = f"/media/{grant}/{video.id}/{video.revision_id}/{download_file(found.id)}"
        return DownloadLink(path, expires_at, found.size_bytes)


def _audio_of(video: Video, asked: str) -> str:
    """Raises InvalidInput."""
    tracks = [one.name for one in video.renditions if one.kind is RenditionKind.AUDIO]
    if asked and asked not in tracks:
        raise InvalidInput("audio", "is not a track of this video")
    return asked or next(iter(tracks), NO_SOUND)
