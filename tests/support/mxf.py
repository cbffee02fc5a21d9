"""MXF as cameras write it. ffmpeg's muxer does not tell of H.264 in what order pictures are shown."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Make = Callable[[Path], Path]

#: Keys and tags of SMPTE ST 377-1, section 11: an index table's segment, where it begins, and its entries.
_SEGMENT = bytes.fromhex("060e2b34025301010d01020101100100")
_START, _ENTRIES = 0x3F0C, 0x3F0A
#: Of any partition (section 7).
_PARTITION = bytes.fromhex("060e2b34020501010d01020101")


def told(make: Make) -> Make:
    """A file whose index says how much earlier or later each picture is stored than shown."""

    def make_and_tell(folder: Path) -> Path:
        path = make(folder)
        _tell_order(path)
        return path

    return make_and_tell


def by_fields(make: Make) -> Make:
    """A file whose index has two entries for each picture and one for their end, as Avid's programs write."""

    def make_and_double(folder: Path) -> Path:
        path = make(folder)
        content = bytearray(path.read_bytes())
        at = content.find(_SEGMENT)
        assert content.find(_SEGMENT, at + 1) < 0, "a single part of an index"
        begin, length = _value(content, at)
        _, entries = _fields(content, begin)
        count, size_bytes = (int.from_bytes(content[entries + n : entries + n + 4]) for n in (0, 4))
        end = entries + 8 + count * size_bytes
        each = [content[n : n + size_bytes] for n in range(entries + 8, end, size_bytes)]
        doubled = b"".join(entry + entry for entry in each) + each[-1]
        more = len(doubled) - count * size_bytes
        content[entries + 8 : end] = doubled
        content[entries : entries + 4] = (2 * count + 1).to_bytes(4)
        content[entries - 2 : entries] = (len(doubled) + 8).to_bytes(2)
        _tell(content, at + len(_SEGMENT), length + more)
        # What a partition says of its own index precedes that.
        partition, _ = _value(content, content.rfind(_PARTITION, 0, at))
        index_bytes = int.from_bytes(content[partition + 40 : partition + 48])
        content[partition + 40 : partition + 48] = (index_bytes + more).to_bytes(8)
        path.write_bytes(content)
        return path

    return make_and_double


def _value(content: bytearray, at: int) -> tuple[int, int]:
    """Where the value of a key begins, and its length."""
    begin = at + len(_SEGMENT)
    width = content[begin] & 0x7F
    assert content[begin] & 0x80
    return begin + 1 + width, int.from_bytes(content[begin + 1 : begin + 1 + width])


def _tell(content: bytearray, at: int, length: int) -> None:
    width = content[at] & 0x7F
    content[at + 1 : at + 1 + width] = length.to_bytes(width)


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
