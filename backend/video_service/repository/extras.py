"""The rows of extras, as their jobs read and write them."""

from collections.abc import Collection, Mapping
from typing import Any

from video_service.domain.extras import Extra
from video_service.domain.ports import ExtraWork
from video_service.repository import jobs, wanted
from video_service.repository.notices import stored
from video_service.repository.tables import Extras
from video_service.repository.wanted import append_log, united


class ExtraRows:
    """The extras' part of :class:`video_service.domain.ports.Work`."""

    async def begin_extra(self, revision_id: str, kind: Extra) -> ExtraWork | None:
        revision = await wanted.read(revision_id)
        if revision is None:
            return None
        rows = (
            await Extras.update({Extras.attempts: Extras.attempts + 1})
            .where(_waiting(revision_id, kind))
            .returning(Extras.attempts)
        )
        return ExtraWork(revision, kind, rows[0]["attempts"]) if rows else None

    async def take_back_extra(self, revision_id: str, kind: Extra) -> None:
        await Extras.update({Extras.attempts: Extras.attempts - 1}).where(_waiting(revision_id, kind))

    async def extra_done(self, revision_id: str, kind: Extra, made: Mapping[str, Any]) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None and await _end(revision_id, kind, "done"):
                await locked.change(extras=locked.video["extras"] | {kind.value: dict(made)})

    async def extra_failed(self, revision_id: str, kind: Extra, log: str) -> int:
        async with wanted.locked(revision_id) as locked:
            if locked is None:
                return 1
            rows = (
                await Extras.update({Extras.failures: Extras.failures + 1})
                .where(_waiting(revision_id, kind))
                .returning(Extras.failures)
            )
            failures = int(rows[0]["failures"]) if rows else 1
            await append_log(revision_id, f"{kind}, failure {failures}: {log}")
        return failures

    async def extra_given_up(self, revision_id: str, kind: Extra, warning: str, log: str) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None and await _end(revision_id, kind, "failed"):
                await append_log(revision_id, log)
                await locked.change(warnings=united(locked.video["warnings"], [stored(warning)]))

    async def is_over(self, revision_id: str, *, but_for_poster: bool = False) -> bool:
        return not await jobs.goes_on(revision_id, but_for_poster=but_for_poster)


async def note_wanted(revision_id: str, kinds: Collection[Extra]) -> None:
    """Writes down what is to be made of a revision, whose plan must stand."""
    if kinds:
        await Extras.insert(*(Extras(revision=revision_id, kind=kind.value) for kind in kinds))


async def _end(revision_id: str, kind: Extra, state: str) -> bool:
    """False where it had ended already."""
    ended = await Extras.update({Extras.state: state}).where(_waiting(revision_id, kind)).returning(Extras.id)
    return bool(ended)


def _waiting(revision_id: str, kind: Extra) -> Any:
    return (Extras.revision == revision_id) & (Extras.kind == kind.value) & (Extras.state == "waiting")
