"""`just bench`: how soon a video plays, and what its ladder costs, as a table and as JSON."""

import asyncio
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import psutil
from playwright.sync_api import Browser, sync_playwright

from e2e.conftest import launch_browser
from tests.benchmarks.sources import Source, make_sources
from tests.support.stack import ROOT, Person, Stack, running_stack
from video_service.domain.plan import Plan
from video_service.domain.planning import make_plan
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import PLAIN

RESULTS = ROOT / "bench-results"
RUNS = 3
#: What is held back until the clock starts: small enough that sending it costs nothing.
_LAST_BYTES = 64 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}


def begin_upload(person: Person, source: Source) -> tuple[str, str, int]:
    """Uploads all but the last bytes; the upload's URL, the video's id, and the offset reached."""
    size = source.path.stat().st_size
    created = person.http.post("/api/uploads", headers={**_TUS, "Upload-Length": str(size)})
    assert created.status_code == 201, created.text
    offset = max(size - _LAST_BYTES, 0)
    append(person, created.headers["Location"], 0, source.path.read_bytes()[:offset])
    return created.headers["Location"], created.headers["Playhead-Video-Id"], offset


def append(person: Person, upload: str, offset: int, data: bytes) -> None:
    headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    assert person.http.patch(upload, content=data, headers=headers).status_code == 204


@contextmanager
def uploaded(person: Person, source: Source) -> Iterator[tuple[str, float]]:
    """A video whose last byte has just arrived, and when; deleted afterwards, so that nothing else runs."""
    upload, video_id, offset = begin_upload(person, source)
    data = source.path.read_bytes()[offset:]
    started = time.perf_counter()
    append(person, upload, offset, data)
    try:
        yield video_id, started
    finally:
        person.http.delete(f"/api/videos/{video_id}")
        wait_until_idle(person.stack)


def wait_until_idle(stack: Stack) -> None:
    worker = psutil.Process(stack.processes["worker"].pid)
    while worker.children():
        time.sleep(0.1)


def first_segments_seconds(person: Person, source: Source) -> float:
    """From the last byte until the first segment of picture and of sound have arrived at a client."""
    with uploaded(person, source) as (video_id, started), httpx.Client(timeout=60) as client:
        while not (playlist := person.video(video_id)["hls_url"]):
            time.sleep(0.01)
        master = client.get(playlist).text
        lines = [line for line in master.splitlines() if line and not line.startswith("#")]
        sound = [line.split('URI="')[1].split('"')[0] for line in master.splitlines() if "TYPE=AUDIO" in line]
        for name in (lines[0], *sound):
            url = urljoin(playlist, name)
            segments = [line for line in client.get(url).text.splitlines() if not line.startswith("#")]
            while client.get(urljoin(url, segments[0])).status_code == 503:
                continue
        return time.perf_counter() - started


def first_frame_seconds(person: Person, source: Source, browser: Browser) -> float:
    """From the last byte until a browser, which then opens the page, shows a picture."""
    page = browser.new_page()
    with uploaded(person, source) as (video_id, started):
        page.goto(f"{person.stack.gateway_url}/videos/{video_id}")
        page.wait_for_selector("vp-video", state="attached", timeout=60_000)
        page.evaluate(
            """() => new Promise(shown => {
                const outer = document.querySelector('vp-video');
                const video = (outer.shadowRoot ?? outer).querySelector('video');
                video.muted = true;
                video.requestVideoFrameCallback(shown);
                video.play().catch(() => video.addEventListener('canplay', () => video.play(), {once: true}));
            })"""
        )
        seconds = time.perf_counter() - started
        page.close()  # before the video is deleted: nobody is left to ask for its segments
    return seconds


async def planned(source: Source) -> Plan:
    return make_plan(await probe(PLAIN, source.path))


def ladder_cost(person: Person, source: Source, folder: Path) -> dict[str, float]:
    """CPU seconds of the whole video, and of one ffmpeg process that makes the same rungs and sound."""
    worker = psutil.Process(person.stack.processes["worker"].pid)
    before = worker.cpu_times()
    video_id = person.upload(source.path)
    person.wait_for(video_id, "ready", seconds=900)
    after = worker.cpu_times()
    ours = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    plan = asyncio.run(planned(source))
    parts = [f"[0:v]split={len(plan.rungs)}" + "".join(f"[s{n}]" for n in range(len(plan.rungs)))]
    outputs = ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-f", "mpegts", str(folder / "a.ts")]
    for n, rung in enumerate(plan.rungs):
        parts.append(f"[s{n}]scale={rung.width}:{rung.height},format=yuv420p[o{n}]")
        outputs += ["-map", f"[o{n}]", "-c:v", "libx264", "-preset", "veryfast", "-threads", "2"]
        outputs += ["-crf", str(rung.crf), "-maxrate", str(rung.maxrate_bps)]
        outputs += ["-bufsize", str(rung.bufsize_bits), "-profile:v", rung.profile, "-level", rung.level]
        outputs += ["-f", "mpegts", str(folder / f"{n}.ts")]
    own = psutil.Process().cpu_times()
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source.path), "-filter_complex"]
    subprocess.run([*command, ";".join(parts), *outputs], check=True, timeout=900)
    now = psutil.Process().cpu_times()
    single = (now.children_user + now.children_system) - (own.children_user + own.children_system)
    person.http.delete(f"/api/videos/{video_id}")
    return {"playhead_cpu_seconds": ours, "one_process_cpu_seconds": single, "ratio": ours / single}


def measure() -> dict[str, Any]:
    results: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "machine": platform.processor(),
        "startup": [],
    }
    sources = make_sources(RESULTS / "sources")
    with running_stack() as stack, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        person = Person(stack, "Bench")
        for source in sources:
            segments = [first_segments_seconds(person, source) for _ in range(RUNS)]
            frames = [first_frame_seconds(person, source, browser) for _ in range(RUNS)]
            results["startup"].append(
                {
                    "source": source.name,
                    "first_segment_seconds": statistics.median(segments),
                    "first_frame_seconds": statistics.median(frames),
                }
            )
        browser.close()
    # bubblewrap does not hand its child's CPU time on, so the cost is taken without it.
    with running_stack(SANDBOX="off") as stack, tempfile.TemporaryDirectory() as folder:
        shortest = next(source for source in sources if source.name == "hevc-10s")
        results["ladder"] = ladder_cost(Person(stack, "Bench"), shortest, Path(folder))
    return results


def main() -> int:
    results = measure()
    print(f"{'source':<16}{'first segment':>16}{'first frame':>16}")
    for row in results["startup"]:
        print(
            f"{row['source']:<16}{row['first_segment_seconds']:>14.2f} s{row['first_frame_seconds']:>14.2f} s"
        )
    ladder = results["ladder"]
    print(
        f"ladder: {ladder['playhead_cpu_seconds']:.1f} CPU s, one ffmpeg process "
        f"{ladder['one_process_cpu_seconds']:.1f} CPU s, ratio {ladder['ratio']:.2f}"
    )
    out = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    out.write_text(json.dumps(results, indent=2) + "\n")
    print(f"written to {out.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
