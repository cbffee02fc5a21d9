"""The rows that the pipeline's jobs read and write."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from video_service.domain.pace import Pace
from video_service.domain.plan import Chunk, Lane, Plan
from video_service.domain.ports import ChunkWork, RevisionWork
from video_service.domain.video import Rendition, VideoState
from video_service.repository import jobs, revisions
from video_service.repository.engine import DB
from video_service.repository.plan_json import plan_json, plan_of
from video_service.repository.tables import Chunks, Revisions, Videos
from video_service.repository.videos import pace_of, pace_values, renditions_of, stored_renditions

#: What a second of sound weighs in the progress, beside a second of so many encoded pixels.
_AUDIO_PIXELS = 20_000
#: What a copied pixel weighs beside an encoded one: copying is bound by the disk.
_COPY_SHARE = 0.02
#: The last hundredth is the finishing itself, so that 100 % means ready.
_PROGRESS_BEFORE_FINISH = 0.99
_MAX_LOG_CHARACTERS = 200_000
_CHUNK_COLUMNS = (
    "revision", "position", "lane", "renditions", "first_segment", "segment_count", "weight",
)  # fmt: skip


_SUCCESSOR_BEGINS: dict[str, Any] = {
    "playable": False,
    "renditions": [],
    "has_poster": False,
    "warnings": [],
}


@dataclass(frozen=True)
class _Locked:
    """A revision whose video's row is locked until the transaction ends."""

    revision_id: str
    stored: dict[str, Any]
    """The video's row."""
    becomes: dict[str, Any] | None
    """What a successor has made of the video's columns so far; ``None`` for what is no successor."""
    connection: Any
    """The asyncpg connection of the transaction, for enqueueing."""

    @property
    def video(self) -> dict[str, Any]:
        """The video as it is with this revision."""
        if self.becomes is None:
            return self.stored
        progress = self.stored["successor_progress"]
        return {**self.stored, **_SUCCESSOR_BEGINS, "progress": progress, **self.becomes}

    @property
    def is_being_made(self) -> bool:
        return self.becomes is not None or self.stored["state"] == VideoState.PROCESSING

    async def change(self, **values: Any) -> None:
        """Changes the video with this revision: while another is served, nothing shows but its progress."""
        if self.becomes is None:
            await self.change_video(**values)
            return
        shown = {name: values.pop(name) for name in tuple(values) if name.startswith("pace_")}
        shown["successor_progress"] = values.pop("progress", self.stored["successor_progress"])
        if values:
            await Revisions.update({Revisions.becomes: self.becomes | values}).where(
                Revisions.id == self.revision_id
            )
        await self.change_video(**shown)

    async def change_video(self, **values: Any) -> None:
        """Changes the video: its version rises and listeners hear of it, even without values."""
        changes = {getattr(Videos, name): value for name, value in values.items()}
        await Videos.update(changes or {Videos.progress: Videos.progress}).where(
            Videos.id == self.stored["id"]
        )


class WorkRows:
    """Implements :class:`video_service.domain.ports.Work`.

    The video's row is locked first, always, so concurrent jobs of one video take turns. Nothing
    is done for a video that is deleted or failed, nor for a revision that is dropped or retired.
    """

    async def revision(self, revision_id: str) -> RevisionWork | None:
        row = (
            await Revisions.select(Revisions.id, Revisions.video, Revisions.source_key, Revisions.plan)
            .where(
                (Revisions.id == revision_id)
                & Revisions.retired_at.is_null()
                & Revisions.video.deleted_at.is_null()
                & (Revisions.video.state != VideoState.FAILED.value)
            )
            .output(load_json=True)
            .first()
        )
        if row is None:
            return None
        plan = None if row["plan"] is None else plan_of(row["plan"])
        return RevisionWork(row["id"], row["video"], row["source_key"], plan)

    async def begin_probe(self, revision_id: str) -> int:
        rows = (
            await Revisions.update({Revisions.probe_attempts: Revisions.probe_attempts + 1})
            .where(Revisions.id == revision_id)
            .returning(Revisions.probe_attempts)
        )
        return int(rows[0]["probe_attempts"]) if rows else 1

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
    ) -> None:
        rows = [_chunk_row(revision_id, plan, position) for position in range(len(plan.chunks))]
        async with _locked(revision_id) as locked:
            if locked is None or not await _adopt(revision_id, plan):
                return
            # A long video has thousands of them, and its row is locked meanwhile.
            await locked.connection.copy_records_to_table("chunks", columns=_CHUNK_COLUMNS, records=rows)
            await jobs.enqueue_waiting_chunks(locked.connection, revision_id)
            await jobs.enqueue_poster(locked.connection, revision_id)
            now = datetime.now(UTC)
            await locked.change(
                **pace_values(Pace(now, now)),
                revision_id=revision_id,
                duration_seconds=duration_seconds,
                width=width,
                height=height,
                renditions=stored_renditions(renditions),
                warnings=_united(locked.video["warnings"], warnings),
            )

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
        async with _locked(revision_id) as locked:
            # A worker that stood still may report when all is long over.
            if locked is None or not await _is_waiting(revision_id, index):
                return False
            await Chunks.update({Chunks.done_fraction: done_fraction}).where(
                _chunk(revision_id, index) & (Chunks.done_fraction < done_fraction)
            )
            values = await _progress(locked)
            if first_of:
                values["playable"] = locked.video["playable"] or await _begin(revision_id, first_of)
            await locked.change(**values)
        return True

    async def somebody_waits(self) -> bool:
        return await jobs.somebody_waits()

    async def chunk_put_back(self, revision_id: str, index: int, missing: Collection[int]) -> None:
        async with _locked(revision_id) as locked:
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
                demanded = row["demanded_segment"] in missing
                await jobs.enqueue_again(locked.connection, revision_id, row, demanded)

    async def chunk_done(self, revision_id: str, index: int) -> None:
        async with _locked(revision_id) as locked:
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
        async with _locked(revision_id) as locked:
            if locked is None:
                return 1
            rows = (
                await Chunks.update({Chunks.failures: Chunks.failures + 1})
                .where(_chunk(revision_id, index) & (Chunks.state == "waiting"))
                .returning(Chunks.failures)
            )
            failures = int(rows[0]["failures"]) if rows else 1
            await _append_log(revision_id, f"chunk {index}, failure {failures}: {log}")
        return failures

    async def chunk_given_up(self, revision_id: str, index: int, warning: str, log: str) -> None:
        async with _locked(revision_id) as locked:
            if locked is None or not await _end_chunk(revision_id, index, "given_up"):
                return
            await _append_log(revision_id, log)
            await locked.change(
                **await _progress(locked), warnings=_united(locked.video["warnings"], [warning])
            )
            await _finish_when_over(locked)

    async def poster_published(self, revision_id: str) -> None:
        async with _locked(revision_id) as locked:
            if locked is not None:
                await locked.change(has_poster=True)

    async def add_warning(self, revision_id: str, warning: str, log: str) -> None:
        async with _locked(revision_id) as locked:
            if locked is not None:
                await _append_log(revision_id, log)
                await locked.change(warnings=_united(locked.video["warnings"], [warning]))

    async def finish(self, revision_id: str, renditions: Collection[Rendition]) -> None:
        async with _locked(revision_id) as locked:
            if locked is None or not locked.is_being_made:
                return
            await Chunks.delete().where(Chunks.revision == revision_id)
            values: dict[str, Any] = {}
            if locked.becomes is not None:
                video = locked.stored
                await revisions.retire(
                    locked.connection, video["id"], video["revision_id"], video["duration_seconds"]
                )
                values = {
                    **_SUCCESSOR_BEGINS, **locked.becomes, "revision_id": revision_id, "successor_id": None,
                }  # fmt: skip
            values |= {
                "state": VideoState.READY.value,
                "playable": True,
                "progress": 1.0,
                "renditions": stored_renditions(renditions),
            }
            await locked.change_video(**values)

    async def fail(self, revision_id: str, reason: str, message: str, log: str) -> None:
        async with _locked(revision_id) as locked:
            if locked is None or not locked.is_being_made:
                return
            if locked.becomes is not None:
                await _fail_successor(locked, message, log)
                return
            await Chunks.delete().where(Chunks.revision == revision_id)
            await _append_log(revision_id, log)
            await locked.change_video(
                state=VideoState.FAILED.value,
                playable=False,
                failure_reason=reason,
                failure_message=message,
            )


@asynccontextmanager
async def _locked(revision_id: str) -> AsyncIterator[_Locked | None]:
    """``None`` where nothing is to be done for the revision."""
    async with DB.transaction() as transaction:
        revision = await Revisions.select(Revisions.video).where(Revisions.id == revision_id).first()
        video = None
        if revision is not None:
            video = (
                await Videos.select()
                .where((Videos.id == revision["video"]) & Videos.deleted_at.is_null())
                .lock_rows("UPDATE")
                .output(load_json=True)
                .first()
            )
        yield None if video is None else await _still_wanted(revision_id, video, transaction.connection)


async def _still_wanted(revision_id: str, video: dict[str, Any], connection: Any) -> _Locked | None:
    # Read under the lock: it may have been dropped or retired while this waited for it.
    revision = (
        await Revisions.select(Revisions.becomes)
        .where((Revisions.id == revision_id) & Revisions.retired_at.is_null())
        .output(load_json=True)
        .first()
    )
    if revision is None or video["state"] == VideoState.FAILED:
        return None
    becomes = revision["becomes"] if video["successor_id"] == revision_id else None
    return _Locked(revision_id, video, becomes, connection)


async def _fail_successor(locked: _Locked, message: str, log: str) -> None:
    video = locked.stored
    await revisions.drop(locked.connection, video["id"], locked.revision_id)
    await _append_log(video["revision_id"], log)
    warning = f"It was processed again, without success: {message} What was there before stays."
    await locked.change_video(successor_id=None, warnings=_united(video["warnings"], [warning]))


async def _adopt(revision_id: str, plan: Plan) -> bool:
    """Saves the plan; False where there is one already: a plan never changes."""
    adopted = (
        await Revisions.update({Revisions.plan: plan_json(plan)})
        .where((Revisions.id == revision_id) & Revisions.plan.is_null())
        .returning(Revisions.id)
    )
    return bool(adopted)


def _chunk_row(revision_id: str, plan: Plan, position: int) -> tuple[Any, ...]:
    """The values of ``_CHUNK_COLUMNS``."""
    chunk = plan.chunks[position]
    return (
        revision_id, position, chunk.lane.value, list(chunk.renditions), chunk.first_segment,
        chunk.segment_count, _weight(plan, chunk),
    )  # fmt: skip


def _weight(plan: Plan, chunk: Chunk) -> float:
    """Pixels times seconds, as an estimate of the work."""
    seconds = sum(plan.timeline.segment_seconds(segment) for segment in chunk.segments)
    if chunk.lane is Lane.AUDIO:
        return seconds * _AUDIO_PIXELS * len(chunk.renditions)
    rungs = [rung for rung in plan.rungs if rung.name in chunk.renditions]
    return seconds * sum(rung.width * rung.height * (_COPY_SHARE if rung.copied else 1.0) for rung in rungs)


def _chunk(revision_id: str, index: int) -> Any:
    return (Chunks.revision == revision_id) & (Chunks.position == index)


async def _progress(locked: _Locked) -> dict[str, Any]:
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
    begun = _united(rows[0]["begun"], first_of)
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


async def _finish_when_over(locked: _Locked) -> None:
    waiting = await Chunks.exists().where(
        (Chunks.revision == locked.revision_id) & (Chunks.state == "waiting")
    )
    if not waiting:
        await jobs.enqueue_finish(locked.connection, locked.revision_id)


async def _append_log(revision_id: str, log: str) -> None:
    rows = await Revisions.select(Revisions.log).where(Revisions.id == revision_id)
    # PostgreSQL's text holds no zero bytes, and a tool's output may.
    entry = f"--- {datetime.now(UTC).isoformat()}\n{log}\n".replace("\0", "\ufffd")
    text = (rows[0]["log"] + entry)[-_MAX_LOG_CHARACTERS:]
    await Revisions.update({Revisions.log: text}).where(Revisions.id == revision_id)


def _united(old: Collection[str], new: Collection[str]) -> list[str]:
    """In order, each once."""
    return list(dict.fromkeys([*old, *new]))
