"""The rows of people: admitted with their first upload or share, renamed and removed by the gateway."""

from contextlib import suppress
from datetime import UTC, datetime

from video_service.domain.errors import NotSignedIn
from video_service.domain.sharing_stores import Leftover
from video_service.domain.video import Owner
from video_service.repository import jobs
from video_service.repository.audit import SERVICE, note
from video_service.repository.engine import DB
from video_service.repository.removal import leftover
from video_service.repository.tables import DepartedOwners, Owners, Revisions, Videos


async def admit(owner: Owner) -> None:
    """Makes sure of the person's row; call it inside the transaction that refers to it.

    A known name stays: what a token says may be older than a rename. Raises NotSignedIn where the
    person's account was deleted.
    """
    await Owners.insert(Owners(id=owner.id, name=owner.name)).on_conflict(
        target=Owners.id, action="DO NOTHING"
    )
    await _require_stays(owner.id)


async def lock(owner_id: str) -> None:
    """Until the transaction ends nobody else holds this; shares and uploads may still refer to the row."""
    await Owners.select(Owners.id).where(Owners.id == owner_id).lock_rows("NO KEY UPDATE")


class OwnerRows:
    """Implements :class:`video_service.domain.sharing_stores.Owners`."""

    async def rename(self, owner_id: str, name: str) -> None:
        # Written down even where nothing refers to the person yet: their first upload may come
        # with a token from before.
        with suppress(NotSignedIn):
            async with DB.transaction():
                await Owners.insert(Owners(id=owner_id, name=name)).on_conflict(
                    target=Owners.id, action="DO UPDATE", values=[Owners.name]
                )
                await _require_stays(owner_id)

    async def delete(self, owner_id: str) -> Leftover:
        async with DB.transaction() as transaction:
            now = datetime.now(UTC)
            first = (
                await DepartedOwners.insert(DepartedOwners(id=owner_id, departed_at=now))
                .on_conflict(target=DepartedOwners.id, action="DO NOTHING")
                .returning(DepartedOwners.id)
            )
            # Nothing can refer to the person from here on.
            await Owners.select(Owners.id).where(Owners.id == owner_id).lock_rows("UPDATE")
            left = await leftover(Videos.owner == owner_id)
            revisions = await Revisions.select(Revisions.id).where(Revisions.video.owner == owner_id)
            if revisions:
                # The videos' rows first, as everywhere.
                theirs = Videos.select(Videos.id).where(Videos.owner == owner_id)
                await theirs.order_by(Videos.id).lock_rows("UPDATE")
                await jobs.cancel_work(transaction.connection, [row["id"] for row in revisions])
            await Videos.delete().where(Videos.owner == owner_id)
            await Owners.delete().where(Owners.id == owner_id)
            if left.video_ids:
                await jobs.enqueue_sweep(transaction.connection, left)
            if first:
                await note(SERVICE, "owner.delete", owner_id, videos=str(len(left.video_ids)))
        return left


async def _require_stays(owner_id: str) -> None:
    """Holds the person's row until the transaction ends, after waiting for a deletion under way.

    Raises NotSignedIn where the account was deleted."""
    await Owners.select(Owners.id).where(Owners.id == owner_id).lock_rows("KEY SHARE")
    if await DepartedOwners.exists().where(DepartedOwners.id == owner_id):
        raise NotSignedIn("This account was deleted.")
