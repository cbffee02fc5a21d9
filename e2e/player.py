"""Reads the player as a viewer sees it: the real picture, at the real time."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.clips import BARCODE_BITS

#: The video element lives in the open shadow root of our own element.
_VIDEO = "(outer => (outer.shadowRoot ?? outer).querySelector('video'))(document.querySelector('vp-video'))"

#: Calls back with each picture that is shown, until told to stop. The next one is asked for before
#: this one's pixels are read: reading takes so long that it would otherwise be missed, and a paused
#: video shows no other.
_EACH_PICTURE = f"""(bits, see) => {{
    const video = {_VIDEO};
    const read = seconds => {{
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
        return {{number, seconds, width: video.videoWidth, height: video.videoHeight}};
    }};
    let asked;
    const ask = () => asked = video.requestVideoFrameCallback((_, frame) => {{
        ask();
        see(read(frame.mediaTime));
    }});
    ask();
    return () => video.cancelVideoFrameCallback(asked);
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

    def duration_seconds(self) -> float:
        return float(self._page.evaluate(f"() => {_VIDEO}.duration"))

    def size(self) -> tuple[int, int]:
        width, height = self._page.evaluate(f"() => [{_VIDEO}.videoWidth, {_VIDEO}.videoHeight]")
        return int(width), int(height)

    def picture(self) -> Picture:
        """The next picture that is shown, with the barcode read from its pixels."""
        return Picture(
            **self._page.evaluate(
                f"""bits => new Promise(shown => {{
                    const stop = ({_EACH_PICTURE})(bits, picture => {{ stop(); shown(picture); }});
                }})""",
                BARCODE_BITS,
            )
        )

    def seek(self, seconds: float, timeout_seconds: float = 30) -> Picture:
        """Jumps while paused; the picture that is then shown."""
        return Picture(
            **self._page.evaluate(
                f"""async ([seconds, bits, patience]) => {{
                    const video = {_VIDEO};
                    video.pause();
                    const seen = [];
                    return new Promise((arrived, failed) => {{
                        // Pictures that were under way before the jump may still be shown first.
                        const stop = ({_EACH_PICTURE})(bits, picture => {{
                            seen.push(picture.seconds);
                            if (Math.abs(picture.seconds - seconds) >= 0.1) return;
                            stop();
                            arrived(picture);
                        }});
                        video.currentTime = seconds;
                        setTimeout(() => {{
                            stop();
                            const ranges = video.buffered;
                            const buffered = [...Array(ranges.length).keys()]
                                .map(n => [ranges.start(n), ranges.end(n)]);
                            failed(new Error('no picture: ' + JSON.stringify({{
                                seconds, seen, buffered, time: video.currentTime,
                                seeking: video.seeking, readyState: video.readyState,
                                level: document.querySelector('vp-video').engine?.currentLevel,
                            }})));
                        }}, patience);
                    }});
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

    def wait_until_time(self, seconds: float, timeout_seconds: float = 30) -> None:
        self._page.wait_for_function(
            f"seconds => {_VIDEO}.currentTime >= seconds || {_VIDEO}.ended",
            arg=seconds,
            timeout=timeout_seconds * 1000,
        )

    def wait_for_height(self, height: int) -> None:
        self._page.wait_for_function(f"height => {_VIDEO}.videoHeight === height", arg=height, timeout=30_000)
