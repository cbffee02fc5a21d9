"""Whether a file ends where its container says. Pure: reads a few bytes here and there, decodes nothing."""

from collections.abc import Callable

from video_service.domain.ebml import EBML_ID, SEGMENT_ID, number_at

Read = Callable[[int, int], bytes]
"""At most so many bytes (second) from an offset (first)."""

#: A fragmented file of a day has a fragment in each second, of two boxes.
_MAX_BOXES = 200_000
_TOP_LEVEL = {
    b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"styp", b"sidx", b"uuid", b"mfra",
    b"meta", b"pnot", b"udta", b"emsg", b"prft", b"pdin",
}  # fmt: skip


def is_cut_off(read: Read, size_bytes: int) -> bool:
    """For MP4 and its kin (ISO 14496-12 section 4.2), Matroska (RFC 8794 section 6) and AVI (RIFF).

    False for all others, and where a file says nothing of its length, like a live recording.
    """
    start = read(0, 12)
    if int.from_bytes(start[:4]) == EBML_ID:
        return _matroska(read, size_bytes)
    if start[:4] == b"RIFF" and start[8:] == b"AVI ":
        return 8 + int.from_bytes(start[4:8], "little") > size_bytes
    if start[4:8] in _TOP_LEVEL:
        return _boxes(read, size_bytes)
    return False


def _boxes(read: Read, size_bytes: int) -> bool:
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= size_bytes:
            break
        header = read(at, 16)
        if len(header) < 8 or header[4:8] not in _TOP_LEVEL:
            break  # what follows the last box is nobody's
        length = int.from_bytes(header[:4])
        if length == 1:
            length = int.from_bytes(header[8:16])
        if length < 8:  # 0: to the end of the file
            break
        at += length
    return at > size_bytes


def _matroska(read: Read, size_bytes: int) -> bool:
    header = _number(read, 4)
    if header is None:
        return False
    length, begin = header
    at = begin + length
    if int.from_bytes(read(at, 4)) != SEGMENT_ID:
        return False
    segment = _number(read, at + 4)
    return segment is not None and sum(segment) > size_bytes


def _number(read: Read, at: int) -> tuple[int, int] | None:
    """A size and where what has it begins; ``None`` where none is said, or it is not there itself."""
    data = read(at, 8)
    if not data:
        return None
    value, end, is_number = number_at(data, 0)
    return (value, at + end) if is_number and end <= len(data) else None
