"""A video as strangers see it: whoever asks here is a page, a crawler or another server."""

from gateway.problems import not_found
from gateway.requests import is_id
from gateway.video_client import VideoClient
from gateway.video_records import Opening, Video

#: A page does not wait longer for what is only its head. Without a player's video there is none to show.
_HEAD_SECONDS = 1.0


class Lookup:
    def __init__(self, client: VideoClient) -> None:
        self._client = client

    async def video(self, video_id: str) -> Video:
        """Public or unlisted. Raises :class:`gateway.problems.Problem`: NOT_FOUND, identically, for what
        is not there and what is private; NOT_SIGNED_IN where nothing is shown to strangers."""
        _require_id(video_id)
        return await self._client.video(None, video_id)

    async def opening(self, video_id: str) -> tuple[Video, Opening | None]:
        """The same, and what the watch page of a public video asks for first. Raises as :meth:`video`."""
        _require_id(video_id)
        return await self._client.opening(video_id, deadline_seconds=_HEAD_SECONDS)


def _require_id(video_id: str) -> None:
    if not is_id(video_id):
        raise not_found("There is no such video, or it is private.")
