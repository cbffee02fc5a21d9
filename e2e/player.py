"""Reads the player as a viewer sees it: the real picture, at the real time."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.clips import BARCODE_BITS

#: The video element lives in the open shadow root of our own element.
_VIDEO = "(outer => (outer.shadowRoot ?? outer).querySelector('video'))(document.querySelector('vp-video'))"

_PICTURE = f"""async bits => {{
    const video = {_VIDEO};
    const seen = await new Promise(shown => video.requestVideoFrameCallback((_, frame) => {{
        const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0);
        const row = Math.max(1, Math.floor(video.videoHeight * 0.05));
        const pixels = context.getImageData(0, row, video.videoWidth, 1).data;
        let number = 0;
        for (let bit = 0; bit < bits; bit++) {{
            const x = Math.floor((bit + 0.5) * video.videoWidth / bits);
            if (pixels[4 * x + 1] > 127) number += 2 ** bit;
        }}
        shown({{number, seconds: frame.mediaTime, width: video.videoWidth, height: video.videoHeight}});
    }}));
    return seen;
}}"""


@dataclass(frozen=True)
class Picture:
    """A picture on the screen: its barcode, its media time, its size in pixels."""

    number: int
    seconds: float
    width: int
    height: int


class Player:
    """The player of an open watch page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait_until_playing(self, timeout_seconds: float = 30) -> None:
        """Returns when time has advanced and there is a picture."""
        self._page.locator("vp-video").wait_for(state="attached", timeout=timeout_seconds * 1000)
        self._page.evaluate(
            f"() => {{ const v = {_VIDEO}; v.muted = true; return v.play().catch(() => null); }}"
        )
        self._page.wait_for_function(
            f"() => {{ const v = {_VIDEO}; return v && v.currentTime > 0.1 && v.videoWidth > 0; }}",
            timeout=timeout_seconds * 1000,
        )

    def time_seconds(self) -> float:
        return float(self._page.evaluate(f"() => {_VIDEO}.currentTime"))

    def duration_seconds(self) -> float:
        return float(self._page.evaluate(f"() => {_VIDEO}.duration"))

    def size(self) -> tuple[int, int]:
        width, height = self._page.evaluate(f"() => [{_VIDEO}.videoWidth, {_VIDEO}.videoHeight]")
        return int(width), int(height)

    def picture(self) -> Picture:
        """The next picture that is shown, with the barcode read from its pixels."""
        return Picture(**self._page.evaluate(_PICTURE, BARCODE_BITS))

    def seek(self, seconds: float, timeout_seconds: float = 30) -> Picture:
        """Jumps while paused; the picture that is then shown."""
        return Picture(
            **self._page.evaluate(
                f"""async ([seconds, bits, patience]) => {{
                    const video = {_VIDEO};
                    video.pause();
                    const late = new Promise((_, fail) =>
                        setTimeout(() => fail(new Error('no picture')), patience));
                    video.currentTime = seconds;
                    // Pictures that were under way before the jump may still be shown first.
                    const arrived = async () => {{
                        for (;;) {{
                            const picture = await ({_PICTURE})(bits);
                            if (Math.abs(picture.seconds - seconds) < 0.1) return picture;
                        }}
                    }};
                    return Promise.race([arrived(), late]);
                }}""",
                [seconds, BARCODE_BITS, timeout_seconds * 1000],
            )
        )

    def switch_to(self, height: int) -> None:
        """Chooses a rung at once, what is buffered of others thrown away."""
        self._page.evaluate(
            """height => {
                const engine = document.querySelector('vp-video').engine;
                engine.currentLevel = engine.levels.findIndex(level => level.height === height);
            }""",
            height,
        )

    def wait_until_time(self, seconds: float) -> None:
        self._page.wait_for_function(
            f"seconds => {_VIDEO}.currentTime >= seconds || {_VIDEO}.ended", arg=seconds, timeout=30_000
        )

    def wait_for_height(self, height: int) -> None:
        self._page.wait_for_function(f"height => {_VIDEO}.videoHeight === height", arg=height, timeout=30_000)
