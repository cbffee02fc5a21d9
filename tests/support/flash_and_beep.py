"""Recordings whose pictures bear their times, with a white flash and a beep at the same moments.

A picture's number says when it is shown: ``number / rate`` seconds after the number 0 would be.
"""

import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.support.clips import draw_barcode, slanted
from tests.support.decoding import heard, looks

#: Large enough for two rungs, and no larger.
SIZE = (360, 360)
_BEEP_SECONDS = 0.06
#: Of full scale.
_BEEP_LEVEL = 0.5
#: Luma of a flash below its barcode; no other picture comes near it.
_BRIGHT = 200
_ENCODERS = {
    "libx264": ["-preset", "ultrafast", "-sc_threshold", "0"],
    "libx265": ["-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error:keyint=60"],
    "libvpx-vp9": ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k"],
    "libsvtav1": ["-preset", "12"],
}


@dataclass(frozen=True)
class Sound:
    """A track that is silent but for the beeps."""

    start_seconds: float = 0.0
    """After the first picture; before it where negative."""
    end_seconds: float | None = None
    """After the first picture; with the last picture where nothing is said."""
    rate_hz: int = 48_000
    layout: str = "stereo"
    codec: Sequence[str] = ("-c:a", "aac")


def recording(
    path: Path, numbers: Sequence[int], rate: Fraction | int, flashes: Collection[int], *,
    codec: str = "libx264", options: Sequence[str] = (), sound: Sound | None = None,
    size: tuple[int, int] = SIZE,
) -> Path:  # fmt: skip
    """Makes one of the pictures that bear these numbers, ascending; the flashes are among them."""
    width, height = size
    jumps = [(n, after - before - 1) for n, (before, after) in enumerate(pairwise(numbers), 1)]
    times = "+".join(["N", *(f"gte(N\\,{n})*{jump}" for n, jump in jumps if jump)])
    inputs = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-"]
    if sound:
        end = sound.end_seconds if sound.end_seconds is not None else float((numbers[-1] + 1) / rate)
        begins = [float(number / Fraction(rate)) - sound.start_seconds for number in flashes]
        beeps = "+".join(f"between(t,{begin},{begin + _BEEP_SECONDS})" for begin in begins) or "0"
        wave = f"{_BEEP_LEVEL}*sin(2*PI*1000*t)*({beeps})"
        voices = "|".join([wave] * (1 if sound.layout == "mono" else 2))
        tone = f"aevalsrc='{voices}':s={sound.rate_hz}:d={end - sound.start_seconds}"
        inputs += ["-itsoffset", str(sound.start_seconds), "-f", "lavfi", "-i", tone, *sound.codec]
    encoder = ["-c:v", codec, *_ENCODERS.get(codec, ()), "-vf", f"setpts={times}", "-fps_mode", "passthrough"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, *encoder, "-pix_fmt", "yuv420p"]
    process = subprocess.Popen([*command, *options, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    for picture in _pictures(width, height, numbers, flashes):
        process.stdin.write(picture)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return path


def _pictures(width: int, height: int, numbers: Sequence[int], flashes: Collection[int]) -> Iterator[bytes]:
    ramp = np.arange(height + width - 1) // 4
    for number in numbers:
        picture = slanted(((ramp + 3 * number) % 120).astype(np.uint8), width).copy()
        if number in flashes:
            picture[:] = 255
        draw_barcode(picture, number)
        yield picture.tobytes()


@dataclass(frozen=True)
class Picture:
    """One that a decoder shows."""

    seconds: float
    number: int
    flashes: bool


def pictures(path: Path) -> list[Picture]:
    """In the order in which they are shown, at the times that a decoder finds."""
    return [
        Picture(look.seconds, look.number, look.luma[len(look.luma) // 5 :].mean() > _BRIGHT)
        for look in looks(path)
    ]


def flashes(shown: Sequence[Picture]) -> list[float]:
    """When the picture turns white, in seconds."""
    dark = Picture(0, 0, False)
    return [b.seconds for a, b in pairwise([dark, *shown]) if b.flashes and not a.flashes]


def beeps(path: Path) -> list[float]:
    """When silence ends, in seconds of the file's own clock."""
    sound = heard(path)
    loud = np.flatnonzero(np.abs(sound.samples) > _BEEP_LEVEL / 4)
    pause = sound.rate_hz * 0.2
    onsets = [int(here) for before, here in pairwise([-sound.rate_hz, *loud]) if here - before > pause]
    pieces = np.searchsorted(sound.begins, onsets, side="right") - 1
    return [
        sound.seconds[piece] + (onset - sound.begins[piece]) / sound.rate_hz
        for piece, onset in zip(pieces, onsets, strict=True)
    ]
