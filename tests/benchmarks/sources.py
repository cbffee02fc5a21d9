"""Sources to measure with: 1080p30 with sound, 10 s long or 30 times that, made once and kept."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_BASE_SECONDS = 10
#: Film-like detail and movement: a zooming fractal costs an encoder about what a camera does.
_PICTURE = f"mandelbrot=size=1920x1080:rate=30:maxiter=200,trim=duration={_BASE_SECONDS}"
_SOUND = f"sine=frequency=440:sample_rate=48000:duration={_BASE_SECONDS}"


@dataclass(frozen=True)
class Source:
    name: str
    path: Path
    seconds: int


def make_sources(folder: Path) -> list[Source]:
    """Copyable (H.264, closed GOPs of 2 s) and not (HEVC), short and long."""
    folder.mkdir(parents=True, exist_ok=True)
    encoders = {
        "copyable": ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-g", "60", "-keyint_min", "60"],
        "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-b:v", "4M", "-tag:v", "hvc1"],
    }
    sources = []
    for kind, encoder in encoders.items():
        short = folder / f"{kind}-{_BASE_SECONDS}s.mp4"
        if not short.exists():
            inputs = ["-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND]
            _ffmpeg([*inputs, *encoder, "-pix_fmt", "yuv420p", "-c:a", "aac"], short)
        long = folder / f"{kind}-{_BASE_SECONDS * 30}s.mp4"
        if not long.exists():
            _ffmpeg(["-stream_loop", "29", "-i", str(short), "-c", "copy"], long)
        sources += [Source(short.stem, short, _BASE_SECONDS), Source(long.stem, long, _BASE_SECONDS * 30)]
    return sources


def _ffmpeg(options: list[str], out: Path) -> None:
    draft = out.with_suffix(".draft.mp4")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *options, "-movflags", "+faststart", str(draft)]
    subprocess.run(command, check=True, timeout=600)
    draft.rename(out)
