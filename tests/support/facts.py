"""Facts and plans of sources that exist as no file, and strategies that make up many of them."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from video_service.domain import frame_indexing
from video_service.domain.facts import SourceFacts, VideoTrack
from video_service.domain.frames import FrameIndex
from video_service.domain.plan import AudioRendition, Plan, Timeline, VideoRung
from video_service.domain.sound import AudioTrack

#: For properties: how long an example takes says nothing on a busy machine.
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NTSC = Fraction(30_000, 1001)
RATES = [Fraction(24_000, 1001), NTSC, *map(Fraction, (5, 10, 15, 25, 50, 60, 120))]
#: What phones record: nothing stands in the way of copying it.
PHONE = VideoTrack(
    stream_index=0,
    codec="h264",
    profile="High",
    pixel_format="yuv420p",
    width=1280,
    height=720,
    sample_aspect=Fraction(1),
    rotation=0,
    nominal_rate=Fraction(30),
    time_base=Fraction(1, 90_000),
    full_range=False,
    transfer="bt709",
    codecs="avc1.64001F",
    reorder_depth=2,
)
#: (a, b, c, d) of display matrices: degrees clockwise, and what they mean for (1, 0) and (0, 1).
TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def display_matrix(a: float, b: float, c: float, d: float) -> str:
    """As ffprobe prints it, in 16.16 and 2.30 fixed point."""
    rows = [(round(a * 65536), round(b * 65536), 0), (round(c * 65536), round(d * 65536), 0), (0, 0, 1 << 30)]
    return "".join(f"\n{n:08x}: {x:12d} {y:11d} {z:11d}" for n, (x, y, z) in enumerate(rows)) + "\n"


STEREO = AudioTrack(stream_index=1, codec="aac", channels=2, start_seconds=0.0, language="en", title="")


def frame_index(pts: list[int], *, every: int, last_ticks: int, size_bytes: int = 1_000_000) -> FrameIndex:
    """Pictures at these ticks, a key frame first and then after each ``every`` pictures."""
    keys = range(0, len(pts), every)
    return frame_indexing.frame_index(pts, keys, last_ticks, size_bytes, has_discarded=False)


def source(
    *, seconds: float = 20, rate: Fraction | int = 30, every: int = 60, mean_bps: int = 1_000_000,
    sound: bool = True, start: int = 0, **track: Any,
) -> SourceFacts:  # fmt: skip
    """A source of constant rate. ``track`` replaces what the phone's picture is like."""
    video = replace(PHONE, **{"nominal_rate": Fraction(rate), **track})
    count = max(1, round(seconds * rate))
    ticks = 1 / (video.time_base * rate)
    pts = [start + round(n * ticks) for n in range(count)]
    size_bytes = int(mean_bps * count / rate / 8)
    frames = frame_index(pts, every=every, last_ticks=max(1, round(ticks)), size_bytes=size_bytes)
    return SourceFacts("mov", video, frames, (STEREO,) if sound else ())


def uneven_source(steps: list[int], *, every: int = 30, **track: Any) -> SourceFacts:
    """A source whose pictures last these numbers of ticks."""
    pts = list(accumulate(steps, initial=0))[:-1]
    frames = frame_index(pts, every=every, last_ticks=steps[-1])
    return SourceFacts("matroska", replace(PHONE, **track), frames, (STEREO,))


def shivering(
    rate: Fraction | int, shivers_ms: float, *, count: int = 900, first_ms: float = 0, **track: Any
) -> SourceFacts:
    """A source whose clock deviates so much, and whose first picture lies so far off the others."""
    shivers = np.random.default_rng(1).normal(0, shivers_ms, count + 1) / 1000
    shivers[0] = first_ms / 1000
    time_base = track.get("time_base", PHONE.time_base)
    ticks = [round((1 + n / rate + Fraction(shivers[n])) / time_base) for n in range(count + 1)]
    return uneven_source([after - before for before, after in pairwise(ticks)], **track)


@st.composite
def steady_sources(draw: st.DrawFn) -> SourceFacts:
    """Constant rates of all kinds, large and small pictures, upright and lying."""
    return source(
        seconds=draw(st.floats(0.01, 25)),
        rate=draw(st.sampled_from(RATES)),
        every=draw(st.integers(1, 300)),
        mean_bps=draw(st.integers(10_000, 12_000_000)),
        sound=draw(st.booleans()),
        start=draw(st.integers(-1000, 10**9)),
        codec=draw(st.sampled_from(["h264", "hevc", "vp9", "av1"])),
        width=draw(st.integers(1, 4096)),
        height=draw(st.integers(1, 4096)),
        sample_aspect=draw(st.fractions(Fraction(1, 4), Fraction(4), max_denominator=64)),
        rotation=draw(st.sampled_from(sorted(TURNS))),
        time_base=draw(st.sampled_from([Fraction(1, 1000), Fraction(1, 90_000), Fraction(1, 10**9)])),
    )


@st.composite
def uneven_sources(draw: st.DrawFn) -> SourceFacts:
    """Pictures at varying times, as phones and screen recorders leave them."""
    time_base, longest = draw(
        st.sampled_from([(Fraction(1, 1000), 60_000), (Fraction(1, 90_000), 10**7), (Fraction(1), 300)])
    )
    return uneven_source(
        draw(st.lists(st.integers(1, longest), min_size=2, max_size=300)),
        every=draw(st.integers(1, 100)),
        time_base=time_base,
        codec=draw(st.sampled_from(["h264", "vp9"])),
    )


SOURCES = st.one_of(steady_sources(), uneven_sources())


def rung(name: str, width: int, height: int, **changes: Any) -> VideoRung:
    """An encoded rung of 30 pictures per second."""
    plain = VideoRung(
        name=name,
        width=width,
        height=height,
        frame_rate=Fraction(30),
        copied=False,
        codecs="avc1.4D401E",
        profile="main",
        level="3.0",
        crf=24,
        maxrate_bps=800_000,
        bufsize_bits=1_200_000,
    )
    return replace(plain, **changes)


def plan(
    cuts: tuple[int, ...], rungs: tuple[VideoRung, ...], titles: tuple[str, ...] = (),
    time_base: Fraction = Fraction(1, 30),
) -> Plan:  # fmt: skip
    """A plan without chunks; one audio rendition for each title."""
    counts = tuple(after - before for before, after in pairwise(cuts))
    audio = tuple(
        AudioRendition(f"a{n}", n + 1, "mp4a.40.2", 2, 128_000, "deu", title)
        for n, title in enumerate(titles)
    )
    return Plan(Timeline(time_base, True, cuts, counts), rungs, audio, ())
