"""The first seconds of a long source as a file of their own, for programs that would else read the index of
hours before they make the first segment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from video_service.domain.container_index import NoIndex
from video_service.domain.facts import SourceFacts
from video_service.domain.mp4_beginning import read_beginning
from video_service.pipeline.workbench import Workbench

#: With fewer, the index is read in no time.
_MANY_PICTURES = 20_000
#: What is read beyond a run of segments: pictures are reordered, filters look ahead, and a copy goes on until
#: the next cut.
_MORE_SECONDS = 6.0
_LONGEST_SECONDS = 30.0
_PIECE_BYTES = 1 << 20
log = structlog.get_logger(__name__)


@asynccontextmanager
async def beginning_of(
    bench: Workbench, source: Path, facts: SourceFacts, seconds: float
) -> AsyncIterator[Path]:
    """A file from which the source's first seconds are made as from itself, while the context lasts: the
    source itself where that is as good."""
    is_short = len(facts.frames.pts) < _MANY_PICTURES
    if facts.container != "mov" or is_short or seconds > _LONGEST_SECONDS or facts.first_picture_is_held:
        yield source
        return
    async with bench.folder() as folder:
        file = folder / "beginning.mp4"
        try:
            await asyncio.to_thread(_write, source, file, facts.start_seconds + seconds + _MORE_SECONDS)
        except NoIndex as reason:
            log.info("the whole index is read for the beginning", reason=str(reason))
            file = source
        yield file


def _write(source: Path, file: Path, seconds: float) -> None:
    """Raises NoIndex."""
    with source.open("rb", buffering=0) as whole, file.open("xb") as out:
        beginning = read_beginning(whole, seconds)
        out.write(beginning.header)
        whole.seek(beginning.data.start)
        left = len(beginning.data)
        while left and (piece := whole.read(min(left, _PIECE_BYTES))):
            out.write(piece)
            left -= len(piece)
