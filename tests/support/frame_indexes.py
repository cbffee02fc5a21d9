"""When the pictures of a file are shown, told by its own index and by its packets."""

from pathlib import Path

import pytest

from video_service.domain.frames import FrameIndex
from video_service.pipeline import probe as probing
from video_service.pipeline.ffprobe import Ffprobe
from video_service.pipeline.sandbox import PLAIN


async def told_both_ways(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FrameIndex, FrameIndex]:
    """By the index, while nobody can read packets, and by the packets. The file must be seekable."""
    header = await probing.probe_header(PLAIN, path)
    assert header.is_seekable
    assert header.video is not None
    with monkeypatch.context() as patch:
        patch.setattr(probing, "_indexed", lambda *_: None)
        packets = (await probing.probe_frames(PLAIN, path, header, header.video)).frames
    monkeypatch.setattr(Ffprobe, "frames", None)
    return (await probing.probe_frames(PLAIN, path, header, header.video)).frames, packets
