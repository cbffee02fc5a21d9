"""What every job kind works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_service.domain.facts import SourceFacts
from video_service.domain.ports import Objects, RevisionWork, Work
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import Sandbox

_REMEMBERED_SOURCES = 8
#: Of all of them together; each takes eight bytes.
_REMEMBERED_PICTURES = 10_000_000


@dataclass(frozen=True)
class Workbench:
    """The ports, the box, and a folder for half-made files on the store's file system."""

    work: Work
    objects: Objects
    sandbox: Sandbox
    scratch: Path
    _facts: dict[str, SourceFacts]

    @classmethod
    def make(cls, work: Work, objects: Objects, sandbox: Sandbox, scratch: Path) -> "Workbench":
        return cls(work, objects, sandbox, scratch, {})

    async def facts(self, revision: RevisionWork, source: Path) -> SourceFacts:
        """The source's facts. A worker that makes many chunks of one source probes it once.

        Raises UnsupportedMedia.
        """
        if revision.revision_id not in self._facts:
            found = await probe(self.sandbox, source)
            while self._facts and self._is_full(found):
                del self._facts[next(iter(self._facts))]
            self._facts[revision.revision_id] = found
        return self._facts[revision.revision_id]

    def _is_full(self, new: SourceFacts) -> bool:
        pictures = sum(len(facts.frames.pts) for facts in (new, *self._facts.values()))
        return len(self._facts) >= _REMEMBERED_SOURCES or pictures > _REMEMBERED_PICTURES


def media_key(revision: RevisionWork, file: str) -> str:
    """Where a file of a revision is published."""
    return f"videos/{revision.video_id}/{revision.revision_id}/{file}"


def segment_key(revision: RevisionWork, rendition: str, segment: int) -> str:
    return media_key(revision, f"{rendition}/{segment:05d}.ts")


Payload = Mapping[str, Any]
