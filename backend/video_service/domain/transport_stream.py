"""Looks into transport streams (ISO/IEC 13818-1 sections 2.4.3.2 to 2.4.3.7): above all into a finished
segment before it is published."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from video_service.domain.avc_pictures import ParameterSet, sequences

PACKET_BYTES = 188
SYNC = 0x47
UNIT_START = 0x40
_RANDOM_ACCESS = 0x40
#: Of a PES packet, up to the length of its optional fields; the PTS follows.
_HEADER_BYTES = 9
#: The first unit of H.264 that is a slice, and what kind (ITU-T H.264 section 7.3.1, annex B).
_SLICE = re.compile(rb"\x00\x00\x01([\x01-\x05\x21-\x25\x41-\x45\x61-\x65])")
_IDR_SLICE = 5
#: In which all is said that precedes its slices, and sound between them.
_HEAD_PACKETS = 32
#: Ticks of PTS in a second.
CLOCK_HZ = 90_000
#: Samples in an AAC frame (ISO/IEC 14496-3).
AAC_FRAME_SAMPLES = 1024


#: From one packet to the next; with the time of arrival before each (Blu-ray, AVCHD); with the parity bytes
#: of a broadcast after each.
_STRIDES = (188, 192, 204)
#: So much of a file tells whether it is one.
BEGINNING_BYTES = 4096
#: The first byte of each packet, of so many in a row.
_SYNCS = bytes([SYNC]) * 6


class MalformedSegment(Exception):
    """The bytes are not a transport stream with one elementary stream."""


@dataclass(frozen=True)
class Segment:
    """What a segment holds. PTS and DTS are in 1/90000 s."""

    units: int
    """PES packets: pictures, in a video segment made by ffmpeg."""
    first_pts: int
    """The earliest, which need not be the first in the file."""
    last_pts: int
    first_dts: int
    last_dts: int
    dts_ascend: bool
    """Each later than the one before."""
    starts_at_random_access: bool
    starts_with_idr: bool
    """Of H.264: its first picture needs none from before, and no later one does."""
    aac_frames: int
    """0 in a video segment."""
    sequences: frozenset[ParameterSet] = frozenset()
    """Of H.264: what its pictures are like, as is said before those from which decoding may begin."""


@dataclass(frozen=True)
class FirstPicture:
    """Where the first picture of a segment lies; before it are the tables of the stream."""

    offset_bytes: int
    size_bytes: int


def transport_stride(beginning: bytes) -> int | None:
    """From one packet to the next, in bytes; ``None`` where a file does not begin with any."""
    for stride in _STRIDES:
        for first in range(stride):
            if beginning[first : first + stride * len(_SYNCS) : stride] == _SYNCS:
                return stride
    return None


def first_picture(head: bytes, *, whole: bool) -> FirstPicture | None:
    """The first picture, from the beginning of a segment or, with ``whole``, from all of it; ``None``
    where its end is not among these bytes. Raises MalformedSegment."""
    units = [
        number * PACKET_BYTES
        for number in _unit_starts(head)
        if _begins_picture(head[number * PACKET_BYTES : (number + 1) * PACKET_BYTES])
    ]
    if whole:
        units.append(len(head))
    if len(units) > 1:
        return FirstPicture(units[0], units[1] - units[0])
    if whole:
        raise MalformedSegment("no picture")
    return None


def inspect(content: bytes) -> Segment:
    """Raises MalformedSegment."""
    if not content or len(content) % PACKET_BYTES or set(content[0::PACKET_BYTES]) != {SYNC}:
        raise MalformedSegment("not whole transport packets")
    all_pts: list[int] = []
    all_dts: list[int] = []
    random_access: bool | None = None
    audio_pid: int | None = None
    starts_with_idr = False
    found: set[ParameterSet] = set()
    for number in _unit_starts(content):
        packet = content[number * PACKET_BYTES : (number + 1) * PACKET_BYTES]
        start = _payload_start(packet)
        if packet[start : start + 3] != b"\0\0\1":
            continue  # a table, not an elementary stream
        if start + _HEADER_BYTES > PACKET_BYTES:
            raise MalformedSegment("a unit whose header is cut off")
        stream_id = packet[start + 3]
        if 0xC0 <= stream_id <= 0xDF:
            audio_pid = _pid(packet)
        elif not 0xE0 <= stream_id <= 0xEF:
            continue
        if packet[start + 7] & 0x80:
            all_pts.append(_timestamp(packet[start + 9 : start + 14]))
            # The DTS follows where it differs (section 2.4.3.7).
            has_dts = packet[start + 7] & 0x40
            all_dts.append(_timestamp(packet[start + 14 : start + 19]) if has_dts else all_pts[-1])
        is_entry = bool(packet[3] & 0x20 and packet[4] and packet[5] & _RANDOM_ACCESS)
        if is_entry and _pid(packet) != audio_pid:
            head = content[number * PACKET_BYTES : (number + _HEAD_PACKETS) * PACKET_BYTES]
            found.update(sequences(b"".join(_payloads(head, _pid(packet))), None))
        if random_access is None:
            random_access = is_entry
            is_video = _pid(packet) != audio_pid
            starts_with_idr = is_video and _is_idr(content[number * PACKET_BYTES :], _pid(packet))
    if not all_pts:
        raise MalformedSegment("no picture and no sound")
    frames = 0 if audio_pid is None else _adts_frames(content, audio_pid)
    return Segment(
        units=len(all_pts),
        first_pts=min(all_pts),
        last_pts=max(all_pts),
        first_dts=all_dts[0],
        last_dts=all_dts[-1],
        dts_ascend=all(before < after for before, after in pairwise(all_dts)),
        starts_at_random_access=bool(random_access),
        starts_with_idr=starts_with_idr,
        aac_frames=frames,
        sequences=frozenset(found),
    )


def _unit_starts(content: bytes) -> Iterator[int]:
    """Numbers of the packets in which a unit, or a table, begins."""
    return (n for n, flags in enumerate(content[1::PACKET_BYTES]) if flags & UNIT_START)


def _begins_picture(packet: bytes) -> bool:
    if len(packet) < PACKET_BYTES:
        return False
    start = _payload_start(packet)
    return packet[start : start + 3] == b"\0\0\1" and 0xE0 <= packet[start + 3] <= 0xEF


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _payload_start(packet: bytes) -> int:
    return 5 + packet[4] if packet[3] & 0x20 else 4


def _timestamp(field: bytes) -> int:
    """33 bits in five bytes (table 2-21)."""
    if len(field) < 5:
        raise MalformedSegment("a unit whose header is cut off")
    return (field[0] >> 1 & 7) << 30 | field[1] << 22 | field[2] >> 1 << 15 | field[3] << 7 | field[4] >> 1


def _is_idr(content: bytes, pid: int) -> bool:
    """Whether the first picture of a stream is; False where there is no slice of H.264."""
    seen = b""
    for payload in _payloads(content, pid):
        found = _SLICE.search(seen + payload)
        if found:
            return found[1][0] & 0x1F == _IDR_SLICE
        seen = (seen + payload)[-3:]  # a start code may be parted
    return False


def _payloads(content: bytes, pid: int) -> Iterator[bytes]:
    """Of one stream, packet by packet, without the headers of its units."""
    for offset in range(0, len(content), PACKET_BYTES):
        packet = content[offset : offset + PACKET_BYTES]
        if _pid(packet) != pid or not packet[3] & 0x10:
            continue
        yield unit_payload(packet) if packet[1] & UNIT_START else packet[_payload_start(packet) :]


def unit_payload(packet: bytes) -> bytes:
    """What follows both headers of a packet in which a unit begins. Raises MalformedSegment."""
    start = _payload_start(packet)
    if start + _HEADER_BYTES > len(packet):
        raise MalformedSegment("a unit whose header is cut off")
    return packet[start + _HEADER_BYTES + packet[start + _HEADER_BYTES - 1] :]


def _adts_frames(content: bytes, pid: int) -> int:
    """Counts AAC frames by their ADTS headers (ISO/IEC 13818-7 section 6.2)."""
    payload = b"".join(_payloads(content, pid))
    count = position = 0
    while position + 7 <= len(payload):
        if payload[position] != 0xFF or payload[position + 1] & 0xF0 != 0xF0:
            raise MalformedSegment("sound that is not ADTS")
        length = (payload[position + 3] & 3) << 11 | payload[position + 4] << 3 | payload[position + 5] >> 5
        if length < 7:
            raise MalformedSegment("an empty ADTS frame")
        position += length
        count += 1
    return count
