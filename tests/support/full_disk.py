"""Processes a source on a disk that is full when its working copy is made, and again when there is room.

In a namespace of its own, where anybody may mount:
``unshare -rm python -m tests.support.full_disk FOLDER SOURCE``.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.support.house import House
from video_service.pipeline import probe_job
from video_service.pipeline.ffmpeg import Outage
from video_service.pipeline.sandbox import PLAIN

_DISK_BYTES = 64 << 20


async def main(folder: Path, source: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)], check=True)  # noqa: ASYNC221
    house = House(folder, source, PLAIN)
    # A part of the copy fits.
    ballast = house.scratch / "ballast"
    ballast.write_bytes(bytes(_DISK_BYTES - source.stat().st_size // 2))  # noqa: ASYNC240
    refusals = 0
    while refusals < 12:
        try:
            await probe_job.run(house.bench, {"revision_id": house.work.revision_id})
            break
        except Outage:
            refusals += 1
    attempts, failure = house.work.probe_attempts, house.work.failure
    ballast.unlink()
    plan = await house.probe()
    for index in range(len(plan.chunks)):
        await house.chunk(index)
    told = {
        "refusals": refusals,
        "attempts": attempts,
        "failure": failure,
        "warnings": house.work.warnings,
        "pictures": sum(plan.timeline.frame_counts),
        "given_up": len(plan.chunks) - len(house.work.done),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
