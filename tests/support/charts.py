"""Clips of one still chart of colours, so that a turned picture or a wrong colour shows.

Its tiles are all different, so no turn or mirror image of the chart looks like the chart.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TILES_ACROSS, TILES_DOWN = 8, 4


def chart() -> NDArray[np.uint8]:
    """The colour of each tile: rows, columns, red-green-blue. Neither black nor white is clipped."""
    levels = np.array([25, 120, 225], np.uint8)
    order = np.random.default_rng(7).permutation(27)
    numbers = np.resize(order, TILES_ACROSS * TILES_DOWN)
    colours = np.stack([levels[numbers // 9], levels[numbers // 3 % 3], levels[numbers % 3]], axis=-1)
    return colours.reshape(TILES_DOWN, TILES_ACROSS, 3)


def chart_clip(
    path: Path, *, size: tuple[int, int], matrix: str, tagged: bool = True, full_range: bool = False,
    clockwise: int = 0, codec: str = "libx264", seconds: float = 0.6, options: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Makes a clip that shows the chart upright once a player turns it ``clockwise`` degrees.

    ``matrix`` (``bt709`` or ``smpte170m``) and range are what the samples are made with; unless
    ``tagged``, the file does not say so.
    """
    width, height = size
    stored = np.rot90(chart(), clockwise // 90)
    rows, columns = stored.shape[:2]
    picture = stored.repeat(-(-height // rows), 0)[:height].repeat(-(-width // columns), 1)[:, :width]
    count = round(30 * seconds)
    look = f"scale=out_color_matrix={matrix}:out_range={'pc' if full_range else 'tv'}:flags=accurate_rnd"
    look += f"+full_chroma_inp,format={'yuvj420p' if full_range else 'yuv420p'}"
    # What the filter knows would be written; `setparams` makes it forget.
    tags = matrix if tagged else "unknown"
    look += f",setparams=colorspace={tags}:color_primaries={tags}:color_trc={tags}"
    encoded = path.with_name("stored-" + path.name)
    inputs = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "30", "-i", "-"]
    encoders = {
        "libx264": ["-preset", "ultrafast", "-crf", "12"],
        "libx265": ["-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error:crf=12"],
    }
    command = ["ffmpeg", "-v", "error", "-y", *inputs, "-vf", look, "-c:v", codec, *encoders[codec], *options]
    subprocess.run([*command, str(encoded)], input=picture.tobytes() * count, check=True, timeout=60)
    turn = ["-metadata:s:v:0", f"rotate={360 - clockwise}"] if clockwise else []
    copy = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(encoded), "-c", "copy", *turn, str(path)]
    subprocess.run(copy, check=True, timeout=60)
    encoded.unlink()
    return path
