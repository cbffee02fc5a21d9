"""Posters that owners choose: one of the video's stills, or a picture of their own."""

from collections.abc import AsyncIterator
from time import monotonic

from video_service.authority import Authority
from video_service.catalog import Catalog, Seen
from video_service.domain.access import Viewer
from video_service.domain.errors import NotFound, NotReady, TooLarge, Unavailable, UnsupportedMedia
from video_service.domain.extras import Extra
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.picture_files import picture_format
from video_service.domain.pictures import POSTER_FILES
from video_service.domain.ports import Objects
from video_service.domain.stores import Events, PosterRows, Videos
from video_service.domain.video import Poster, Video, new_id

MAX_PICTURE_BYTES = 10 << 20
#: How long somebody waits for a worker to look at their picture.
_WAIT_SECONDS = 20.0


class Posters:
    """The use cases behind ``PosterService``. All are the owner's alone and raise what
    :meth:`video_service.authority.Authority.own` does."""

    def __init__(
        self, rows: PosterRows, videos: Videos, authority: Authority, catalog: Catalog, events: Events,
        objects: Objects, *, wait_seconds: float = _WAIT_SECONDS,
    ) -> None:  # fmt: skip
        self._rows, self._videos, self._authority = rows, videos, authority
        self._catalog, self._events, self._objects = catalog, events, objects
        self._wait_seconds = wait_seconds

    async def choose(self, viewer: Viewer, video_id: str, still: int) -> Seen:
        """Raises NotReady where there is no such still."""
        by = await self._authority.own(viewer, video_id)
        video = await self._video(video_id)
        stills = video.extras.get(Extra.STILLS, {}).get("pictures", [])
        if not 0 <= still < len(stills):
            raise NotReady("There is no such picture of this video.")
        poster = Poster(new_id(), stills[still]["width"], stills[still]["height"])
        for name in POSTER_FILES:
            await self._copy(
                f"videos/{video_id}/{video.revision_id}/stills/{still}/{name}",
                f"videos/{video_id}/{poster.id}/{name}",
            )
        if not await self._rows.choose(video_id, poster, by):
            raise NotFound
        return await self._seen(viewer, video_id)

    async def upload(self, viewer: Viewer, video_id: str, pieces: AsyncIterator[bytes]) -> Seen:
        """Raises TooLarge, UnsupportedMedia; Unavailable where no worker looks at it soon: it is shown
        as soon as one did."""
        by = await self._authority.own(viewer, video_id)
        content = bytearray()
        async for piece in pieces:
            content += piece
            if len(content) > MAX_PICTURE_BYTES:
                raise TooLarge(MAX_PICTURE_BYTES)
        if picture_format(bytes(content[:16])) is None:
            message = "This is no picture that can be used. JPEG, PNG and WebP can."
            raise UnsupportedMedia(Notice(NoticeCode.NOT_A_POSTER, message))
        poster_id = new_id()
        await self._objects.create(f"work/{video_id}/{poster_id}/picture", bytes(content))
        deadline = monotonic() + self._wait_seconds
        async with self._events.follow([video_id]) as changed:
            if not await self._rows.begin(video_id, poster_id, by):
                await self._objects.delete_below(f"work/{video_id}/{poster_id}")
                raise NotFound
            while (state := await self._rows.state(poster_id)) == "waiting":
                try:
                    await changed.next(max(0.0, deadline - monotonic()))
                except TimeoutError as late:
                    raise Unavailable("The picture is shown as soon as it has been looked at.") from late
        if state != "taken":
            message = "This picture cannot be read. It may be damaged, or too large."
            raise UnsupportedMedia(Notice(NoticeCode.POSTER_UNREADABLE, message))
        return await self._seen(viewer, video_id)

    async def remove(self, viewer: Viewer, video_id: str) -> Seen:
        by = await self._authority.own(viewer, video_id)
        if not await self._rows.choose(video_id, None, by):
            raise NotFound
        return await self._seen(viewer, video_id)

    async def _seen(self, viewer: Viewer, video_id: str) -> Seen:
        # What is answered is served, and what is not shown any more is not.
        await self._events.caught_up()
        return await self._catalog.get(viewer, video_id)

    async def _video(self, video_id: str) -> Video:
        video = await self._videos.get(video_id)
        if video is None:
            raise NotFound
        return video

    async def _copy(self, source_key: str, key: str) -> None:
        info = await self._objects.head(source_key)
        if info is None:
            raise NotReady("This picture was just replaced by another. Choose again.")
        await self._objects.create(key, await self._objects.read(source_key, 0, info.size_bytes))
