"""The object store on a local disk."""

import asyncio
import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError
from obstore.store import LocalStore

from video_service.domain.ports import NoSuchObject, ObjectInfo

#: As Rust writes what the system answered (std::io::Error).
_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")


class LocalObjects:
    """Implements :class:`video_service.domain.ports.Objects` below one folder.

    obstore writes atomically and decides who is first. Reads go past it: a
    page-cached ``preadv`` costs a tenth of its thread hop.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._store = LocalStore(str(root), automatic_cleanup=True)

    async def create(self, key: str, content: bytes | Path) -> bool:
        with _system_errors():
            try:
                # A multipart put cannot be create-only, so the object goes in one piece.
                await obstore.put_async(self._store, key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if await self.head(key) is not None:
                    return False
                await obstore.put_async(self._store, key, content)
        return True

    async def adopt(self, key: str, file: Path) -> bool:
        return await asyncio.to_thread(_adopt, file, self._path(key))

    async def replace(self, key: str, content: bytes) -> None:
        with _system_errors():
            await obstore.put_async(self._store, key, content)

    async def rename(self, source_key: str, key: str) -> None:
        """Moves an object. Raises FileNotFoundError where there is none."""
        await obstore.rename_async(self._store, source_key, key)

    async def head(self, key: str) -> ObjectInfo | None:
        try:
            meta = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return None
        if not meta["size"]:
            return None
        etag = meta["e_tag"]
        assert etag is not None, "the local store always has entity tags"
        return ObjectInfo(meta["size"], etag, meta["last_modified"])

    async def read(self, key: str, start: int, length: int) -> bytes:
        path = self._path(key)
        try:
            return _read_cached(path, start, length)
        except BlockingIOError:
            return await asyncio.to_thread(_read, path, start, length)
        except FileNotFoundError as error:
            raise NoSuchObject(key) from error

    async def sizes(self, prefix: str) -> dict[str, int]:
        found = {
            meta["path"]: meta["size"] async for page in obstore.list(self._store, prefix) for meta in page
        }
        return {key: size_bytes for key, size_bytes in found.items() if size_bytes}

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def delete_below(self, prefix: str) -> None:
        # With what obstore does not list: what it was writing when its process was killed.
        await asyncio.to_thread(_delete_folder, self._path(prefix.rstrip("/")), self._root)

    async def materialise(self, key: str) -> Path:
        path = self._path(key)
        if not await asyncio.to_thread(path.is_file):
            raise NoSuchObject(key)
        return path

    async def materialise_below(self, prefix: str) -> Path:
        path = self._path(prefix)
        if not await asyncio.to_thread(path.is_dir):
            raise NoSuchObject(prefix)
        return path

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise KeyError(key)
        return self._root.joinpath(*parts)


@contextmanager
def _system_errors() -> Iterator[None]:
    """obstore tells in words alone what the system answered: whether the disk is full is to be seen."""
    try:
        yield
    except GenericError as error:
        answered = _SYSTEM_ERROR.search(str(error))
        if answered is None:
            raise
        number = int(answered[1])
        raise OSError(number, os.strerror(number)) from error


def _adopt(file: Path, path: Path) -> bool:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _move(file, path)
        except FileNotFoundError:
            # Who deletes a folder takes those around it along that are empty, as this one is.
            if not file.exists():
                raise


def _move(file: Path, path: Path) -> bool:
    try:
        return _link(file, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    # As obstore names what it is writing: it does not list that, and it goes with its folder.
    copy = path.with_name(f"{path.name}#{secrets.randbits(64)}")
    try:
        shutil.copyfile(file, copy, follow_symlinks=False)
        is_new = _link(copy, path)
    finally:
        copy.unlink(missing_ok=True)
    if is_new:
        file.unlink()
    return is_new


def _link(file: Path, path: Path) -> bool:
    """Unlike a rename, a link takes nobody's place."""
    try:
        os.link(file, path, follow_symlinks=False)
    except FileExistsError:
        if path.stat().st_size:
            return False
        file.replace(path)
    else:
        file.unlink()
    return True


def _delete_folder(folder: Path, root: Path) -> None:
    """And the folders around it that are empty then. What another process writes there meanwhile may stay."""

    def tell(_: object, __: str, failed: tuple[type[BaseException], BaseException, object]) -> None:
        error = failed[1]
        if not (isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.ENOTEMPTY)):
            raise error

    shutil.rmtree(folder, onerror=tell)
    for around in folder.parents:
        if around == root:
            return
        try:
            around.rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            return


def _read_cached(path: Path, start: int, length: int) -> bytes:
    """Raises BlockingIOError where the disk would have to be waited for."""
    nowait = getattr(os, "RWF_NOWAIT", None)
    if nowait is None:
        raise BlockingIOError(errno.EAGAIN, "no non-blocking reads on this system")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        buffer = bytearray(length)
        count = os.preadv(descriptor, [buffer], start, nowait)
        if count < min(length, os.fstat(descriptor).st_size - start):
            raise BlockingIOError(errno.EAGAIN, "only a part is cached")
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            raise BlockingIOError(errno.EAGAIN, "not supported by this file system") from error
        raise
    finally:
        os.close(descriptor)
    return bytes(memoryview(buffer)[:count])


def _read(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        return os.pread(file.fileno(), length, start)
