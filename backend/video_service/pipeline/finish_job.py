"""The finish job: measured bit rates and playlists of single pictures go into the master playlist, and
the video is ready."""

from collections.abc import Collection, Mapping
from functools import partial

import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.errors import Reason
from video_service.domain.plan import Plan
from video_service.domain.playlist import (
    Bandwidth,
    expected_bandwidths,
    measured_bandwidths,
    renditions,
)
from video_service.domain.ports import RevisionWork, Step
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, counted, told
from video_service.pipeline.chunk_job import NOTHING_MADE
from video_service.pipeline.iframes import publish_iframes
from video_service.pipeline.workbench import Payload, Workbench, segment_sizes

_Bandwidths = Mapping[str, Bandwidth]
log = structlog.get_logger(__name__)


async def run(bench: Workbench, payload: Payload) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    attempt = await bench.work.begin_step(revision.revision_id, Step.FINISH)
    plan = revision.plan
    sizes = await segment_sizes(bench.objects, revision, plan)
    if not any(0 in sizes[rung.name] for rung in plan.rungs):
        # Each rung was given up because another might have stood in for it.
        why = "no rung begins"
        if await bench.work.fail(revision.revision_id, Reason.UNSUPPORTED_MEDIA, NOTHING_MADE, why):
            await bench.forget_copy(revision)
        return
    plan = _without_holes(plan, sizes)
    bandwidths, iframes, failed = await _measured(bench, revision, plan, sizes, attempt)
    await bench.work.finish(
        revision.revision_id, renditions(plan, bandwidths, complete=True, iframes=iframes), failed
    )
    await bench.forget_copy_when_over(revision)


async def _measured(
    bench: Workbench, revision: RevisionWork, plan: Plan, sizes: Mapping[str, Mapping[int, int]], attempt: int
) -> tuple[_Bandwidths, _Bandwidths, str]:
    """Of the renditions, and of single pictures. A video that is whole is ready without either: after the
    last attempt the bit rates are those that were expected, and a log says what failed."""
    try:
        if attempt <= MAX_BEGINNINGS:
            async with counted(partial(bench.work.take_back_step, revision.revision_id, Step.FINISH)):
                iframes = await publish_iframes(bench, revision, plan, sizes)
                return measured_bandwidths(plan, sizes), iframes, ""
        failed = f"finish {BEGUN_TOO_OFTEN}"
    except FAILURES as error:
        if attempt < MAX_FAILURES:
            raise
        failed = told(error)
    log.warning("nothing was measured", error=failed)
    return expected_bandwidths(plan), {}, failed


def _without_holes(plan: Plan, sizes: Mapping[str, Collection[int]]) -> Plan:
    """Without the alternative tracks that lack a segment: nothing stands in for sound, and who chose one
    of them would be stuck there. The first track stays, as the picture plays around a hole in it."""
    count = plan.timeline.segment_count
    whole = {track.name for track in plan.audio[1:] if len(sizes.get(track.name, ())) == count}
    return plan.with_audio(whole | {track.name for track in plan.audio[:1]})
