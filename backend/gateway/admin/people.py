"""Roles and blocks. There is always an admin."""

from gateway.accounts.holder import Holder
from gateway.accounts.repository import invitations, sessions, users
from gateway.admin import repository
from gateway.admin.repository import Person
from gateway.audit.repository import record
from gateway.database import transaction
from gateway.notices import NoticeCode
from gateway.problems import invalid, not_found


async def change(admin: Holder, user_id: str, role: str | None, blocked: bool | None) -> Person:
    """What is None stays. A change ends the person's sessions. Raises :class:`gateway.problems.Problem`."""
    async with transaction():
        # Their rows stay locked to the end: of changes that race, each sees what the others left.
        admins = await users.lock_admins()
        if admin.user.id not in admins:
            raise invalid("role", "You are no admin any more.", NoticeCode.NO_ADMIN)
        person = await repository.person(user_id)
        if person is None:
            raise not_found("There is no such person.")
        new_role = person.role if role is None else role
        new_block = person.blocked if blocked is None else blocked
        if admins == [user_id] and (new_role != "admin" or new_block):
            field = "role" if new_role != "admin" else "blocked"
            message = "This is the only admin: make somebody else an admin first."
            raise invalid(field, message, NoticeCode.ONLY_ADMIN)
        if (new_role, new_block) == (person.role, person.blocked):
            return person
        await repository.change(user_id, new_role, blocked=new_block)
        await sessions.end_all(user_id)
        if new_role != "admin" or new_block:
            await invitations.revoke_all_of(user_id)
        if new_role != person.role:
            changed = {"from": person.role, "to": new_role}
            await record("admin.user.role", admin.actor, subject_id=user_id, **changed)
        if new_block != person.blocked:
            action = "admin.user.block" if new_block else "admin.user.unblock"
            await record(action, admin.actor, subject_id=user_id)
        changed_person = await repository.person(user_id)
        assert changed_person is not None
    return changed_person
