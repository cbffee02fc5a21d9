"""Reading uploads while they arrive."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from video_service.domain.early_copies import BrokenOff, Look
from video_service.domain.stores import source_key

_PIECE_BYTES = 1 << 20
#: How often who has read everything looks for more: what the first picture may be later by.
_LOOK_SECONDS = 0.05
#: Who uploads has lost the connection, and may not come back today.
_PATIENCE_SECONDS = 60.0

New = TypeVar("New")


class LocalArrivals:
    """Implements :class:`video_service.domain.early_copies.Arrivals` for what
    :class:`video_service.storage.staging.LocalStaging` stages, from any process."""

    def __init__(self, root: Path, *, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._root = root
        self._patience_seconds = patience_seconds

    async def file(self, upload_id: str) -> Path:
        return await asyncio.to_thread(self._found, upload_id)

    async def pieces(self, upload_id: str, look: Look) -> AsyncGenerator[bytes, None]:
        read_bytes = 0

        def read(file: BinaryIO, _: bool) -> bytes:
            nonlocal read_bytes
            piece: bytes = file.read(_PIECE_BYTES)
            read_bytes += len(piece)
            return piece

        # Who reads may stand still, and must go on then.
        looking = asyncio.ensure_future(self._look(upload_id, lambda: read_bytes, look))
        try:
            async with aclosing(self._new(upload_id, read)) as new:
                async for piece in new:
                    yield piece
            look(0, True)
        finally:
            looking.cancel()

    def growing(self, upload_id: str) -> AsyncGenerator[BinaryIO, None]:
        seen_bytes = 0

        def grown(file: BinaryIO, is_sealed: bool) -> BinaryIO | None:
            nonlocal seen_bytes
            size_bytes = file.seek(0, os.SEEK_END)
            if size_bytes - seen_bytes < (1 if is_sealed else _PIECE_BYTES):
                return None
            seen_bytes = size_bytes
            return file

        return self._new(upload_id, grown)

    async def _look(self, upload_id: str, read_bytes: Callable[[], int], look: Look) -> None:
        with suppress(BrokenOff), await asyncio.to_thread(self._opened, upload_id) as file:
            is_all = False
            while not is_all:
                is_all = await asyncio.to_thread(self._is_sealed, upload_id, file)
                look(os.fstat(file.fileno()).st_size - read_bytes(), is_all)
                await asyncio.sleep(_LOOK_SECONDS)

    async def _new(
        self, upload_id: str, take: Callable[[BinaryIO, bool], New | None]
    ) -> AsyncGenerator[New, None]:
        """What is taken of the file, given whether all of it is there: something, until nothing is new."""
        # Sealing renames it, and an open file stays the same one.
        with await asyncio.to_thread(self._opened, upload_id) as file:
            last = time.monotonic()
            while True:
                # First: what is read after the last byte has arrived is all there is.
                is_sealed = await asyncio.to_thread(self._is_sealed, upload_id, file)
                if new := await asyncio.to_thread(take, file, is_sealed):
                    yield new
                    last = time.monotonic()
                elif is_sealed:
                    return
                elif time.monotonic() - last > self._patience_seconds:
                    raise BrokenOff("nothing came for a while")
                else:
                    await asyncio.sleep(_LOOK_SECONDS)

    def _opened(self, upload_id: str) -> BinaryIO:
        for path in self._places(upload_id):
            with suppress(FileNotFoundError):
                return cast(BinaryIO, path.open("rb", buffering=0))
        raise BrokenOff("the upload is gone")

    def _found(self, upload_id: str) -> Path:
        for path in self._places(upload_id):
            if path.is_file():
                return path
        raise BrokenOff("the upload is gone")

    def _places(self, upload_id: str) -> tuple[Path, Path]:
        """It moves from the first to the second."""
        return self._root / "staging" / upload_id, self._root / source_key(upload_id)

    def _is_sealed(self, upload_id: str, file: BinaryIO) -> bool:
        if os.fstat(file.fileno()).st_nlink == 0:
            raise BrokenOff("the upload was given up")
        return not (self._root / "staging" / upload_id).exists()
