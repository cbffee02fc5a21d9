"""Staging on a disk: a file is a prefix of what was sent, and sealed only as a whole."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from video_service.domain.errors import Unavailable, UploadOffsetMismatch
from video_service.domain.stores import Checksum
from video_service.storage.objects import LocalObjects
from video_service.storage.staging import LocalStaging

UPLOAD_ID = "a" * 26

#: A process that may write files of six bytes, until the second piece has been dealt with.
_WHERE_ROOM_IS_SHORT = """
import asyncio, resource, sys
from pathlib import Path
from video_service.domain.errors import Unavailable
from video_service.storage.objects import LocalObjects
from video_service.storage.staging import LocalStaging

def leave_room(size_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))

async def pieces():
    leave_room(6)
    yield b"1234"
    yield b"5678"
    leave_room(1000)
    yield b"90"

async def main(root, upload_id):
    staging = LocalStaging(root, LocalObjects(root))
    await staging.create(upload_id)
    try:
        await staging.append(upload_id, 0, pieces(), limit_bytes=10, checksum=None)
    except Unavailable as error:
        print(type(error.__cause__))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def test_a_disk_that_takes_a_part_leaves_no_gap(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WHERE_ROOM_IS_SHORT, str(tmp_path), UPLOAD_ID]
    told = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True).stdout
    assert (tmp_path / "staging" / UPLOAD_ID).read_bytes() == b"123456"
    assert told.strip() == "<class 'OSError'>"


async def test_sealing_does_not_shorten_what_it_interrupts(tmp_path: Path) -> None:
    """The append that it ends takes its bytes back: what is left is not the source."""
    staging = LocalStaging(tmp_path, LocalObjects(tmp_path))
    await staging.create(UPLOAD_ID)
    all_are_written, never = asyncio.Event(), asyncio.Event()

    async def without_an_end() -> AsyncIterator[bytes]:
        yield b"1234567890"
        all_are_written.set()
        await never.wait()

    checksum = Checksum("sha256", hashlib.sha256(b"1234567890").digest())
    append = asyncio.ensure_future(
        staging.append(UPLOAD_ID, 0, without_an_end(), limit_bytes=10, checksum=checksum)
    )
    await all_are_written.wait()
    with pytest.raises(UploadOffsetMismatch):
        await staging.seal(UPLOAD_ID, 10)
    with pytest.raises(Unavailable):
        await append
    staged = await staging.staged(UPLOAD_ID)
    assert staged is not None
    assert staged.length_bytes == 0
    assert not (tmp_path / "sources").exists()
