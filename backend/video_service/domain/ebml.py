"""Numbers of variable size and identifiers, of which Matroska is made (RFC 8794, RFC 9559)."""

EBML_ID, SEGMENT_ID = 0x1A45DFA3, 0x18538067
#: By its first byte, how long a number is (RFC 8794 section 4); 0 for what is none.
WIDTHS = bytes(9 - first.bit_length() if first else 0 for first in range(256))
#: By its length, the number that stands for none: all its bits are ones.
UNKNOWN = tuple((1 << 7 * width) - 1 for width in range(9))


def number_at(data: bytes, position: int) -> tuple[int, int, bool]:
    """A number, what follows it, and whether it is one at all."""
    width = WIDTHS[data[position]]
    end = position + width
    value = int.from_bytes(data[position:end], "big") & UNKNOWN[width]
    return value, end, value != UNKNOWN[width]
