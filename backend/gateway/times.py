"""Times in answers."""

from datetime import UTC, datetime


def rfc3339(time: datetime) -> str:
    """RFC 3339 section 5.6, in UTC with Z, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_or_null(time: datetime | None) -> str | None:
    return rfc3339(time) if time else None
