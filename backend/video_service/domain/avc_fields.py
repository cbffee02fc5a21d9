"""Which packets of H.264 hold the second field of a picture (ITU-T H.264 sections 7.3 and 7.4.1.2.4).

A camera or a broadcast may write the two fields of a picture as pictures of their own. Where such a stream
was taken apart at its access units, as ffmpeg does, each field is a packet; a decoder makes one picture of
two. It pairs them as is done here (ffmpeg, libavcodec/h264_slice.c).
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from video_service.domain.avc_pictures import configured_units, length_size, units
from video_service.domain.avc_sequences import Bits, Sequence, read_sequence

#: Of a packet, up to its first slice: parameter sets and messages precede that.
FIELD_BYTES = 4096
_SLICE, _FIRST_PART, _IDR_SLICE, _SEQUENCE, _PICTURES = 1, 2, 5, 7, 8
_SLICES = (_SLICE, _FIRST_PART, _IDR_SLICE)
#: What precedes a picture's first slice is less.
_MOST_UNITS = 32
#: Of pictures; of sequences there are fewer (section 7.4.2.2).
_MOST_SETS = 256
#: More than a slice's header has up to what it says of fields.
_SLICE_HEADER_BYTES = 24


class _Field(NamedTuple):
    is_bottom: bool
    frame_number: int


@dataclass
class FieldPairs:
    """Looks at the packets of a track, one after the other."""

    length_bytes: int
    sequences: dict[int, Sequence] = field(default_factory=dict)
    sequence_of: dict[int, int] = field(default_factory=dict)
    """By the number of what is said of pictures."""
    first: _Field | None = None
    """Which waits for its second."""
    may_come: bool = False
    """Whether any pictures may be fields, by what is known so far: key pictures may tell more."""

    def copy(self) -> "FieldPairs":
        return replace(self, sequences=dict(self.sequences), sequence_of=dict(self.sequence_of))

    def is_second(self, beginning: bytes) -> bool:
        """Whether the next packet, which begins like this, belongs to the picture of the one before."""
        found = None
        for unit in islice(units(beginning, self.length_bytes), _MOST_UNITS):
            if unit[0] & 0x1F in _SLICES:
                found = self._field(unit) if self.may_come else None
                break
            self.learn(unit)
        is_second = (
            found is not None
            and self.first is not None
            and found.is_bottom != self.first.is_bottom
            and found.frame_number == self.first.frame_number
        )
        self.first = None if is_second else found
        return is_second

    def learn(self, unit: bytes) -> None:
        """From a parameter set, if it is one."""
        kind = unit[0] & 0x1F
        if kind not in (_SEQUENCE, _PICTURES):
            return
        if kind == _SEQUENCE:
            sequence = read_sequence(unit)
            if sequence is not None and sequence.number < _MOST_SETS:
                self.sequences[sequence.number] = sequence
                self.may_come = self.may_come or sequence.may_have_fields
            return
        bits = Bits(unit[1:])
        with suppress(EOFError):  # no decoder could read it either
            if (number := bits.number()) < _MOST_SETS:
                self.sequence_of[number] = bits.number()

    def _field(self, unit: bytes) -> _Field | None:
        """``None`` for a whole picture."""
        bits = Bits(unit[1:_SLICE_HEADER_BYTES])
        try:
            bits.number()  # the first macroblock
            bits.number()  # the kind of slice
            sequence = self.sequences.get(self.sequence_of.get(bits.number(), -1))
            if sequence is None or not sequence.may_have_fields:
                return None
            bits.take(2 if sequence.has_colour_planes else 0)
            number = bits.take(sequence.frame_number_bits)
            return _Field(bool(bits.take(1)), number) if bits.take(1) else None
        except EOFError:
            return None


def field_pairs(configuration: bytes) -> FieldPairs | None:
    """Of a track with this ``avcC`` box; ``None`` where it is none."""
    length_bytes = length_size(configuration)
    if length_bytes is None:
        return None
    pairs = FieldPairs(length_bytes)
    for unit in configured_units(configuration):
        pairs.learn(unit)
    return pairs
