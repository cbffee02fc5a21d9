"""What H.264 says where a container says that decoding may begin (ITU-T H.264 sections 7.3 and D.2.8).

Before an IDR picture nothing is remembered. Other key frames are recovery points: the pictures after them may
need some from before, and become whole only after a while (an intra refresh, column by column).
"""

_SLICE, _DATA_PARTITION, _IDR_SLICE, _SEI = 1, 2, 5, 6
_FORBIDDEN = 0x80
_RECOVERY_POINT = 6
#: The length of an ``avcC`` box up to the field that says how long lengths are.
_LENGTH_SIZE_AT = 4


def length_size(configuration: bytes) -> int | None:
    """How many bytes say how long a unit is, from the avcC box (ISO/IEC 14496-15 section 5.3.3)."""
    if len(configuration) <= _LENGTH_SIZE_AT or configuration[0] != 1:
        return None
    return (configuration[_LENGTH_SIZE_AT] & 3) + 1


def recovery_pictures(beginning: bytes, length_bytes: int) -> int | None:
    """How many pictures after this one the picture is whole; ``None`` for an IDR picture, and where that is
    not among these first bytes of what a container holds as one picture."""
    at, recovery = 0, 0
    while at + length_bytes < len(beginning):
        begin = at + length_bytes
        at = begin + int.from_bytes(beginning[at:begin])
        if beginning[begin] & _FORBIDDEN:
            return None
        kind = beginning[begin] & 0x1F
        if kind in (_SLICE, _DATA_PARTITION):
            return recovery
        if kind == _IDR_SLICE:
            return None
        if kind == _SEI:
            recovery = _recovery_count(beginning[begin + 1 : at], recovery)
    return None


def _recovery_count(messages: bytes, otherwise: int) -> int:
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
    """The ue(v) with which it begins (section 9.1); 0 for nothing."""
    bits = "".join(f"{byte:08b}" for byte in content[:8])
    zeros = bits.find("1")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1 if zeros >= 0 else 0
