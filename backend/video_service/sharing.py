"""Sharing: named people, and links that can expire, be revoked and carry a password."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from video_service.authority import Authority
from video_service.catalog import checked_text
from video_service.domain.access import PASS_LIFETIME_SECONDS, OpenedLink, Viewer
from video_service.domain.errors import InvalidInput, NotAllowed, NotFound
from video_service.domain.notices import Notice, NoticeCode, too_many, wrong_length
from video_service.domain.ports import Passes, Passwords
from video_service.domain.sharing import LinkProofs, SharedPerson, ShareLink, secret_hash
from video_service.domain.sharing_stores import Shares
from video_service.domain.stores import Events
from video_service.domain.video import Owner, new_id

MAX_PEOPLE = 200
MAX_LINKS = 100
_MAX_LABEL_CHARACTERS = 80
_PASSWORD_CHARACTERS = (4, 200)


@dataclass(frozen=True)
class NewLink:
    link: ShareLink
    secret: str
    """What opens it; it is not kept."""


@dataclass(frozen=True)
class OpenedPass:
    share_pass: str
    expires_at: datetime


class Sharing:
    """The use cases behind ``SharingService``. All but :meth:`open` are the owner's alone and raise
    what :meth:`video_service.authority.Authority.own` does."""

    def __init__(
        self, shares: Shares, authority: Authority, events: Events, passes: Passes, passwords: Passwords
    ) -> None:
        self._shares = shares
        self._authority = authority
        self._events = events
        self._passes = passes
        self._passwords = passwords

    async def shares(self, viewer: Viewer, video_id: str) -> tuple[list[SharedPerson], list[ShareLink]]:
        await self._authority.own(viewer, video_id)
        return await self._shares.people(video_id), await self._shares.links(video_id)

    async def add_person(self, viewer: Viewer, video_id: str, person: Owner) -> None:
        """Raises InvalidInput."""
        by = await self._authority.own(viewer, video_id)
        if not person.id or person.id == by.id:
            raise InvalidInput("person", Notice(NoticeCode.NOT_ONESELF, "must be somebody else"))
        if not await self._shares.add_person(video_id, person, by, MAX_PEOPLE):
            raise InvalidInput("people", too_many(MAX_PEOPLE))

    async def remove_person(self, viewer: Viewer, video_id: str, person_id: str) -> None:
        by = await self._authority.own(viewer, video_id)
        await self._shares.remove_person(video_id, person_id, by)
        await self._events.caught_up()

    async def create_link(
        self, viewer: Viewer, video_id: str, label: str, expires_at: datetime | None, password: str
    ) -> NewLink:
        """An empty password: none is asked for. Raises InvalidInput."""
        by = await self._authority.own(viewer, video_id)
        label = checked_text("label", label, _MAX_LABEL_CHARACTERS)
        now = datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("expire_time", Notice(NoticeCode.NOT_IN_FUTURE, "must be in the future"))
        least, most = _PASSWORD_CHARACTERS
        if password and not least <= len(password) <= most:
            raise InvalidInput("password", wrong_length(least, most))
        # 128 random bits, in the form that ids have (RFC 4648 section 6, unpadded).
        secret = b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        proofs = LinkProofs(secret_hash(secret), await self._passwords.hash(password) if password else None)
        link = ShareLink(new_id(), label, now, expires_at, bool(password))
        if not await self._shares.add_link(video_id, link, proofs, by, MAX_LINKS):
            raise InvalidInput("links", too_many(MAX_LINKS))
        return NewLink(link, secret)

    async def revoke_link(self, viewer: Viewer, video_id: str, link_id: str) -> None:
        by = await self._authority.own(viewer, video_id)
        await self._shares.remove_link(video_id, link_id, by)
        await self._events.caught_up()

    async def open(self, viewer: Viewer, video_id: str, secret: str, password: str) -> OpenedPass:
        """Exchanges a link's secret for a pass. Raises NotFound where there is no such video or
        link; NotAllowed where the password is missing or wrong."""
        self._authority.require_access(viewer)
        link = await self._shares.openable(video_id, secret_hash(secret))
        if link is None:
            raise NotFound
        if link.password_hash is not None:
            short_enough = len(password) <= _PASSWORD_CHARACTERS[1]
            if not short_enough or not await self._passwords.matches(link.password_hash, password):
                raise NotAllowed("This link asks for its password.", needs="password")
        expires_at = datetime.now(UTC) + timedelta(seconds=PASS_LIFETIME_SECONDS)
        if link.expires_at is not None:
            expires_at = min(expires_at, link.expires_at)
        return OpenedPass(self._passes.issue(OpenedLink(video_id, link.id), expires_at), expires_at)
