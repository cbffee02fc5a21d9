"""The extra that looks for damage in pictures, by decoding them all: where nothing else does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.facts import DAMAGED, SourceFacts
from video_service.domain.plan import Chunk, Lane, Plan
from video_service.domain.ports import RevisionWork
from video_service.pipeline.commands import compiled, opened
from video_service.pipeline.complaints import TOO_MANY_ERRORS, tells_of_damage
from video_service.pipeline.ffmpeg import ToolFailed, run_lines
from video_service.pipeline.limits import decode_limits
from video_service.pipeline.workbench import Workbench


async def check(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """See :data:`video_service.pipeline.extra_job.Maker`. Damage is noted with the warnings."""
    assert revision.plan is not None
    pieces = [chunk for chunk in revision.plan.chunks if chunk.lane is Lane.EXPRESS]
    for piece in pieces:
        command = decoded(facts, revision.plan, piece, bench.sandbox.source_path(source))
        limits = decode_limits(facts, revision.plan, piece)
        try:
            said = await run_lines(
                bench.sandbox, "ffmpeg", command, source, lambda _: None, limits=limits, niceness=niceness
            )
        except ToolFailed as error:
            if error.exit_status != TOO_MANY_ERRORS:
                raise
            said, is_damaged = error.log, True
        else:
            is_damaged = tells_of_damage(said)
        if is_damaged:
            await bench.work.add_warning(revision.revision_id, DAMAGED, said)
            return {"found": True}
    return {"found": False}


def decoded(facts: SourceFacts, plan: Plan, piece: Chunk, source: str) -> tuple[str, ...]:
    """Decodes the pictures of a chunk of a copy, which begins with a key frame, for nothing."""
    begin, end = (
        float(plan.timeline.cuts[segment] * facts.video.time_base)
        for segment in (piece.segments.start, piece.segments.stop)
    )
    seek_seconds = begin if piece.first_segment else None
    stream = opened(source, facts.video, seek_seconds=seek_seconds, most_errors=0.0)
    return compiled([ffmpeg.output(stream, "-", f="null", fps_mode="passthrough", to=f"{end:.6f}")])
