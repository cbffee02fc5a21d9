"""Folders for half-made files, each a worker's own, on a disk that workers in other containers may use too:
neither a host's name nor a process's number says whose a folder is, or whether that one lives."""

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

_LOCK = ".lock"
#: What has no lock is from before there were any.
_UNLOCKED_SECONDS = 24 * 60 * 60.0


@asynccontextmanager
async def own_scratch(parent: Path) -> AsyncIterator[Path]:
    """A new folder, which goes when the context ends. Those of workers that died go first, with programs
    that still work in them, or stand still there."""
    await asyncio.to_thread(_sweep, parent)
    lock, folder = await asyncio.to_thread(_new, parent)
    # Programs do not inherit it (PEP 446), so it ends with this process, however that ends.
    with lock:
        try:
            yield folder
        finally:
            await asyncio.to_thread(_remove, folder)


def _new(parent: Path) -> tuple[BinaryIO, Path]:
    """Locked before it is made: who sweeps does not find it without an owner."""
    while True:
        descriptor, name = tempfile.mkstemp(_LOCK, f"{os.getpid()}-", parent)
        lock = os.fdopen(descriptor, "r+b")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            break
        lock.close()  # it was swept away before it was locked
    folder = Path(name.removesuffix(_LOCK))
    folder.mkdir()
    return lock, folder


def _sweep(parent: Path) -> None:
    parent.mkdir(parents=True, exist_ok=True)
    for path in parent.iterdir():
        # It goes by itself, another worker sweeps as well, or it is another user's.
        with suppress(FileNotFoundError, PermissionError):
            if path.suffix != _LOCK:
                _sweep_unlocked(path)
                continue
            with path.open("r+b") as lock, suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end_programs(path.with_suffix(""))
                _remove(path.with_suffix(""))


def _sweep_unlocked(folder: Path) -> None:
    is_old = folder.stat().st_mtime < time.time() - _UNLOCKED_SECONDS
    if is_old and not _lock_of(folder).exists():
        _end_programs(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path) -> None:
    """As long as anything of it is left, the lock that tells whose it is stays too."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _end_programs(folder: Path) -> None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # gone meanwhile, or somebody else's
            # A box that lost its worker while it was being built may be anywhere, but was told of the folder.
            told = process.cmdline() if process.name() == "bwrap" else []
            places = map(Path, (process.cwd(), *told))
            if any(place.is_relative_to(own) for place in places for own in (folder, folder.resolve())):
                process.kill()
