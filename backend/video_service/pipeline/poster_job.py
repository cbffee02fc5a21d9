"""The poster job: one typical picture. Its failure is a warning."""

from functools import partial

import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.plan import Plan
from video_service.domain.ports import RevisionWork, Step
from video_service.pipeline import posters
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, counted, told
from video_service.pipeline.workbench import Payload, Workbench, media_key

#: Where in the video it is taken: after what films begin with, before what would give too much away.
_AT_FRACTION = 0.1

_NO_POSTER = Notice(NoticeCode.NO_POSTER, "No poster picture could be made.")
log = structlog.get_logger(__name__)


async def run(bench: Workbench, payload: Payload, *, niceness: int = 0) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    attempt = await bench.work.begin_step(revision.revision_id, Step.POSTER)
    if attempt > MAX_BEGINNINGS:
        await bench.work.add_warning(revision.revision_id, _NO_POSTER, f"poster {BEGUN_TOO_OFTEN}")
    else:
        try:
            async with counted(partial(bench.work.take_back_step, revision.revision_id, Step.POSTER)):
                await _make(bench, revision, revision.plan, niceness)
        except FAILURES as error:
            if attempt < MAX_FAILURES:
                raise
            log.warning("no poster", error=told(error))
            await bench.work.add_warning(revision.revision_id, _NO_POSTER, told(error))
    if await bench.work.is_over(revision.revision_id, but_for_poster=True):
        await bench.forget_copy(revision)


async def _make(bench: Workbench, revision: RevisionWork, plan: Plan, niceness: int) -> None:
    source, facts = await bench.open(revision)
    at = posters.moment(facts, _AT_FRACTION)
    size, made = await posters.picture_at(bench, source, facts, plan, at, niceness)
    await posters.publish(bench, media_key(revision, "").rstrip("/"), made)
    await bench.work.poster_published(revision.revision_id, size.width, size.height)
