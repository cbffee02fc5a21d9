"""People and links that videos are shared with."""

from datetime import UTC, datetime
from typing import Any

from piccolo.columns.combination import WhereRaw

from video_service.domain.sharing import (
    Actor,
    LinkProofs,
    OpenableLink,
    SharedPerson,
    ShareLink,
)
from video_service.domain.video import Owner
from video_service.repository.audit import note
from video_service.repository.engine import DB
from video_service.repository.owners import admit
from video_service.repository.tables import ShareLinks, Shares, Videos, is_id

_NOT_EXPIRED = "(share_links.expires_at IS NULL OR share_links.expires_at > now())"


class ShareRows:
    """Implements :class:`video_service.domain.sharing_stores.Shares`."""

    async def people(self, video_id: str) -> list[SharedPerson]:
        rows = (
            await Shares.select(Shares.person, Shares.person.name, Shares.created_at)
            .where(Shares.video == video_id)
            .order_by(Shares.created_at, Shares.id, ascending=False)
        )
        return [SharedPerson(Owner(row["person"], row["person.name"]), row["created_at"]) for row in rows]

    async def links(self, video_id: str) -> list[ShareLink]:
        rows = (
            await ShareLinks.select()
            .where((ShareLinks.video == video_id) & WhereRaw(_NOT_EXPIRED))
            .order_by(ShareLinks.created_at, ShareLinks.id, ascending=False)
        )
        return [_link_of(row) for row in rows]

    async def add_person(self, video_id: str, person: Owner, by: Actor, most: int) -> bool:
        async with DB.transaction():
            # Seen by those who follow the video. It also locks the row, so that the count holds.
            await _touch(video_id)
            mine = (Shares.video == video_id) & (Shares.person == person.id)
            if await Shares.exists().where(mine):
                return True
            if await Shares.count().where(Shares.video == video_id) >= most:
                return False
            await admit(person)
            await Shares.insert(Shares(video=video_id, person=person.id, created_at=datetime.now(UTC)))
            await note(by, "share.person.add", video_id, person=person.id)
        return True

    async def remove_person(self, video_id: str, person_id: str, by: Actor) -> None:
        async with DB.transaction():
            removed = (
                await Shares.delete()
                .where((Shares.video == video_id) & (Shares.person == person_id))
                .returning(Shares.id)
            )
            if removed:
                await _end_grants(video_id)
                await note(by, "share.person.remove", video_id, person=person_id)

    async def add_link(
        self, video_id: str, link: ShareLink, proofs: LinkProofs, by: Actor, most: int
    ) -> bool:
        async with DB.transaction():
            await Videos.select(Videos.id).where(Videos.id == video_id).lock_rows("UPDATE")
            of_video = ShareLinks.video == video_id
            await ShareLinks.delete().where(of_video & (ShareLinks.expires_at <= datetime.now(UTC)))
            if await ShareLinks.count().where(of_video) >= most:
                return False
            await ShareLinks.insert(
                ShareLinks(
                    id=link.id,
                    video=video_id,
                    label=link.label,
                    secret_hash=proofs.secret_hash,
                    password_hash=proofs.password_hash,
                    created_at=link.created_at,
                    expires_at=link.expires_at,
                )
            )
            await note(by, "share.link.create", video_id, link=link.id, label=link.label)
        return True

    async def remove_link(self, video_id: str, link_id: str, by: Actor) -> None:
        async with DB.transaction():
            removed = (
                await ShareLinks.delete()
                .where((ShareLinks.video == video_id) & (ShareLinks.id == link_id))
                .returning(ShareLinks.id)
            )
            if removed:
                await _end_grants(video_id)
                await note(by, "share.link.revoke", video_id, link=link_id)

    async def openable(self, video_id: str, secret_hash: str) -> OpenableLink | None:
        if not is_id(video_id):
            return None
        row = (
            await ShareLinks.select(ShareLinks.id, ShareLinks.expires_at, ShareLinks.password_hash)
            .where(
                (ShareLinks.video == video_id)
                & (ShareLinks.secret_hash == secret_hash)
                & ShareLinks.video.deleted_at.is_null()
                & WhereRaw(_NOT_EXPIRED)
            )
            .first()
        )
        return None if row is None else OpenableLink(row["id"], row["expires_at"], row["password_hash"])


async def _touch(video_id: str) -> None:
    """Changes nothing, but followers look again (see the triggers)."""
    await Videos.update({Videos.access_epoch: Videos.access_epoch}).where(Videos.id == video_id)


async def _end_grants(video_id: str) -> None:
    await Videos.update({Videos.access_epoch: Videos.access_epoch + 1}).where(Videos.id == video_id)


def _link_of(row: dict[str, Any]) -> ShareLink:
    return ShareLink(
        row["id"], row["label"], row["created_at"], row["expires_at"], row["password_hash"] is not None
    )
