"""Elements of a Matroska file (RFC 8794, RFC 9559), just enough to write it in another way."""

from collections.abc import Callable, Iterator
from itertools import count

_SEGMENT, _CLUSTER, _SIMPLE_BLOCK = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\xa3"
_GROUP, _BLOCK, _DURATION, _REFERENCE = b"\xa0", b"\xa1", b"\x9b", b"\xfb"
_KEY = 0x80


def element(kind: bytes, content: bytes) -> bytes:
    return kind + (1 << 56 | len(content)).to_bytes(8) + content


def elements(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Of which the content consists: the kind and the content of each."""
    at = 0
    while at < len(content):
        begin = at + _width(content[at])
        after = begin + _width(content[begin])
        size = int.from_bytes(content[begin:after]) & ((1 << 7 * (after - begin)) - 1)
        yield content[at:begin], content[after : after + size]
        at = after + size


def in_groups(content: bytes) -> bytes:
    """A file with a BlockGroup for each SimpleBlock, which says that it lasts 17 ticks."""
    return _changed(content, _group)


def emptied(content: bytes, *, every: int) -> bytes:
    """A file in which each so many-th SimpleBlock has nothing but its header."""
    numbers = count(1)

    def change(block: bytes) -> bytes:
        return element(_SIMPLE_BLOCK, block if next(numbers) % every else block[:4])

    return _changed(content, change)


def without_sizes(content: bytes) -> bytes:
    """A file in which neither the segment nor its clusters say how long they are, as a browser records."""
    unsized = b"\x01" + 7 * b"\xff"
    return b"".join(
        kind + unsized + (without_sizes(inner) if kind == _SEGMENT else inner)
        if kind in (_SEGMENT, _CLUSTER)
        else element(kind, inner)
        for kind, inner in elements(content)
    )


def _changed(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(
        change(inner)
        if kind == _SIMPLE_BLOCK
        else element(kind, _changed(inner, change) if kind in (_SEGMENT, _CLUSTER) else inner)
        for kind, inner in elements(content)
    )


def _group(block: bytes) -> bytes:
    is_key = block[3] & _KEY
    reference = b"" if is_key else element(_REFERENCE, b"\xff")
    plain = block[:3] + bytes([block[3] & ~_KEY]) + block[4:]
    return element(_GROUP, element(_BLOCK, plain) + element(_DURATION, b"\x11") + reference)


def _width(first: int) -> int:
    return 9 - first.bit_length()
