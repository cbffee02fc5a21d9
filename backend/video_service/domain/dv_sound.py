"""Whether the sound of a DV tape changes its rate on the way, as where two cameras used it.

Each frame says the rate of its sound (IEC 61834-4, AAUX source pack), but ffmpeg believes the first for all.
"""

#: Of 525 and of 625 lines: the bytes and the rate of frames; those of professional kinds are larger.
_FRAMES = {False: (120_000, 30_000 / 1001), True: (144_000, 25.0)}
_HEADER_BYTES = 4
#: The fourth block of sound of the first sequence begins with the pack; others repeat it.
_PACK_AT, _PACK_BYTES = 80 * 6 + 80 * 16 * 3, 8
#: Behind what a block is: which it is, and what the pack is.
_SOURCE = bytes([0x07, 3, 0x50])
_RATES_HZ = {0: 48_000, 1: 44_100, 2: 32_000}
#: By what the pack calls the kind of the sound. Of 12 bits at 32 kHz, one pair takes half the room.
_PAIRS = {0: 1, 2: 2, 3: 4}
#: Frames may have this part more or fewer samples than their rate says.
_UNLOCKED = 0.02


class DvSound:
    """Looks at a file while it is read from front to back."""

    def __init__(self) -> None:
        self.frame_bytes, self.frame_rate = 0, 0.0
        self._begins: dict[tuple[int, int], int] = {}
        self._at, self._next, self._rest, self._header = 0, 0, b"", b""

    def look(self, piece: bytes) -> bytes:
        """At the next bytes of the file, all of which are to be copied."""
        window, begin = self._rest + piece, self._at - len(self._rest)
        self._at += len(piece)
        if not self.frame_bytes and len(window) >= _HEADER_BYTES:
            self._header = window[:_HEADER_BYTES]
            self.frame_bytes, self.frame_rate = _FRAMES[bool(window[3] & 0x80)]
        # In one that breaks off ffmpeg would find nothing.
        while self.frame_bytes and self._next + self.frame_bytes <= self._at:
            at = self._next - begin
            if window.startswith(self._header, at):
                self._note(window[at + _PACK_AT : at + _PACK_AT + _PACK_BYTES])
            self._next += self.frame_bytes
        self._rest = window[self._next - begin :]
        return piece

    def rest(self) -> bytes:
        """Nothing is held back."""
        return b""

    def begins(self, stream_index: int) -> dict[int, int]:
        """Where the first frame of each rate is that has this pair of channels, in bytes; by samples in a
        second. ffmpeg makes a stream of each pair, behind that of the pictures."""
        return {rate_hz: at for (index, rate_hz), at in self._begins.items() if index == stream_index}

    def has_changed(self, stream_index: int | None) -> bool:
        return stream_index is not None and len(self.begins(stream_index)) > 1

    def samples(self, rate_hz: int) -> tuple[int, int]:
        """How many a frame has at least and at most."""
        most = rate_hz / self.frame_rate
        return round(most * (1 - _UNLOCKED)), round(most * (1 + _UNLOCKED))

    def _note(self, pack: bytes) -> None:
        rate_hz, is_coarse = _RATES_HZ.get(pack[7] >> 3 & 7), bool(pack[7] & 7)
        if pack[1:4] != _SOURCE or rate_hz is None:
            return
        pairs = _PAIRS.get(pack[6] & 0x1F, 0)
        if pairs == 1 and is_coarse and rate_hz == 32_000:
            pairs = 2
        for stream_index in range(1, 1 + pairs):
            self._begins.setdefault((stream_index, rate_hz), self._next)
