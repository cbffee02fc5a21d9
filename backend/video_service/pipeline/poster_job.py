"""The poster job: one typical picture. Its failure is a warning."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from video_service.domain.errors import UnsupportedMedia
from video_service.pipeline.commands import poster
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg
from video_service.pipeline.limits import MAX_POSTER_BYTES, poster_limits
from video_service.pipeline.outbox import HostileOutput, take
from video_service.pipeline.workbench import Payload, Workbench, media_key


async def run(bench: Workbench, payload: Payload, *, niceness: int = 0) -> None:
    revision = await bench.work.revision(payload["revision_id"])
    if revision is None or revision.plan is None:
        return
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=bench.scratch))
    try:
        source, facts = await bench.open(revision)
        command = poster(facts, revision.plan, bench.sandbox.source_path(source))
        limits = poster_limits(facts)
        await run_ffmpeg(
            bench.sandbox, command.arguments, source, folder, _no_progress, limits=limits, niceness=niceness
        )
        content = await asyncio.to_thread(take, folder, "poster.jpg", MAX_POSTER_BYTES)
    except (ToolFailed, UnsupportedMedia, HostileOutput, FileNotFoundError) as error:
        detail = f"{error}\n{getattr(error, 'log', '')}"
        await bench.work.add_warning(revision.revision_id, "No poster picture could be made.", detail)
        return
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    await bench.objects.replace(media_key(revision, "poster.jpg"), content)
    await bench.work.poster_published(revision.revision_id)


async def _no_progress() -> None:
    """A poster is there or not: nothing to tell in between."""
