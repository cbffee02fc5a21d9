"""Whether AAC in a transport stream changes its layout or rate on the way, as broadcasts do where
advertisements begin.

Each of its frames says how it is to be decoded (ISO/IEC 13818-7 section 6.2, ADTS), but a copy in Matroska
says that once for all.
"""

import re
from collections import Counter
from collections.abc import Collection

from video_service.domain.transport_stream import (
    BEGINNING_BYTES,
    PACKET_BYTES,
    SYNC,
    UNIT_START,
    MalformedSegment,
    transport_stride,
    unit_payload,
)

#: Of a packet in which a unit begins, with and without priority (ISO/IEC 13818-1 section 2.4.3.2).
_UNIT_STARTS = (UNIT_START, UNIT_START | 0x20)
#: What two packets take, whatever is between them: a header is looked for in no more.
_REACH_BYTES = 2 * 204
#: A change lasts, so not every frame is looked at.
_STEP_BYTES = 1 << 14
#: Of a damaged header there are not two alike.
_LEAST_SEEN = 2


class SoundWatch:
    """Looks at the tracks with these packet identifiers while their file is read from front to back."""

    def __init__(self, track_ids: Collection[int]) -> None:
        self._seen: dict[int, Counter[int]] = {track_id: Counter() for track_id in track_ids}
        self._begins = {track_id: _begin(track_id) for track_id in track_ids}
        self._due = dict.fromkeys(track_ids, 0)
        """From where in the file on the next frame of a track is looked at."""
        self._rest, self._rest_at = b"", 0
        self._stride: int | None = None

    def look(self, piece: bytes) -> bytes:
        """At the next bytes of the file, all of which are to be copied."""
        window, at = self._rest + piece, self._rest_at
        if self._stride is None and len(window) >= BEGINNING_BYTES:
            self._stride = transport_stride(window[:BEGINNING_BYTES]) or PACKET_BYTES
        end = len(window) - _REACH_BYTES if self._stride else 0
        for track_id in self._seen:
            self._look_for(track_id, window, at, end)
        kept = max(0, end)
        self._rest, self._rest_at = window[kept:], at + kept
        return piece

    def rest(self) -> bytes:
        """Nothing is held back."""
        return b""

    def has_changed(self, track_id: int | None) -> bool:
        """Whether a track has, so far."""
        seen = self._seen[track_id] if track_id in self._seen else Counter()
        return sum(count >= _LEAST_SEEN for count in seen.values()) > 1

    def _look_for(self, track_id: int, window: bytes, window_at: int, end: int) -> None:
        position = max(0, self._due[track_id] - window_at)
        while (found := self._begins[track_id].search(window, position, end)) is not None:
            said = _configuration(window, found.start(), self._stride or PACKET_BYTES)
            if said is not None:
                self._seen[track_id][said] += 1
            position = found.start() + (1 if said is None else _STEP_BYTES)
        self._due[track_id] = window_at + position


def _begin(track_id: int) -> re.Pattern[bytes]:
    """Of a packet with this identifier in which a PES packet begins."""
    flags = "".join(f"\\x{flag | track_id >> 8:02x}" for flag in _UNIT_STARTS)
    return re.compile(rf"\x{SYNC:02x}[{flags}]\x{track_id & 0xFF:02x}".encode())


def _configuration(window: bytes, at: int, stride: int) -> int | None:
    """What the first frame of a PES packet says of profile, rate and channels."""
    if window[at + stride] != SYNC:
        return None  # these three bytes are anything
    try:
        header = unit_payload(window[at : at + PACKET_BYTES])[:4]
    except MalformedSegment:
        return None
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    return (header[2] & 0xFD) << 8 | header[3] & 0xC0
