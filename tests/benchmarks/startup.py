"""How soon a browser shows a picture."""

import statistics
import time
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from e2e.conftest import launch_browser
from tests.benchmarks.report import Table
from tests.benchmarks.sources import KINDS, MEDIUM_SECONDS, SHORT_SECONDS, Source, source
from tests.benchmarks.viewer import first_segments_seconds, somebody, uploaded
from tests.support.stack import Person, running_stack

_RUNS = 3


def startup() -> Iterator[Table]:
    rows = []
    with running_stack() as stack, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        person = somebody(stack)
        for made in [source(kind, seconds) for kind in KINDS for seconds in (SHORT_SECONDS, MEDIUM_SECONDS)]:
            segments = [first_segments_seconds(person, made) for _ in range(_RUNS)]
            frames = [_first_frame_seconds(person, made, browser) for _ in range(_RUNS)]
            rows.append(
                {
                    "source": made.name,
                    "first_segment_seconds": statistics.median(segments),
                    "first_frame_seconds": statistics.median(frames),
                }
            )
        browser.close()
    yield Table("From the last byte to the first segment, and to a picture in a browser", rows)


def _first_frame_seconds(person: Person, made: Source, browser: Browser) -> float:
    """From the last byte until a browser, which then opens the page, shows a picture."""
    page = browser.new_page()
    with uploaded(person, made) as (video_id, started):
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
