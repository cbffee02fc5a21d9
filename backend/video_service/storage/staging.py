"""Staging on a local disk: one file for each upload. Its length is the upload's offset.

The folder lies within the object store's, on the same file system, so that sealing is a rename.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar, cast

from video_service.domain.errors import (
    ChecksumMismatch,
    InvalidInput,
    NotFound,
    TooLarge,
    Unavailable,
    UploadOffsetMismatch,
)
from video_service.domain.stores import Checksum, Staged, source_key

Result = TypeVar("Result")

_ALGORITHMS = ("sha1", "sha256")


class Store(Protocol):
    """The object store below the same root."""

    async def rename(self, source_key: str, key: str) -> None: ...

    async def delete_below(self, prefix: str) -> None: ...


class _Turn:
    """One call working on an upload; a newer one for the same upload ends it."""

    def __init__(self) -> None:
        self.superseded = asyncio.Event()
        self.over = asyncio.Event()


class LocalStaging:
    """Implements :class:`video_service.domain.stores.Staging` below ``root / "staging"``."""

    def __init__(self, root: Path, store: Store) -> None:
        self._root = root
        self._folder = root / "staging"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._turns: dict[str, _Turn] = {}
        #: Where an append with a checksum began, as long as it runs: it may take back all that follows.
        self._vouched_bytes: dict[str, int] = {}

    async def create(self, upload_id: str) -> None:
        path = self._path(upload_id)
        await asyncio.to_thread(path.touch, 0o640, exist_ok=False)

    async def staged(self, upload_id: str) -> Staged | None:
        path = self._path(upload_id)
        # Both are looked at in one go: in between, an append could begin or take back what it wrote.
        staged, vouched_bytes = _staged(path), self._vouched_bytes.get(upload_id)
        if staged is None:
            return None
        try:
            # What is reported counts as acknowledged, so it has to be on the disk first.
            await asyncio.to_thread(_sync, path)
        except FileNotFoundError:
            return None
        return staged if vouched_bytes is None else replace(staged, length_bytes=vouched_bytes)

    async def beginning(self, upload_id: str, most_bytes: int) -> bytes:
        try:
            return await asyncio.to_thread(_read, self._path(upload_id), most_bytes)
        except FileNotFoundError:
            return b""

    async def idle_since(self, before: datetime) -> Collection[str]:
        return await asyncio.to_thread(_older_files, self._folder, before.timestamp())

    async def append(
        self,
        upload_id: str,
        offset_bytes: int,
        pieces: AsyncIterator[bytes],
        *,
        limit_bytes: int,
        checksum: Checksum | None,
    ) -> None:
        if checksum is not None and checksum.algorithm not in _ALGORITHMS:
            raise InvalidInput("checksum_algorithm", f"must be one of {', '.join(_ALGORITHMS)}")
        async with self._alone(upload_id) as superseded:
            try:
                file = await _unbroken(_open, self._path(upload_id), offset_bytes)
                if checksum is not None:
                    self._vouched_bytes[upload_id] = offset_bytes
                try:
                    writer = _Writer(file, offset_bytes, limit_bytes, checksum)
                    await _write_all(writer, pieces, superseded)
                finally:
                    self._vouched_bytes.pop(upload_id, None)
                    await _unbroken(_sync_and_close, file)
            except OSError as error:
                raise Unavailable("The bytes cannot be stored just now.") from error

    async def seal(self, upload_id: str, size_bytes: int) -> int:
        source = self._root / source_key(upload_id)
        async with self._alone(upload_id):
            try:
                # Whose turn ended just now may have taken back what it wrote.
                await asyncio.to_thread(_sync_whole, self._path(upload_id), size_bytes)
                await self._store.rename(f"staging/{upload_id}", source_key(upload_id))
            except FileNotFoundError:
                if not await asyncio.to_thread(source.is_file):
                    raise NotFound("There is no such upload.") from None
            for folder in (self._folder, source.parent):
                await asyncio.to_thread(_sync, folder)
            return (await asyncio.to_thread(source.stat)).st_size

    async def discard(self, upload_id: str) -> None:
        async with self._alone(upload_id):
            await asyncio.to_thread(self._path(upload_id).unlink, missing_ok=True)
            # Whose turn ended just now may have sealed it.
            await self._store.delete_below(source_key(upload_id).rpartition("/")[0])

    @asynccontextmanager
    async def _alone(self, upload_id: str) -> AsyncIterator[asyncio.Event]:
        """Ends whoever works on this upload, then keeps it until a newer call says otherwise:
        then the event is set."""
        mine = _Turn()
        older, self._turns[upload_id] = self._turns.get(upload_id), mine
        try:
            if older is not None:
                older.superseded.set()
                await older.over.wait()
            yield mine.superseded
        finally:
            mine.over.set()
            if self._turns.get(upload_id) is mine:
                del self._turns[upload_id]

    def _path(self, upload_id: str) -> Path:
        if not re.fullmatch(r"[a-z2-7]{26}", upload_id):
            raise NotFound("There is no such upload.")
        return self._folder / upload_id


async def _write_all(writer: "_Writer", pieces: AsyncIterator[bytes], superseded: asyncio.Event) -> None:
    """Writes until the pieces end, break off, or a newer call takes the upload over."""
    complete = False
    newer = asyncio.ensure_future(superseded.wait())
    try:
        while True:
            piece = asyncio.ensure_future(_next(pieces))
            try:
                await asyncio.wait((piece, newer), return_when=asyncio.FIRST_COMPLETED)
                if newer.done():
                    raise Unavailable("A newer request continues this upload.")
                data = piece.result()
            finally:
                piece.cancel()
                await asyncio.wait((piece,))
            if data is None:
                break
            await _unbroken(writer.write, data)
        complete = True
    finally:
        newer.cancel()
        await _unbroken(writer.end, complete)


class _Writer:
    """One append to an open file. Everything here blocks."""

    def __init__(
        self, file: BinaryIO, offset_bytes: int, limit_bytes: int, checksum: Checksum | None
    ) -> None:
        self._file = file
        self._first = offset_bytes
        self._next = offset_bytes
        self._limit_bytes = limit_bytes
        self._checksum = checksum
        self._digest = None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)

    def write(self, data: bytes) -> None:
        """Raises TooLarge, and writes nothing of these bytes, where they pass the limit."""
        if self._next + len(data) > self._limit_bytes:
            raise TooLarge(self._limit_bytes)
        if self._digest is not None:
            self._digest.update(data)
        rest = memoryview(data)
        while rest:
            # A disk that gets full takes a part, and says that it is full only when asked again.
            rest = rest[self._file.write(rest) :]
        self._next += len(data)

    def end(self, complete: bool) -> None:
        """Takes back what cannot be vouched for: with a checksum, it is all or nothing.

        Raises ChecksumMismatch.
        """
        if self._checksum is None or self._digest is None:
            return
        if not complete or self._digest.digest() != self._checksum.digest:
            self._file.truncate(self._first)
            if complete:
                raise ChecksumMismatch


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def _unbroken(function: Callable[..., Result], *arguments: object) -> Result:
    """Runs in a thread, to the end even when the caller is cancelled: a thread cannot be stopped,
    and what it writes after its file was handed on would be lost or out of place."""
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait((work,))
        raise


def _open(path: Path, offset_bytes: int) -> BinaryIO:
    try:
        # Unbuffered: a write that returned is in the file.
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        raise NotFound("There is no such upload.") from None
    length = file.seek(0, os.SEEK_END)
    if length != offset_bytes:
        file.close()
        raise UploadOffsetMismatch(length)
    return cast(BinaryIO, file)


def _sync_and_close(file: BinaryIO) -> None:
    with file:
        os.fdatasync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_whole(path: Path, size_bytes: int) -> None:
    """Raises UploadOffsetMismatch for any other size."""
    length_bytes = path.stat().st_size
    if length_bytes != size_bytes:
        raise UploadOffsetMismatch(length_bytes)
    _sync(path)


def _read(path: Path, most_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most_bytes)


def _staged(path: Path) -> Staged | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return Staged(status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _older_files(folder: Path, before: float) -> list[str]:
    found = []
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):  # sealed or given up meanwhile
            if entry.stat().st_mtime < before:
                found.append(entry.name)
    return found
