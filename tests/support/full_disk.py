"""Processes a source on a disk that is full when its working copy is made, and again when there is room; or,
given another place for what is half-made, on one that is full when something is published.

In a namespace of its own, where anybody may mount:
``unshare -rm python -m tests.support.full_disk FOLDER SOURCE [SCRATCH]``.
"""

import asyncio
import errno
import json
import subprocess
import sys
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

from tests.support.house import House
from video_service.domain.ports import Step
from video_service.pipeline import probe_job
from video_service.pipeline.ffmpeg import Outage
from video_service.pipeline.sandbox import PLAIN

_DISK_BYTES = 64 << 20


def mount(folder: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)], check=True)


async def main(folder: Path, source: Path) -> None:
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
    attempts, failure = house.work.steps[Step.PROBE], house.work.failure
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


async def publishing(folder: Path, source: Path, scratch: Path) -> None:
    house = House(folder, source, PLAIN, scratch)
    ballast = folder / "ballast"
    payload = {"revision_id": house.work.revision_id}
    fill(ballast)
    refusals = [await refusal(probe_job.run(house.bench, payload)) for _ in range(12)]
    attempts, failure = house.work.steps[Step.PROBE], house.work.failure
    ballast.unlink()
    plan = await house.probe()
    fill(ballast)
    refusals.append(await refusal(house.chunk(0)))
    chunk_attempts = house.work.attempts[0]
    ballast.unlink()
    for index in range(len(plan.chunks)):
        await house.chunk(index)
    told = {
        "refusals": refusals,
        "attempts": [attempts, chunk_attempts],
        "failure": failure,
        "done": len(house.work.done) == len(plan.chunks),
    }
    print(json.dumps(told))


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))


async def refusal(job: Awaitable[object]) -> str:
    """What the system answered."""
    try:
        await job
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "none"


if __name__ == "__main__":
    disk, *places = map(Path, sys.argv[1:])
    mount(disk)
    asyncio.run(publishing(disk, *places) if len(places) == 2 else main(disk, *places))
