"""A chunk that cannot be made: three attempts, its reason kept, and a video that plays without it."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playhead.video.v1 import video_pb2
from tests.support.clips import barcode_clip
from tests.support.video_service import Running
from video_service.pipeline import chunk_job, finish_job, poster_job, probe_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.workbench import Workbench
from video_service.repository.queue import Handler, Queue
from video_service.storage.objects import LocalObjects


async def test_a_source_that_ends_too_early_costs_its_end_only(service: Running, tmp_path: Path) -> None:
    # Copied: where pictures are encoded, the last one would stand in for those that are missing.
    source = barcode_clip(tmp_path / "source.mkv", seconds=12, size=(320, 180))
    video = await service.uploaded("ada", source.read_bytes())
    revision_id = await service.revision_of(video.id)
    objects = LocalObjects(service.settings.objects)
    (tmp_path / "scratch").mkdir()
    bench = Workbench.make(service.work, objects, await detect_sandbox("auto"), tmp_path / "scratch")
    stop = asyncio.Event()

    async def probe(payload: Mapping[str, Any]) -> None:
        await probe_job.run(bench, payload)
        stored = await objects.materialise(await service.fetchval("SELECT source_key FROM revisions"))
        # What the plan was made of is gone.
        await asyncio.to_thread(stored.write_bytes, source.read_bytes()[: source.stat().st_size // 2])

    async def finish(payload: Mapping[str, Any]) -> None:
        await finish_job.run(bench, payload)
        stop.set()

    handlers: dict[str, Handler] = {"probe": probe, "finish": finish}
    for name in ("chunk_front", "chunk_express", "chunk_audio", "chunk_ladder"):
        handlers[name] = lambda payload: chunk_job.run(bench, payload)
    handlers["poster"] = lambda payload: poster_job.run(bench, payload)
    async with Queue.connect(service.database_url) as queue, asyncio.timeout(120):
        await queue.run_slot(handlers, stop)

    seen = await service.get("ada", video.id)
    assert (seen.state, seen.playable) == (video_pb2.VIDEO_STATE_READY, True)
    assert "A part of the picture" in "".join(seen.warnings)
    log = await service.fetchval("SELECT log FROM revisions WHERE id = $1", revision_id)
    given_up = re.findall(r"chunk (\d+) given up: failed 3 times", log)
    assert given_up
    for index in given_up:
        failures = re.findall(rf"chunk {index}, failure (\d+): (.+)", log)
        assert [number for number, _ in failures] == ["1", "2", "3"]
        assert all(reason for _, reason in failures)
