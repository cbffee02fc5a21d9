"""How much sooner two workers finish a video than one, when each has a core."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks.report import Table
from tests.benchmarks.sources import SHORT_SECONDS, Source, source
from tests.benchmarks.viewer import somebody
from tests.support.stack import Stack, running_stack
from tools.processes import ROOT

_CONTENT_SECONDS = 150
_PATIENCE_SECONDS = 3600.0


def workers() -> Iterator[Table]:
    """The same for plain ffmpeg says what the machine's second core is worth."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        yield Table("Two workers, a core each: this machine has one", [])
        return
    made = source("hevc", _CONTENT_SECONDS)
    one, two = (_ready_seconds(made, cores[:count]) for count in (1, 2))
    ffmpeg_one, ffmpeg_two = (_ffmpeg_seconds(cores[:count]) for count in (1, 2))
    row = {
        "source": made.name,
        "one_seconds": one,
        "two_seconds": two,
        "speedup": one / two,
        "ffmpeg_speedup": 2 * ffmpeg_one / ffmpeg_two,
    }
    yield Table("From upload to ready with one worker and with two, a core each", [row])


def _ready_seconds(made: Source, cores: list[int]) -> float:
    with running_stack("gateway", "video") as stack, ExitStack() as workers:
        for core in cores:
            workers.enter_context(_worker(stack, core))
        person = somebody(stack)
        started = time.perf_counter()
        deadline = started + _PATIENCE_SECONDS
        video_id = person.upload(made.path)
        while (video := person.video(video_id))["state"] != "ready":
            assert video["state"] == "processing", video
            assert time.perf_counter() < deadline, video
            # To ask is work for the same cores.
            time.sleep(1)
        return time.perf_counter() - started


@contextmanager
def _worker(stack: Stack, core: int) -> Iterator[None]:
    """One that has a core from its beginning, as it asks then how many jobs it may run at a time."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", "video_service", "worker"]
    with (
        (stack.data / f"worker-{core}.log").open("ab") as log,
        subprocess.Popen(command, cwd=ROOT, env=stack.environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _ffmpeg_seconds(cores: list[int]) -> float:
    """Wall time of one encode on each of the cores at once."""
    made = source("hevc", SHORT_SECONDS)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made.path), "-c:v", "libx264", "-preset"]
    command += ["veryfast", "-threads", "2", "-f", "null", "-"]
    started = time.perf_counter()
    running = [subprocess.Popen(["taskset", "-c", str(core), *command]) for core in cores]
    for process in running:
        assert process.wait(timeout=600) == 0
    return time.perf_counter() - started
