"""Recordings joined without being encoded again: one track, with a description for each part."""

import struct
import subprocess
from pathlib import Path

from tests.support.boxes import inner

_TABLES = "moov/trak/mdia/minf/stbl"


def one_behind_the_other(first: Path, second: Path, path: Path) -> Path:
    """Pictures alone, shown as they are stored, at the same rate."""
    parts = [first.read_bytes(), second.read_bytes()]
    samples = [_samples(path) for path in (first, second)]
    stored = [
        b"".join(part[at : at + size] for at, size, _ in found)
        for part, found in zip(parts, samples, strict=True)
    ]
    start = _box(parts[0], "ftyp")
    begins = [len(start) + 8, len(start) + 8 + len(stored[0])]
    every = [*samples[0], *samples[1]]
    keys = [n for n, (*_, is_key) in enumerate(every, 1) if is_key]
    duration = _number(parts[0], f"{_TABLES}/stts", 20)
    tables = [
        _full(b"stsd", 2, b"".join(_box(part, f"{_TABLES}/stsd")[16:] for part in parts)),
        _full(b"stts", 1, struct.pack(">II", len(every), duration)),
        _full(b"stss", len(keys), struct.pack(f">{len(keys)}I", *keys)),
        # Two chunks: which is the first of a run, how many samples each has, and their description.
        _full(b"stsc", 2, struct.pack(">6I", 1, len(samples[0]), 1, 2, len(samples[1]), 2)),
        _full(b"stsz", 0, struct.pack(f">{len(every) + 1}I", len(every), *(size for _, size, _ in every))),
        _full(b"stco", 2, struct.pack(">II", *begins)),
    ]
    moov = _with_tables(_box(parts[0], "moov"), b"".join(tables), len(every) * duration)
    path.write_bytes(start + _plain(b"mdat", b"".join(stored)) + moov)
    return path


def _with_tables(moov: bytes, tables: bytes, ticks: int) -> bytes:
    """A movie box with other tables and another duration, and without edits."""
    at, old_bytes = inner(moov, _TABLES), _number(moov, _TABLES, 0)
    new = _plain(b"stbl", tables)
    longer = bytearray(moov[:at] + new + moov[at + old_bytes :])
    names = _TABLES.split("/")
    for depth in range(1, len(names)):
        outer = "/".join(names[:depth])
        size_bytes = _number(moov, outer, 0) + len(new) - old_bytes
        struct.pack_into(">I", longer, inner(moov, outer), size_bytes)
    struct.pack_into(">4s", longer, inner(moov, "moov/trak/edts") + 4, b"free")
    media_timescale = _number(moov, "moov/trak/mdia/mdhd", 20)
    of_movie = ticks * _number(moov, "moov/mvhd", 20) // media_timescale
    for box, at, duration in (
        ("moov/mvhd", 24, of_movie),
        ("moov/trak/tkhd", 28, of_movie),
        ("moov/trak/mdia/mdhd", 24, ticks),
    ):
        struct.pack_into(">I", longer, inner(moov, box) + at, duration)
    return bytes(longer)


def _samples(path: Path) -> list[tuple[int, int, bool]]:
    """Where each is, its size, and whether it is a key frame."""
    fields = ["-show_entries", "packet=pos,size,flags", "-of", "csv=p=0"]
    command = ["ffprobe", "-v", "error", *fields, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = [line.split(",") for line in done.stdout.split()]
    return [(int(at), int(size), "K" in flags) for size, at, flags, *_ in rows]


def _number(content: bytes, box: str, at: int) -> int:
    return int.from_bytes(content[inner(content, box) + at :][:4])


def _box(content: bytes, path: str) -> bytes:
    at = inner(content, path)
    return content[at : at + _number(content, path, 0)]


def _plain(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _full(kind: bytes, count: int, content: bytes) -> bytes:
    """With version and flags, and a number (ISO 14496-12 section 4.2)."""
    return _plain(kind, struct.pack(">II", 0, count) + content)
