"""Whether a file ends where its container says. Pure: reads a few bytes here and there, decodes nothing."""

import struct
from collections.abc import Callable
from typing import NamedTuple

from video_service.domain.avi_index import RIFF
from video_service.domain.ebml import EBML_ID, SEGMENT_ID, WIDTHS, number_at
from video_service.domain.mxf_index import MXF_LABEL

Read = Callable[[int, int], bytes]
"""At most so many bytes (second) from an offset (first)."""

#: A fragmented file of a day has a fragment in each second, of two boxes; Matroska has clusters.
_MAX_BOXES = 200_000
_TOP_LEVEL = {
    b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"styp", b"sidx", b"uuid", b"mfra",
    b"meta", b"pnot", b"udta", b"emsg", b"prft", b"pdin",
}  # fmt: skip
#: A recorder that does not come back to say how long it was leaves one of these.
_UNSAID = {0, 0xFFFFFFFF}
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
#: Of its objects; what precedes the first is about all of them.
_ASF_OBJECTS, _ASF_FIRST_AT = 64, 30
#: In the flags of a file: what it says of its length does not count.
_ASF_BROADCAST = 1
#: In the key of a partition (SMPTE ST 377-1 section 7), after its version; the first is the header's.
_MXF_PARTITION = bytes.fromhex("0d01020101")
_MXF_KEY_BYTES, _MXF_FOOTER_AT = 16, 24
#: Of a number in what FLV says of itself: its name's length, its name and that it is a number (AMF 0).
_FLV_FILE_BYTES = b"\x00\x08filesize\x00"
_FLV_METADATA_BYTES = 1 << 16
#: Sound, pictures, and what a script gave.
_FLV_TAGS, _FLV_TAG_HEADER_BYTES = (b"\x08", b"\x09", b"\x12"), 11
#: The longest page: its header, and 255 parts of 255 bytes (RFC 3533 section 6).
_OGG_PAGE_BYTES = 27 + 255 + 255 * 255
_OGG_PAGE = b"OggS\x00"


def is_cut_off(read: Read, size_bytes: int) -> bool:
    """For MP4 and its kin (ISO 14496-12 section 4.2), Matroska (RFC 8794 section 6), RIFF (AVI, WAV), AIFF,
    FLV, ASF, Ogg (RFC 3533) and MXF (SMPTE ST 377-1).

    False for all others, and where a file says nothing of its length, like a live recording.
    """
    start = read(0, 16)
    if int.from_bytes(start[:4]) == EBML_ID:
        return _matroska(read, size_bytes)
    if start[:4] == RIFF and start[8:12] in (b"AVI ", b"WAVE"):
        return _chunk(int.from_bytes(start[4:8], "little"), size_bytes)
    if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
        return _chunk(int.from_bytes(start[4:8], "big"), size_bytes)
    if start[:3] == b"FLV":
        return _flv(read, size_bytes)
    if start == _ASF_HEADER:
        return _asf(read, size_bytes)
    if start[:5] == _OGG_PAGE:
        return _ogg(read, size_bytes)
    if (start[:4], start[8:13]) == (MXF_LABEL, _MXF_PARTITION):
        return _mxf(read, size_bytes)
    if start[4:8] in _TOP_LEVEL:
        return _boxes(read, size_bytes)
    return False


def _chunk(length: int, size_bytes: int) -> bool:
    return length not in _UNSAID and 8 + length > size_bytes


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


def is_length_promised(read: Read) -> bool:
    """Whether a file that says how long it lasts cannot know that it does: of Matroska whose segment has no
    size, what comes first was never come back to (RFC 9559 section 25.3.4)."""
    segment = _segment(read)
    return segment is not None and segment.end is None


class _Element(NamedTuple):
    kind: int
    begin: int
    end: int | None
    """``None`` where it does not say."""


def _matroska(read: Read, size_bytes: int) -> bool:
    segment = _segment(read)
    if segment is None:
        return False
    if segment.end is not None:
        return segment.end > size_bytes
    at = segment.begin
    for _ in range(_MAX_BOXES):
        element = _element(read, at) if at < size_bytes else None
        if element is None:
            break
        if element.end is None:
            return False
        at = element.end
    return at > size_bytes


def _segment(read: Read) -> _Element | None:
    header = _element(read, 0)
    if header is None or header.kind != EBML_ID or header.end is None:
        return None
    segment = _element(read, header.end)
    return segment if segment is not None and segment.kind == SEGMENT_ID else None


def _element(read: Read, at: int) -> _Element | None:
    """``None`` where there is none as a whole."""
    data = read(at, 12)
    width = WIDTHS[data[0]] if data else 0
    if not 0 < width <= 4 or len(data) <= width:
        return None
    value, length, is_number = number_at(data, width)
    if length > len(data):
        return None
    return _Element(int.from_bytes(data[:width]), at + length, at + length + value if is_number else None)


def _flv(read: Read, size_bytes: int) -> bool:
    beginning = read(0, _FLV_METADATA_BYTES)
    named_at = beginning.find(_FLV_FILE_BYTES)
    number = beginning[named_at + len(_FLV_FILE_BYTES) :][:8]
    if named_at < 0 or len(number) < 8:
        return False
    (said_bytes,) = struct.unpack(">d", number)
    # What a longer file said of itself is often copied; what breaks off does not do so between two tags.
    return bool(said_bytes > size_bytes) and not _ends_with_flv_tag(read, size_bytes)


def _ends_with_flv_tag(read: Read, size_bytes: int) -> bool:
    """Each tag is followed by its size, and says itself how long what it holds is (Video File Format
    Specification 10.1, annex E.3 and E.4.1)."""
    length = int.from_bytes(read(max(0, size_bytes - 4), 4))
    header = read(max(0, size_bytes - 4 - length), 4)
    return header[:1] in _FLV_TAGS and int.from_bytes(header[1:]) + _FLV_TAG_HEADER_BYTES == length


def _asf(read: Read, size_bytes: int) -> bool:
    """Object by object: each begins with a GUID and its size (ASF specification, sections 3.1 and 3.2)."""
    at = _ASF_FIRST_AT
    for _ in range(_ASF_OBJECTS):
        item = read(at, 92) if at < size_bytes else b""
        if len(item) < 92:
            break
        if item[:16] == _ASF_FILE_PROPERTIES:
            said_bytes, flags = int.from_bytes(item[40:48], "little"), item[88]
            return not flags & _ASF_BROADCAST and said_bytes > size_bytes
        at += max(24, int.from_bytes(item[16:24], "little"))
    return False


def _ogg(read: Read, size_bytes: int) -> bool:
    """By its last page: behind a header of 27 bytes, how long each of its parts is."""
    end = read(max(0, size_bytes - _OGG_PAGE_BYTES), _OGG_PAGE_BYTES)
    at = end.rfind(_OGG_PAGE)
    page = end[at:] if at >= 0 else b""
    parts = page[27 : 27 + page[26]] if len(page) > 26 else b""
    return at >= 0 and (len(page) < 27 or len(parts) < page[26] or 27 + len(parts) + sum(parts) > len(page))


def _mxf(read: Read, size_bytes: int) -> bool:
    """The header may say where the footer is, which follows all else."""
    pack = read(_MXF_KEY_BYTES, 9 + _MXF_FOOTER_AT + 8)
    width = 1 + (pack[0] & 0x7F if pack[:1] >= b"\x80" else 0)
    footer = pack[width + _MXF_FOOTER_AT :][:8]
    return len(footer) == 8 and int.from_bytes(footer) >= size_bytes
