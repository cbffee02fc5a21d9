"""MXF as cameras write it. ffmpeg's muxer does not tell of H.264 in what order pictures are shown."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Make = Callable[[Path], Path]

#: Keys and tags of SMPTE ST 377-1, section 11: an index table's segment, where it begins, and its entries.
_SEGMENT = bytes.fromhex("060e2b34025301010d01020101100100")
_START, _ENTRIES = 0x3F0C, 0x3F0A


def told(make: Make) -> Make:
    """A file whose index says how much earlier or later each picture is stored than shown."""

    def make_and_tell(folder: Path) -> Path:
        path = make(folder)
        _tell_order(path)
        return path

    return make_and_tell


def _tell_order(path: Path) -> None:
    content = bytearray(path.read_bytes())
    order = _stored_at(path)
    at = content.find(_SEGMENT)
    while at >= 0:
        begin = at + len(_SEGMENT)
        begin += 1 + (content[begin] & 0x7F if content[begin] & 0x80 else 0)
        start, entries = _fields(content, begin)
        count, size_bytes = (int.from_bytes(content[entries + n : entries + n + 4]) for n in (0, 4))
        for n in range(count):
            shown = start + n
            content[entries + 8 + n * size_bytes] = (order[shown] - shown) & 0xFF
        at = content.find(_SEGMENT, begin)
    path.write_bytes(content)


def _fields(content: bytearray, at: int) -> tuple[int, int]:
    """The first picture of a segment, and where its entries are."""
    found: dict[int, int] = {}
    while len(found) < 2:
        tag, length = (int.from_bytes(content[at + n : at + n + 2]) for n in (0, 2))
        if tag in (_START, _ENTRIES):
            found[tag] = at + 4
        at += 4 + length
    start = found[_START]
    return int.from_bytes(content[start : start + 8]), found[_ENTRIES]


def _stored_at(path: Path) -> list[int]:
    """Of each picture as a decoder shows them, its place among those that are stored."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=pkt_pos", "-of"]
    done = subprocess.run(
        [*command, "csv=p=0", str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    shown = [int(line.split(",")[0]) for line in done.stdout.split()]
    places = {at: n for n, at in enumerate(sorted(shown))}
    return [places[at] for at in shown]
