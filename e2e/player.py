"""Reads the player as a viewer sees it: the real picture, at the real time, in any browser."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.support.decoding import BARCODE_BITS

#: The video element lives in the open shadow root of our own element.
_VIDEO = "(outer => (outer.shadowRoot ?? outer).querySelector('video'))(document.querySelector('vp-video'))"

#: Calls back with each picture that is shown, until told to stop. The next one is asked for before
#: this one's pixels are read: reading takes so long that it would otherwise be missed, and a paused
#: video shows no other.
_EACH_PICTURE = f"""(bits, see) => {{
    const video = {_VIDEO};
    let canvas, context;
    const read = frame => {{
        const width = video.videoWidth, height = video.videoHeight;
        if (canvas?.width !== width) {{
            canvas = new OffscreenCanvas(width, 1);
            context = canvas.getContext('2d', {{willReadFrequently: true}});
        }}
        context.drawImage(video, 0, Math.max(1, Math.floor(height * 0.05)), width, 1, 0, 0, width, 1);
        const pixels = context.getImageData(0, 0, width, 1).data;
        // Between two sizes Firefox may have nothing to draw: transparent, where a black picture is opaque.
        if (pixels[3] === 0) return null;
        let number = 0;
        for (let bit = 0; bit < bits; bit++) {{
            const x = Math.floor((bit + 0.5) * width / bits);
            if (pixels[4 * x + 1] > 127) number += 2 ** bit;
        }}
        // The element may still tell the size of the picture before.
        return {{number, seconds: frame.mediaTime, width: frame.width, height: frame.height}};
    }};
    let asked;
    const ask = () => asked = video.requestVideoFrameCallback((_, frame) => {{
        ask();
        const picture = read(frame);
        if (picture) see(picture);
    }});
    ask();
    return () => video.cancelVideoFrameCallback(asked);
}}"""

#: Resolves when a condition holds, and throws what `describe` tells when that takes too long.
_UNTIL = """async (condition, patience_ms, describe) => {
    const end = performance.now() + patience_ms;
    while (!condition()) {
        if (performance.now() > end) throw new Error(JSON.stringify(describe()));
        await new Promise(again => setTimeout(again, 20));
    }
}"""

_RANGES = "(ranges => [...Array(ranges.length).keys()].map(n => [ranges.start(n), ranges.end(n)]))"

#: What a failure tells of the player, and of the last it asked for: what, the status, from when to when.
_STATE = f"""() => {{
    const asked = performance.getEntriesByType('resource').filter(entry => entry.name.includes('/media/'));
    const told = ({{name, responseStatus, startTime, responseEnd}}) =>
        [name.split('/').slice(-2).join('/'), responseStatus, Math.round(startTime), Math.round(responseEnd)];
    const outer = document.querySelector('vp-video'), video = outer && {_VIDEO};
    return video && {{
        time: video.currentTime, ended: video.ended, paused: video.paused, seeking: video.seeking,
        readyState: video.readyState, size: [video.videoWidth, video.videoHeight],
        error: video.error?.message, buffered: {_RANGES}(video.buffered), level: outer.engine?.currentLevel,
        asked: asked.slice(-6).map(told), now: Math.round(performance.now()),
    }};
}}"""


class Page(Protocol):
    """What the tabs of all browsers can do."""

    def goto(self, url: str) -> Any: ...

    def evaluate(self, expression: str, arg: Any = None) -> Any: ...


@dataclass(frozen=True)
class Picture:
    """A picture on the screen: its barcode, its media time, its size in pixels."""

    number: int
    seconds: float
    width: int
    height: int


@dataclass(frozen=True)
class Segment:
    """A segment as it reached the player: the rung asked for, and whether another's came instead."""

    number: int
    start_seconds: float
    end_seconds: float
    height: int
    substituted: bool


@dataclass(frozen=True)
class Viewing:
    """What somebody saw who watched from the beginning."""

    pictures: tuple[Picture, ...]
    stalls_seconds: tuple[float, ...]
    """Media times at which playing, once time had advanced, waited for more. Told to play, a browser with one
    picture says that it waits (HTML, 4.8.11.8); and at the end, where there is no more, Firefox may say so
    until its decoder has told that this was all."""
    errors: tuple[str, ...]
    """Of the player and of hls.js, also those that it mends by itself."""
    holes: tuple[tuple[float, float], ...]
    """Between buffered ranges."""
    segments: tuple[Segment, ...]
    decoded: int
    dropped: int
    seconds: float
    """Reached when watching ended."""
    wall_seconds: float
    """From the first picture."""

    @property
    def standing_seconds(self) -> float:
        """How long no time was played since the first picture, where it plays from the beginning."""
        return self.wall_seconds - self.seconds


class Player:
    """The player of an open watch page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def _until(self, condition: str, timeout_seconds: float, arg: Any = None) -> None:
        self._page.evaluate(
            f"([patience_ms, arg]) => ({_UNTIL})(() => ({condition})(arg), patience_ms, {_STATE})",
            [timeout_seconds * 1000, arg],
        )

    def wait_until_there(self, timeout_seconds: float = 60) -> None:
        """Returns when the first picture could be shown."""
        there = f"document.querySelector('vp-video') && {_VIDEO}?.readyState >= 2"
        self._until(f"() => {there}", timeout_seconds)

    def wait_until_playing(self, timeout_seconds: float = 60) -> None:
        """Returns when time has advanced and there is a picture."""
        self._until(f"() => document.querySelector('vp-video') && {_VIDEO}", timeout_seconds)
        # Told to play before there is a source, it plays when there is one.
        self._page.evaluate(
            f"() => {{ const v = {_VIDEO}; v.muted = true; v.play().catch(() => null); return null; }}"
        )
        playing = f"() => {{ const v = {_VIDEO}; return v && v.currentTime > 0.1 && v.videoWidth > 0; }}"
        self._until(playing, timeout_seconds)

    def choose(self, page_name: str, name: str) -> None:
        """In the settings, which the tabs of Playwright can open."""
        page: Any = self._page
        page.get_by_role("button", name="Settings").click()
        page.get_by_role("menuitem", name=page_name).click()
        page.get_by_role("menuitemradio", name=name, exact=True).click()

    def listen(self) -> None:
        """From now on :meth:`wait_until_heard` hears what comes out of the loudspeaker."""
        self._page.evaluate(f"""async () => {{
            const video = {_VIDEO}, context = new AudioContext();
            const analyser = window.heard = new AnalyserNode(context, {{fftSize: 8192}});
            context.createMediaElementSource(video).connect(analyser).connect(context.destination);
            video.muted = false;
            await context.resume();
        }}""")

    def wait_until_heard(self, hz: float, timeout_seconds: float = 60) -> None:
        """Returns when this is the loudest tone."""
        loudest = """hz => {
            const bins = new Float32Array(window.heard.frequencyBinCount);
            window.heard.getFloatFrequencyData(bins);
            const top = bins.reduce((best, level, n) => level > bins[best] ? n : best, 0);
            const step = window.heard.context.sampleRate / window.heard.fftSize;
            return bins[top] > -60 && Math.abs(top * step - hz) < 2 * step;
        }"""
        self._until(loudest, timeout_seconds, hz)

    def wait_until_shown(self, language: str, timeout_seconds: float = 60) -> None:
        """Returns when captions in this language, and no others, are read."""
        shown = f"""language => {{
            const captions = [...{_VIDEO}.textTracks].filter(track => track.kind === 'subtitles');
            const on = captions.filter(track => track.mode !== 'disabled');
            return on.length === 1 && on[0].language === language;
        }}"""
        self._until(shown, timeout_seconds, language)

    def wait_until_thumbnails(self, timeout_seconds: float = 60) -> None:
        """Returns when the bar knows what it shows where: it looks only as the pointer moves."""
        tracks = f"[...{_VIDEO}.textTracks].filter(track => track.label === 'thumbnails')"
        self._until(f"() => {tracks}.some(track => track.cues?.length > 0)", timeout_seconds)

    def plays_on(self, timeout_seconds: float = 60) -> None:
        """Returns when half a second more has been played."""
        begun = self._page.evaluate(f"() => {_VIDEO}.currentTime")
        self._until(f"begun => {_VIDEO}.currentTime > begun + 0.5", timeout_seconds, begun)

    def duration_seconds(self) -> float:
        return float(self._page.evaluate(f"() => {_VIDEO}.duration"))

    def size(self) -> tuple[int, int]:
        width, height = self._page.evaluate(f"() => [{_VIDEO}.videoWidth, {_VIDEO}.videoHeight]")
        return int(width), int(height)

    def heights(self) -> list[int]:
        """Of the rungs that the player offers, lowest first."""
        return list(
            self._page.evaluate("() => document.querySelector('vp-video').engine.levels.map(l => l.height)")
        )

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

    def tiles(self, across: int, down: int) -> NDArray[np.float64]:
        """The picture on the screen as mean colours of equal tiles: rows, columns, red-green-blue."""
        sums = self._page.evaluate(
            f"""async ([across, down]) => {{
                const video = {_VIDEO}, width = video.videoWidth, height = video.videoHeight;
                const context = new OffscreenCanvas(width, height).getContext('2d');
                let pixels;
                // Between two sizes Firefox may have nothing to draw: transparent.
                await ({_UNTIL})(() => {{
                    context.drawImage(video, 0, 0);
                    pixels = context.getImageData(0, 0, width, height).data;
                    return pixels[3] !== 0;
                }}, 30000, {_STATE});
                const sums = new Float64Array(across * down * 3), counts = new Float64Array(across * down);
                for (let y = 0, at = 0; y < height; y++) {{
                    const row = Math.floor(y * down / height) * across;
                    for (let x = 0; x < width; x++, at += 4) {{
                        const tile = row + Math.floor(x * across / width);
                        counts[tile]++;
                        for (let c = 0; c < 3; c++) sums[3 * tile + c] += pixels[at + c];
                    }}
                }}
                return [...sums].map((sum, n) => sum / counts[Math.floor(n / 3)]);
            }}""",
            [across, down],
        )
        return np.array(sums).reshape(down, across, 3)

    def seek(self, seconds: float, timeout_seconds: float = 60) -> Picture:
        """Jumps while paused; the picture that is then shown."""
        return Picture(
            **self._page.evaluate(
                f"""async ([seconds, bits, patience_ms]) => {{
                    const video = {_VIDEO};
                    video.pause();
                    const seen = [];
                    return new Promise((arrived, failed) => {{
                        // Pictures that were under way before the jump may still be shown first.
                        const stop = ({_EACH_PICTURE})(bits, picture => {{
                            seen.push(picture.seconds);
                            if (Math.abs(picture.seconds - seconds) >= 0.07) return;
                            stop();
                            clearTimeout(patience);
                            arrived(picture);
                        }});
                        video.currentTime = seconds;
                        const patience = setTimeout(() => {{
                            stop();
                            failed(new Error(
                                'no picture: ' + JSON.stringify({{seconds, seen, ...({_STATE})()}})
                            ));
                        }}, patience_ms);
                    }});
                }}""",
                [seconds, BARCODE_BITS, timeout_seconds * 1000],
            )
        )

    def watch(
        self, until_seconds: float | None = None, *, heights: list[int] | None = None,
        rate: float = 1, timeout_seconds: float = 60,
    ) -> Viewing:  # fmt: skip
        """Plays from where it is to the end, or a time, and tells what was seen.

        Each segment after those that are loaded is asked for in the next of ``heights``, in turn;
        without them the player chooses.
        """
        seen = self._page.evaluate(
            f"""async ([until_seconds, heights, rate, bits, patience_ms]) => {{
                const outer = document.querySelector('vp-video'), video = {_VIDEO}, engine = outer.engine;
                const pictures = [], stalls_seconds = [], errors = [], segments = [];
                let begun = 0, from = video.currentTime;
                const waiting = () => {{
                    const {{currentTime, duration, seeking}} = video;
                    if (seeking || currentTime === from || currentTime >= duration) return;
                    stalls_seconds.push(currentTime);
                }};
                video.addEventListener('waiting', waiting);
                const failed = (_, error) => errors.push(error.details);
                const levels = heights?.map(h => engine.levels.findIndex(level => level.height === h));
                const substitutes = new Set();
                const loaded = (_, {{frag, networkDetails: answer}}) => {{
                    if (answer.getResponseHeader('cache-control') === 'no-store') substitutes.add(frag);
                }};
                const buffered = (_, {{frag}}) => {{
                    if (frag.type !== 'main' || frag.sn === 'initSegment') return;
                    segments.push({{
                        number: frag.sn, start_seconds: frag.start, end_seconds: frag.end,
                        height: engine.levels[frag.level].height, substituted: substitutes.has(frag),
                    }});
                }};
                let asked = 0;
                const loading = (_, {{frag}}) => {{ if (frag.type === 'main') asked++; }};
                const until = condition => ({_UNTIL})(
                    condition, patience_ms, () => ({{...({_STATE})(), stalls_seconds, errors, segments}}),
                );
                engine.on('hlsFragLoading', loading);
                engine.on('hlsFragLoaded', loaded);
                engine.on('hlsFragBuffered', buffered);
                if (levels) {{
                    // Instead of the rung that suits the line. What is loaded already is thrown away.
                    Object.defineProperty(engine.abrController, 'nextAutoLevel', {{
                        get: () => levels[asked % levels.length], set: () => undefined,
                    }});
                    engine.detachMedia();
                    engine.attachMedia(video);
                }}
                const already = video.getVideoPlaybackQuality();
                const stop = ({_EACH_PICTURE})(bits, picture => {{
                    begun ||= performance.now();
                    pictures.push(picture);
                }});
                try {{
                    video.muted = true;
                    video.playbackRate = rate;
                    from = video.currentTime;
                    await video.play();
                    engine.on('hlsError', failed);
                    await until(
                        () => video.error || video.ended || video.currentTime >= (until_seconds ?? Infinity)
                    );
                }} finally {{
                    stop();
                    video.pause();
                    video.removeEventListener('waiting', waiting);
                    engine.off('hlsError', failed);
                    engine.off('hlsFragLoading', loading);
                    engine.off('hlsFragLoaded', loaded);
                    engine.off('hlsFragBuffered', buffered);
                }}
                if (video.error) errors.push(video.error.message);
                const ranges = {_RANGES}(video.buffered), quality = video.getVideoPlaybackQuality();
                return {{
                    pictures, stalls_seconds, errors, segments,
                    holes: ranges.slice(1).map(([start], n) => [ranges[n][1], start]),
                    decoded: quality.totalVideoFrames - already.totalVideoFrames,
                    dropped: quality.droppedVideoFrames - already.droppedVideoFrames,
                    seconds: video.currentTime, wall_seconds: (performance.now() - begun) / 1000,
                }};
            }}""",
            [until_seconds, heights, rate, BARCODE_BITS, timeout_seconds * 1000],
        )
        return Viewing(
            pictures=tuple(Picture(**picture) for picture in seen.pop("pictures")),
            segments=tuple(Segment(**segment) for segment in seen.pop("segments")),
            holes=tuple((before, after) for before, after in seen.pop("holes")),
            stalls_seconds=tuple(seen.pop("stalls_seconds")),
            errors=tuple(seen.pop("errors")),
            **seen,
        )

    def switch_to(self, height: int, *, after_ms: int = 0) -> None:
        """Chooses a rung, now or in a moment, what is buffered of others thrown away."""
        self._page.evaluate(
            """([height, after_ms]) => {
                const engine = document.querySelector('vp-video').engine;
                const choose = () => {
                    engine.currentLevel = engine.levels.findIndex(level => level.height === height);
                };
                if (after_ms) setTimeout(choose, after_ms); else choose();
            }""",
            [height, after_ms],
        )

    def switch_to_with_late_events(self, height: int) -> None:
        """Loads anew, and chooses a rung when all pictures are there and the last of the sound is not. As a
        busy browser does, it tells that the pictures are thrown away only once that sound is there."""
        self._page.evaluate(
            f"""async height => {{
                const video = {_VIDEO}, engine = document.querySelector('vp-video').engine;
                const {{config}} = engine;
                const next = (event, is) => new Promise(seen => {{
                    const look = (_, data) => {{ if (is(data)) {{ engine.off(event, look); seen(); }} }};
                    engine.on(event, look);
                }});
                const allPictures = () => next('hlsBufferEos', ({{type}}) => type === 'video');
                const until = condition => ({_UNTIL})(condition, 60000, {_STATE});
                let buffer, isHolding = false, held = 0;
                const {{prototype}} = MediaSource, add = prototype.addSourceBuffer, setup = config.xhrSetup;
                // First among those who listen.
                prototype.addSourceBuffer = function (type) {{
                    const made = add.call(this, type);
                    if (type.startsWith('video')) (buffer = made).addEventListener('updateend', event => {{
                        if (isHolding) {{ held++; event.stopImmediatePropagation(); }}
                    }});
                    return made;
                }};
                await until(() => engine.audioTracks[0]?.details);
                const lastSound = engine.audioTracks[0].details.fragments.at(-1).url;
                let goOn;
                const mayGoOn = new Promise(go => goOn = go);
                config.xhrSetup = async (xhr, url) => {{
                    if (url === lastSound) await mayGoOn;
                    await setup(xhr, url);
                }};
                try {{
                    let there = allPictures();
                    engine.detachMedia();
                    engine.attachMedia(video);
                    await there;
                    // Once somebody has jumped, no segment counts as the one that was loaded last.
                    there = allPictures();
                    video.currentTime = 0.5;
                    await there;
                    isHolding = true;
                    engine.currentLevel = engine.levels.findIndex(level => level.height === height);
                    await until(() => held && !buffer.buffered.length);
                    const sound = next('hlsFragBuffered', ({{frag}}) => frag.type === 'audio');
                    goOn();
                    await sound;
                }} finally {{
                    isHolding = false;
                    goOn();
                    prototype.addSourceBuffer = add;
                    config.xhrSetup = setup;
                }}
                while (held--) buffer.dispatchEvent(new Event('updateend'));
            }}""",
            height,
        )

    def wait_until_time(self, seconds: float, timeout_seconds: float = 60) -> None:
        self._until(f"seconds => {_VIDEO}.currentTime >= seconds || {_VIDEO}.ended", timeout_seconds, seconds)

    def wait_until_filled(self) -> None:
        """Pauses; returns when as much is loaded ahead as the player wants."""
        self._until(
            f"""() => {{
                const video = {_VIDEO}, {{config}} = document.querySelector('vp-video').engine;
                video.pause();
                const ahead = {_RANGES}(video.buffered).at(-1)[1] - video.currentTime;
                return ahead >= config.maxMaxBufferLength;
            }}""",
            30,
        )

    def wait_for_height(self, height: int) -> None:
        self._until(f"height => {_VIDEO}.videoHeight === height", 30, height)
