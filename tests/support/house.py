"""The pipeline without a database: real ffmpeg, real files, rows kept in memory."""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_service.domain.caption_stores import EmbeddedCaption
from video_service.domain.downloads import DownloadWork
from video_service.domain.extras import Extra
from video_service.domain.plan import Plan
from video_service.domain.playlist import Bandwidth
from video_service.domain.ports import ChunkWork, ExtraWork, Publisher, RevisionWork, Step
from video_service.domain.publication import Publication
from video_service.domain.video import Rendition, new_id
from video_service.pipeline import chunk_job, download_job, extra_job, finish_job, poster_job, probe_job
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.workbench import Workbench
from video_service.publishing import ObjectPublisher
from video_service.storage.objects import LocalObjects


class WorkerDied(Exception):
    """As far as the job can tell: nothing after this happens."""


@dataclass
class MemoryWork:
    """Implements the port of the jobs for one revision; remembers what it was told."""

    video_id: str = field(default_factory=new_id)
    revision_id: str = field(default_factory=new_id)
    plan: Plan | None = None
    never_copied: bool = False
    source_is_damaged: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    steps: dict[Step, int] = field(default_factory=lambda: dict.fromkeys(Step, 0))
    """How often each was begun."""
    attempts: dict[int, int] = field(default_factory=dict)
    failures: dict[int, int] = field(default_factory=dict)
    demanded: dict[int, int] = field(default_factory=dict)
    deadly: set[int] = field(default_factory=set)
    """Chunks whose worker dies once, right after it published something."""
    done: set[int] = field(default_factory=set)
    first_of: set[str] = field(default_factory=set)
    published: list[tuple[int, float]] = field(default_factory=list)
    demands: int = 0
    """Demands for chunks of others that wait."""
    put_back: list[tuple[int, list[int]]] = field(default_factory=list)
    failure: tuple[str, str] | None = None
    log: str = ""
    """What operators are told of the failure."""
    warnings: list[str] = field(default_factory=list)
    extras: dict[Extra, Any] = field(default_factory=dict)
    """What was made, in the types that JSON has; ``None`` where that was given up."""
    extra_attempts: dict[Extra, int] = field(default_factory=dict)
    extra_failures: dict[Extra, int] = field(default_factory=dict)
    ready: bool = False
    renditions: tuple[Rendition, ...] = ()
    """What was complete at the end."""
    publisher: Publisher | None = None
    captions: list[EmbeddedCaption] = field(default_factory=list)
    wanted: bool = True
    """Whether anybody wants what is still to come."""

    async def revision(self, revision_id: str) -> RevisionWork | None:
        return RevisionWork(
            self.revision_id,
            self.video_id,
            "sources/source",
            self.plan,
            self.never_copied,
            self.source_is_damaged,
        )

    async def begin_step(self, revision_id: str, step: Step) -> int:
        self.steps[step] += 1
        return self.steps[step]

    async def take_back_step(self, revision_id: str, step: Step) -> None:
        self.steps[step] -= 1

    async def adopt_plan(self, revision_id: str, plan: Plan, **facts: Any) -> None:
        self.plan, self.facts = plan, facts
        await self._publish(facts["renditions"])

    async def enqueue_rest(self, revision_id: str) -> None:
        """There is no queue here."""

    async def _publish(self, renditions: Collection[Rendition]) -> None:
        assert self.plan is not None
        assert self.publisher is not None
        plan = self.plan.with_audio({one.name for one in renditions})
        bandwidths = {one.name: Bandwidth(one.bandwidth_bps, one.average_bps) for one in renditions}
        chapters = tuple(self.facts["source_chapters"])
        iframes = {
            one.name: Bandwidth(one.iframes_peak_bps, one.iframes_average_bps)
            for one in renditions
            if one.iframes_peak_bps is not None
        }
        await self.publisher.publish(
            Publication(self.video_id, self.revision_id, plan, bandwidths, (), chapters, iframes)
        )

    async def embedded_captions(self, revision_id: str, found: Collection[EmbeddedCaption]) -> None:
        self.captions = list(found)

    async def begin_chunk(self, revision_id: str, index: int) -> ChunkWork | None:
        self.attempts[index] = self.attempts.get(index, 0) + 1
        revision = await self.revision(revision_id)
        assert revision is not None
        return ChunkWork(revision, index, self.attempts[index], self.demanded.get(index))

    async def segments_published(
        self, revision_id: str, index: int, done_fraction: float, first_of: Collection[str]
    ) -> bool:
        if index in self.deadly:
            self.deadly.remove(index)
            raise WorkerDied
        self.published.append((index, done_fraction))
        self.first_of |= set(first_of)
        return self.wanted

    async def somebody_waits(self) -> bool:
        return self.demands > 0

    async def take_back_chunk(self, revision_id: str, index: int) -> None:
        self.attempts[index] -= 1

    async def chunk_put_back(self, revision_id: str, index: int, missing: Collection[int]) -> None:
        self.put_back.append((index, list(missing)))
        self.attempts[index] -= 1
        self.demands = 0

    async def chunk_done(self, revision_id: str, index: int) -> None:
        self.done.add(index)

    async def chunk_failed(self, revision_id: str, index: int, log: str) -> int:
        self.failures[index] = self.failures.get(index, 0) + 1
        return self.failures[index]

    async def chunk_given_up(self, revision_id: str, index: int, warning: str, log: str) -> None:
        self.warnings.append(warning)

    async def begin_without_copying(self, revision_id: str, log: str, *, source_is_damaged: bool) -> None:
        self.revision_id, self.plan = new_id(), None
        self.never_copied, self.source_is_damaged = True, source_is_damaged
        self.log += log

    async def begin_extra(self, revision_id: str, kind: Extra) -> ExtraWork | None:
        self.extra_attempts[kind] = self.extra_attempts.get(kind, 0) + 1
        revision = await self.revision(revision_id)
        assert revision is not None
        return ExtraWork(revision, kind, self.extra_attempts[kind])

    async def take_back_extra(self, revision_id: str, kind: Extra) -> None:
        self.extra_attempts[kind] -= 1

    async def extra_done(self, revision_id: str, kind: Extra, made: Mapping[str, Any]) -> None:
        self.extras[kind] = json.loads(json.dumps(made))

    async def extra_failed(self, revision_id: str, kind: Extra, log: str) -> int:
        self.log += log
        self.extra_failures[kind] = self.extra_failures.get(kind, 0) + 1
        return self.extra_failures[kind]

    async def extra_given_up(self, revision_id: str, kind: Extra, warning: str, log: str) -> None:
        self.extras[kind] = None
        self.warnings.append(warning)

    async def is_over(self, revision_id: str, *, but_for_poster: bool = False) -> bool:
        return self.ready and self.extras.keys() == set(self.facts["extras"])

    async def poster_published(self, revision_id: str, width: int, height: int) -> None:
        self.first_of.add("poster")

    async def add_warning(self, revision_id: str, warning: str, log: str) -> None:
        self.warnings.append(f"{warning} {log}")

    async def finish(self, revision_id: str, renditions: Collection[Rendition], log: str = "") -> None:
        self.log += log
        self.ready, self.renditions = True, tuple(renditions)
        await self._publish(renditions)

    async def fail(
        self, revision_id: str, reason: str, message: str, log: str, *, unless_planned: bool = False
    ) -> bool:
        if unless_planned and self.plan is not None:
            return False
        self.failure, self.log = (reason, message), log
        return True


@dataclass
class MemoryDownloads:
    """Implements the jobs' port for downloads of one revision."""

    work: MemoryWork
    audio: str
    id: str = field(default_factory=new_id)
    attempts: int = 0
    failures: int = 0
    size_bytes: int | None = None
    over: bool = False
    log: str = ""

    async def begin(self, download_id: str) -> DownloadWork | None:
        self.attempts += 1
        revision = await self.work.revision(self.work.revision_id)
        assert revision is not None
        return DownloadWork(self.id, revision, self.audio, self.attempts)

    async def take_back(self, download_id: str) -> None:
        self.attempts -= 1

    async def done(self, download_id: str, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    async def failed(self, download_id: str, log: str) -> int:
        self.log += log
        self.failures += 1
        return self.failures

    async def given_up(self, download_id: str, log: str) -> None:
        self.over = True


class House:
    """Processes one source in a folder. Several share ``scratch``, as the jobs of one worker do."""

    def __init__(self, folder: Path, source: Path, sandbox: Sandbox, scratch: Path | None = None) -> None:
        self.objects, self.work = LocalObjects(folder / "objects"), MemoryWork()
        self.work.publisher = ObjectPublisher(self.objects)
        (folder / "objects" / "sources").mkdir(parents=True, exist_ok=True)
        (folder / "objects" / "sources" / "source").symlink_to(source.absolute())
        self.scratch = scratch or folder / "scratch"
        self.scratch.mkdir(exist_ok=True)
        self.bench = Workbench.make(self.work, self.objects, sandbox, self.scratch)
        self.media = folder / "objects" / "videos" / self.work.video_id / self.work.revision_id

    async def probe(self) -> Plan:
        await probe_job.run(self.bench, {"revision_id": self.work.revision_id})
        assert self.work.plan is not None, self.work.failure
        return self.work.plan

    async def chunk(self, index: int) -> None:
        await chunk_job.run(self.bench, {"revision_id": self.work.revision_id, "index": index})

    async def extra(self, kind: Extra, makers: Mapping[Extra, extra_job.Maker] = extra_job.MAKERS) -> Any:
        """What is known of it afterwards."""
        payload = {"revision_id": self.work.revision_id, "kind": kind.value}
        await extra_job.run(self.bench, payload, makers=makers)
        return self.work.extras[kind]

    async def download(self, rows: MemoryDownloads) -> Path:
        """Runs the job once; where the file is, if it was made."""
        await download_job.run(self.bench, rows, {"download_id": rows.id})
        return self.media / "download" / f"{rows.id}.mp4"

    async def everything(self) -> Plan:
        plan = await self.probe()
        for index in range(len(plan.chunks)):
            await self.chunk(index)
        await self.end()
        return plan

    async def end(self) -> None:
        """What follows the chunks."""
        await poster_job.run(self.bench, {"revision_id": self.work.revision_id})
        await finish_job.run(self.bench, {"revision_id": self.work.revision_id})

    async def whole(self, rendition: str) -> Path:
        """All segments of a rendition in one file."""
        path = self.media / f"{rendition}.ts"
        parts = sorted((self.media / rendition).glob("*.ts"))
        content = await asyncio.to_thread(lambda: b"".join(part.read_bytes() for part in parts))
        path.write_bytes(content)
        return path
