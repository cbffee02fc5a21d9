"""Sound that changes its layout or rate on the way, as broadcasts do where advertisements begin: what a run
of segments needs of it is decoded into a file of its own first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from video_service.domain.facts import SourceFacts
from video_service.domain.plan import AudioRendition, Plan
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import decoded_sound_limits
from video_service.pipeline.outbox import keep
from video_service.pipeline.sound_commands import decode_audio
from video_service.pipeline.workbench import Workbench

_FILE = "sound.mkv"


@asynccontextmanager
async def decoded_sound(
    bench: Workbench, source: Path, facts: SourceFacts, plan: Plan, track: AudioRendition, first: int,
    count: int, niceness: int,
) -> AsyncIterator[Path]:  # fmt: skip
    """A file with what the run needs, while the context lasts. Raises ToolFailed, HostileOutput."""
    async with bench.folder() as folder:
        arguments = decode_audio(
            facts, plan, track, first, count, bench.sandbox.source_path(source), _FILE
        )  # fmt: skip
        limits = decoded_sound_limits(facts, plan, first, count, len(track.sides))
        await run_ffmpeg(bench.sandbox, arguments, source, folder, limits=limits, niceness=niceness)
        yield keep(folder, _FILE)
