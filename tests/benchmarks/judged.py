"""Every real recording beside the checkout, processed and handed to an independent judge."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.report import RESULTS, Row, Table
from tests.support.house import House
from tools.processes import ROOT
from video_service.pipeline import probe_job
from video_service.pipeline.sandbox import PLAIN

_SHARED = ROOT.parent / "shared"


def recordings() -> Iterator[Table]:
    """Errors are what `hlscheck.py` finds."""
    folder = _SHARED / "media"
    files = sorted(path for path in folder.glob("*") if path.suffix != ".md") if folder.is_dir() else []
    yield Table("Real recordings, judged", [asyncio.run(_judged(path)) for path in files])


async def _judged(path: Path) -> Row:
    row = {"recording": path.name, "seconds": 0.0, "rungs": "", "outcome": ""}
    started = time.perf_counter()
    with TemporaryDirectory(dir=RESULTS) as folder:
        house = House(Path(folder), path, PLAIN)
        await probe_job.run(house.bench, {"revision_id": house.work.revision_id})
        if house.work.failure is not None:
            _, sentence = house.work.failure
            return {**row, "outcome": f"refused: {sentence}"}
        plan = await house.everything()
        row["seconds"] = time.perf_counter() - started
        row["rungs"] = " ".join(rung.name for rung in plan.rungs)
        judge = ["python3", str(_SHARED / "tools/hlscheck.py"), str(house.media / "master.m3u8")]
        judge += ["--source", str(path)]
        if plan.timeline.on_grid:
            judge += ["--frames", str(sum(plan.timeline.frame_counts))]
        done = await asyncio.to_thread(
            subprocess.run, judge, capture_output=True, text=True, timeout=600, check=False
        )
    verdict = "no error" if done.returncode == 0 else " / ".join(done.stdout.strip().splitlines()[-3:])
    return {**row, "outcome": "; ".join([verdict, *house.work.warnings])}
