"""What sharing, the end of accounts and the audit log need of the rows, in their own words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from video_service.domain.sharing import (
    Actor,
    AuditEvent,
    LinkProofs,
    OpenableLink,
    SharedPerson,
    ShareLink,
)
from video_service.domain.video import Owner


class Shares(Protocol):
    """The rows of sharing. Each method is one transaction; every change is announced and noted."""

    async def people(self, video_id: str) -> list[SharedPerson]: ...

    async def links(self, video_id: str) -> list[ShareLink]:
        """Those that have not expired, latest first."""

    async def add_person(self, video_id: str, person: Owner, by: Actor, most: int) -> bool:
        """Idempotent. False where there are as many already."""

    async def remove_person(self, video_id: str, person_id: str, by: Actor) -> None:
        """Raises the access epoch where there was such a person. Idempotent."""

    async def add_link(
        self, video_id: str, link: ShareLink, proofs: LinkProofs, by: Actor, most: int
    ) -> bool:
        """False where there are as many already."""

    async def remove_link(self, video_id: str, link_id: str, by: Actor) -> None:
        """Raises the access epoch where there was such a link. Idempotent."""

    async def openable(self, video_id: str, secret_hash: str) -> OpenableLink | None:
        """The link with this secret. ``None`` where it or its video is not there or has ended."""


@dataclass(frozen=True)
class Leftover:
    """Bytes that no row names any more."""

    video_ids: tuple[str, ...]
    source_keys: tuple[str, ...]
    upload_ids: tuple[str, ...]
    """Of uploads that were not complete."""


class Owners(Protocol):
    """The rows of people, as the gateway tells of them. Each method is one transaction."""

    async def rename(self, owner_id: str, name: str) -> None:
        """Somebody who has left stays away."""

    async def delete(self, owner_id: str) -> Leftover:
        """Removes every row that is the person's, cancels their jobs, and orders the deletion of
        what is left over. Idempotent; nothing can be made in their name afterwards."""


class Audit(Protocol):
    async def events(
        self, before: datetime | None, actor_id: str, action_prefix: str, limit: int
    ) -> list[AuditEvent]:
        """Newest first. Events of one moment are never split, so there may be a few more."""
