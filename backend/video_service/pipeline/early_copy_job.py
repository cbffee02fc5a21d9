"""The early copy job: what must be copied before it can be watched is copied while it arrives, and what must
be read from beginning to end is read."""

import asyncio
from contextlib import aclosing

import structlog

from video_service.domain.early_copies import Arrivals, BrokenOff, EarlyCopies, Look, early_copies_below
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.matroska_index import Clusters
from video_service.domain.ports import Objects
from video_service.domain.stores import source_key
from video_service.pipeline.ffmpeg import Outage, ToolFailed
from video_service.pipeline.outbox import HostileOutput
from video_service.pipeline.precedence import URGENCY, Need
from video_service.pipeline.probe import Header, probe_header
from video_service.pipeline.workbench import Payload, Workbench
from video_service.pipeline.working_copy import EARLY_NICENESS, can_be_early, make_early_copy

#: A copy that is behind what arrives will be late with its last byte. It goes first then, until it keeps up.
_BEHIND_BYTES = 8 << 20
_KEEPS_UP_BYTES = 4 << 20
log = structlog.get_logger(__name__)


async def run(
    bench: Workbench, copies: EarlyCopies, arrivals: Arrivals, payload: Payload, *, urgency_behind: int = 0
) -> None:
    """Begins only once: whatever became of it, the copy can be made later as well, and the probe job says
    what is wrong with a source. ``urgency_behind``: of a copy that does not keep up with what arrives, while
    nobody waits for it yet."""
    upload_id, kept, all_is_there = payload["upload_id"], None, asyncio.Event()
    need = Need(EARLY_NICENESS)

    def look(behind_bytes: int, is_all: bool) -> None:
        if is_all:
            all_is_there.set()
            need.change(URGENCY.get(), is_awaited=True)
        else:
            most_bytes = _KEEPS_UP_BYTES if need.is_awaited else _BEHIND_BYTES
            need.change(urgency_behind, is_awaited=behind_bytes > most_bytes)

    looking = asyncio.ensure_future(_look_at_source(bench, upload_id, all_is_there))
    try:
        most_bytes = await copies.begin(upload_id)
        if most_bytes is not None:
            try:
                kept = await _prepare(bench, copies, arrivals, upload_id, most_bytes, look, need)
            except (BrokenOff, UnsupportedMedia, ToolFailed, HostileOutput, Outage, OSError) as reason:
                log.info("no early copy", reason=str(reason))
        await copies.end(upload_id)
        if kept is not None:
            await asyncio.gather(looking, bench.look_at_early_copy(kept))
    finally:
        looking.cancel()


async def forget_left_early_copies(copies: EarlyCopies, objects: Objects) -> None:
    """Deletes those that no job took: of what it turned out not to need, or made when all was over, or left
    by a worker that died before it could forget them. Idempotent."""
    for upload_id in await copies.left():
        await objects.delete_below(early_copies_below(source_key(upload_id)))
        await copies.forget(upload_id)


async def _look_at_source(bench: Workbench, upload_id: str, all_is_there: asyncio.Event) -> None:
    """While the end of its copy is written."""
    await all_is_there.wait()
    await bench.look_at_source(source_key(upload_id))


async def _prepare(
    bench: Workbench, copies: EarlyCopies, arrivals: Arrivals, upload_id: str, most_bytes: int,
    look: Look, need: Need,
) -> str | None:  # fmt: skip
    """The key of the copy that was made, if one was."""
    header = await probe_header(bench.sandbox, await arrivals.file(upload_id))
    if header.container == "matroska" and header.video is not None:
        await _read(bench, copies, arrivals, upload_id)
    elif can_be_early(header):
        return await _copy(bench, copies, arrivals, upload_id, most_bytes, header, look, need)
    return None


async def _read(bench: Workbench, copies: EarlyCopies, arrivals: Arrivals, upload_id: str) -> None:
    clusters = Clusters()
    async with aclosing(arrivals.growing(upload_id)) as growing:
        async for file in growing:
            await asyncio.to_thread(clusters.read_on, file)
    if clusters.pictures and await copies.is_wanted(upload_id):
        bench.keep_clusters(source_key(upload_id), clusters)


async def _copy(
    bench: Workbench, copies: EarlyCopies, arrivals: Arrivals, upload_id: str, most_bytes: int,
    header: Header, look: Look, need: Need,
) -> str | None:  # fmt: skip
    async with bench.folder() as folder:
        pieces = arrivals.pieces(upload_id, look)
        copy = await make_early_copy(bench.sandbox, pieces, most_bytes, header, folder, need)
        if not await copies.is_wanted(upload_id):
            return None
        source = source_key(upload_id)
        kept = await bench.keep_early_copy(source, header, copy)
        if await copies.is_wanted(upload_id):
            return kept
        # Given up meanwhile: who deleted what there was did not see it.
        await bench.objects.delete_below(early_copies_below(source))
        return None
