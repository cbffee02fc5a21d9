"""Makes pictures of the whole video that its owner may choose the poster from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
#: Each is decoded by a decoder of its own, which holds many of a source's pictures.
_PIXELS_TOGETHER = 36_000_000


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`."""
    assert revision.plan is not None
    moments = list(
        dict.fromkeys(posters.moment(facts, part, reach_seconds=_REACH_SECONDS) for part in _FRACTIONS)
    )
    at_a_time = max(1, _PIXELS_TOGETHER // (facts.video.width * facts.video.height))
    taken: list[posters.Made] = []
    for first in range(0, len(moments), at_a_time):
        some = moments[first : first + at_a_time]
        size, made = await posters.pictures_at(bench, source, facts, revision.plan, some, niceness)
        taken += made
    if not taken:
        raise ToolFailed("no picture can be decoded anywhere", "")
    # The same picture twice is no choice, and a file that is small for its size shows little: black,
    # fog, an empty wall.
    different = {made["poster.jpg"]: number for number, made in enumerate(taken)}
    rich = sorted(different, key=len, reverse=True)[:_KEPT]
    for place, number in enumerate(sorted(different[content] for content in rich)):
        await posters.publish(bench, media_key(revision, f"stills/{place}"), taken[number])
    return {"pictures": [{"width": size.width, "height": size.height}] * len(rich)}
