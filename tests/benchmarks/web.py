"""How soon somebody on an ordinary line sees a picture, and what Lighthouse says of the pages."""

import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from e2e.conftest import launch_browser
from e2e.line import Pace, open_line
from tests.benchmarks.report import Row, Table
from tests.benchmarks.sources import SHORT_SECONDS, source
from tests.benchmarks.viewer import somebody, wait_until_idle
from tests.support.stack import Stack, running_stack
from tools.bootstrap import find_chromium

_DOWN_BPS, _DELAY_SECONDS = 10_000_000, 0.04
_RUNS = 5
_TARGET_SECONDS = 1.2
_LIGHTHOUSE = "lighthouse@12.8.2"
_CATEGORIES = ("accessibility", "best-practices", "seo")

#: Tells, in milliseconds since navigation began, when the page first painted something and when the
#: first frame of the video was on the screen.
_FIRST_FRAME = """
window.firstFrame = new Promise(shown => {
    const look = () => {
        const outer = document.querySelector('vp-video');
        const video = (outer?.shadowRoot ?? outer)?.querySelector('video');
        if (!video) return requestAnimationFrame(look);
        video.muted = true;
        video.requestVideoFrameCallback(now => shown({
            frame: now, paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
        }));
        video.play().catch(() => video.addEventListener('canplay', () => video.play(), {once: true}));
    };
    requestAnimationFrame(look);
});
"""


def web() -> Iterator[Table]:
    with ExitStack() as opened:
        pace = Pace()
        site, media = opened.enter_context(open_line(pace)), opened.enter_context(open_line(pace))
        stack = opened.enter_context(running_stack(GATEWAY_PUBLIC_URL=site.url, VIDEO_PUBLIC_URL=media.url))
        for line, url in ((site, stack.gateway_url), (media, stack.video_url)):
            line.target_port = int(url.rpartition(":")[2])
        video_id = _published(stack)
        pages = {"home": f"{site.url}/", "watch": f"{site.url}/videos/{video_id}"}
        yield Table("Lighthouse, of 100", [_judged(name, url) for name, url in pages.items()])
        pace.down_bps, site.delay_seconds, media.delay_seconds = _DOWN_BPS, _DELAY_SECONDS, _DELAY_SECONDS
        browser = launch_browser(opened.enter_context(sync_playwright()))
        opened.callback(browser.close)
        runs = [_opened(browser, pages["watch"]) for _ in range(_RUNS)]
        frames = [run["frame"] / 1000 for run in runs]
        row = {
            "first_paint_seconds": statistics.median(run["paint"] / 1000 for run in runs),
            "first_frame_seconds": statistics.median(frames),
            "slowest_seconds": max(frames),
            "target_seconds": _TARGET_SECONDS,
        }
        yield Table(f"From navigation to first frame, 10 Mb/s and 40 ms, median of {_RUNS}", [row])


def _published(stack: Stack) -> str:
    person = somebody(stack)
    video_id = person.upload(
        source("copyable", SHORT_SECONDS).path,
        visibility="public",
        title="A film",
        description="Of something.",
    )
    person.wait_for(video_id, "ready", seconds=900)
    wait_until_idle(stack)
    return video_id


def _opened(browser: Browser, url: str) -> dict[str, float]:
    """By somebody who was never here: nothing is cached."""
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.add_init_script(_FIRST_FRAME)
    page.goto(url, wait_until="commit")
    told: dict[str, float] = page.evaluate("window.firstFrame")
    context.close()
    return told


def _judged(name: str, url: str) -> Row:
    """Raises CalledProcessError where Lighthouse cannot be had or does not run."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
        subprocess.run(
            [
                "npx", "--yes", _LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={out}",
                f"--only-categories={','.join(_CATEGORIES)}", f"--chrome-flags={flags}",
            ],
            env={**os.environ, "CHROME_PATH": str(find_chromium())}, check=True, timeout=300,
        )  # fmt: skip
        report: dict[str, Any] = json.loads(out.read_text())
    scores = {
        name.replace("-", "_"): round(100 * report["categories"][name]["score"]) for name in _CATEGORIES
    }
    failed = [
        audit["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"] and (audit := report["audits"][reference["id"]])["score"] == 0
    ]
    return {"page": name, **scores, "failed": " ".join(failed) or "-"}
