"""The finish job: measured bit rates go into the master playlist, and the video is ready."""

from video_service.domain.errors import Reason
from video_service.domain.playlist import measured_bandwidths, renditions
from video_service.pipeline.chunk_job import NOTHING_MADE
from video_service.pipeline.workbench import Payload, Workbench, media_key


async def run(bench: Workbench, payload: Payload) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    plan = revision.plan
    prefix = media_key(revision, "")
    sizes: dict[str, dict[int, int]] = {name: {} for name in plan.rendition_names}
    for key, size_bytes in (await bench.objects.sizes(prefix.rstrip("/"))).items():
        rendition, _, file = key.removeprefix(prefix).partition("/")
        if rendition in sizes and file.endswith(".ts"):
            sizes[rendition][int(file.removesuffix(".ts"))] = size_bytes
    if not any(0 in sizes[rung.name] for rung in plan.rungs):
        # Each rung was given up because another might have stood in for it.
        await bench.work.fail(revision.revision_id, Reason.UNSUPPORTED_MEDIA, NOTHING_MADE, "no rung begins")
        return
    bandwidths = measured_bandwidths(plan, sizes)
    await bench.work.finish(revision.revision_id, renditions(plan, bandwidths, complete=True))
    await bench.forget_copy_when_over(revision)
