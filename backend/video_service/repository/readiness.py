"""What can be watched at once of videos that are being made."""

from collections.abc import Collection

from video_service.domain.video import SegmentRun
from video_service.repository.tables import Chunks

#: Segments with a picture, in whichever rung, and with the sound that is heard first. A chunk makes its
#: segments one after the other, unless a viewer asked for one: then only a complete one is counted.
_READY = """
SELECT revision, lower(run) AS first, upper(run) - lower(run) AS count
FROM (
    SELECT revision,
        coalesce(range_agg(made) FILTER (WHERE lane IN ('express', 'ladder')), int4multirange()) * CASE
            WHEN bool_or(lane = 'audio')
                THEN coalesce(range_agg(made) FILTER (WHERE lane = 'audio'), int4multirange())
            ELSE int4multirange(int4range(NULL, NULL))
        END AS ready
    FROM (
        SELECT revision, lane, int4range(first_segment, first_segment + CASE
            WHEN state = 'done' THEN segment_count
            WHEN state = 'waiting' AND demanded_segment IS NULL
                THEN floor(done_fraction * segment_count + 0.001)::int
            ELSE 0
        END) AS made
        FROM chunks WHERE revision = ANY({})
    ) AS chunk
    GROUP BY revision
) AS of_revision, unnest(ready) AS run
ORDER BY revision, first
"""


async def ready_segments(revision_ids: Collection[str]) -> dict[str, tuple[SegmentRun, ...]]:
    """By revision, in order; what is not being made is left out."""
    found: dict[str, tuple[SegmentRun, ...]] = {}
    if not revision_ids:
        return found
    for row in await Chunks.raw(_READY, list(revision_ids)):
        run = SegmentRun(row["first"], row["count"])
        found[row["revision"]] = (*found.get(row["revision"], ()), run)
    return found
