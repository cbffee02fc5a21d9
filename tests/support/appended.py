"""Live recordings in FLV that somebody else went on with: their headers are in the middle."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.support.flash_and_beep import Sound, recording

_RATE, _PICTURES = 30, 84
#: The header of a file, with the size of the tag before the first (annex E.2 of Adobe's specification).
_FILE_BYTES = 13


def appended(
    first: Sequence[str], second: Sequence[str], *, sounds: tuple[Sound | None, Sound | None] = (None, None)
) -> Callable[[Path], Path]:
    """Options of the encoder of each half, of which the first flashes."""

    def append(folder: Path) -> Path:
        whole = b""
        for half, (options, sound) in enumerate(zip((first, second), sounds, strict=True)):
            part, stream = folder / f"{half}.mp4", folder / f"{half}.flv"
            begin = half * _PICTURES
            recording(
                part, range(begin, begin + _PICTURES), _RATE, () if half else {32},
                options=("-g", "60", "-bf", "0", *options),
                sound=replace(sound, end_seconds=_PICTURES / _RATE) if sound else None,
            )  # fmt: skip
            command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(part), "-c", "copy"]
            offset = ["-output_ts_offset", str(begin / _RATE)]
            subprocess.run([*command, *offset, str(stream)], check=True, timeout=60)
            whole += stream.read_bytes()[_FILE_BYTES if half else 0 :]
        (folder / "appended.flv").write_bytes(whole)
        return folder / "appended.flv"

    return append
