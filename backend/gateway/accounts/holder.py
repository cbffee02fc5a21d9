"""A person in a session of their own: who may change an account."""

from dataclasses import dataclass

from gateway.accounts.repository.users import User
from gateway.audit.repository import Actor


@dataclass(frozen=True)
class Holder:
    """The person as the database knows them at this moment."""

    user: User
    session_id: str
    authorization: str

    @property
    def actor(self) -> Actor:
        return Actor(self.user.id, self.user.name)
