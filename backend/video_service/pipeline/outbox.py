"""What a confined program has written. Its folder is in hostile hands: a link in it may point
anywhere, so no name is followed and nothing but plain files of bounded size is read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

#: The folder itself, one for each rendition, and nothing below.
_MAX_DEPTH = 2
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without O_NONBLOCK, opening a pipe would wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class HostileOutput(Exception):
    """Something lies in the folder that no honest program puts there."""


@dataclass(frozen=True)
class Used:
    """How much a folder holds. Counting stops where it is more than anyone may have."""

    files: int
    size_bytes: int


def take(folder: Path, name: str, most_bytes: int) -> bytes:
    """Reads a file, named relative to the folder, and removes it.

    Raises HostileOutput, FileNotFoundError.
    """
    *parents, file = name.split("/")
    with _opened(folder, parents) as parent:
        with _reading(parent, file) as opened:
            content = opened.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise HostileOutput(f"{name} is larger than {most_bytes} bytes")
        os.unlink(file, dir_fd=parent)
    return content


@contextmanager
def half_made(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A file in the folder that is still being written. Raises HostileOutput, FileNotFoundError."""
    with _opened(folder, []) as parent, _reading(parent, name) as opened:
        yield opened


def keep(folder: Path, name: str) -> Path:
    """Where a file lies that is too large to be read, once nobody is left who could exchange it.

    Raises HostileOutput, FileNotFoundError.
    """
    with _opened(folder, []) as parent:
        if not stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise HostileOutput(f"{name} is no file")
    return folder / name


def names(folder: Path, inner: str, suffix: str) -> list[str]:
    """Names with this suffix in a folder of the folder, sorted. Raises HostileOutput."""
    with _opened(folder, [inner]) as descriptor:
        return sorted(name for name in os.listdir(descriptor) if name.endswith(suffix))


def used(folder: Path, most_files: int) -> Used:
    """What lies below a folder. One that cannot be looked into counts as too many files."""
    files = size_bytes = 0
    waiting = [(folder, 1)]
    while waiting:
        current, depth = waiting.pop()
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    files += 1
                    if files > most_files or depth > _MAX_DEPTH:
                        return Used(most_files + 1, size_bytes)
                    facts = entry.stat(follow_symlinks=False)
                    size_bytes += facts.st_blocks * 512
                    if stat.S_ISDIR(facts.st_mode):
                        waiting.append((Path(entry.path), depth + 1))
        except FileNotFoundError:
            continue  # renamed or removed while we looked
        except PermissionError:
            return Used(most_files + 1, size_bytes)
    return Used(files, size_bytes)


@contextmanager
def _reading(parent: int, name: str) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(name, _FILE, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:  # a link, a socket
        raise HostileOutput(f"{name}: {error.strerror}") from error
    with os.fdopen(descriptor, "rb", buffering=0) as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise HostileOutput(f"{name} is no file")
        yield cast(BinaryIO, opened)


@contextmanager
def _opened(folder: Path, parents: list[str]) -> Iterator[int]:
    """A descriptor of a folder below the folder, reached without following a link."""
    descriptor = os.open(folder, _FOLDER)
    try:
        for name in parents:
            try:
                inner = os.open(name, _FOLDER, dir_fd=descriptor)
            except OSError as error:
                raise HostileOutput(f"{name}: {error.strerror}") from error
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)
