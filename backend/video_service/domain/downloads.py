"""Downloads: a video as one MP4 file, made when somebody first asks for it, kept while people ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from video_service.domain.plan import Plan
from video_service.domain.ports import RevisionWork

#: In place of an audio rendition's name.
NO_SOUND = ""


class DownloadState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Download:
    """A file that somebody asked for."""

    id: str
    state: DownloadState
    size_bytes: int
    """0 until it is done."""


@dataclass(frozen=True)
class DownloadWork:
    """A download that a worker has begun."""

    id: str
    revision: RevisionWork
    audio: str
    """Name of a rendition, or NO_SOUND."""
    attempt: int
    """1 for the first."""


class Downloads(Protocol):
    """The rows, for who asks. Each method is one transaction."""

    async def ask(self, revision_id: str, audio: str) -> Download | None:
        """The download, which is ordered where it does not exist; ``None`` where the revision does not."""


class DownloadJobs(Protocol):
    """The rows, for who makes the files. Each method is one transaction."""

    async def begin(self, download_id: str) -> DownloadWork | None:
        """Counts the attempt. ``None`` where nobody wants it any more, or it has ended."""

    async def take_back(self, download_id: str) -> None:
        """This beginning does not count: it was not to blame that it came to no end."""

    async def done(self, download_id: str, size_bytes: int) -> None:
        """Those who wait for it hear of it."""

    async def failed(self, download_id: str, log: str) -> int:
        """Counts and returns the failures, from 1; the log is kept for operators."""

    async def given_up(self, download_id: str, log: str) -> None:
        """After its last attempt."""


def download_file(download_id: str) -> str:
    """Its name among the files of its revision."""
    return f"download/{download_id}.mp4"


def best_whole_rung(plan: Plan, sizes_bytes: Mapping[str, Mapping[int, int]]) -> str | None:
    """The best rung of which no segment is missing; ``None`` where every rung has a gap."""
    count = plan.timeline.segment_count
    return next((rung.name for rung in plan.rungs if len(sizes_bytes[rung.name]) == count), None)
