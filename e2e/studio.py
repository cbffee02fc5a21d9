"""A browser that takes pictures of pages, each in the state that it is to be seen in."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from e2e.conftest import sign_in
from tests.support.stack import Person, Stack

_DESKTOP, _PHONE = (1280, 800), (390, 844)
_WEBP = ["-c:v", "libwebp", "-quality", "78", "-compression_level", "6"]
_MOST_BYTES, _MOST_ALL_BYTES, _MOST_PICTURES = 150_000, 4_000_000, 80
#: What moves in a page has arrived; shimmering places never end.
_SETTLED = """async () => {
    const ends = one => one.effect?.getComputedTiming().iterations !== Infinity;
    await Promise.allSettled(document.getAnimations().filter(ends).map(one => one.finished));
    await new Promise(requestAnimationFrame);
}"""
_PICTURES_THERE = """() => [...document.images]
    .filter(image => image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
    .every(image => image.complete && image.naturalWidth > 0)"""

#: Returns when a page is as it is to be seen, or makes it so.
Scene = Callable[[Page], None]


@dataclass
class Studio:
    """Takes the pictures and keeps what is said of them."""

    browser: Browser
    stack: Stack
    folder: Path
    index: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    _signed_in: dict[str, Any] = field(default_factory=dict)

    def chapter(self, title: str) -> None:
        self.index.append((title, []))

    @contextmanager
    def page(
        self, person: Person | None = None, *, phone: bool = False, dark: bool = False
    ) -> Iterator[Page]:
        width, height = _PHONE if phone else _DESKTOP
        context = self.browser.new_context(
            base_url=self.stack.gateway_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            service_workers="block",
            bypass_csp=True,
            is_mobile=phone,
            has_touch=phone,
            storage_state=self._signed_in.get(person.email) if person else None,
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        if person and person.email not in self._signed_in:
            sign_in(page, person)
        try:
            yield page
            if person:
                self._signed_in[person.email] = context.storage_state()
        finally:
            context.close()

    def take(self, page: Page, name: str, caption: str) -> None:
        """What is in sight of a page, as ``name``.webp."""
        page.wait_for_function(_PICTURES_THERE)
        page.evaluate(_SETTLED)
        picture = self.folder / f"{name}.webp"
        command = [
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-y",
            "-f",
            "png_pipe",
            "-i",
            "-",
            *_WEBP,
            str(picture),
        ]
        subprocess.run(command, input=page.screenshot(), check=True, timeout=60)
        self.index[-1][1].append((picture.name, caption))
        print(name, picture.stat().st_size // 1000, "kB", file=sys.stderr)

    def show(
        self,
        name: str,
        caption: str,
        path: str,
        scene: Scene,
        person: Person | None = None,
        *,
        phone: bool = False,
        dark: bool = False,
        before: Scene | None = None,
    ) -> None:
        """One page of its own, as it is when ``scene`` returns; ``before``: what happens to its requests."""
        with self.page(person, phone=phone, dark=dark) as page:
            if before:
                before(page)
            page.goto(path)
            scene(page)
            self.take(page, name, caption)

    def write_index(self) -> None:
        """Raises AssertionError where the pictures are too many or too large."""
        lines = [
            "# Every page in every state",
            "",
            "Made by `just screens`, in a real browser, with real services and clips that FFmpeg paints:",
            "nothing is drawn by hand. 1280 × 800, or 390 × 844 on a phone.",
        ]
        for title, pictures in self.index:
            lines += ["", f"## {title}"]
            for name, caption in pictures:
                width = 220 if "-phone" in name else 420
                lines += ["", f'<p>{caption}<br><img src="{name}" alt="{caption}" width="{width}"></p>']
        (self.folder / "README.md").write_text("\n".join(lines) + "\n")
        sizes_bytes = {picture.name: picture.stat().st_size for picture in self.folder.glob("*.webp")}
        assert len(sizes_bytes) <= _MOST_PICTURES, len(sizes_bytes)
        assert sum(sizes_bytes.values()) <= _MOST_ALL_BYTES, sum(sizes_bytes.values())
        assert max(sizes_bytes.values()) <= _MOST_BYTES, sizes_bytes


def heading(name: str) -> Scene:
    return lambda page: expect(page.get_by_role("heading", name=name).first).to_be_visible()


def seen(selector: str) -> Scene:
    return lambda page: expect(page.locator(selector).first).to_be_visible()


def hold(url: str) -> Scene:
    """Keeps requests on their way for as long as anybody looks."""

    def before(page: Page) -> None:
        page.route(re.compile(url), lambda _: None)

    return before


def cut(url: str) -> Scene:
    """Lets requests fail, as without a connection."""

    def fail(route: Route) -> None:
        route.abort("connectionfailed")

    def before(page: Page) -> None:
        page.route(re.compile(url), fail)

    return before
