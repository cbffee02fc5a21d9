"""Which jobs a revision needs, enqueued in the transaction that makes them necessary."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from video_service.domain.plan import Lane
from video_service.domain.sharing_stores import Leftover
from video_service.repository import queue
from video_service.repository.tables import Chunks, Revisions

_PRIORITIES = {Lane.EXPRESS: queue.EXPRESS, Lane.AUDIO: queue.AUDIO, Lane.LADDER: queue.LADDER}

#: Longer than a chunk runs before it asks for its rows again.
_SWEEP_AGAIN = timedelta(hours=1)


async def enqueue_probe(connection: Any, revision_id: str) -> None:
    await queue.enqueue(connection, "probe", {"revision_id": revision_id}, queue.PROBE)


async def enqueue_poster(connection: Any, revision_id: str) -> None:
    await queue.enqueue(connection, "poster", {"revision_id": revision_id}, queue.POSTER)


async def enqueue_finish(connection: Any, revision_id: str) -> None:
    await queue.enqueue(connection, "finish", {"revision_id": revision_id}, queue.FINISH)


async def enqueue_purge(connection: Any, video_id: str, delay_seconds: float) -> None:
    delay = timedelta(seconds=delay_seconds)
    await queue.enqueue(connection, "purge", {"video_id": video_id}, queue.PURGE, delay)


async def enqueue_sweep(connection: Any, left: Leftover) -> None:
    """Now, and again when what still ran now is over: it may write a little more."""
    payload = {"video_ids": left.video_ids, "source_keys": left.source_keys, "upload_ids": []}
    for delay in (None, _SWEEP_AGAIN):
        await queue.enqueue(connection, "sweep", payload, queue.PURGE, delay)


async def enqueue_waiting_chunks(connection: Any, revision_id: str) -> None:
    """Gives every chunk that is neither done nor given up a job of its own."""
    waiting = (
        await Chunks.select(Chunks.id, Chunks.position, Chunks.lane, Chunks.first_segment)
        .where((Chunks.revision == revision_id) & (Chunks.state == "waiting"))
        .order_by(Chunks.position)
    )
    places: Counter[Lane] = Counter()
    for chunk in waiting:
        lane = Lane(chunk["lane"])
        payload = {"revision_id": revision_id, "index": chunk["position"]}
        priority = _priority(lane, places[lane], begins=chunk["first_segment"] == 0)
        places[lane] += 1
        job_id = await queue.enqueue(connection, f"chunk_{lane}", payload, priority)
        await Chunks.update({Chunks.job_id: job_id}).where(Chunks.id == chunk["id"])


def _priority(lane: Lane, place: int, *, begins: bool) -> int:
    """What makes the video playable goes before the rest of its lane, and the first chunks of one
    video before the later ones of another: a short video does not wait behind all of a film."""
    if begins and lane is not Lane.LADDER:
        return queue.FIRST_SEGMENT
    return _PRIORITIES[lane] + max(0, queue.HEAD_START - place)


async def enqueue_missing(connection: Any, revision_id: str, *, processing: bool, has_poster: bool) -> None:
    """Every job that still has something to do after the revision's jobs were cancelled."""
    revision = Revisions.id == revision_id
    if not await Revisions.exists().where(revision & Revisions.plan.is_not_null()):
        await enqueue_probe(connection, revision_id)
        return
    if not has_poster:
        await enqueue_poster(connection, revision_id)
    if processing:
        if await Chunks.exists().where((Chunks.revision == revision_id) & (Chunks.state == "waiting")):
            await enqueue_waiting_chunks(connection, revision_id)
        else:
            await enqueue_finish(connection, revision_id)


async def cancel_chunks(connection: Any, revision_ids: Collection[str]) -> None:
    """Takes the chunks' jobs out of the queue; a running one is interrupted."""
    rows = await Chunks.select(Chunks.job_id).where(
        Chunks.revision.is_in(list(revision_ids)) & Chunks.job_id.is_not_null()
    )
    await queue.cancel(connection, [row["job_id"] for row in rows])
