"""Makes pictures of the whole video that its owner may choose the poster from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from video_service.domain.facts import SourceFacts
from video_service.domain.ports import RevisionWork
from video_service.pipeline import posters
from video_service.pipeline.ffmpeg import ToolFailed
from video_service.pipeline.workbench import Workbench, media_key

#: Somewhat inside: many videos begin and end with black, or with titles.
_FRACTIONS = (0.04, 0.18, 0.34, 0.5, 0.66, 0.82, 0.95)
_KEPT = 5
#: Worth to be decoded for one of them.
_REACH_SECONDS = 10.0
log = structlog.get_logger(__name__)


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`."""
    assert revision.plan is not None
    moments = {posters.moment(facts, part, reach_seconds=_REACH_SECONDS): None for part in _FRACTIONS}
    taken = []
    for at in moments:
        try:
            taken.append(await posters.picture_at(bench, source, facts, revision.plan, at, niceness))
        except FileNotFoundError:
            log.info("no picture can be decoded here", pts=at.first_pts)
    if not taken:
        raise ToolFailed("no picture can be decoded anywhere", "")
    # The same picture twice is no choice, and a file that is small for its size shows little: black,
    # fog, an empty wall.
    different = {made["poster.jpg"]: (number, size, made) for number, (size, made) in enumerate(taken)}
    rich = sorted(different, key=len, reverse=True)[:_KEPT]
    kept = sorted((different[content] for content in rich), key=lambda one: one[0])
    for number, (_, _, made) in enumerate(kept):
        await posters.publish(bench, media_key(revision, f"stills/{number}"), made)
    return {"pictures": [{"width": size.width, "height": size.height} for _, size, _ in kept]}
