"""The first seconds of a long source as a file of their own, for programs that would else read the index of
hours before they tell what it is or make the first segment."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import structlog

from video_service.domain.container_index import NoIndex
from video_service.domain.mp4_beginning import Beginning, read_beginning

#: A smaller one is read in no time.
_LEAST_INDEX_BYTES = 256 << 10
_PIECE_BYTES = 1 << 20
log = structlog.get_logger(__name__)


@asynccontextmanager
async def beginning_of(
    make_folder: Callable[[], AbstractAsyncContextManager[Path]], source: Path, seconds: float
) -> AsyncIterator[Path]:
    """A file which is, until this time of the presentation, as good as the source, while the context lasts:
    the source itself where that is read as quickly, or the beginning cannot be told."""
    beginning = await asyncio.to_thread(_read, source, seconds)
    if beginning is None:
        yield source
        return
    async with make_folder() as folder:
        file = folder / "beginning"
        await asyncio.to_thread(_write, source, file, beginning)
        yield file


def _read(source: Path, seconds: float) -> Beginning | None:
    with source.open("rb", buffering=0) as whole:
        try:
            return read_beginning(whole, seconds, _LEAST_INDEX_BYTES)
        except NoIndex as reason:
            log.debug("the whole index is read for the beginning", reason=str(reason))
            return None


def _write(source: Path, file: Path, beginning: Beginning) -> None:
    with source.open("rb", buffering=0) as whole, file.open("xb", buffering=0) as out:
        # What is not written takes no room on the disk.
        out.truncate(whole.seek(0, os.SEEK_END))
        for kept in beginning.kept:
            for at in range(kept.start, kept.stop, _PIECE_BYTES):
                piece = os.pread(whole.fileno(), min(_PIECE_BYTES, kept.stop - at), at)
                os.pwrite(out.fileno(), piece, at)
        for at, number in beginning.changed.items():
            os.pwrite(out.fileno(), number, at)
