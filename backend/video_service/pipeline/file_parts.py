"""Some seconds of a long source as a file of their own, for programs that would else read the index of hours,
or the hours, before they tell what it is or make a segment."""

import asyncio
import os
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from math import ceil
from pathlib import Path
from typing import BinaryIO

import structlog

from video_service.domain.container_index import NoIndex
from video_service.domain.facts import SourceFacts
from video_service.domain.file_parts import FilePart
from video_service.domain.matroska_middle import read_middle
from video_service.domain.mp4_beginning import read_beginning

#: A smaller one is read in no time.
_LEAST_INDEX_BYTES = 256 << 10
_PIECE_BYTES = 1 << 20
#: Until when a beginning is worthwhile, and what is read beyond a run of segments: pictures are reordered,
#: filters look ahead, and a copy goes on until the next cut.
_BEGINNING_SECONDS, _MORE_SECONDS = 30.0, 6.0
#: As many as a decoder keeps for reordering, at most, and the next (ITU-T H.264 section A.3.1).
_MORE_PICTURES = 17
MakeFolder = Callable[[], AbstractAsyncContextManager[Path]]
log = structlog.get_logger(__name__)


@asynccontextmanager
async def beginning_of(make_folder: MakeFolder, source: Path, seconds: float) -> AsyncIterator[Path]:
    """A file which is, until this time of the presentation, as good as the source, while the context lasts:
    the source itself where that is read as quickly, or the beginning cannot be told."""
    read = partial(read_beginning, seconds=seconds, least_index_bytes=_LEAST_INDEX_BYTES)
    async with _part_of(make_folder, source, read) as file:
        yield file


@asynccontextmanager
async def part_of_source(
    make_folder: MakeFolder, source: Path, facts: SourceFacts, seek_seconds: float | None, last_seconds: float
) -> AsyncIterator[Path]:
    """A file that is as good as the source from where it is searched for (``None``: the beginning) until this
    time of the video; as ``beginning_of``."""
    until_seconds = facts.start_seconds + last_seconds + _MORE_SECONDS
    if seek_seconds is not None and facts.clusters is not None:
        # Matroska is searched by its pictures, for sound as well, and a time may be a little after the key
        # frame that it means.
        time_base, keyframes = facts.video.time_base, facts.frames.keyframes
        key = keyframes[max(0, bisect_left(keyframes, seek_seconds / time_base) - 1)]
        # How long a picture stays is known only from the next.
        shown = facts.frames.pts
        following = bisect_left(shown, (facts.start_seconds + last_seconds) / time_base) + _MORE_PICTURES
        last = max(ceil(until_seconds / time_base), shown[min(following, len(shown) - 1)])
        read = partial(read_middle, clusters=facts.clusters, from_ticks=key, until_ticks=last)
        part: AbstractAsyncContextManager[Path] = _part_of(make_folder, source, read)
    elif seek_seconds is None and last_seconds <= _BEGINNING_SECONDS and not facts.first_picture_is_held:
        part = beginning_of(make_folder, source, until_seconds)
    else:
        part = nullcontext(source)
    async with part as file:
        yield file


@asynccontextmanager
async def _part_of(
    make_folder: MakeFolder, source: Path, read: Callable[[BinaryIO], FilePart]
) -> AsyncIterator[Path]:
    part = await asyncio.to_thread(_read, source, read)
    if part is None:
        yield source
        return
    async with make_folder() as folder:
        file = folder / "part"
        await asyncio.to_thread(_write, source, file, part)
        yield file


def _read(source: Path, read: Callable[[BinaryIO], FilePart]) -> FilePart | None:
    with source.open("rb", buffering=0) as whole:
        try:
            return read(whole)
        except NoIndex as reason:
            log.debug("the whole is read for a part", reason=str(reason))
            return None


def _write(source: Path, file: Path, part: FilePart) -> None:
    with source.open("rb", buffering=0) as whole, file.open("xb", buffering=0) as out:
        # What is not written takes no room on the disk.
        out.truncate(whole.seek(0, os.SEEK_END))
        for kept in part.kept:
            for at in range(kept.start, kept.stop, _PIECE_BYTES):
                piece = os.pread(whole.fileno(), min(_PIECE_BYTES, kept.stop - at), at)
                os.pwrite(out.fileno(), piece, at)
        for at, other in part.changed.items():
            os.pwrite(out.fileno(), other, at)
