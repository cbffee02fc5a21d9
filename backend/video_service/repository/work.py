"""The rows that the pipeline's jobs read and write."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from video_service.domain.attempts import MAX_BEGINNINGS
from video_service.domain.caption_stores import EmbeddedCaption
from video_service.domain.chapters import Chapter
from video_service.domain.extras import Extra
from video_service.domain.notices import Notice, NoticeCode, data_of
from video_service.domain.pace import Pace
from video_service.domain.plan import Chunk, Plan
from video_service.domain.ports import ChunkWork, Publisher, RevisionWork, Step
from video_service.domain.video import Rendition, VideoState
from video_service.repository import captions, jobs, publications, revisions, wanted
from video_service.repository.extras import ExtraRows, note_wanted
from video_service.repository.notices import stored
from video_service.repository.plan_json import plan_json
from video_service.repository.tables import Chunks, Extras, Revisions
from video_service.repository.videos import pace_of, pace_values, renditions_of, stored_renditions
from video_service.repository.wanted import SUCCESSOR_BEGINS, Locked, append_log, hand_on_log, united

#: What a second of sound weighs in the progress, beside a second of so many encoded pixels.
_AUDIO_PIXELS = 20_000
#: What a copied pixel weighs beside an encoded one: copying is bound by the disk.
_COPY_SHARE = 0.02
#: The last hundredth is the finishing itself, so that 100 % means ready.
_PROGRESS_BEFORE_FINISH = 0.99
#: One statement for all: a long video has thousands, and its row is locked meanwhile. Not COPY: nothing would
#: end the transaction of who stands still in the middle of one (see ``video_service.repository.database``).
_ADD_CHUNKS = """
INSERT INTO chunks (revision, position, lane, renditions, first_segment, segment_count, weight)
SELECT $1, position, lane, renditions, first_segment, segment_count, weight
FROM jsonb_to_recordset($2::text::jsonb) AS given (position int, lane varchar, renditions varchar[],
first_segment int, segment_count int, weight double precision) ORDER BY position
"""
#: What gets further took no worker down, though it may have been made beside what did: once for each failure,
#: and now, is how often it counts as begun. Of what was given up already, silence gets further.
_GET_FURTHER = """
UPDATE chunks SET done_fraction = $3,
attempts = CASE WHEN attempts <= $4 THEN failures + 1 ELSE attempts END
WHERE revision = $1 AND position = $2 AND done_fraction < $3
"""
_ATTEMPTS = {
    Step.PROBE: Revisions.probe_attempts,
    Step.POSTER: Revisions.poster_attempts,
    Step.FINISH: Revisions.finish_attempts,
}


class WorkRows(ExtraRows):
    """Implements :class:`video_service.domain.ports.Work`.

    The video's row is locked first, always, so concurrent jobs of one video take turns. Nothing
    is done for a video that is deleted or failed, nor for a revision that is dropped or retired.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def revision(self, revision_id: str) -> RevisionWork | None:
        return await wanted.read(revision_id)

    async def begin_step(self, revision_id: str, step: Step) -> int:
        attempts = _ATTEMPTS[step]
        rows = (
            await Revisions.update({attempts: attempts + 1})
            .where(Revisions.id == revision_id)
            .returning(attempts.as_alias("attempts"))
        )
        return int(rows[0]["attempts"]) if rows else 1

    async def take_back_step(self, revision_id: str, step: Step) -> None:
        attempts = _ATTEMPTS[step]
        await Revisions.update({attempts: attempts - 1}).where(Revisions.id == revision_id)

    async def adopt_plan(
        self,
        revision_id: str,
        plan: Plan,
        *,
        duration_seconds: float,
        width: int,
        height: int,
        renditions: Collection[Rendition],
        warnings: Collection[str],
        extras: Collection[Extra] = (),
        source_chapters: Collection[Chapter] = (),
    ) -> None:
        chunks = json.dumps([_chunk_row(plan, position) for position in range(len(plan.chunks))])
        async with wanted.locked(revision_id) as locked:
            if locked is None or not await _adopt(revision_id, plan):
                return
            await locked.connection.execute(_ADD_CHUNKS, revision_id, chunks)
            await note_wanted(revision_id, extras)
            await jobs.enqueue_beginning(locked.connection, revision_id)
            await jobs.enqueue_poster(locked.connection, revision_id)
            now = datetime.now(UTC)
            await locked.change(
                **pace_values(Pace(now, now)),
                revision_id=revision_id,
                duration_seconds=duration_seconds,
                width=width,
                height=height,
                renditions=stored_renditions(renditions),
                warnings=united(locked.video["warnings"], map(stored, warnings)),
                source_chapters=[asdict(one) for one in source_chapters],
            )
            await publications.publish(locked.stored["id"], self._publisher)

    async def enqueue_rest(self, revision_id: str) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None:
                await jobs.enqueue_rest(locked.connection, revision_id)

    async def begin_chunk(self, revision_id: str, index: int) -> ChunkWork | None:
        revision = await self.revision(revision_id)
        if revision is None:
            return None
        rows = (
            await Chunks.update({Chunks.attempts: Chunks.attempts + 1})
            .where(_chunk(revision_id, index) & (Chunks.state == "waiting"))
            .returning(Chunks.attempts, Chunks.demanded_segment)
        )
        if not rows:
            return None
        return ChunkWork(revision, index, rows[0]["attempts"], rows[0]["demanded_segment"])

    async def segments_published(
        self, revision_id: str, index: int, done_fraction: float, first_of: Collection[str]
    ) -> bool:
        async with wanted.locked(revision_id) as locked:
            # A worker that stood still may report when all is long over.
            if locked is None or not await _is_waiting(revision_id, index):
                return False
            await locked.connection.execute(_GET_FURTHER, revision_id, index, done_fraction, MAX_BEGINNINGS)
            values = await _progress(locked)
            if first_of and not locked.video["playable"]:
                values["playable"] = await _begin(revision_id, first_of)
                if values["playable"]:
                    await jobs.order_rest(locked.connection, revision_id)
            await locked.change(**values)
        return True

    async def somebody_waits(self) -> bool:
        return await jobs.somebody_waits()

    async def take_back_chunk(self, revision_id: str, index: int) -> None:
        await Chunks.update({Chunks.attempts: Chunks.attempts - 1}).where(_chunk(revision_id, index))

    async def chunk_put_back(self, revision_id: str, index: int, missing: Collection[int]) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is None:
                return
            rows = (
                await Chunks.update({Chunks.attempts: Chunks.attempts - 1})
                .where(_chunk(revision_id, index) & (Chunks.state == "waiting"))
                .returning(
                    Chunks.id, Chunks.position, Chunks.lane, Chunks.first_segment, Chunks.demanded_segment
                )
            )
            for row in rows:
                await jobs.enqueue_again(locked.connection, revision_id, row, missing)

    async def chunk_done(self, revision_id: str, index: int) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is None or not await _end_chunk(revision_id, index, "done"):
                return
            complete = await _complete_renditions(revision_id)
            renditions = [
                replace(rendition, complete=rendition.name in complete)
                for rendition in renditions_of(locked.video["renditions"])
            ]
            await locked.change(**await _progress(locked), renditions=stored_renditions(renditions))
            await _finish_when_over(locked)

    async def chunk_failed(self, revision_id: str, index: int, log: str) -> int:
        async with wanted.locked(revision_id) as locked:
            if locked is None:
                return 1
            rows = (
                await Chunks.update({Chunks.failures: Chunks.failures + 1})
                .where(_chunk(revision_id, index) & (Chunks.state == "waiting"))
                .returning(Chunks.failures)
            )
            failures = int(rows[0]["failures"]) if rows else 1
            await append_log(revision_id, f"chunk {index}, failure {failures}: {log}")
        return failures

    async def chunk_given_up(self, revision_id: str, index: int, warning: str, log: str) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is None or not await _end_chunk(revision_id, index, "given_up"):
                return
            await append_log(revision_id, log)
            await locked.change(
                **await _progress(locked), warnings=united(locked.video["warnings"], [stored(warning)])
            )
            await _finish_when_over(locked)

    async def begin_without_copying(self, revision_id: str, log: str, *, source_is_damaged: bool) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is None or not locked.is_being_made:
                return
            await append_log(revision_id, log)
            await revisions.begin_without_copying(
                locked.connection, locked.stored, revision_id, source_is_damaged=source_is_damaged
            )

    async def poster_published(self, revision_id: str, width: int, height: int) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None:
                extras = locked.video["extras"] | {"poster": {"width": width, "height": height}}
                await locked.change(has_poster=True, extras=extras)

    async def add_warning(self, revision_id: str, warning: str, log: str) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None:
                await append_log(revision_id, log)
                await locked.change(warnings=united(locked.video["warnings"], [stored(warning)]))

    async def finish(self, revision_id: str, renditions: Collection[Rendition], log: str = "") -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is None or not locked.is_being_made:
                return
            if log:
                await append_log(revision_id, log)
            await Chunks.delete().where(Chunks.revision == revision_id)
            values: dict[str, Any] = {}
            if locked.becomes is not None:
                video = locked.stored
                await revisions.retire(
                    locked.connection, video["id"], video["revision_id"], video["duration_seconds"]
                )
                values = {
                    **SUCCESSOR_BEGINS, **locked.becomes, "revision_id": revision_id, "successor_id": None,
                }  # fmt: skip
            values |= {
                "state": VideoState.READY.value,
                "playable": True,
                "progress": 1.0,
                "renditions": stored_renditions(renditions),
            }
            await locked.change_video(**values)
            await publications.publish(locked.stored["id"], self._publisher)

    async def embedded_captions(self, revision_id: str, found: Collection[EmbeddedCaption]) -> None:
        async with wanted.locked(revision_id) as locked:
            if locked is not None:
                await captions.put_embedded(locked.stored["id"], found)
                await locked.change_video()
                await publications.publish(locked.stored["id"], self._publisher)

    async def fail(
        self, revision_id: str, reason: str, message: str, log: str, *, unless_planned: bool = False
    ) -> bool:
        async with wanted.locked(revision_id) as locked:
            if locked is None or not locked.is_being_made:
                return False
            if unless_planned and await _has_plan(revision_id):
                return False
            if locked.becomes is not None:
                await _fail_successor(locked, message, log)
                return True
            await Chunks.delete().where(Chunks.revision == revision_id)
            await Extras.delete().where(Extras.revision == revision_id)
            await append_log(revision_id, log)
            await locked.change_video(
                state=VideoState.FAILED.value,
                playable=False,
                failure_reason=reason,
                failure_message=stored(message),
            )
        return True


async def _fail_successor(locked: Locked, message: str, log: str) -> None:
    video = locked.stored
    await append_log(locked.revision_id, log)
    await hand_on_log(locked.revision_id, video["revision_id"])
    await revisions.drop(locked.connection, video["id"], locked.revision_id)
    sentence = f"It was processed again, without success: {message} What was there before stays."
    values = data_of(message)
    warning = Notice(NoticeCode.AGAIN_IN_VAIN, sentence, cause=values.pop("code", ""), **values)
    await locked.change_video(successor_id=None, warnings=united(video["warnings"], [stored(warning)]))


async def _has_plan(revision_id: str) -> bool:
    return bool(await Revisions.exists().where((Revisions.id == revision_id) & Revisions.plan.is_not_null()))


async def _adopt(revision_id: str, plan: Plan) -> bool:
    """Saves the plan; False where there is one already: a plan never changes."""
    adopted = (
        await Revisions.update({Revisions.plan: plan_json(plan)})
        .where((Revisions.id == revision_id) & Revisions.plan.is_null())
        .returning(Revisions.id)
    )
    return bool(adopted)


def _chunk_row(plan: Plan, position: int) -> dict[str, Any]:
    """As JSON, by column."""
    chunk = plan.chunks[position]
    return {
        "position": position,
        "lane": chunk.lane.value,
        "renditions": list(chunk.renditions),
        "first_segment": chunk.first_segment,
        "segment_count": chunk.segment_count,
        "weight": _weight(plan, chunk),
    }


def _weight(plan: Plan, chunk: Chunk) -> float:
    """Pixels times seconds, as an estimate of the work."""
    seconds = sum(plan.timeline.segment_seconds(segment) for segment in chunk.segments)
    if chunk.lane.is_sound:
        return seconds * _AUDIO_PIXELS * len(chunk.renditions)
    rungs = [rung for rung in plan.rungs if rung.name in chunk.renditions]
    return seconds * sum(rung.width * rung.height * (_COPY_SHARE if rung.copied else 1.0) for rung in rungs)


def _chunk(revision_id: str, index: int) -> Any:
    return (Chunks.revision == revision_id) & (Chunks.position == index)


async def _progress(locked: Locked) -> dict[str, Any]:
    """The weighted part that is done, never less than it was, and how fast it grows."""
    rows = await Chunks.raw(
        "SELECT sum(weight * done_fraction) / nullif(sum(weight), 0) AS done FROM chunks WHERE revision = {}",
        locked.revision_id,
    )
    done = min(float(rows[0]["done"] or 0.0), 1.0)
    before = float(locked.video["progress"])
    progress = max(before, done * _PROGRESS_BEFORE_FINISH)
    pace = pace_of(locked.video)
    if pace is None or progress == before:
        return {"progress": progress}
    return {"progress": progress, **pace_values(pace.after(progress - before, datetime.now(UTC)))}


async def _begin(revision_id: str, first_of: Collection[str]) -> bool:
    """Notes which renditions have begun; whether that is enough for the video to be playable."""
    rows = await Revisions.select(Revisions.begun).where(Revisions.id == revision_id)
    begun = united(rows[0]["begun"], first_of)
    await Revisions.update({Revisions.begun: begun}).where(Revisions.id == revision_id)
    lanes = await Chunks.raw(
        "SELECT lane, bool_or(renditions::text[] && {}::text[]) AS begun FROM chunks"
        " WHERE revision = {} AND lane IN ('express', 'audio') GROUP BY lane",
        begun,
        revision_id,
    )
    return all(lane["begun"] for lane in lanes)


async def _is_waiting(revision_id: str, index: int) -> bool:
    return bool(await Chunks.exists().where(_chunk(revision_id, index) & (Chunks.state == "waiting")))


async def _end_chunk(revision_id: str, index: int, state: str) -> bool:
    """False where it had ended already."""
    ended = (
        await Chunks.update({Chunks.state: state, Chunks.done_fraction: 1.0})
        .where(_chunk(revision_id, index) & (Chunks.state == "waiting"))
        .returning(Chunks.id)
    )
    return bool(ended)


async def _complete_renditions(revision_id: str) -> set[str]:
    rows = await Chunks.raw(
        "SELECT name FROM chunks, unnest(renditions) AS name WHERE revision = {}"
        " GROUP BY name HAVING bool_and(state = 'done')",
        revision_id,
    )
    return {row["name"] for row in rows}


async def _finish_when_over(locked: Locked) -> None:
    waiting = await Chunks.exists().where(
        (Chunks.revision == locked.revision_id) & (Chunks.state == "waiting")
    )
    if not waiting:
        await jobs.enqueue_finish(locked.connection, locked.revision_id)
