"""The download job: the published segments of the best rung and of one track, copied into one MP4 file."""

import asyncio
from functools import partial

import ffmpeg
import structlog

from video_service.domain.attempts import MAX_BEGINNINGS, MAX_FAILURES
from video_service.domain.downloads import (
    NO_SOUND,
    DownloadJobs,
    DownloadWork,
    best_whole_rung,
    download_file,
)
from video_service.domain.plan import Plan
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, counted, told
from video_service.pipeline.commands import OFFSET_SECONDS
from video_service.pipeline.ffmpeg import run_lines
from video_service.pipeline.limits import download_limits
from video_service.pipeline.outbox import keep
from video_service.pipeline.workbench import (
    Payload,
    Workbench,
    media_key,
    segment_sizes,
)

_FILE = "download.mp4"
log = structlog.get_logger(__name__)


class WrongFile(Exception):
    """The file does not hold what the plan says, although ffmpeg did not complain."""

    log = ""


async def run(bench: Workbench, downloads: DownloadJobs, payload: Payload, *, niceness: int = 0) -> None:
    work = await downloads.begin(payload["download_id"])
    if work is None:
        return
    if work.attempt > MAX_BEGINNINGS:
        await downloads.given_up(work.id, BEGUN_TOO_OFTEN)
        return
    try:
        async with counted(partial(downloads.take_back, work.id)):
            size_bytes = await _make(bench, work, niceness)
    except (*FAILURES, WrongFile) as error:
        detail = told(error)
        failures = await downloads.failed(work.id, detail)
        log.warning("download failed", failures=failures, error=detail)
        if failures < MAX_FAILURES:
            raise
        await downloads.given_up(work.id, f"failed {failures} times")
        return
    await downloads.done(work.id, size_bytes)


async def _make(bench: Workbench, work: DownloadWork, niceness: int) -> int:
    """Publishes the file; its size."""
    revision, plan = work.revision, work.revision.plan
    assert plan is not None, "only what is published is downloaded"
    key = media_key(revision, download_file(work.id))
    there = await bench.objects.head(key)
    if there is not None:
        return there.size_bytes  # by a worker that died before it could say so
    sizes = await segment_sizes(bench.objects, revision, plan)
    rung = best_whole_rung(plan, sizes)
    if rung is None:
        raise WrongFile("every rung has a gap")
    media = await bench.objects.materialise_below(media_key(revision, "").rstrip("/"))
    content_bytes = sum(sum(sizes[name].values()) for name in (rung, work.audio) if name != NO_SOUND)
    pictures = 0

    def count(lines: list[str]) -> None:
        nonlocal pictures
        # How many packets of the first video stream were written (ffmpeg documentation, `-progress`).
        reported = [line.removeprefix("frame=") for line in lines if line.startswith("frame=")]
        pictures = int(reported[-1]) if reported else pictures

    async with bench.folder() as folder:
        await run_lines(
            bench.sandbox, "ffmpeg", _arguments(plan, rung, work.audio, bench.sandbox.source_path(media)),
            media, count, limits=download_limits(content_bytes), folder=folder, niceness=niceness,
        )  # fmt: skip
        planned = sum(plan.timeline.frame_counts)
        if pictures != planned:
            raise WrongFile(f"{pictures} pictures, planned {planned}")
        file = keep(folder, _FILE)
        size_bytes = (await asyncio.to_thread(file.stat)).st_size
        await bench.objects.adopt(key, file)
    return size_bytes


def _arguments(plan: Plan, rung: str, audio: str, media: str) -> list[str]:
    """Reads the published playlists, and begins at 0, where the segments begin at OFFSET_SECONDS. What
    comes before, as the sound's first frame, is behind an edit list (ffmpeg documentation, mov muxer)."""
    # Our own playlists name our own segments, which were looked into when they were published.
    safe = {"protocol_whitelist": "file", "format_whitelist": "hls,mpegts"}
    names = [rung] if audio == NO_SOUND else [rung, audio]
    inputs = [ffmpeg.input(f"file:{media}/{name}/index.m3u8", f="hls", **safe) for name in names]
    tracks = [stream[kind] for stream, kind in zip(inputs, "va", strict=False)]
    options: dict[str, str] = {
        "c": "copy",
        "map_metadata": "-1",
        "fflags": "+bitexact",  # the same bytes each time
        "movflags": "+faststart",
        "output_ts_offset": str(-OFFSET_SECONDS),
        "f": "mp4",
    }
    languages = [track.language or "" for track in plan.audio if track.name == audio]
    if languages and languages[0].isalpha() and languages[0].isascii():
        options["metadata:s:a:0"] = f"language={languages[0]}"
    output = ffmpeg.output(*tracks, _FILE, **options).global_args(
        "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-copyts", "-progress", "pipe:1"
    )
    return list(ffmpeg.compile(output)[1:])
