"""The extra job: one thing around a video, whatever it is. Its failure is a warning."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.extras import WARNINGS, Extra
from video_service.domain.facts import SourceFacts
from video_service.domain.ports import ExtraWork, RevisionWork
from video_service.pipeline import captions, damage, preview, stills, storyboard, waveform
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, counted, told
from video_service.pipeline.loudness import measure_loudness
from video_service.pipeline.workbench import Payload, Workbench

Maker = Callable[[Workbench, RevisionWork, Path, SourceFacts, int], Awaitable[Mapping[str, Any]]]
"""Makes an extra of a source with ffmpeg of a niceness; returns what is to be known of it, as JSON. It
may run again after it was broken off. Raises ToolFailed, HostileOutput, FileNotFoundError (a file that
ffmpeg should have written), UnsupportedMedia."""

MAKERS: Mapping[Extra, Maker] = {
    Extra.CAPTIONS: captions.make,
    Extra.STORYBOARD: storyboard.make,
    Extra.STILLS: stills.make,
    Extra.PREVIEW: preview.make,
    Extra.WAVEFORM: waveform.make,
    Extra.LOUDNESS: measure_loudness,
    Extra.DAMAGE: damage.check,
}
log = structlog.get_logger(__name__)


async def run(
    bench: Workbench, payload: Payload, *, niceness: int = 0, makers: Mapping[Extra, Maker] = MAKERS
) -> None:
    work = await bench.work.begin_extra(payload["revision_id"], Extra(payload["kind"]))
    if work is None:
        return
    if work.attempt > MAX_BEGINNINGS:
        await _give_up(bench, work, BEGUN_TOO_OFTEN)
        return
    revision = work.revision
    take_back = partial(bench.work.take_back_extra, revision.revision_id, work.kind)
    try:
        async with counted(take_back):
            source, facts = await bench.open(revision)
            made = await makers[work.kind](bench, revision, source, facts, niceness)
    except FAILURES as error:
        detail = told(error)
        failures = await bench.work.extra_failed(revision.revision_id, work.kind, detail)
        log.warning("extra failed", failures=failures, error=detail)
        if failures < MAX_FAILURES:
            raise
        await _give_up(bench, work, f"failed {failures} times")
        return
    await bench.work.extra_done(revision.revision_id, work.kind, made)
    await bench.forget_copy_when_over(revision)


async def _give_up(bench: Workbench, work: ExtraWork, why: str) -> None:
    detail = f"{work.kind} given up: {why}"
    await bench.work.extra_given_up(work.revision.revision_id, work.kind, WARNINGS[work.kind], detail)
    await bench.forget_copy_when_over(work.revision)
