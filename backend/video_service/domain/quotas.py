"""How much one person may upload. Sources count, captions that were sent, and what is still to arrive.
What is made of them does not, nor does a poster: one picture for each video, made anew and small."""

from dataclasses import dataclass

from video_service.domain.errors import QuotaExceeded, RateLimited

UNKNOWN_SIZE = -1
#: When another of the person's uploads ends, nobody knows; asking each minute costs little.
_ANOTHER_TRY_SECONDS = 60


@dataclass(frozen=True)
class Quotas:
    """What one person may use; 0: without limit."""

    storage_bytes: int = 0
    daily_bytes: int = 0
    """Within 24 hours."""
    concurrent_uploads: int = 0


@dataclass(frozen=True)
class Usage:
    """What one person uses."""

    stored_bytes: int
    """All sources and captions that were sent, and what incomplete uploads have reserved."""
    uploaded_today_bytes: int
    """Of that, what was begun within the last 24 hours."""
    open_uploads: int


def reserve(quotas: Quotas, usage: Usage, size_bytes: int, max_size_bytes: int) -> int:
    """How many bytes a new upload gets: its length, or, where that is not known, all that is left,
    up to ``max_size_bytes``. Raises QuotaExceeded, RateLimited."""
    if 0 < quotas.concurrent_uploads <= usage.open_uploads:
        raise RateLimited(_ANOTHER_TRY_SECONDS, "Too many uploads at a time.")
    reserved = max_size_bytes if size_bytes == UNKNOWN_SIZE else size_bytes
    for name, limit_bytes, used_bytes in (
        ("storage", quotas.storage_bytes, usage.stored_bytes),
        ("daily", quotas.daily_bytes, usage.uploaded_today_bytes),
    ):
        if limit_bytes == 0:
            continue
        left_bytes = limit_bytes - used_bytes
        if left_bytes < 1 or (size_bytes != UNKNOWN_SIZE and size_bytes > left_bytes):
            raise QuotaExceeded(name, limit_bytes, used_bytes)
        reserved = min(reserved, left_bytes)
    return reserved
