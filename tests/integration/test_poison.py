"""Chunks that cannot be made: three attempts, the reason kept, and a video that plays nevertheless."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import numpy as np
import pytest

from playhead.video.v1 import video_pb2
from tests.support.boxes import wiped
from tests.support.clips import NOISY, barcode_clip, read_barcodes
from tests.support.decoding import heard, packets
from tests.support.house import House, WorkerDied
from tests.support.video_service import Running
from video_service.domain.attempts import MAX_BEGINNINGS
from video_service.domain.facts import DAMAGED
from video_service.domain.plan import Lane
from video_service.pipeline import chunk_job, finish_job, poster_job, probe_job
from video_service.pipeline.ffmpeg import ToolFailed, detect_sandbox
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.workbench import Workbench
from video_service.repository.queue import Handler, Queue
from video_service.storage.objects import LocalObjects

#: A box that cannot be built, so every program ends at once.
BROKEN = Sandbox(("--no-such-option",))
#: 1024 samples of 48 kHz in 1/90000 s.
AAC_STEP = 1920


async def made(service: Running, folder: Path, source: Path, poison: int | None = None) -> video_pb2.Video:
    """A video that a worker has finished; ``poison``: the position of a chunk that cannot be made."""
    video = await service.uploaded("ada", await asyncio.to_thread(source.read_bytes))
    objects = LocalObjects(service.settings.objects)
    (folder / "scratch").mkdir()
    bench = Workbench.make(service.work, objects, await detect_sandbox("auto"), folder / "scratch")
    stop = asyncio.Event()

    async def chunk(payload: Mapping[str, Any]) -> None:
        is_poison = payload["index"] == poison
        await chunk_job.run(replace(bench, sandbox=BROKEN) if is_poison else bench, payload)

    async def finish(payload: Mapping[str, Any]) -> None:
        await finish_job.run(bench, payload)
        stop.set()

    handlers: dict[str, Handler] = {"finish": finish}
    for name in ("chunk_front", "chunk_express", "chunk_audio", "chunk_ladder"):
        handlers[name] = chunk
    handlers["probe"] = lambda payload: probe_job.run(bench, payload)
    handlers["enqueue_rest"] = lambda payload: service.work.enqueue_rest(payload["revision_id"])
    handlers["poster"] = lambda payload: poster_job.run(bench, payload)
    async with Queue.connect(service.database_url) as queue, asyncio.timeout(120):
        await queue.run_slot(handlers, stop)
    return await service.get("ada", video.id)


async def test_a_chunk_that_cannot_be_made_costs_its_part_only(service: Running, tmp_path: Path) -> None:
    source = barcode_clip(tmp_path / "source.mkv", seconds=12, size=(320, 180), codec="mpeg4")
    seen = await made(service, tmp_path, source, poison=1)
    assert (seen.state, seen.playable) == (video_pb2.VIDEO_STATE_READY, True)
    [warning] = seen.warnings
    assert "A part of the picture" in warning
    log = await service.fetchval("SELECT log FROM revisions")
    assert re.findall(r"chunk (\d+) given up: failed 3 times", log) == ["1"]
    failures = re.findall(r"chunk 1, failure (\d+): (.+)", log)
    assert [number for number, _ in failures] == ["1", "2", "3"]
    assert all(reason for _, reason in failures)


def undecodable(source: Path) -> bytes:
    """The same packets, said to be MPEG-H sound, which ffmpeg has no decoder for."""
    return source.read_bytes().replace(b"mp4a", b"mhm1").replace(b"esds", b"free")


async def test_a_video_whose_sound_cannot_be_decoded_is_silent(service: Running, tmp_path: Path) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=5, size=(320, 180))
    source.write_bytes(undecodable(source))
    seen = await made(service, tmp_path, source)
    assert (seen.state, seen.playable) == (video_pb2.VIDEO_STATE_READY, True)
    assert list(seen.warnings) == ["A part of the sound from 0 s on could not be converted."]
    assert "chunk 1 given up: failed 3 times" in await service.fetchval("SELECT log FROM revisions")


async def test_silence_joins_the_sound_before_it_without_a_hole(tmp_path: Path) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=10, size=(320, 180))
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    plan = await house.probe()
    before, after = (n for n, chunk in enumerate(plan.chunks) if chunk.lane is Lane.AUDIO)
    await house.chunk(before)
    source.write_bytes(undecodable(source))
    for _ in range(2):
        with pytest.raises(ToolFailed):
            await house.chunk(after)
    await house.chunk(after)
    assert house.work.failure is None
    assert after in house.work.done
    [warning] = house.work.warnings
    assert warning.startswith("A part of the sound from 2 s on could not be converted.")
    parts = sorted((house.media / "a0").glob("*.ts"))
    assert len(parts) == plan.timeline.segment_count
    whole = await house.whole("a0")
    times = [packet.pts for packet in packets(parts, whole)]
    assert {b - a for a, b in pairwise(times)} == {AAC_STEP}, "no gap and no overlap"
    assert times[-1] >= (10 + plan.timeline.duration_seconds) * 90_000, "to the end"
    sound = heard(whole)
    levels = np.abs(sound.samples[: 10 * sound.rate_hz]).reshape(10, -1).max(axis=1)
    assert (levels[:2] > 0.02).all()
    assert (levels[3:] < 0.001).all()


async def test_silence_for_sound_that_takes_workers_down_leaves_the_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=4, size=(320, 180))
    house = House(tmp_path / "house", source, await detect_sandbox("auto"))
    plan = await house.probe()
    [sound, *_] = (n for n, chunk in enumerate(plan.chunks) if chunk.lane is Lane.AUDIO)
    died = AsyncMock(side_effect=WorkerDied)
    monkeypatch.setattr(Workbench, "open", died)
    for _ in range(MAX_BEGINNINGS):
        with pytest.raises(WorkerDied):
            await house.chunk(sound)
    source.unlink()
    await house.chunk(sound)
    assert died.await_count == MAX_BEGINNINGS, "it was not opened any more"
    assert sound in house.work.done
    [warning] = house.work.warnings
    assert "begun too often" in warning
    levels = np.abs(heard(await house.whole("a0")).samples)
    assert levels.size, "there is sound"
    assert levels.max() < 0.001, "that is silence"


def _may_mount() -> bool:
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "-rm", "true"], check=False).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="no namespaces for users here, as bubblewrap needs them too")
def test_a_full_disk_is_no_fault_of_the_source(tmp_path: Path) -> None:
    source, disk = tmp_path / "broadcast.ts", tmp_path / "disk"
    barcode_clip(
        source, seconds=4, size=(320, 180), options=("-b:v", "8M", "-maxrate", "9M", "-bufsize", "9M")
    )
    disk.mkdir()
    assert on_a_full_disk(disk, source) == {
        "refusals": 12, "attempts": 0, "failure": None, "warnings": [], "pictures": 120, "given_up": 0,
    }  # fmt: skip


@pytest.mark.skipif(not _may_mount(), reason="no namespaces for users here, as bubblewrap needs them too")
def test_a_disk_that_is_full_when_something_is_published_is_no_fault_of_the_source(tmp_path: Path) -> None:
    source, disk, scratch = tmp_path / "source.mp4", tmp_path / "disk", tmp_path / "scratch"
    barcode_clip(source, seconds=4, size=(320, 180))
    disk.mkdir()
    assert on_a_full_disk(disk, source, scratch) == {
        "refusals": ["ENOSPC"] * 13, "attempts": [0, 0], "failure": None, "done": True,
    }  # fmt: skip


def on_a_full_disk(*places: Path) -> Any:
    command = ["unshare", "-rm", sys.executable, "-m", "tests.support.full_disk", *map(str, places)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("where", [0.05, 0.6], ids=["beginning", "middle"])
async def test_what_is_too_damaged_to_be_copied_is_encoded(
    service: Running, tmp_path: Path, where: float
) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=16, size=(320, 180), rate=15, noise=NOISY)
    seen = await made(service, tmp_path, wiped(source, where))
    assert (seen.state, seen.playable) == (video_pb2.VIDEO_STATE_READY, True)
    assert list(seen.warnings) == [DAMAGED]
    [revision] = await service.fetch("SELECT id, log FROM revisions")
    assert "pictures, planned" in revision["log"], "it was tried first"
    [rung] = [one.name for one in seen.renditions if one.height]
    media = service.settings.objects / "videos" / seen.id / revision["id"] / rung
    whole = b"".join(file.read_bytes() for file in sorted(media.glob("*.ts")))
    (tmp_path / "whole.ts").write_bytes(whole)
    shown = read_barcodes(tmp_path / "whole.ts")
    assert len(shown) == 16 * 15, "each has its place"
    wrong = [n for n, number in enumerate(shown) if number != n]
    assert 0 < len(wrong) < 16 * 15 // 4, "the damage, to the next key frame"
