"""What an H.264 sequence parameter set says of pictures (ITU-T H.264 sections 7.3.2.1.1 and E.1.1)."""

from dataclasses import dataclass
from fractions import Fraction

#: Those that tell of chroma and of more bits (section 7.3.2.1.1).
_HIGH_PROFILES = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
#: Table E-1, from 1 on.
_ASPECTS = (
    (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11),
    (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
_OWN_ASPECT = 255
#: A unit's first byte tells what it is, the three after it profile and level.
_PROFILE_AT, _FIELDS_AT = 1, 4
_MOST_ZEROS = 32
_MOST_FRAMES_IN_CYCLE = 255


@dataclass(frozen=True)
class Sequence:
    """Pictures of one kind."""

    width: int
    height: int
    """Of what is to be shown of them."""
    sample_aspect: Fraction
    """1 where nothing is said."""
    may_have_fields: bool
    """Whether its pictures may be of two fields."""
    number: int
    frame_number_bits: int
    has_colour_planes: bool
    """Each is coded as a picture of its own."""


def read_sequence(unit: bytes) -> Sequence | None:
    """``None`` for what is no whole set."""
    try:
        return _read(unit[_PROFILE_AT], Bits(unit[_FIELDS_AT:]))
    except (EOFError, IndexError):
        return None


class Bits:
    """Of a unit, without the bytes that keep it from looking like a start code (section 7.4.1.1). All methods
    raise EOFError."""

    def __init__(self, content: bytes) -> None:
        content = content.replace(b"\0\0\3", b"\0\0")
        self._value, self._left = int.from_bytes(content), len(content) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def number(self) -> int:
        """ue(v), section 9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise EOFError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """se(v), section 9.1.1."""
        number = self.number()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def _read(profile: int, bits: Bits) -> Sequence:
    number = bits.number()
    chroma, is_split = 1, 0
    if profile in _HIGH_PROFILES:
        chroma = bits.number()
        is_split = bits.take(1) if chroma == 3 else 0
        bits.number(), bits.number()  # bits of luma and chroma
        bits.take(1)
        if bits.take(1):
            for index in range(12 if chroma == 3 else 8):
                _pass_scaling_list(bits, 16 if index < 6 else 64)
    frame_number_bits = bits.number() + 4
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1), bits.signed(), bits.signed()
        for _ in range(min(bits.number(), _MOST_FRAMES_IN_CYCLE)):
            bits.signed()
    bits.number()  # of reference frames
    bits.take(1)
    wide, high = bits.number() + 1, bits.number() + 1
    is_whole = bits.take(1)
    if not is_whole:
        bits.take(1)
    bits.take(1)
    left = right = top = bottom = 0
    if bits.take(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
    has_chroma = chroma in (1, 2, 3) and not is_split
    across = 2 if has_chroma and chroma in (1, 2) else 1
    down = (2 if has_chroma and chroma == 1 else 1) * (2 - is_whole)
    width = wide * 16 - across * (left + right)
    height = high * 16 * (2 - is_whole) - down * (top + bottom)
    return Sequence(width, height, _aspect(bits), not is_whole, number, frame_number_bits, bool(is_split))


def _aspect(bits: Bits) -> Fraction:
    if not bits.take(1) or not bits.take(1):
        return Fraction(1)
    number = bits.take(8)
    if number == _OWN_ASPECT:
        across, down = bits.take(16), bits.take(16)
    else:
        across, down = _ASPECTS[number - 1] if 0 < number <= len(_ASPECTS) else (1, 1)
    return Fraction(across, down) if across and down else Fraction(1)


def _pass_scaling_list(bits: Bits, count: int) -> None:
    """Section 7.3.2.1.1.1."""
    if not bits.take(1):
        return
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
