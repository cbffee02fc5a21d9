"""One trail of two: what the gateway wrote down, and what the video service did."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.audit import repository
from gateway.audit.repository import Actor, Event
from gateway.page_tokens import page_position, page_token
from gateway.problems import Problem, invalid
from gateway.video_client import VideoClient

_DAY_SECONDS = 86_400.0
#: With the largest page, 100, as many as the video service gives at once.
_MOST_AT_ONE_MOMENT = 100
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """An event, and which service has it."""

    service: str
    event: Event

    @property
    def order(self) -> tuple[datetime, str, int]:
        return self.event.time, self.service, self.event.id


@dataclass(frozen=True)
class Question:
    """``actor_id`` and ``action_prefix`` may be empty: anybody, anything."""

    actor_id: str
    action_prefix: str
    page_size: int
    page_token: str


class Trail:
    def __init__(self, client: VideoClient, retention_seconds: float) -> None:
        self._client = client
        self._retention_seconds = retention_seconds

    async def page(self, admin: str, question: Question) -> tuple[list[Found], str]:
        """A page, newest first, and where the next one begins (empty on the last).

        ``admin`` is the admin's authorization. Raises :class:`gateway.problems.Problem`, also where the
        video service does not answer: a trail with holes that nobody sees would be worse than none.
        """
        after = _position(question.page_token)
        own, videos = await asyncio.gather(self._own(question, after), self._videos(admin, question, after))
        found = [Found("gateway", event) for event in own] + [Found("video", event) for event in videos]
        found = [one for one in found if after is None or one.order < after]
        found.sort(key=lambda one: one.order, reverse=True)
        page = found[: question.page_size]
        if len(found) == len(page):
            return page, ""
        time, service, event_id = page[-1].order
        return page, page_token((time - _EPOCH) // _MICROSECOND, service, event_id)

    async def forget_old_events(self) -> None:
        """For ever, once a day."""
        while True:
            # Without the database, whose log line is written already, tomorrow is soon enough.
            with suppress(Problem):
                await repository.forget_before(self._retention_seconds)
            await asyncio.sleep(_DAY_SECONDS)

    async def _own(self, question: Question, after: tuple[datetime, str, int] | None) -> list[Event]:
        before = after[0] + _MICROSECOND if after else None
        return await repository.events(before, question.actor_id, question.action_prefix, _most(question))

    async def _videos(
        self, admin: str, question: Question, after: tuple[datetime, str, int] | None
    ) -> list[Event]:
        before = after[0] + _MICROSECOND if after else None
        events = await self._client.audit_events(
            admin, before, question.actor_id, question.action_prefix, _most(question)
        )
        return [
            Event(
                id=event.id,
                time=event.time,
                actor=Actor(event.actor_id, event.actor_name) if event.actor_id else None,
                action=event.action,
                subject_id=event.subject_id,
                details=event.details,
            )
            for event in events
        ]


def _most(question: Question) -> int:
    """One more than the page tells whether there is another; the rest is room for events of the
    microsecond in which the page begins, which pages before had already."""
    return question.page_size + _MOST_AT_ONE_MOMENT


def _position(token: str) -> tuple[datetime, str, int] | None:
    found = page_position(token, (int, str, int))
    if found is None:
        return None
    microseconds, service, event_id = found
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND, str(service), int(event_id)
    except OverflowError as error:
        raise invalid("page_token", "This is no page token of this list.") from error
