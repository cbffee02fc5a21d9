"""A finger on a touch screen."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page

from tests.support.stack import Stack

#: Of a phone, in CSS pixels.
WIDTH, HEIGHT = 390, 844
_TAP_SECONDS = 0.05
_PAUSE_SECONDS = 1.0


@contextmanager
def phone(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page on a phone, which has no mouse."""
    context = browser.new_context(
        base_url=stack.gateway_url, viewport={"width": WIDTH, "height": HEIGHT}, bypass_csp=True,
        service_workers="block", is_mobile=True, has_touch=True,
    )  # fmt: skip
    context.set_default_timeout(30_000)
    try:
        yield context.new_page()
    finally:
        context.close()


class Finger:
    """Each touch carries the time at which it is said to happen (Chrome DevTools Protocol,
    Input.dispatchTouchEvent), so a slow machine does not make two slow taps of a double one."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._at = time.time()

    def tap(self, x: float, y: float) -> None:
        """Long after whatever came before."""
        self._at = max(time.time(), self._at + _PAUSE_SECONDS)
        self._press(x, y)

    def tap_again(self, x: float, y: float, after_seconds: float = 0.15) -> None:
        """As the next one of a quick row."""
        self._at += after_seconds
        self._press(x, y)

    def drag(self, begin: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """Keeps the finger down at the end, until it is told to :meth:`lift`."""
        self._at = max(time.time(), self._at + _PAUSE_SECONDS)
        self._send("touchStart", begin)
        for step in range(1, steps + 1):
            self._at += 0.03
            x, y = (a + (b - a) * step / steps for a, b in zip(begin, end, strict=True))
            self._send("touchMove", (x, y))

    def lift(self) -> None:
        self._at += 0.03
        self._send("touchEnd", None)

    def _press(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))
        self._at += _TAP_SECONDS
        self._send("touchEnd", None)

    def _send(self, kind: str, at: tuple[float, float] | None) -> None:
        points = [] if at is None else [{"x": at[0], "y": at[1]}]
        self._devtools.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, "timestamp": self._at}
        )


def box_of(locator: Locator) -> tuple[float, float, float, float]:
    """Left, top, width and height."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]
