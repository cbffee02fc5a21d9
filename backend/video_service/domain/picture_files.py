"""What the beginning of a picture's file tells (ITU-T T.81; PNG; RFC 9649)."""

#: Frame headers (T.81 table B.1): all SOFn, without DHT, JPG and DAC.
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotJpeg(Exception):
    """It has no frame header where a JPEG has one."""


def picture_format(content: bytes) -> str | None:
    """``jpeg``, ``png`` or ``webp``; ``None`` for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height. Raises NotJpeg."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAME_HEADERS:
            height, width = (int.from_bytes(content[at + n : at + n + 2]) for n in (5, 7))
            return width, height
        at += 2 + length
    raise NotJpeg
