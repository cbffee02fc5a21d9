"""What people use, counted from their uploads, a finished one being the source that it became, and from
the captions that they sent."""

from datetime import UTC, datetime, timedelta

from video_service.domain.quotas import Usage
from video_service.repository.tables import Uploads

_DAY = timedelta(hours=24)


async def usage_of(owner_id: str) -> Usage:
    """Inside a transaction that has locked the owner's row, nothing can be added meanwhile.

    Deleted videos count until their bytes are gone; what is given up does not, nor do captions that are
    in a source anyway.
    """
    [row] = await Uploads.raw(
        "SELECT COALESCE(sum(reserved_bytes), 0)::bigint"
        " + (SELECT COALESCE(sum(octet_length(webvtt)), 0)::bigint"
        " FROM captions JOIN videos ON videos.id = captions.video"
        " WHERE videos.owner = {} AND captions.touched) AS stored,"
        " COALESCE(sum(reserved_bytes) FILTER (WHERE created_at > {}), 0)::bigint AS today,"
        " count(*) FILTER (WHERE NOT complete) AS open"
        " FROM uploads WHERE owner = {}",
        owner_id,
        datetime.now(UTC) - _DAY,
        owner_id,
    )
    return Usage(row["stored"], row["today"], row["open"])
