"""Sources to measure with: 1080p30 with sound, of several lengths, made once and kept."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.report import RESULTS

FOLDER = RESULTS / "sources"
KINDS = ("copyable", "hevc")
#: Of a copyable one: what has no index, and is copied or read while it is uploaded.
REMUXED = {"stream": "ts", "matroska": "mkv"}
SHORT_SECONDS, MINUTE_SECONDS, MEDIUM_SECONDS, LONG_SECONDS = 10, 60, 300, 7200
#: Film-like detail and movement: a zooming fractal costs an encoder about what a camera does.
_PICTURE = f"mandelbrot=size=1920x1080:rate=30:maxiter=200,trim=duration={SHORT_SECONDS}"
_SOUND = "sine=frequency=440:sample_rate=48000"
#: Two hours shall fit a laptop's disk: 1 GB each.
_RATES = {False: "4M", True: "1M"}


@dataclass(frozen=True)
class Source:
    name: str
    path: Path
    seconds: int


def source(kind: str, seconds: int, *, easy: bool = False) -> Source:
    """``copyable`` (H.264, closed GOPs of 2 s), ``hevc``, which is not, or the first of these as
    ``stream`` (MPEG-TS) or ``matroska``; a multiple of ten seconds.

    Length is repetition: a film of two hours costs no more to make than its first ten seconds. ``easy``:
    of as few bits as one of two hours.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = f"{kind}-{seconds}s{'-easy' if easy and seconds < LONG_SECONDS else ''}"
    if kind in REMUXED:
        path = FOLDER / f"{name}.{REMUXED[kind]}"
        if not path.exists():
            _ffmpeg(["-i", str(source("copyable", seconds, easy=easy).path), "-c", "copy"], path)
        return Source(path.stem, path, seconds)
    rate = _RATES[easy or seconds >= LONG_SECONDS]
    path = FOLDER / f"{name}.mp4"
    if not path.exists():
        shown = FOLDER / f"{kind}-{rate}-picture.mp4"
        if not shown.exists():
            _ffmpeg(["-f", "lavfi", "-i", _PICTURE, *_encoder(kind, rate), "-pix_fmt", "yuv420p"], shown)
        repeat = str(seconds // SHORT_SECONDS - 1)
        # Of the picture alone: sound never ends with the last picture, and would shift each repetition.
        inputs = [
            "-stream_loop",
            repeat,
            "-i",
            str(shown),
            "-f",
            "lavfi",
            "-i",
            f"{_SOUND}:duration={seconds}",
        ]
        _ffmpeg([*inputs, "-c:v", "copy", "-c:a", "aac"], path)
    return Source(path.stem, path, seconds)


def _encoder(kind: str, rate: str) -> list[str]:
    if kind == "copyable":
        return ["-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-g", "60", "-keyint_min", "60"]
    quiet = ["-x265-params", "log-level=error"]
    return ["-c:v", "libx265", "-preset", "ultrafast", "-b:v", rate, "-tag:v", "hvc1", *quiet]


def _ffmpeg(options: list[str], out: Path) -> None:
    draft = out.with_suffix(f".draft{out.suffix}")
    fast = ["-movflags", "+faststart"] if out.suffix == ".mp4" else []
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *options, *fast, str(draft)]
    subprocess.run(command, check=True, timeout=600)
    draft.rename(out)
