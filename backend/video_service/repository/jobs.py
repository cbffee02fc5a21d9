"""Which jobs a revision needs, enqueued in the transaction that makes them necessary."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from video_service.domain.plan import Lane
from video_service.domain.sharing_stores import Leftover
from video_service.repository import queue
from video_service.repository.engine import DB
from video_service.repository.priorities import (
    EPOCH_SECONDS,
    SECONDS_PER_SEGMENT,
    SEGMENTS_PER_VIDEO,
    Band,
    priority,
)
from video_service.repository.tables import Chunks, Downloads, Extras, Revisions

#: The entry point of chunks that somebody waits for; the others have their lanes'.
CHUNK_FRONT = "chunk_front"

#: Who begins to watch must not wait for the rest to be enqueued: about ten seconds.
_FIRST_SEGMENTS = 3
#: Longer than a first picture takes.
_REST_ANYWAY = timedelta(seconds=4)
#: Nobody waits for what is of these, unless he asks for it.
_BULK = (Lane.LADDER, Lane.ALTERNATIVE)
#: Who comes at once has nothing in hand yet, so the poster comes after the segments of the first ten seconds;
#: and the end after the poster, as what is ready has one.
_LATER_TURNS = 3
#: Longer than a chunk runs before it asks for its rows again.
_SWEEP_AGAIN = timedelta(hours=1)
_JOB_OF_REVISION = (
    "SELECT FROM pgqueuer WHERE entrypoint = '{}' AND payload ="
    " convert_to('{{\"revision_id\":\"' || revisions.id || '\"}}', 'UTF8')"
)
#: Where all are looked at: not of those that will get their jobs in a moment.
_NOT_SOON = f"($1 IS NOT NULL OR NOT EXISTS ({_JOB_OF_REVISION.format('enqueue_rest')}))"


async def enqueue_probe(connection: Any, revision_id: str) -> None:
    turn = await _give_turn(connection, revision_id)
    await queue.enqueue(connection, "probe", {"revision_id": revision_id}, priority(Band.BEGINNING, turn))


async def enqueue_early_copy(connection: Any, upload_id: str) -> None:
    await queue.enqueue(connection, "early_copy", {"upload_id": upload_id}, priority(Band.BEGINNING))


async def enqueue_awaited_probe(connection: Any, source_key: str) -> None:
    """Of an upload that was completed while its early copy was being made."""
    # Who looks for lost jobs may be enqueuing it just now.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('enqueue_lost'))")
    for row in await connection.fetch(f"{_PROBES_WITHOUT_JOB} AND source_key = $1", source_key):
        await enqueue_probe(connection, row["id"])


async def enqueue_poster(connection: Any, revision_id: str) -> None:
    due = priority(Band.EXPRESS, await _turn(revision_id) + _LATER_TURNS)
    await queue.enqueue(connection, "poster", {"revision_id": revision_id}, due)


async def enqueue_own_poster(connection: Any, video_id: str, poster_id: str) -> None:
    # Somebody waits for it.
    payload = {"video_id": video_id, "poster_id": poster_id}
    await queue.enqueue(connection, "own_poster", payload, priority(Band.DEMANDED))


async def enqueue_finish(connection: Any, revision_id: str) -> None:
    due = priority(Band.EXPRESS, await _turn(revision_id) + _LATER_TURNS)
    await queue.enqueue(connection, "finish", {"revision_id": revision_id}, due)


async def enqueue_purge(connection: Any, video_id: str, delay_seconds: float) -> None:
    delay = timedelta(seconds=delay_seconds)
    await queue.enqueue(connection, "purge", {"video_id": video_id}, priority(Band.PURGE), delay)


async def enqueue_lost_purges(undo_seconds: float) -> int:
    """Orders the purge of each deleted video that has none ordered; returns how many. One that came too early
    leaves no trace: the time to undo has become longer, or clocks disagree. Safe in several processes."""
    async with DB.transaction() as transaction:
        connection = transaction.connection
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('enqueue_lost'))"):
            return 0
        rows = await connection.fetch(_LOST_PURGES, undo_seconds)
        for row in rows:
            await enqueue_purge(connection, row["id"], row["left_seconds"])
    return len(rows)


async def enqueue_sweep(connection: Any, left: Leftover, *, is_swept: bool = False) -> None:
    """Now, unless that is done, and again when what still ran now is over: it may write a little more."""
    payload = {"video_ids": left.video_ids, "source_keys": left.source_keys, "upload_ids": []}
    for delay in (_SWEEP_AGAIN,) if is_swept else (None, _SWEEP_AGAIN):
        await queue.enqueue(connection, "sweep", payload, priority(Band.PURGE), delay)


async def enqueue_revision_removal(
    connection: Any, video_id: str, revision_id: str, delay_seconds: float
) -> None:
    payload = {"video_id": video_id, "revision_id": revision_id}
    delay = timedelta(seconds=delay_seconds)
    await queue.enqueue(connection, "remove_revision", payload, priority(Band.PURGE), delay)


async def enqueue_dropped_removal(connection: Any, video_id: str, revision_id: str) -> None:
    """Now, and again when what still ran now is over: it may write a little more."""
    for delay_seconds in (0.0, _SWEEP_AGAIN.total_seconds()):
        await enqueue_revision_removal(connection, video_id, revision_id, delay_seconds)


async def enqueue_beginning(connection: Any, revision_id: str) -> None:
    """What makes a video playable. The rest of a long one takes a while to enqueue, and is in the way of its
    first picture as soon as workers hear of it: it follows once that is there, or if it does not come."""
    await _enqueue_chunks(connection, revision_id, before_segment=_FIRST_SEGMENTS)
    await order_rest(connection, revision_id, _REST_ANYWAY)


async def order_rest(connection: Any, revision_id: str, delay: timedelta | None = None) -> None:
    due = priority(Band.BEGINNING, await _turn(revision_id) + 1)
    await queue.enqueue(connection, "enqueue_rest", {"revision_id": revision_id}, due, delay)


async def enqueue_rest(connection: Any, revision_id: str) -> None:
    """The chunks and extras of a revision that have no job yet."""
    await _enqueue_chunks(connection, revision_id)
    await enqueue_waiting_extras(connection, revision_id)


async def _enqueue_chunks(
    connection: Any, revision_id: str | None, *, before_segment: int | None = None
) -> int:
    """Gives every chunk that is to be made and is not in the queue a job, of one revision or of all; returns
    how many. Who asks for one meanwhile waits until it has one. ``before_segment``: only those that begin
    before that one, and that are not bulk."""
    rows = await connection.fetch(_CHUNKS_WITHOUT_JOB, revision_id, before_segment, list(map(str, _BULK)))
    job_ids = await queue.enqueue_all(connection, list(map(_chunk_job, rows)))
    await _note_jobs(connection, [row["id"] for row in rows], job_ids)
    return len(rows)


async def _note_jobs(
    connection: Any, ids: Sequence[int], job_ids: Sequence[int], table: str = "chunks"
) -> None:
    # All at once: a long video has thousands, and its row is locked meanwhile.
    await connection.execute(
        f"UPDATE {table} SET job_id = given.job_id"  # noqa: S608, a constant
        f" FROM unnest($1::int[], $2::bigint[]) AS given (id, job_id) WHERE {table}.id = given.id",
        ids,
        job_ids,
    )


async def enqueue_waiting_extras(connection: Any, revision_id: str | None) -> int:
    """Gives every extra that is to be made and is not in the queue a job, of one revision or of all;
    returns how many. They come after all segments of their video, and before what has a later turn."""
    waiting = await connection.fetch(_EXTRAS_WITHOUT_JOB, revision_id)
    new = [
        ("extra", {"revision_id": row["revision"], "kind": row["kind"]}, priority(Band.LADDER, row["turn"]))
        for row in waiting
    ]
    job_ids = await queue.enqueue_all(connection, new)
    await _note_jobs(connection, [row["id"] for row in waiting], job_ids, "extras")
    return len(new)


_EXTRAS_WITHOUT_JOB = f"""
SELECT extras.id, revision, kind,
turn + jsonb_array_length(plan -> 'timeline' -> 'frame_counts') AS turn FROM extras
JOIN revisions ON revisions.id = revision JOIN videos ON videos.id = revisions.video
WHERE extras.state = 'waiting' AND ($1::varchar IS NULL OR revision = $1)
AND videos.deleted_at IS NULL AND videos.state <> 'failed' AND revisions.retired_at IS NULL
AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = extras.job_id)
AND {_NOT_SOON}
ORDER BY extras.id
"""  # noqa: S608, constants


def _chunk_job(chunk: Mapping[str, Any]) -> queue.NewJob:
    """Where a chunk belongs, by its row and its revision's turn: to the front, if a viewer waits for it."""
    lane, first_segment = Lane(chunk["lane"]), chunk["first_segment"]
    payload = {"revision_id": chunk["revision"], "index": chunk["position"]}
    if chunk["demanded_segment"] is not None:
        return CHUNK_FRONT, payload, demanded_priority(lane)
    if first_segment == 0 and lane not in _BULK:
        return CHUNK_FRONT, payload, priority(Band.BEGINNING, chunk["turn"])
    band = Band.LADDER if lane in _BULK else Band.EXPRESS
    return f"chunk_{lane}", payload, priority(band, chunk["turn"] + first_segment)


async def _give_turn(connection: Any, revision_id: str) -> int:
    """Decides when the revision's jobs are due; see :mod:`video_service.repository.priorities`."""
    query = (
        "UPDATE revisions SET turn = (extract(epoch FROM now()) - $2) / $3 + $4 * ("
        "SELECT count(*) FROM videos AS others WHERE others.owner = videos.owner"
        " AND others.id <> videos.id AND others.deleted_at IS NULL"
        " AND (others.state = 'processing' OR others.successor_id IS NOT NULL)"
        ") FROM videos WHERE revisions.id = $1 AND videos.id = revisions.video RETURNING turn"
    )
    factors = (EPOCH_SECONDS, SECONDS_PER_SEGMENT, SEGMENTS_PER_VIDEO)
    return int(await connection.fetchval(query, revision_id, *factors) or 0)


async def _turn(revision_id: str) -> int:
    row = await Revisions.select(Revisions.turn).where(Revisions.id == revision_id).first()
    return int(row["turn"]) if row else 0


async def enqueue_again(
    connection: Any, revision_id: str, chunk: Mapping[str, Any], missing: Collection[int]
) -> None:
    """A chunk of which these segments are missing; ``chunk`` is its row."""
    # Due when its first missing one is: two chunks whose beginnings are made would else stay in front and
    # give way to each other without end.
    first = min(missing, default=chunk["first_segment"])
    demanded = chunk["demanded_segment"] if chunk["demanded_segment"] in missing else None
    again = {
        **chunk, "revision": revision_id, "turn": await _turn(revision_id), "first_segment": first,
        "demanded_segment": demanded,
    }  # fmt: skip
    job_id = await queue.enqueue(connection, *_chunk_job(again))
    await Chunks.update({Chunks.job_id: job_id}).where(Chunks.id == chunk["id"])


async def somebody_waits() -> bool:
    """Whether something that somebody waits for is due and not begun."""
    waiting = await Chunks.raw(
        "SELECT FROM pgqueuer WHERE status = 'queued' AND execute_after <= now()"
        " AND entrypoint IN ('probe', {}) LIMIT 1",
        CHUNK_FRONT,
    )
    return bool(waiting)


async def goes_on(revision_id: str, *, but_for_poster: bool = False) -> bool:
    """Whether something is still to be made of a revision's source."""
    async with DB.transaction() as transaction:
        found = await transaction.connection.fetchval(_GOES_ON, revision_id, but_for_poster)
    return bool(found)


async def source_goes_on(source_key: str) -> bool:
    """The same of all revisions of a source."""
    revisions = await Revisions.select(Revisions.id).where(Revisions.source_key == source_key)
    return any([await goes_on(row["id"]) for row in revisions])


async def bring_forward(
    connection: Any, revision_id: str, lane: Lane, chunks: Sequence[Mapping[str, Any]]
) -> None:
    """Lets chunks that a viewer waits for go before everything else; ``chunks`` are their rows. Others of
    this lane, which were waited for before and are not begun, go back to their turns: a viewer is at one
    place, and who asks for every place would be in the way of everybody."""
    await queue.bring_forward(
        connection, [one["job_id"] for one in chunks], CHUNK_FRONT, demanded_priority(lane)
    )
    passed = await connection.fetch(_PASSED, revision_id, lane.value, [one["id"] for one in chunks])
    for row in passed:
        entrypoint, _, due = _chunk_job(row)
        await queue.put_back(connection, row["job_id"], entrypoint, due)


def demanded_priority(lane: Lane) -> int:
    return priority(Band.DEMANDED_SOUND if lane.is_sound else Band.DEMANDED)


async def enqueue_missing(connection: Any, revision_id: str, *, processing: bool, has_poster: bool) -> None:
    """Every job that still has something to do after the revision's jobs were cancelled."""
    revision = Revisions.id == revision_id
    if not await Revisions.exists().where(revision & Revisions.plan.is_not_null()):
        await enqueue_probe(connection, revision_id)
        return
    if not has_poster:
        await enqueue_poster(connection, revision_id)
    await enqueue_rest(connection, revision_id)
    waiting = (Chunks.revision == revision_id) & (Chunks.state == "waiting")
    if processing and not await Chunks.exists().where(waiting):
        await enqueue_finish(connection, revision_id)


async def enqueue_lost() -> int:
    """Every job that should be in the queue and is not, whatever became of it; returns how many.

    It looks at one moment of the database, in which each step and its next job come together. Safe
    in several processes.
    """
    found = 0
    async with DB.transaction() as transaction:
        connection = transaction.connection
        if await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext('enqueue_lost'))"):
            found = await _enqueue_lost(connection)
    return found


async def _enqueue_lost(connection: Any) -> int:
    chunks = await _enqueue_chunks(connection, None)
    probes, finishes = await connection.fetch(_LOST_PROBES), await connection.fetch(_LOST_FINISHES)
    for row in probes:
        await enqueue_probe(connection, row["id"])
    for row in finishes:
        await enqueue_finish(connection, row["id"])
    extras = await enqueue_waiting_extras(connection, None)
    return chunks + len(probes) + len(finishes) + extras


_CHUNKS_WITHOUT_JOB = f"""
SELECT chunks.id, revision, position, lane, first_segment, demanded_segment, turn FROM chunks
JOIN revisions ON revisions.id = revision JOIN videos ON videos.id = revisions.video
WHERE chunks.state = 'waiting' AND ($1::varchar IS NULL OR revision = $1)
AND ($2::int IS NULL OR (first_segment < $2 AND lane <> ALL($3::varchar[])))
AND videos.deleted_at IS NULL AND videos.state <> 'failed' AND revisions.retired_at IS NULL
AND NOT EXISTS (SELECT FROM pgqueuer WHERE pgqueuer.id = chunks.job_id)
AND {_NOT_SOON}
ORDER BY revision, position FOR UPDATE OF chunks
"""  # noqa: S608, constants
_PROBES_WITHOUT_JOB = f"""
SELECT revisions.id FROM revisions JOIN videos ON videos.id = revisions.video
WHERE plan IS NULL AND videos.state IN ('processing', 'ready') AND videos.deleted_at IS NULL
AND revisions.retired_at IS NULL
AND NOT EXISTS ({_JOB_OF_REVISION.format("probe")})
"""  # noqa: S608, constants
#: An early copy's end enqueues the probe that waits for it. One whose worker fell ends only when another has
#: a slot for it, and all may be taken for hours by uploads that go on.
_LOST_PROBES = f"""{_PROBES_WITHOUT_JOB}
AND NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = 'early_copy' AND payload =
convert_to('{{"upload_id":"' || split_part(source_key, '/', 2) || '"}}', 'UTF8')
AND status = 'picked' AND heartbeat > now() - interval '{queue.HEARTBEAT_TIMEOUT.total_seconds()} seconds')
"""
_LOST_FINISHES = f"""
SELECT revisions.id FROM revisions JOIN videos ON revisions.id = videos.successor_id
OR (revisions.id = videos.revision_id AND videos.state = 'processing')
WHERE plan IS NOT NULL AND videos.deleted_at IS NULL AND videos.state <> 'failed'
AND NOT EXISTS (SELECT FROM chunks WHERE revision = revisions.id AND chunks.state = 'waiting')
AND NOT EXISTS ({_JOB_OF_REVISION.format("finish")})
"""  # noqa: S608, constants


#: Of chunks that another demand has in hand, that one decides. What was made for a demand before the
#: beginning of its chunk stays marked as such: see ``video_service.repository.readiness``.
_PASSED = """
UPDATE chunks SET demanded_segment = CASE WHEN done_fraction > 0 THEN demanded_segment END FROM revisions
WHERE revisions.id = revision AND chunks.id IN (
SELECT chunks.id FROM chunks JOIN pgqueuer ON pgqueuer.id = chunks.job_id
WHERE revision = $1 AND lane = $2 AND chunks.state = 'waiting' AND demanded_segment IS NOT NULL
AND chunks.id <> ALL($3::int[]) AND pgqueuer.status = 'queued' FOR UPDATE OF chunks SKIP LOCKED)
RETURNING revision, position, lane, first_segment, NULL AS demanded_segment, job_id, turn
"""
_LOST_PURGES = """
SELECT id, greatest(0, extract(epoch FROM deleted_at - now()) + $1)::float8 AS left_seconds FROM videos
WHERE deleted_at IS NOT NULL AND NOT EXISTS (
SELECT FROM pgqueuer WHERE entrypoint = 'purge'
AND payload = convert_to('{"video_id":"' || videos.id || '"}', 'UTF8'))
"""
#: Also of what was not examined yet, and of a deleted video: it may be brought back.
_GOES_ON = f"""
SELECT EXISTS (SELECT FROM revisions JOIN videos ON videos.id = revisions.video
WHERE revisions.id = $1 AND revisions.retired_at IS NULL AND videos.state <> 'failed' AND (
plan IS NULL
OR EXISTS (SELECT FROM chunks WHERE revision = revisions.id)
OR EXISTS (SELECT FROM extras WHERE revision = revisions.id AND extras.state = 'waiting')
OR (NOT $2::boolean AND EXISTS ({_JOB_OF_REVISION.format("poster")}))))
"""  # noqa: S608, constants
_JOBS_OF_REVISIONS = """
SELECT id FROM pgqueuer WHERE entrypoint IN ('probe', 'enqueue_rest', 'poster', 'finish') AND payload = ANY(
SELECT convert_to('{"revision_id":"' || given || '"}', 'UTF8') FROM unnest($1::varchar[]) AS given)
"""


async def cancel_work(connection: Any, revision_ids: Collection[str]) -> None:
    """Takes the jobs of revisions out of the queue, but for the removal of their bytes; a running one is
    interrupted. A download's comes back when somebody asks for it again."""
    if not revision_ids:  # of a video that is being uploaded
        return
    job_ids: list[int] = []
    for table in (Chunks, Extras, Downloads):
        # Chunks before jobs, as who demands one.
        rows = (
            await table.select(table.job_id)
            .where(table.revision.is_in(list(revision_ids)) & table.job_id.is_not_null())
            .order_by(table.id)
            .lock_rows("UPDATE")
        )
        job_ids += [row["job_id"] for row in rows]
    job_ids += [row["id"] for row in await connection.fetch(_JOBS_OF_REVISIONS, list(revision_ids))]
    await queue.cancel(connection, job_ids)
