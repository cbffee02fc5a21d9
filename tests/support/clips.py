"""Clips whose every picture bears its number, so that a lost, doubled or misplaced one shows.

The number stands in binary in the top tenth of the picture, lowest bit on the left, white for 1.
"""

import atexit
import functools
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.decoding import BARCODE_BITS, looks

#: Shades of noise, as in pictures of a good camera, and of one in the dark: a copied source has smaller rungs
#: beside it only where it takes many bits.
QUIET, NOISY = 8, 24


def barcode_clip(
    path: Path, *, seconds: float, codec: str = "libx264", size: tuple[int, int] = (640, 360),
    rate: Fraction | int = 30, sound: bool = True, options: Sequence[str] = (), noise: int = QUIET,
) -> Path:  # fmt: skip
    """Makes a clip with beeps as sound; H.264 gets closed GOPs of two seconds."""
    shutil.copyfile(_made(path.suffix, seconds, codec, size, rate, sound, tuple(options), noise), path)
    return path


@functools.cache
def _made(
    suffix: str, seconds: float, codec: str, size: tuple[int, int], rate: Fraction | int, sound: bool,
    options: tuple[str, ...], noise: int,
) -> Path:  # fmt: skip
    """Each clip once for all tests of a process."""
    path = _folder() / f"{uuid.uuid4()}{suffix}"
    width, height = size
    count = round(seconds * rate)
    inputs = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-"]
    if sound:
        # Short beeps: of a lasting tone an encoder makes ten times the work that it makes of anything else.
        tone = f"sine=frequency=440:sample_rate=48000:duration={seconds},volume='lt(mod(t,1),0.1)':eval=frame"
        inputs += ["-f", "lavfi", "-i", tone, "-c:a", "aac"]
    gop = str(round(2 * rate))
    encoders = {
        "libx264": ["-preset", "ultrafast", "-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-bf", "2"],
        # Never copied, and made in a moment.
        "mpeg4": ["-q:v", "3", "-g", gop],
        "libx265": ["-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error"],
        "libvpx-vp9": ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M"],
        "libsvtav1": ["-preset", "12"],
    }
    encoder = ["-c:v", codec, *encoders[codec], "-pix_fmt", "yuv420p", *options]
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, *encoder, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    for picture in _pictures(width, height, count, noise):
        process.stdin.write(picture)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    return path


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="playhead-clips-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def read_barcodes(path: Path) -> list[int]:
    """The numbers of all pictures in the order in which they are shown."""
    return [look.number for look in looks(path)]


def _pictures(width: int, height: int, count: int, noise: int) -> Iterator[bytes]:
    ramp = np.arange(height + width - 1) % 200
    shades_of_noise = np.random.default_rng(1).integers(0, noise, (height, 2 * width)).astype(np.uint8)
    for number in range(count):
        shift = number * 5 % width
        shades = ((np.arange(200) + 3 * number) % 200 // 2 + 8).astype(np.uint8)
        picture = slanted(shades[ramp], width) + shades_of_noise[:, shift : shift + width]
        draw_barcode(picture, number)
        yield picture.tobytes()


def slanted(shades: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """A view of stripes from the upper right to the lower left: each row begins one shade later."""
    return np.lib.stride_tricks.sliding_window_view(shades, width)


def draw_barcode(picture: NDArray[np.uint8], number: int) -> None:
    height, width = picture.shape
    bits = (np.arange(width) * BARCODE_BITS // width).astype(np.int64)
    picture[: height // 10] = np.where(number >> bits & 1, 255, 0).astype(np.uint8)
