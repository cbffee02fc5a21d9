"""What the gateway tells of people: new names, and that somebody has left."""

from video_service.domain.errors import InvalidInput
from video_service.domain.notices import wrong_length
from video_service.domain.sharing_stores import Owners
from video_service.domain.stores import Staging

_NAME_CHARACTERS = (1, 80)
_MAX_ID_CHARACTERS = 64


class People:
    """The use cases behind ``OwnerService``. All are idempotent."""

    def __init__(self, owners: Owners, staging: Staging) -> None:
        self._owners = owners
        self._staging = staging

    async def rename(self, owner_id: str, name: str) -> None:
        """Raises InvalidInput."""
        least, most = _NAME_CHARACTERS
        if not least <= len(name) <= most or not name.isprintable():
            raise InvalidInput("name", wrong_length(least, most))
        await self._owners.rename(_checked_id(owner_id), name)

    async def delete(self, owner_id: str) -> None:
        """Rows go at once. What was being uploaded goes now, the rest by a job; what a crash in
        between leaves in staging expires. Raises InvalidInput."""
        left = await self._owners.delete(_checked_id(owner_id))
        for upload_id in left.upload_ids:
            await self._staging.discard(upload_id)


def _checked_id(owner_id: str) -> str:
    if not 1 <= len(owner_id) <= _MAX_ID_CHARACTERS or not owner_id.isprintable():
        raise InvalidInput("id", f"must have 1 to {_MAX_ID_CHARACTERS} characters")
    return owner_id
