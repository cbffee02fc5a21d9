"""Whether the sound of a DV tape changes its rate on the way, as where two cameras used it.

Each frame says the rate of its sound (IEC 61834-4, AAUX source pack), but ffmpeg believes the first for all.
"""

from typing import BinaryIO

#: Of 525 and of 625 lines: the bytes and the rate of frames; those of professional kinds are larger.
_FRAMES = {False: (120_000, 30_000 / 1001), True: (144_000, 25.0)}
#: The fourth block of sound of the first sequence begins with the pack; others repeat it.
_PACK_AT, _PACK_BYTES = 80 * 6 + 80 * 16 * 3, 8
#: Behind what a block is: which it is, and what the pack is.
_SOURCE = bytes([0x07, 3, 0x50])
_RATES_HZ = {0: 48_000, 1: 44_100, 2: 32_000}
#: Frames may have this part more or fewer samples than their rate says.
_UNLOCKED = 0.02


class DvSound:
    """Looks at a file while it is read from front to back."""

    def __init__(self) -> None:
        self.frame_bytes, self.frame_rate = 0, 0.0
        self.begins: dict[int, int] = {}
        """Where the first frame of each rate is, in bytes; by samples in a second."""
        self._at, self._next, self._rest = 0, 0, b""

    def look(self, piece: bytes) -> bytes:
        """At the next bytes of the file, all of which are to be copied."""
        window, begin = self._rest + piece, self._at - len(self._rest)
        self._at += len(piece)
        if not self.frame_bytes and len(window) > _PACK_AT:
            self._begin(window)
        while self.frame_bytes and self._next + _PACK_AT + _PACK_BYTES <= self._at:
            self._note(window[self._next + _PACK_AT - begin :][:_PACK_BYTES])
        self._rest = window[max(0, self._next - begin) :]
        return piece

    def skim(self, file: BinaryIO) -> None:
        """Looks at a whole file, of which little is read."""
        beginning = file.read(_PACK_AT)
        if len(beginning) < _PACK_AT:
            return
        self._begin(beginning)
        while file.seek(self._next + _PACK_AT) and len(pack := file.read(_PACK_BYTES)) == _PACK_BYTES:
            self._note(pack)

    def rest(self) -> bytes:
        """Nothing is held back."""
        return b""

    def has_changed(self, _track_id: int | None) -> bool:
        return len(self.begins) > 1

    def samples(self, rate_hz: int) -> tuple[int, int]:
        """How many a frame has at least and at most."""
        most = rate_hz / self.frame_rate
        return round(most * (1 - _UNLOCKED)), round(most * (1 + _UNLOCKED))

    def _begin(self, frame: bytes) -> None:
        self.frame_bytes, self.frame_rate = _FRAMES[bool(frame[3] & 0x80)]

    def _note(self, pack: bytes) -> None:
        rate_hz = _RATES_HZ.get(pack[7] >> 3 & 7)
        if pack[1:4] == _SOURCE and rate_hz is not None:
            self.begins.setdefault(rate_hz, self._next)
        self._next += self.frame_bytes
