"""H.264 whose pictures are stored as two fields each (PAFF), as camcorders and broadcasts have it.

No encoder at hand makes it, so it is packed here, bit by bit: macroblocks without compression, that bear a
barcode, and pictures that are shown in another order than they are stored.
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from tests.support.decoding import BARCODE_BITS

#: A bit of the barcode is as wide as a macroblock.
SIZE = (16 * BARCODE_BITS, 64)
RATE_HZ, PICTURE_TICKS, GROUP = 25, 3600, 10
#: Ticks of the transport clock at which the first picture is shown.
FIRST_TICKS = 93_600
#: When the pictures of a group are shown, in the order in which they are stored.
_ORDER = (0, 2, 1, 4, 3, 6, 5, 8, 7, 9)
_REFERENCES = {0, 2, 4, 6, 8, 9}
#: Behind the slice's header: from the second macroblock on, each begins on a whole byte (section 7.3.5).
_INTRA, _PREDICTED = "000011010", "1000011111"
_PICTURES_PID, _PROGRAM_PID = 0x100, 0x1000

Times = Literal["of frames", "of fields", "of first fields"]
"""What has a time of its own. Of frames, both fields share a PES packet; else each has one."""


def field_pictures(
    path: Path, pictures: int, times: Times, *, whole: Collection[int] = (), lost: Collection[int] = ()
) -> Path:
    """MPEG-TS of pictures with their numbers as barcodes; ``whole``: stored as frames, ``lost``: whose second
    field is missing."""
    stream, reference = _Transport(), 0
    for n in range(pictures):
        group, place = divmod(n, GROUP)
        number = group * GROUP + _ORDER[place]
        if not place:
            reference = 0
            stream.tables()
        fields = [None] if number in whole else [False, True]
        units = [_picture(number, reference, is_bottom) for is_bottom in fields]
        if number in lost:
            del units[1:]
        reference += _ORDER[place] in _REFERENCES
        dts, pts = FIRST_TICKS + PICTURE_TICKS * (n - 1), FIRST_TICKS + PICTURE_TICKS * number
        if times == "of frames":
            units = [b"".join(units)]
        for second, unit in enumerate(units):
            shift = second * PICTURE_TICKS // 2
            is_timed = not second or times == "of fields"
            stream.pes(unit, (pts + shift, dts + shift) if is_timed else None)
    path.write_bytes(stream.content)
    return path


def _picture(number: int, reference: int, is_bottom: bool | None) -> bytes:
    """A picture, or one field of it: with all that precedes its slice (section 7.4.1.2.3)."""
    group, place = divmod(number, GROUP)
    is_idr = not place and not is_bottom
    parts = [_unit(0, 9, "00010000")]
    if is_idr:
        parts += [_unit(3, 7, _sequence()), _unit(3, 8, "11001110001111001")]
    header = _code(0) + _code(7 if is_idr else 5) + _code(0) + f"{reference:04b}"
    header += "0" if is_bottom is None else f"1{is_bottom:b}"
    header += _code(group % 2) if is_idr else ""
    header += f"{2 * place + bool(is_bottom):08b}" + ("" if is_idr else "00")
    is_reference = place in _REFERENCES
    header += ("00" if is_idr else "0") if is_reference else ""
    header += _code(0) + _code(1)
    kind = _INTRA if is_idr else _PREDICTED
    line = [bytes([235 if number >> bit & 1 else 16]) * 256 + b"\x80" * 128 for bit in range(BARCODE_BITS)]
    lines = SIZE[1] // 16 // (1 if is_bottom is None else 2)
    slice_data = _bytes(header + kind) + _bytes(kind).join(line * lines)
    return b"".join([*parts, _unit(2 if is_reference else 0, 5 if is_idr else 1, "1", slice_data)])


def _sequence() -> str:
    """Main profile; whole pictures and fields; 25 a second (sections 7.3.2.1.1 and E.1.1)."""
    shape = _code(SIZE[0] // 16 - 1) + _code(SIZE[1] // 32 - 1)
    clock = f"{1:032b}{2 * RATE_HZ:032b}1"
    order = "11" + "".join(map(_code, (0, 0, 16, 16, 1, 2)))
    head = f"{77:08b}{0:08b}{30:08b}" + "".join(map(_code, (0, 0, 0, 4, 2))) + "0"
    return head + shape + "00101" + "00001" + clock + "000" + order + "1"


def _code(value: int) -> str:
    """ue(v) (section 9.1)."""
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _bytes(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def _unit(reference: int, kind: int, bits: str, before: bytes = b"") -> bytes:
    """With a start code (annex B). A unit's own bits end with a 1 (section 7.3.2.11)."""
    end = bits if kind == 9 or before else bits + "1"
    content = before + _bytes(end)
    kept = re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", content)
    return b"\0\0\0\1" + bytes([reference << 5 | kind]) + kept


class _Transport:
    """ISO/IEC 13818-1 sections 2.4.3 and 2.4.4."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._counters = dict.fromkeys((0, _PROGRAM_PID, _PICTURES_PID), 0)

    def tables(self) -> None:
        self._table(0, 0, (1).to_bytes(2) + (0xE000 | _PROGRAM_PID).to_bytes(2))
        entry = b"\x1b" + (0xE000 | _PICTURES_PID).to_bytes(2) + b"\xf0\0"
        self._table(_PROGRAM_PID, 2, (0xE000 | _PICTURES_PID).to_bytes(2) + b"\xf0\0" + entry)

    def pes(self, content: bytes, times: tuple[int, int] | None) -> None:
        stamps = b"" if times is None else _stamp(3, times[0]) + _stamp(1, times[1])
        head = b"\0\0\1\xe0\0\0\x80" + bytes([0xC0 if times else 0, len(stamps)])
        clock = b"" if times is None else ((times[1] - 9000) << 15 | 0x7E00).to_bytes(6)
        self._packets(_PICTURES_PID, head + stamps + content, clock)

    def _table(self, pid: int, kind: int, body: bytes) -> None:
        length = 0xB000 | len(body) + 9
        section = bytes([kind]) + length.to_bytes(2) + (1).to_bytes(2) + b"\xc1\0\0" + body
        section += _checksum(section)
        self._packets(pid, b"\0" + section + b"\xff" * (183 - len(section)))

    def _packets(self, pid: int, content: bytes, clock: bytes = b"") -> None:
        is_first = True
        while content:
            adaptation = b"\x10" + clock if clock else b""
            room = 184 - len(adaptation) - bool(adaptation)
            part, content = content[:room], content[room:]
            if adaptation or len(part) < room:
                length = 183 - len(part)
                adaptation = (adaptation or b"\0"[:length]).ljust(length, b"\xff")
                adaptation = bytes([length]) + adaptation
            counter = self._counters[pid] = self._counters[pid] + 1 & 15
            flags = (0x30 if adaptation else 0x10) | counter
            self.content += bytes([0x47, is_first << 6 | pid >> 8, pid & 0xFF, flags]) + adaptation + part
            is_first, clock = False, b""


def _stamp(mark: int, ticks: int) -> bytes:
    bits = f"{mark:04b}{ticks >> 30 & 7:03b}1{ticks >> 15 & 0x7FFF:015b}1{ticks & 0x7FFF:015b}1"
    return _bytes(bits)


def _checksum(section: bytes) -> bytes:
    """CRC-32 as in annex A."""
    found = 0xFFFFFFFF
    for byte in section:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found >> 31 else 0)) & 0xFFFFFFFF
    return found.to_bytes(4)
