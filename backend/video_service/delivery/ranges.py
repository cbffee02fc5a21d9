"""Byte ranges and conditions of HTTP requests (RFC 9110 sections 13 and 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from video_service.domain.ports import ObjectInfo

_SINGLE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    start: int
    length: int


class RangeNotSatisfiable(Exception):
    """The range lies beyond the end (RFC 9110 section 15.5.17)."""


def requested_range(headers: Mapping[str, str], info: ObjectInfo) -> ByteRange | None:
    """The one range asked for; ``None`` for the whole.

    Several ranges, other units and malformed headers are ignored, as section 14.2 allows.
    """
    match = _SINGLE_RANGE.fullmatch(headers.get("range", ""))
    if not match or not _if_range_holds(headers.get("if-range"), info):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), info.size_bytes)
        if not length:
            raise RangeNotSatisfiable
        return ByteRange(info.size_bytes - length, length)
    start = int(first)
    end = min(int(last), info.size_bytes - 1) if last else info.size_bytes - 1
    if last and int(last) < start:
        return None
    if start >= info.size_bytes:
        raise RangeNotSatisfiable
    return ByteRange(start, end - start + 1)


def not_modified(headers: Mapping[str, str], info: ObjectInfo) -> bool:
    """Whether the client's copy is still good (sections 13.1.2 and 13.1.3, in this order of precedence)."""
    if "if-none-match" in headers:
        tags = {tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")}
        return "*" in tags or info.etag in tags
    since = _date(headers.get("if-modified-since"))
    return since is not None and info.modified_at.replace(microsecond=0) <= since


def _if_range_holds(condition: str | None, info: ObjectInfo) -> bool:
    """Section 13.1.5: a strong comparison, or an exact date."""
    if condition is None or condition == info.etag:
        return True
    return _date(condition) == info.modified_at.replace(microsecond=0)


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for years and zones of many digits
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
