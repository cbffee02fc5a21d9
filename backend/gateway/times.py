"""Times in requests and in answers."""

from datetime import UTC, datetime

from gateway.problems import invalid


def in_utc(field: str, time: datetime) -> datetime:
    """The same moment, of a time that somebody sent. Raises :class:`gateway.problems.Problem` for what is no
    moment: without a zone, or outside all years there."""
    if time.tzinfo is None:
        raise invalid(field, "The time needs an offset from UTC, or Z.")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise invalid(field, "The time must be in the years 1 to 9999 of UTC.") from error


def rfc3339(time: datetime) -> str:
    """RFC 3339 section 5.6, in UTC with Z, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_or_null(time: datetime | None) -> str | None:
    return rfc3339(time) if time else None
