"""The finish job: measured bit rates and playlists of single pictures go into the master playlist, and
the video is ready."""

from video_service.domain.errors import Reason
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
        await bench.work.fail(revision.revision_id, Reason.UNSUPPORTED_MEDIA, NOTHING_MADE, "no rung begins")
        return
    bandwidths = measured_bandwidths(plan, sizes)
    iframes = await publish_iframes(bench, revision, plan, sizes)
    await bench.work.finish(
        revision.revision_id, renditions(plan, bandwidths, complete=True, iframes=iframes)
    )
    await bench.forget_copy_when_over(revision)
