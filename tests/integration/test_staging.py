"""Staging on a disk: a file is a prefix of what was sent, and sealed only as a whole."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from video_service.domain.errors import Unavailable, UploadOffsetMismatch
from video_service.domain.stores import Checksum
from video_service.storage.objects import LocalObjects
from video_service.storage.staging import LocalStaging

UPLOAD_ID = "a" * 26


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
        await staging.seal(UPLOAD_ID, "sources/a/original", 10)
    with pytest.raises(Unavailable):
        await append
    staged = await staging.staged(UPLOAD_ID)
    assert staged is not None
    assert staged.length_bytes == 0
    assert not (tmp_path / "sources").exists()
