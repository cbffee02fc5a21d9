"""Writing down what may change of a revision that is published already."""

from collections.abc import Collection

from video_service.domain.ports import Objects
from video_service.domain.publication import Publication


class ObjectPublisher:
    """Implements :class:`video_service.domain.ports.Publisher`."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def publish(self, publication: Publication) -> None:
        for file, content in publication.files().items():
            await self._objects.replace(
                f"{_folder(publication.video_id, publication.revision_id)}/{file}", content
            )

    async def withdraw(self, video_id: str, revision_ids: Collection[str], folder: str) -> None:
        for revision_id in revision_ids:
            await self._objects.delete_below(f"{_folder(video_id, revision_id)}/{folder}/")


def _folder(video_id: str, revision_id: str) -> str:
    return f"videos/{video_id}/{revision_id}"
