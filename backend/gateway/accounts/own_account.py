"""Changing one's name, and leaving. What the video service has to know of it goes through the outbox."""

from gateway.accounts.fields import require_name
from gateway.accounts.holder import Holder
from gateway.accounts.repository import users
from gateway.accounts.repository.users import User
from gateway.audit.repository import record
from gateway.database import transaction
from gateway.notices import NoticeCode
from gateway.outbox import repository as outbox
from gateway.problems import invalid
from gateway.requests import Device
from shared.tokens import LEEWAY_SECONDS

#: Beyond the life of a token, for the request that it is used in at its last moment.
_MARGIN_SECONDS = 60.0


async def rename(holder: Holder, name: str) -> User:
    """Raises :class:`gateway.problems.Problem`."""
    name, user = require_name(name), holder.user
    async with transaction():
        await users.set_name(user.id, name)
        await outbox.add_rename(user.id, name)
        await record("account.rename", holder.actor, subject_id=user.id, to=name)
    return User(user.id, user.email, name, user.role)


async def leave(holder: Holder, access_token_lifetime_seconds: float, device: Device) -> None:
    """Removes the account and everything of the person's. Raises :class:`gateway.problems.Problem`."""
    user_id = holder.user.id
    async with transaction():
        if await users.lock_admins() == [user_id]:
            message = "You are the only admin: make somebody else an admin first."
            raise invalid("role", message, NoticeCode.ONLY_ADMIN)
        await users.delete(user_id)
        await outbox.add_deletion(user_id, after_seconds=0)
        # Access tokens outlive the account for some minutes: what came in with one goes, too.
        late_seconds = access_token_lifetime_seconds + LEEWAY_SECONDS + _MARGIN_SECONDS
        await outbox.add_deletion(user_id, after_seconds=late_seconds)
        await record("account.delete", holder.actor, subject_id=user_id, address=device.address)
