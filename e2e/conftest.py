"""The real product, a real browser, and people who use them."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from e2e.firefox import Firefox, running_firefox
from tests.support.stack import Person, Stack, running_stack
from tools.bootstrap import find_chromium, find_firefox
from tools.processes import ROOT

#: Real recordings for development, beside the checkout; the tests that need one run where it is.
RECORDINGS = ROOT.parent / "shared" / "media"

#: The first two make pages of the browser's own for each window, which nobody sees and which take longer than
#: ours; the others are what Playwright switches off, whose list this one replaces.
_WITHOUT = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
#: The first five keep Chromium from calling its maker; then, players start with sound, and no graphics card
#: is imitated where there is none, which costs more than to draw without.
_BROWSER_OPTIONS = [
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    f"--disable-features={','.join(_WITHOUT)}",
]
#: What a page shows a moment later may take longer where tests run beside each other.
expect.set_options(timeout=30_000)
_CODECS = 'video/mp4; codecs="avc1.42E01E,mp4a.40.2"'


@pytest.fixture(scope="session")
def lasting_stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def stack(lasting_stack: Stack) -> Iterator[Stack]:
    """The same for all modules that need no other. What is still to be made of a module's videos is nobody's
    concern afterwards, and takes time."""
    yield lasting_stack
    while lasting_stack.uploaded:
        person, video_id = lasting_stack.uploaded.pop()
        person.http.delete(f"/api/videos/{video_id}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def launch_browser(playwright: Playwright) -> Browser:
    """A Chromium that plays H.264, or a loud failure."""
    executable = find_chromium()
    assert executable, "no browser found: set PLAYHEAD_BROWSER to a Chromium that plays H.264"
    options = [*_BROWSER_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright.chromium.launch(executable_path=executable, args=options)
    page = browser.new_page()
    page.goto("data:text/html,")
    assert page.evaluate("type => MediaSource.isTypeSupported(type)", _CODECS), f"{executable} has no H.264"
    page.close()
    return browser


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch_browser(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox() -> Iterator[Firefox]:
    executable = find_firefox()
    assert executable, "no Firefox found: set PLAYHEAD_FIREFOX to one that plays H.264"
    with running_firefox(executable) as firefox:
        page = firefox.new_page()
        page.goto("data:text/html,")
        assert page.evaluate("type => MediaSource.isTypeSupported(type)", _CODECS), (
            f"{executable} has no H.264"
        )
        page.close()
        yield firefox


@pytest.fixture
def new_page(browser: Browser, stack: Stack, tmp_path: Path) -> Iterator[Callable[[], Page]]:
    """Opens pages that share nothing, as on different people's machines."""
    contexts = []

    def open_page() -> Page:
        # The pages' policy forbids `eval`, which Playwright's waiting needs; nothing else is bypassed.
        # A service worker's requests pass by Playwright's routes.
        context = browser.new_context(
            base_url=stack.gateway_url,
            viewport={"width": 1280, "height": 800},
            bypass_csp=True,
            service_workers="block",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack, "Ada")


def sign_in(page: Page, person: Person) -> None:
    """Signs in through the form."""
    page.goto("/login")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)


def open_with_head(page: Page, path: str, on_try: Callable[[], None] = lambda: None) -> None:
    """A video's page with what its document brings of it, for which that waits a second at most. Calls back
    before each try."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        on_try()
        document = page.goto(path)
        if document is not None and 'id="opening"' in document.text():
            return
    raise AssertionError(f"{path} has no head")


def link_in_log(stack: Stack, pattern: str, timeout_seconds: float = 60) -> str:
    """The newest link of this form that the gateway has written to its log, as whoever runs it finds it.

    Raises AssertionError where none is written in time.
    """
    log = stack.data / "gateway.log"
    deadline = time.monotonic() + timeout_seconds
    while True:
        found = re.findall(rf"https?://[^\s\"\\]+{pattern}[\w-]+", log.read_text())
        if found:
            return str(found[-1])
        assert time.monotonic() < deadline, f"no {pattern} in the log:\n{stack.log_tail('gateway')}"
        time.sleep(0.05)


def media_playlists(video: dict[str, object]) -> dict[str, list[str]]:
    """Segment URLs of every variant of the master playlist, by the variant's URL."""
    master_url = str(video["hls_url"])
    master = httpx.get(master_url).text.splitlines()
    variants = [urljoin(master_url, line) for line in master if line and not line.startswith("#")]
    return {
        variant: [
            urljoin(variant, line)
            for line in httpx.get(variant).text.splitlines()
            if line and not line.startswith("#")
        ]
        for variant in variants
    }
