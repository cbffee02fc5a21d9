"""What H.264 says where a container says that decoding may begin (ITU-T H.264 sections 7.3 and D.2.8).

Before an IDR picture nothing is remembered. Other key frames are recovery points: the pictures after them may
need some from before, and become whole only after a while (an intra refresh, column by column). What the
pictures after it are like may stand before any: a recording that was joined, or whose size was switched, says
something else there than at its beginning.
"""

from collections.abc import Iterator
from itertools import pairwise

from video_service.domain.avc_sequences import Bits

#: Of what is no IDR picture: a slice, or the first part of one.
_SLICES = (1, 2)
_IDR_SLICE, _SEI, _SEQUENCE = 5, 6, 7
_FORBIDDEN = 0x80
_START_CODE = b"\0\0\1"
_RECOVERY_POINT = 6
#: The length of an ``avcC`` box up to the field that says how long lengths are.
_LENGTH_SIZE_AT = 4
#: Where its parameter sets are counted and listed with their lengths.
_SETS_AT = 5
#: In a set, behind what it says of profile and level.
_SET_ID_AT = 4
#: Enough for any number.
_NUMBER_BYTES = 9

#: Its number, and all it says.
ParameterSet = tuple[int, bytes]


def length_size(configuration: bytes) -> int | None:
    """How many bytes say how long a unit is, from the avcC box (ISO/IEC 14496-15 section 5.3.3)."""
    if len(configuration) <= _LENGTH_SIZE_AT or configuration[0] != 1:
        return None
    return (configuration[_LENGTH_SIZE_AT] & 3) + 1


def recovery_pictures(beginning: bytes, length_bytes: int | None) -> int | None:
    """How many pictures after this one the picture is whole; ``None`` for an IDR picture, and where that is
    not among these first bytes of what a container holds as one picture. ``length_bytes``: ``None`` where
    start codes lie between units (annex B)."""
    kind, recovery = _first_slice(beginning, length_bytes)
    return (recovery or 0) if kind in _SLICES else None


def says_entry(beginning: bytes) -> bool:
    """Whether a picture that begins like this (annex B) says of itself that decoding may begin with it."""
    kind, recovery = _first_slice(beginning, None)
    return kind == _IDR_SLICE or (kind in _SLICES and recovery is not None)


def sequences(beginning: bytes, length_bytes: int | None) -> Iterator[ParameterSet]:
    """What sequences of pictures are like (sequence parameter sets), of these first bytes of a picture."""
    for unit, _ in pairwise(units(beginning, length_bytes)):  # the last may not be there as a whole
        if unit[0] & 0x1F == _SEQUENCE:
            yield _parameter_set(unit)


def configured_sequences(configuration: bytes) -> Iterator[ParameterSet]:
    """The same of the avcC box."""
    for unit in configured_units(configuration):
        if unit[0] & 0x1F == _SEQUENCE:
            yield _parameter_set(unit)


def configured_units(configuration: bytes) -> Iterator[bytes]:
    """The parameter sets of the avcC box, first those of sequences (ISO/IEC 14496-15 section 5.3.3)."""
    at = _SETS_AT
    for count_bits in (0x1F, 0xFF):
        count, at = (configuration[at] & count_bits if at < len(configuration) else 0), at + 1
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(configuration[at:begin])
            if unit := configuration[begin:at]:
                yield unit


def _parameter_set(unit: bytes) -> ParameterSet:
    return _exp_golomb(unit[_SET_ID_AT:]), unit.rstrip(b"\0")


def are_alike(sets: set[ParameterSet]) -> bool:
    """Whether each number means the same wherever it stands."""
    return len({number for number, _ in sets}) == len(sets)


def _first_slice(beginning: bytes, length_bytes: int | None) -> tuple[int | None, int | None]:
    """Its kind, ``None`` where there is none; and the recovery count that precedes it, if one does."""
    recovery = None
    for unit in units(beginning, length_bytes):
        kind = unit[0] & 0x1F
        if unit[0] & _FORBIDDEN:
            break
        if kind == _IDR_SLICE or kind in _SLICES:
            return kind, recovery
        if kind == _SEI:
            recovery = _recovery_count(unit[1:], recovery)
    return None, None


def units(content: bytes, length_bytes: int | None) -> Iterator[bytes]:
    """Of what a container holds as one picture; ``length_bytes``: as for ``recovery_pictures``."""
    return _started_units(content) if length_bytes is None else _long_units(content, length_bytes)


def _long_units(content: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at + length_bytes < len(content):
        begin = at + length_bytes
        at = begin + int.from_bytes(content[at:begin])
        # Even of one without length: by its first byte, what is no unit is told.
        yield content[begin : max(at, begin + 1)]


def _started_units(content: bytes) -> Iterator[bytes]:
    at = content.find(_START_CODE)
    while at >= 0:
        begin, at = at + len(_START_CODE), content.find(_START_CODE, at + len(_START_CODE))
        if unit := content[begin : at if at >= 0 else None]:
            yield unit


def _recovery_count(messages: bytes, otherwise: int | None) -> int | None:
    at = 0
    while at + 2 < len(messages):
        kind, at = _number(messages, at)
        size, at = _number(messages, at)
        if kind == _RECOVERY_POINT:
            return _exp_golomb(messages[at : at + size])
        at += size
    return otherwise


def _number(messages: bytes, at: int) -> tuple[int, int]:
    """A type or a size of a message (section 7.3.2.3.1), and where what follows it begins."""
    value = 0
    while at < len(messages) and messages[at] == 0xFF:
        value, at = value + 0xFF, at + 1
    return value + (messages[at] if at < len(messages) else 0), at + 1


def _exp_golomb(content: bytes) -> int:
    """The number with which it begins; 0 for nothing."""
    try:
        return Bits(content[:_NUMBER_BYTES]).number()
    except EOFError:
        return 0
