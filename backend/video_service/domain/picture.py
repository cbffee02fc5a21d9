"""How a decoded picture must be turned and coloured to look as its author meant it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HDR_TRANSFERS = {"smpte2084", "arib-std-b67"}
#: Matrices that every player understands. Others are converted.
_KEPT_MATRICES = {"bt709", "smpte170m", "bt470bg", "smpte240m", "fcc"}
_KEPT_PRIMARIES = {"bt709", "smpte170m", "bt470bg", "smpte240m", "smpte432"}
_KEPT_TRANSFERS = {"bt709", "smpte170m", "smpte240m", "iec61966-2-1"}
#: What an untagged picture is taken for, by convention: larger than this is high definition.
_SD_WIDTH, _SD_HEIGHT = 1024, 576


@dataclass(frozen=True)
class Colours:
    """Names as ffmpeg prints them (ITU-T H.273); empty where the source is silent."""

    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    full_range: bool = False

    @property
    def is_hdr(self) -> bool:
        """HDR10 or HLG, whose pictures are made for other screens."""
        return self.transfer in _HDR_TRANSFERS

    @property
    def is_converted(self) -> bool:
        """Whether colours change on the way to what players show."""
        is_rgb = self.matrix == "gbr"
        return self.is_hdr or not (self.matrix in _KEPT_MATRICES or is_rgb)

    def named(self, width: int, height: int) -> "Colours":
        """With every name there: what the source is silent about follows from its size, as in players."""
        is_sd = width <= _SD_WIDTH and height <= _SD_HEIGHT
        usual = "bt709"
        if self.is_hdr or self.matrix.startswith("bt2020") or self.primaries == "bt2020":
            usual = "bt2020"
        elif self.matrix in ("bt470bg", "smpte170m") or (is_sd and not self.matrix):
            usual = "bt470bg" if height in (288, 576) or self.matrix == "bt470bg" else "smpte170m"
        matrices = {"bt2020": "bt2020nc"}
        transfers = {"bt2020": "bt709", "bt470bg": "smpte170m"}
        return Colours(
            self.primaries or usual,
            self.transfer or transfers.get(usual, usual),
            self.matrix or matrices.get(usual, usual),
            self.full_range,
        )

    @property
    def shown(self) -> "Colours":
        """What an encoded rung is tagged with, once every name is there."""
        if self.is_converted:
            return _BT709
        return Colours(
            self.primaries if self.primaries in _KEPT_PRIMARIES else "bt709",
            self.transfer if self.transfer in _KEPT_TRANSFERS else "bt709",
            "bt709" if self.matrix == "gbr" else self.matrix,
        )


_BT709 = Colours("bt709", "bt709", "bt709")


def colours(stream: Mapping[str, Any]) -> Colours:
    """Of a stream as ffprobe prints it."""

    def name(key: str) -> str:
        value = str(stream.get(key, ""))
        return "" if value in ("unknown", "unspecified", "reserved") else value

    pixels = str(stream.get("pix_fmt", ""))
    full_range = stream.get("color_range") == "pc" or pixels.startswith("yuvj")
    matrix = name("color_space")
    if pixels.startswith(("gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8", "xyz")):
        matrix = "gbr"
    elif matrix == "gbr":  # a tag that the pixels contradict
        matrix = ""
    return Colours(name("color_primaries"), name("color_transfer"), matrix, full_range)


@dataclass(frozen=True)
class Orientation:
    """First mirrored left to right, then turned."""

    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""
    mirrored: bool = False


def orientation(display_matrix: str) -> Orientation:
    """The nearest upright one to a display matrix (ISO 14496-12 section 8.5.2), as ffprobe prints it.

    The point (1, 0) goes to (a, b) and (0, 1) to (c, d), with y pointing down. A matrix of nonsense
    turns nothing.
    """
    numbers = [int(n) for row in display_matrix.strip().splitlines() for n in row.split(":")[-1].split()]
    if len(numbers) != 9:
        return Orientation()
    a, b, _, c, d = numbers[:5]
    determinant = a * d - b * c
    if determinant == 0:
        return Orientation()
    mirrored = determinant < 0
    if mirrored:
        a, b = -a, -b
    return Orientation(round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90, mirrored)
