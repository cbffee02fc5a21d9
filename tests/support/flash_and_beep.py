"""Recordings whose pictures bear their times, with a white flash and a beep at the same moments.

A picture's number says when it is shown: ``number / rate`` seconds after the number 0 would be.
"""

import json
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.support.clips import BARCODE_BITS, draw_barcode

#: Large enough for two rungs, and no larger.
SIZE = (360, 360)
_BEEP_SECONDS = 0.06
#: Of full scale.
_BEEP_LEVEL = 0.5
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
    encoder = ["-c:v", codec, *_ENCODERS[codec], "-vf", f"setpts={times}", "-fps_mode", "passthrough"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, *encoder, "-pix_fmt", "yuv420p"]
    process = subprocess.Popen([*command, *options, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    for picture in _pictures(width, height, numbers, flashes):
        process.stdin.write(picture)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return path


def _pictures(width: int, height: int, numbers: Sequence[int], flashes: Collection[int]) -> Iterator[bytes]:
    ramp = (np.add.outer(np.arange(height), np.arange(width)) // 4 % 120).astype(np.uint8)
    for number in numbers:
        picture = np.take(((np.arange(120) + 3 * number) % 120).astype(np.uint8), ramp)
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
    """In the order in which they are shown, at the times that ffmpeg finds, in whole microseconds."""
    graph = f"[0:v:0]scale={BARCODE_BITS}:{BARCODE_BITS}:flags=area,format=gray,split[pixels][times]"
    decode = ["ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", str(path), "-filter_complex", graph]
    decode += ["-map", "[pixels]", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"]
    decode += ["-map", "[times]", "-fps_mode", "passthrough", "-enc_time_base", "1/1000000"]
    decode += ["-c:v", "rawvideo", "-f", "framecrc", "pipe:2"]
    done = subprocess.run(decode, capture_output=True, timeout=120, check=True)
    # Of each: stream, DTS, PTS, duration, size, checksum.
    lines = [line.split(",") for line in done.stderr.decode().splitlines() if not line.startswith("#")]
    seconds = [int(line[2]) / 1_000_000 for line in lines]
    small = np.frombuffer(done.stdout, np.uint8).reshape(-1, BARCODE_BITS, BARCODE_BITS)
    return [
        Picture(
            time, sum(1 << bit for bit in range(BARCODE_BITS) if look[0][bit] > 127), look[4:].mean() > 200
        )
        for time, look in zip(seconds, small, strict=True)
    ]


def flashes(shown: Sequence[Picture]) -> list[float]:
    """When the picture turns white, in seconds."""
    dark = Picture(0, 0, False)
    return [b.seconds for a, b in pairwise([dark, *shown]) if b.flashes and not a.flashes]


def beeps(path: Path) -> list[float]:
    """When silence ends, in seconds of the file's own clock."""
    shown = ["-select_streams", "a:0", "-show_entries", "stream=sample_rate:frame=pts_time,nb_samples"]
    found = json.loads(_output("ffprobe", "-v", "error", *shown, "-of", "json", str(path)))
    rate_hz = int(found["streams"][0]["sample_rate"])
    decode = ["-map", "0:a:0", "-ac", "1", "-f", "f32le", "-"]
    samples = np.frombuffer(_output("ffmpeg", "-nostdin", "-v", "error", "-i", str(path), *decode), "<f4")
    begins = np.cumsum([0, *(int(frame["nb_samples"]) for frame in found["frames"])])
    assert len(samples) == begins[-1]
    loud = np.flatnonzero(np.abs(samples) > _BEEP_LEVEL / 4)
    onsets = [int(here) for before, here in pairwise([-rate_hz, *loud]) if here - before > rate_hz * 0.2]
    frames = np.searchsorted(begins, onsets, side="right") - 1
    return [
        float(found["frames"][frame]["pts_time"]) + (onset - int(begins[frame])) / rate_hz
        for frame, onset in zip(frames, onsets, strict=True)
    ]


@dataclass(frozen=True)
class Packet:
    pts: int
    """In 1/90000 s, as `dts`."""
    dts: int
    key: bool
    segment: int


def packets(parts: Sequence[Path], whole: Path) -> list[Packet]:
    """Of segments that were joined to one file, in file order. Where ffprobe tells no DTS, it is the PTS."""
    ends = np.cumsum([part.stat().st_size for part in parts])
    shown = ["-show_entries", "packet=pts,dts,flags,pos", "-of", "json", str(whole)]
    found = json.loads(_output("ffprobe", "-v", "error", *shown))["packets"]
    read, position = [], 0
    for packet in found:
        # Of the frames that share a PES packet, only the first has a position.
        position = int(packet.get("pos", position))
        read.append(
            Packet(
                int(packet["pts"]), int(packet.get("dts", packet["pts"])), "K" in packet["flags"],
                int(np.searchsorted(ends, position, side="right")),
            )
        )  # fmt: skip
    return read


def _output(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout
