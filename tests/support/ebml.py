"""Elements of a Matroska file (RFC 8794, RFC 9559), just enough to write it in another way."""

from collections.abc import Iterator

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
    return b"".join(element(kind, _regrouped(kind, inner)) for kind, inner in elements(content))


def _regrouped(kind: bytes, content: bytes) -> bytes:
    if kind not in (_SEGMENT, _CLUSTER):
        return content
    return b"".join(
        _group(inner) if name == _SIMPLE_BLOCK else element(name, _regrouped(name, inner))
        for name, inner in elements(content)
    )


def _group(block: bytes) -> bytes:
    is_key = block[3] & _KEY
    reference = b"" if is_key else element(_REFERENCE, b"\xff")
    plain = block[:3] + bytes([block[3] & ~_KEY]) + block[4:]
    return element(_GROUP, element(_BLOCK, plain) + element(_DURATION, b"\x11") + reference)


def _width(first: int) -> int:
    return 9 - first.bit_length()
