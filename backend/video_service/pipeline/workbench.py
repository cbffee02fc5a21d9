"""What every job kind works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_service.domain.facts import SourceFacts
from video_service.domain.ports import Objects, RevisionWork, Work
from video_service.pipeline.ffmpeg import Sandbox
from video_service.pipeline.probe import probe

_REMEMBERED_FACTS = 8


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
            while len(self._facts) >= _REMEMBERED_FACTS:
                del self._facts[next(iter(self._facts))]
            self._facts[revision.revision_id] = await probe(self.sandbox, source)
        return self._facts[revision.revision_id]


def media_key(revision: RevisionWork, file: str) -> str:
    """Where a file of a revision is published."""
    return f"videos/{revision.video_id}/{revision.revision_id}/{file}"


def segment_key(revision: RevisionWork, rendition: str, segment: int) -> str:
    return media_key(revision, f"{rendition}/{segment:05d}.ts")


Payload = Mapping[str, Any]
