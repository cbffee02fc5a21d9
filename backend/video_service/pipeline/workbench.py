"""What every job kind works with."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from video_service.domain.early_copies import early_copies_below, early_copy_key
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.facts import SourceFacts
from video_service.domain.formats import CONTAINERS
from video_service.domain.frames import NO_TIMES
from video_service.domain.holding import begun_with_sound
from video_service.domain.matroska_index import Clusters
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.plan import Plan
from video_service.domain.ports import Objects, RevisionWork, Work
from video_service.domain.source_notes import SourceNotes, read_notes
from video_service.domain.timeline import begun_as_planned
from video_service.pipeline.ffmpeg import ToolFailed
from video_service.pipeline.file_parts import beginning_of
from video_service.pipeline.outbox import HostileOutput
from video_service.pipeline.probe import Header, probe, probe_frames, probe_header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.working_copy import (
    WorkingCopy,
    make_working_copy,
    notes_key,
    recipe,
    working_copy_key,
)

#: As much as ffprobe looks at, where it must look at packets (its option analyzeduration), and one more.
_HEADER_SECONDS = 6.0
_REMEMBERED_SOURCES = 8
#: Of all of them together; each takes eight bytes.
_REMEMBERED_PICTURES = 10_000_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workbench:
    """The ports, the box, and a folder for half-made files, best on the store's file system."""

    work: Work
    objects: Objects
    sandbox: Sandbox
    scratch: Path
    _facts: dict[str, SourceFacts]
    _clusters: dict[str, Clusters]
    _headers: dict[str, Header]
    _looks: dict[str, asyncio.Event]
    """Of what is being looked at before its first job asks for it: set when that is over."""

    @classmethod
    def make(cls, work: Work, objects: Objects, sandbox: Sandbox, scratch: Path) -> "Workbench":
        return cls(work, objects, sandbox, scratch, {}, {}, {}, {})

    async def open(self, revision: RevisionWork) -> tuple[Path, SourceFacts]:
        """The file that a job reads, and its facts: the source, or a working copy of it, which the
        first job makes. A worker that makes many chunks of one source probes it once.

        Raises UnsupportedMedia.
        """
        copy_key = working_copy_key(revision)
        key = copy_key if await self._has_copy(revision) else revision.source_key
        file = await self.objects.materialise(key)
        if key not in self._facts:
            await self._looked_at(key)
            header = self._headers.pop(key, None) or await self._header(key, file)
            found = await self._readable(file, header)
            if found is not None:
                # Of a copy, what precedes its first picture was left out on purpose.
                is_copy = key == copy_key
                found = (await self._notes(revision)).added_to(found) if is_copy else begun_with_sound(found)
                self._remember(key, found)
            else:
                key, file = copy_key, await self._copied(revision, file, header)
        facts = self._facts[key]
        is_damaged = revision.source_is_damaged or facts.has_damaged_pictures
        if revision.never_copied and (facts.video.codecs or is_damaged > facts.has_damaged_pictures):
            facts = replace(facts, video=replace(facts.video, codecs=None), has_damaged_pictures=is_damaged)
            self._remember(key, facts)
        return file, facts if revision.plan is None else begun_as_planned(facts, revision.plan.timeline)

    async def _has_copy(self, revision: RevisionWork) -> bool:
        """With what belongs to it, without which an older service left one. Most sources have none."""
        if await self.objects.head(working_copy_key(revision)) is None:
            return False
        return await self.objects.head(notes_key(revision)) is not None

    async def _header(self, key: str, file: Path) -> Header:
        async with beginning_of(self.folder, file, _HEADER_SECONDS) as beginning:
            return await probe_header(self.sandbox, file, self._clusters.pop(key, None), beginning)

    async def _readable(self, source: Path, header: Header) -> SourceFacts | None:
        """The facts of a source that jobs can read as it is; else ``None``. Raises UnsupportedMedia."""
        if header.video is None or not header.is_seekable:
            return None
        try:
            return await probe_frames(self.sandbox, source, header, header.video)
        except UnsupportedMedia as error:
            if error.message is not NO_TIMES:
                raise
            return None  # Matroska may hold what AVI holds, as it was there

    async def _copied(self, revision: RevisionWork, source: Path, header: Header) -> Path:
        """Makes the working copy and remembers its facts, and what is only known now."""
        source_bytes = (await asyncio.to_thread(source.stat)).st_size
        key = working_copy_key(revision)
        try:
            async with self.folder() as folder:
                copy = await self._early_copy(revision, header)
                if copy is None:
                    copy = await make_working_copy(self.sandbox, source, source_bytes, header, folder)
                    await self._adopt(revision, header, copy)
        except (ToolFailed, HostileOutput, FileNotFoundError) as error:
            message = "This file cannot be read from beginning to end. It seems to be damaged."
            raise UnsupportedMedia(Notice(NoticeCode.UNREADABLE, message)) from error
        file = await self.objects.materialise(key)
        found = copy.facts or await probe(self.sandbox, file, copy.clusters, copy.answer)
        self._remember(key, (await self._notes(revision)).added_to(found))
        return file

    async def _adopt(self, revision: RevisionWork, header: Header, copy: WorkingCopy) -> None:
        """Puts a copy where all workers find it, and first what it does not tell."""
        # What is left out of the copy is still to be told of. That the header's probe found damage is not: a
        # broadcast begins in the middle, with what is left out here.
        has_text = header.video is not None
        left_out = [track for track in header.subtitles if not (has_text and track.is_text)]
        begins_with_sound = CONTAINERS[header.container].begins_with_sound
        notes = SourceNotes(header.is_cut_off, copy.is_damaged, left_out, header.chapters, begins_with_sound)
        await self.objects.create(notes_key(revision), notes.stored())
        await self.objects.adopt(working_copy_key(revision), copy.path)

    async def _notes(self, revision: RevisionWork) -> SourceNotes:
        notes = await self.objects.materialise(notes_key(revision))
        return read_notes(await asyncio.to_thread(notes.read_bytes))

    async def _early_copy(self, revision: RevisionWork, header: Header) -> WorkingCopy | None:
        """Takes one that was made while the source arrived, in the way in which it would be made now."""
        for is_damaged in (False, True):
            early = early_copy_key(revision.source_key, recipe(header), is_damaged=is_damaged)
            await self._looked_at(early)
            if await self.objects.head(early):
                with suppress(KeyError, FileNotFoundError):  # another worker has taken it meanwhile
                    file = await self.objects.materialise(early)
                    clusters, facts = self._clusters.pop(early, None), self._facts.pop(early, None)
                    copy = WorkingCopy(file, is_damaged, clusters, facts=facts)
                    await self._adopt(revision, header, copy)
                    return copy
        return None

    async def keep_early_copy(self, source_key: str, header: Header, copy: WorkingCopy) -> str:
        """For the first job of its source, which will most likely run here as well. Returns its key."""
        key = early_copy_key(source_key, recipe(header), is_damaged=copy.is_damaged)
        await self.objects.adopt(key, copy.path)
        if copy.clusters is not None:
            self.keep_clusters(key, copy.clusters)
        return key

    async def look_at_source(self, key: str) -> None:
        """For its first job, while that is not enqueued yet."""
        with self._looking(key):
            header = await self._header(key, await self.objects.materialise(key))
            while len(self._headers) >= _REMEMBERED_SOURCES:
                del self._headers[next(iter(self._headers))]
            self._headers[key] = header

    async def look_at_early_copy(self, key: str) -> None:
        """For that job as well, while it begins."""
        with self._looking(key):
            file = await self.objects.materialise(key)
            self._remember(key, await probe(self.sandbox, file, self._clusters.pop(key, None)))

    @contextmanager
    def _looking(self, key: str) -> Iterator[None]:
        over = self._looks[key] = asyncio.Event()
        try:
            yield
        except (UnsupportedMedia, KeyError, FileNotFoundError) as reason:
            log.info("the job that needs it looks at it again", reason=str(reason))
        finally:
            del self._looks[key]
            over.set()

    async def _looked_at(self, key: str) -> None:
        if key in self._looks:
            await self._looks[key].wait()

    def keep_clusters(self, key: str, clusters: Clusters) -> None:
        """What has been read of a file, for who will read the rest."""
        self._clusters[key] = clusters
        while sum(kept.pictures for kept in self._clusters.values()) > _REMEMBERED_PICTURES:
            del self._clusters[next(iter(self._clusters))]

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """An empty folder for ffmpeg to write into, which goes with all that is left in it."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.scratch))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def forget_copy(self, revision: RevisionWork) -> None:
        """Once nothing is to be made of it any more."""
        await self.objects.delete_below(working_copy_key(revision).rpartition("/")[0])
        await self.objects.delete_below(early_copies_below(revision.source_key))

    async def forget_copy_when_over(self, revision: RevisionWork) -> None:
        if await self.work.is_over(revision.revision_id):
            await self.forget_copy(revision)

    def _remember(self, key: str, found: SourceFacts) -> None:
        while self._facts and self._is_full(found):
            del self._facts[next(iter(self._facts))]
        self._facts[key] = found

    def _is_full(self, new: SourceFacts) -> bool:
        pictures = sum(len(facts.frames.pts) for facts in (new, *self._facts.values()))
        return len(self._facts) >= _REMEMBERED_SOURCES or pictures > _REMEMBERED_PICTURES


def media_key(revision: RevisionWork, file: str) -> str:
    """Where a file of a revision is published."""
    return f"videos/{revision.video_id}/{revision.revision_id}/{file}"


def segment_key(revision: RevisionWork, rendition: str, segment: int) -> str:
    return media_key(revision, f"{rendition}/{segment:05d}.ts")


async def segment_sizes(objects: Objects, revision: RevisionWork, plan: Plan) -> dict[str, dict[int, int]]:
    """Bytes of each published segment, by rendition and number."""
    prefix = media_key(revision, "")
    sizes: dict[str, dict[int, int]] = {name: {} for name in plan.rendition_names}
    for key, size_bytes in (await objects.sizes(prefix.rstrip("/"))).items():
        rendition, _, file = key.removeprefix(prefix).partition("/")
        if rendition in sizes and file.endswith(".ts"):
            sizes[rendition][int(file.removesuffix(".ts"))] = size_bytes
    return sizes


Payload = Mapping[str, Any]
