"""The chunk job: one run of segments, published one by one, each only when it is proven right."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.errors import Reason
from video_service.domain.facts import DAMAGED, SourceFacts
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.plan import AudioRendition, Chunk, Lane, Plan
from video_service.domain.ports import ChunkWork, RevisionWork
from video_service.domain.transport_stream import MalformedSegment, inspect
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, Mistake, counted, told
from video_service.pipeline.commands import (
    Command,
    copy_video,
    encode_video,
)
from video_service.pipeline.complaints import TOO_MANY_ERRORS, tells_of_damage
from video_service.pipeline.decoded_sound import decoded_sound
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg
from video_service.pipeline.file_parts import part_of_source
from video_service.pipeline.limits import MAX_SEGMENT_BYTES, chunk_limits, silence_limits
from video_service.pipeline.outbox import HostileOutput, names, take
from video_service.pipeline.precedence import Need
from video_service.pipeline.sandbox import Limits
from video_service.pipeline.segment_checks import NotAlike, WrongSegment, check_audio, check_video
from video_service.pipeline.sound_commands import encode_audio, encode_silence
from video_service.pipeline.workbench import Payload, Workbench, segment_key

#: How soon a segment is looked for that ffmpeg has made, to look ten times a second is work of its own; and
#: how soon who waits for another.
_SOON_SECONDS, _LATER_SECONDS = 0.1, 1.0
#: Who comes at once has nothing in hand yet, so what follows the first segment is as urgent so far.
_HEAD_START_SECONDS = 10.0
NOTHING_MADE = Notice(NoticeCode.NOT_CONVERTED, "This video could not be converted. It may be damaged.")
log = structlog.get_logger(__name__)


class _Unwanted(Exception):
    """The revision was dropped, or its video deleted, while its chunk was being made."""


class _GivesWay(Exception):
    """Somebody waits for another chunk, and nobody for what is missing of this one."""


async def run(bench: Workbench, payload: Payload, *, niceness: int = 0) -> None:
    work = await bench.work.begin_chunk(payload["revision_id"], payload["index"])
    if work is None:
        return
    plan = work.revision.plan
    assert plan is not None, "a chunk exists only after its plan"
    chunk = plan.chunks[work.index]
    if _gives_a_head_start(plan, chunk):
        niceness = 0
    if work.attempt > MAX_BEGINNINGS:
        await _give_up(bench, work, BEGUN_TOO_OFTEN, niceness)
        return
    take_back = partial(bench.work.take_back_chunk, work.revision.revision_id, work.index)
    try:
        async with counted(take_back):
            maker = _Maker(bench, work, plan, chunk, niceness, await bench.open(work.revision))
            found_damage = await maker.make()
    except _Unwanted:
        log.info("chunk is not wanted any more", lane=chunk.lane)
        return
    except _GivesWay:
        await bench.work.chunk_put_back(work.revision.revision_id, work.index, maker.missing())
        return
    except (*FAILURES, WrongSegment) as error:
        detail = told(error)
        failures = await bench.work.chunk_failed(work.revision.revision_id, work.index, detail)
        log.warning("chunk failed", failures=failures, lane=chunk.lane, error=detail)
        if failures < MAX_FAILURES:
            raise
        if _is_copied(plan, chunk):
            await bench.work.begin_without_copying(
                work.revision.revision_id, "the source cannot be copied",
                source_is_damaged=not isinstance(error, NotAlike | Mistake | FileNotFoundError),
            )  # fmt: skip
            return
        await _give_up(bench, work, f"failed {failures} times", niceness)
        return
    if found_damage:
        await bench.work.add_warning(work.revision.revision_id, DAMAGED, found_damage)
    await bench.work.chunk_done(work.revision.revision_id, work.index)


def _gives_a_head_start(plan: Plan, chunk: Chunk) -> bool:
    is_near = plan.timeline.start_seconds(chunk.first_segment) < _HEAD_START_SECONDS
    return chunk.lane in (Lane.EXPRESS, Lane.AUDIO) and is_near


async def _give_up(bench: Workbench, work: ChunkWork, why: str, niceness: int) -> None:
    revision_id = work.revision.revision_id
    plan = work.revision.plan
    assert plan is not None
    chunk = plan.chunks[work.index]
    detail = f"chunk {work.index} given up: {why}"
    if chunk.lane is Lane.AUDIO:
        # Nothing stands in for it, and players wait for ever at a hole in it.
        try:
            if await _fill_with_silence(bench, work, niceness):
                await bench.work.add_warning(revision_id, _part_missing(plan, chunk), detail)
                await bench.work.chunk_done(revision_id, work.index)
                return
        except _Unwanted:
            return
    if not (
        0 not in chunk.segments
        or chunk.lane is Lane.ALTERNATIVE
        or _has_stand_in(plan, chunk)
        or await _has_begun(bench, work.revision, chunk)
    ):
        await bench.work.fail(revision_id, Reason.UNSUPPORTED_MEDIA, NOTHING_MADE, detail)
        await bench.forget_copy(work.revision)
        return
    await bench.work.chunk_given_up(revision_id, work.index, _part_missing(plan, chunk), detail)


async def _fill_with_silence(bench: Workbench, work: ChunkWork, niceness: int) -> bool:
    """Whether what was missing of a track is there now. The source, which may take down whoever opens it, is
    left alone, so it fails only where no program can be run."""
    plan = work.revision.plan
    assert plan is not None
    take_back = partial(bench.work.take_back_chunk, work.revision.revision_id, work.index)
    try:
        async with counted(take_back):
            await _Maker(bench, work, plan, plan.chunks[work.index], niceness, None).make()
    except (*FAILURES, WrongSegment) as error:
        log.warning("silence was not made either", error=told(error))
        return False
    return True


def _part_missing(plan: Plan, chunk: Chunk) -> Notice:
    begin = plan.timeline.start_seconds(chunk.first_segment)
    what, code = (
        ("sound", NoticeCode.SOUND_PART_MISSING)
        if chunk.lane.is_sound
        else ("picture", NoticeCode.PICTURE_PART_MISSING)
    )
    sentence = f"A part of the {what} from {begin:.0f} s on could not be converted."
    return Notice(code, sentence, from_seconds=f"{begin:.0f}")


def _has_stand_in(plan: Plan, chunk: Chunk) -> bool:
    """Whether another rung's beginning may be shown in place of this chunk's; sound has none."""
    return not chunk.lane.is_sound and any(
        other.first_segment == 0 and not other.lane.is_sound and other is not chunk for other in plan.chunks
    )


async def _has_begun(bench: Workbench, revision: RevisionWork, chunk: Chunk) -> bool:
    """Whether its first segment is there, so that a part is missing and not everything."""
    return all([await bench.objects.head(segment_key(revision, name, 0)) for name in chunk.renditions])


def _is_copied(plan: Plan, chunk: Chunk) -> bool:
    return any(rung.copied and rung.name in chunk.renditions for rung in plan.rungs)


class _Maker:
    """Makes what is missing of one chunk."""

    def __init__(
        self, bench: Workbench, work: ChunkWork, plan: Plan, chunk: Chunk, niceness: int,
        opened: tuple[Path, SourceFacts] | None,
    ) -> None:  # fmt: skip
        """``opened``: the source and its facts; ``None``: silence takes its place."""
        self._bench, self._work, self._plan, self._chunk = bench, work, plan, chunk
        self._niceness, self._opened = niceness, opened
        self._revision: RevisionWork = work.revision
        self._mending = opened is not None and self._facts.is_damaged
        self._decodes_first = False
        self._damage: str | None = None
        self._done: dict[str, set[int]] = {name: set() for name in chunk.renditions}
        self._need, self._publishing = Need(niceness), asyncio.Lock()

    async def make(self) -> str | None:
        """Returns a log where the source turned out to be damaged, which nobody knew before."""
        for name in self._chunk.renditions:
            for segment in self._chunk.segments:
                if await self._bench.objects.head(segment_key(self._revision, name, segment)):
                    self._done[name].add(segment)
        self._note_served()
        if any(self._done.values()):
            # By a worker that may have died before it could say so.
            await self._report(name for name, done in self._done.items() if 0 in done)
        try:
            await self._make_missing()
        except (ToolFailed, WrongSegment) as error:
            if self._opened is None:
                raise
            if self._chunk.lane.is_sound:
                log.info("sound is decoded first", error=str(error))
                self._decodes_first = True
                await self._make_missing()
                return None
            if not self._is_damage(error):
                raise
            self._mending = True
            await self._make_missing()
            return told(error)
        return None if self._mending else self._damage

    def _is_damage(self, error: ToolFailed | WrongSegment) -> bool:
        """Whether the source is to blame: a decoder says so, or pictures are missing again and again
        where others could stand in for them, which is on a grid."""
        if self._mending:
            return False
        if isinstance(error, ToolFailed):
            return error.exit_status == TOO_MANY_ERRORS
        return self._plan.timeline.on_grid and self._work.attempt >= MAX_FAILURES

    async def _make_missing(self) -> None:
        for first, count in await self._runs():
            await self._give_way()
            await self._make_run(first, count)
        if self._fraction() < 1:
            raise WrongSegment("ffmpeg made fewer segments than planned")

    async def _runs(self) -> list[tuple[int, int]]:
        """A beginning alone where others wait: it is there sooner, and so is the slot."""
        found = runs(self.missing(), self._work.demanded_segment)
        is_express = self._chunk.lane is Lane.EXPRESS and not _is_copied(self._plan, self._chunk)
        if is_express and found and found[0][0] == 0 and await self._bench.work.somebody_waits():
            count = found[0][1]
            found[:1] = [(first, many) for first, many in ((0, 1), (1, count - 1)) if many]
        return found

    def missing(self) -> list[int]:
        return [k for k in self._chunk.segments if any(k not in done for done in self._done.values())]

    async def _give_way(self) -> None:
        """Raises _GivesWay where a viewer waits for another chunk. What is half made is lost, which
        costs less than their patience."""
        missing, demanded = self.missing(), self._work.demanded_segment
        if not missing or demanded in missing or self._opened is None:
            return
        if self._chunk.lane in (Lane.LADDER, Lane.ALTERNATIVE):
            if demanded is None:
                return  # its slot has nothing that anybody waits for
        elif 0 in missing:
            return  # what makes a video playable is short, and waited for as well
        if await self._bench.work.somebody_waits():
            raise _GivesWay

    async def _make_run(self, first: int, count: int) -> None:
        async with self._bench.folder() as folder, self._source_of(first, count) as source:
            command = self._command(first, count, source)
            for name in command.folders:
                (folder / name).mkdir()
            wanted = range(first, first + count)

            making = run_ffmpeg(
                self._bench.sandbox, command.arguments, source, folder,
                partial(self._publish, command, folder, wanted, ended=False),
                limits=self._limits(first, count), niceness=self._niceness, need=self._need,
            )  # fmt: skip
            said = await self._giving_way(making)
            await self._publish(command, folder, wanted, ended=True)
            if tells_of_damage(said):
                self._damage = said

    async def _giving_way(self, making: Coroutine[Any, Any, str]) -> str:
        """Looks by the clock for who waits: a program that stands still has nothing to report."""
        made = asyncio.ensure_future(making)

        async def looking() -> NoReturn:
            while True:
                await asyncio.sleep(_SOON_SECONDS)
                async with self._publishing:  # what is there is told of
                    try:
                        await self._give_way()
                    except _GivesWay:
                        made.cancel()
                        raise

        looked = asyncio.ensure_future(looking())
        try:
            await asyncio.wait({made, looked}, return_when=asyncio.FIRST_COMPLETED)
            is_made = made.done() and not made.cancelled()
            return await (looked if looked.done() and not is_made else made)
        finally:
            made.cancel()
            looked.cancel()
            await asyncio.gather(made, looked, return_exceptions=True)

    @asynccontextmanager
    async def _source_of(self, first: int, count: int) -> AsyncIterator[Path | None]:
        """What a run of segments is made from."""
        if self._opened is None:
            yield None
            return
        async with AsyncExitStack() as stack:
            source, _ = self._opened
            if not first or self._facts.clusters is not None:
                seek_seconds = self._command(first, count, source).seek_seconds if first else None
                last_seconds = self._plan.timeline.start_seconds(first + count)
                part = part_of_source(self._bench.folder, source, self._facts, seek_seconds, last_seconds)
                source = await stack.enter_async_context(part)
            if self._decodes_first:
                decoded = decoded_sound(
                    self._bench, source, self._facts, self._plan, self._track, first, count, self._niceness
                )
                source = await stack.enter_async_context(decoded)
            yield source

    def _limits(self, first: int, count: int) -> Limits:
        if self._opened is None:
            return silence_limits(self._plan, first, count)
        return chunk_limits(self._facts, self._plan, self._chunk, first, count)

    @property
    def _facts(self) -> SourceFacts:
        assert self._opened is not None, "nothing is known of silence"
        return self._opened[1]

    @property
    def _track(self) -> AudioRendition:
        [track] = [track for track in self._plan.audio if track.name in self._chunk.renditions]
        return track

    def _command(self, first: int, count: int, file: Path | None) -> Command:
        if file is None:
            return encode_silence(self._plan, self._track, first, count)
        source = self._bench.sandbox.source_path(file)
        if self._chunk.lane.is_sound:
            return encode_audio(
                self._facts, self._plan, self._track, first, count, source, is_decoded=self._decodes_first
            )
        rungs = [rung for rung in self._plan.rungs if rung.name in self._chunk.renditions]
        if rungs[0].copied:
            return copy_video(self._facts, self._plan, rungs[0], first, count, source)
        is_waited_for = self._chunk.lane is not Lane.LADDER or self._work.demanded_segment is not None
        return encode_video(
            self._facts, self._plan, rungs, first, count, source, mending=self._mending,
            report_seconds=_SOON_SECONDS if is_waited_for else _LATER_SECONDS,
        )  # fmt: skip

    async def _publish(self, command: Command, folder: Path, wanted: range, *, ended: bool) -> None:
        """Publishes what has become complete since the last look."""
        async with self._publishing:
            await self._publish_new(command, folder, wanted, ended=ended)

    async def _publish_new(self, command: Command, folder: Path, wanted: range, *, ended: bool) -> None:
        new: dict[str, list[int]] = {}
        for name in command.folders:
            done = self._done[name]
            if done.issuperset(wanted):
                continue
            there = sorted(map(_segment_of, await asyncio.to_thread(names, folder, name, ".ts")))
            if not ended and not command.named_when_complete:
                there = there[:-1]
            for segment in there:
                if segment in wanted and segment not in done:
                    await self._publish_one(folder, name, segment)
                    done.add(segment)
                    new.setdefault(name, []).append(segment)
        if new:
            self._note_served()
            await self._report(name for name, segments in new.items() if 0 in segments)

    def _note_served(self) -> None:
        """Unless nothing is left to be made: to end takes no time, and its slot is free then."""
        demanded, missing = self._work.demanded_segment, self.missing()
        awaited = 0 if demanded is None else demanded
        if missing and awaited in self._chunk.segments and awaited not in missing:
            self._need.serve()

    async def _report(self, first_of: Iterable[str]) -> None:
        wanted_still = await self._bench.work.segments_published(
            self._revision.revision_id, self._work.index, self._fraction(), list(first_of)
        )
        if not wanted_still:
            raise _Unwanted

    async def _publish_one(self, folder: Path, name: str, segment: int) -> None:
        content = await asyncio.to_thread(take, folder, f"{name}/{segment:05d}.ts", MAX_SEGMENT_BYTES)
        try:
            seen = await asyncio.to_thread(inspect, content)
        except MalformedSegment as error:
            raise WrongSegment(f"{name} segment {segment}: {error}") from error
        if self._chunk.lane.is_sound:
            check_audio(self._plan, name, segment, seen)
        else:
            check_video(self._facts, self._plan, name, segment, seen)
        # The first writer wins: a second worker's copy of the same segment changes nothing.
        await self._bench.objects.create(segment_key(self._revision, name, segment), content)

    def _fraction(self) -> float:
        made = sum(len(done) for done in self._done.values())
        return made / (len(self._done) * self._chunk.segment_count)


def _segment_of(file: str) -> int:
    """Raises HostileOutput for a name that ffmpeg was not told to use."""
    stem = file.removesuffix(".ts")
    if not (stem.isascii() and stem.isdigit()):
        raise HostileOutput(f"unexpected file {file!r}")
    return int(stem)


def runs(missing: Sequence[int], demanded: int | None) -> list[tuple[int, int]]:
    """Runs of consecutive missing segments as (first, count). What follows a demanded segment comes first."""
    if not missing:
        return []
    breaks = [n for n, (a, b) in enumerate(pairwise(missing), 1) if b != a + 1]
    if demanded in missing:
        breaks.append(missing.index(demanded))
    edges = sorted({0, *breaks, len(missing)})
    found = [(missing[a], b - a) for a, b in pairwise(edges)]
    return sorted(found, key=lambda run: (demanded is not None and run[0] < demanded, run[0]))
