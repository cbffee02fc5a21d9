"""The probe job: facts, then the plan, then every playlist, at once and for good."""

import asyncio
from functools import partial

import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.chapters import in_media_time
from video_service.domain.errors import Reason, UnsupportedMedia
from video_service.domain.extras import wanted_extras
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.planning import make_plan
from video_service.domain.playlist import expected_bandwidths, media_playlist, renditions
from video_service.domain.ports import RevisionWork, Step
from video_service.domain.timeline import begun_as_planned
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, Mistake, counted, told
from video_service.pipeline.ffmpeg import ToolFailed
from video_service.pipeline.workbench import Payload, Workbench, media_key

_NOT_EXAMINED = Notice(NoticeCode.NOT_EXAMINED, "This file could not be examined. It may be damaged.")
log = structlog.get_logger(__name__)


async def run(bench: Workbench, payload: Payload) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is not None:
        return
    attempt = await bench.work.begin_step(revision.revision_id, Step.PROBE)
    if attempt > MAX_BEGINNINGS:
        await _fail(bench, revision, Reason.UNSUPPORTED_MEDIA, _NOT_EXAMINED, f"probe {BEGUN_TOO_OFTEN}")
        return
    try:
        async with counted(partial(bench.work.take_back_step, revision.revision_id, Step.PROBE)):
            await _plan(bench, revision)
    except Mistake as error:
        if attempt < MAX_FAILURES:
            raise
        await _fail(bench, revision, Reason.UNSUPPORTED_MEDIA, _NOT_EXAMINED, told(error))
    except UnsupportedMedia as error:
        if isinstance(error.__cause__, ToolFailed) and error.__cause__.was_stopped and attempt < MAX_FAILURES:
            raise
        cause = getattr(error.__cause__, "log", "")
        log.info("source refused", reason=error.message, video_id=revision.video_id)
        await _fail(bench, revision, error.reason, error.message, cause)


async def _plan(bench: Workbench, revision: RevisionWork) -> None:
    """Raises UnsupportedMedia."""
    _, facts = await bench.open(revision)
    plan = await asyncio.to_thread(make_plan, facts)
    facts = begun_as_planned(facts, plan.timeline)
    bandwidths = expected_bandwidths(plan)
    playlist = media_playlist(plan).encode()
    files = {f"{name}/index.m3u8": playlist for name in plan.rendition_names}
    await asyncio.gather(
        *(bench.objects.replace(media_key(revision, file), content) for file, content in files.items())
    )
    width, height = facts.video.shown_size
    await bench.work.adopt_plan(
        revision.revision_id,
        plan,
        duration_seconds=plan.timeline.duration_seconds,
        width=width,
        height=height,
        renditions=renditions(plan, bandwidths, complete=False),
        warnings=facts.warnings,
        extras=wanted_extras(facts, plan),
        source_chapters=in_media_time(facts.chapters, facts.start_seconds),
    )


async def _fail(bench: Workbench, revision: RevisionWork, reason: str, message: str, detail: str) -> None:
    """Unless another worker took this job over meanwhile and made a plan, whose chunks read the copy."""
    if await bench.work.fail(revision.revision_id, reason, message, detail, unless_planned=True):
        await bench.forget_copy(revision)
