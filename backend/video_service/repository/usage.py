"""What people use, counted from their uploads: a finished one is the source that it became."""

from datetime import UTC, datetime, timedelta

from video_service.domain.quotas import Usage
from video_service.repository.tables import Uploads

_DAY = timedelta(hours=24)


async def usage_of(owner_id: str) -> Usage:
    """Inside a transaction that has locked the owner's row, nothing can be added meanwhile.

    Deleted videos count until their bytes are gone; what is given up does not.
    """
    [row] = await Uploads.raw(
        "SELECT COALESCE(sum(reserved_bytes), 0)::bigint AS stored,"
        " COALESCE(sum(reserved_bytes) FILTER (WHERE created_at > {}), 0)::bigint AS today,"
        " count(*) FILTER (WHERE NOT complete) AS open"
        " FROM uploads WHERE owner = {}",
        datetime.now(UTC) - _DAY,
        owner_id,
    )
    return Usage(row["stored"], row["today"], row["open"])
