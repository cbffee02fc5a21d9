"""The finish job: measured bit rates and playlists of single pictures go into the master playlist, and
the video is ready."""

from collections.abc import Collection, Mapping

from video_service.domain.errors import Reason
from video_service.domain.plan import Plan
from video_service.domain.playlist import measured_bandwidths, renditions
from video_service.pipeline.chunk_job import NOTHING_MADE
from video_service.pipeline.iframes import publish_iframes
from video_service.pipeline.workbench import Payload, Workbench, segment_sizes


async def run(bench: Workbench, payload: Payload) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    plan = revision.plan
    sizes = await segment_sizes(bench.objects, revision, plan)
    if not any(0 in sizes[rung.name] for rung in plan.rungs):
        # Each rung was given up because another might have stood in for it.
        why = "no rung begins"
        if await bench.work.fail(revision.revision_id, Reason.UNSUPPORTED_MEDIA, NOTHING_MADE, why):
            await bench.forget_copy(revision)
        return
    plan = _without_holes(plan, sizes)
    bandwidths = measured_bandwidths(plan, sizes)
    iframes = await publish_iframes(bench, revision, plan, sizes)
    await bench.work.finish(
        revision.revision_id, renditions(plan, bandwidths, complete=True, iframes=iframes)
    )
    await bench.forget_copy_when_over(revision)


def _without_holes(plan: Plan, sizes: Mapping[str, Collection[int]]) -> Plan:
    """Without the alternative tracks that lack a segment: nothing stands in for sound, and who chose one
    of them would be stuck there. The first track stays, as the picture plays around a hole in it."""
    count = plan.timeline.segment_count
    whole = {track.name for track in plan.audio[1:] if len(sizes.get(track.name, ())) == count}
    return plan.with_audio(whole | {track.name for track in plan.audio[:1]})
