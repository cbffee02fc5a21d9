"""The captions extra: the text tracks of a source, by one pass of ffmpeg that reads nothing else of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain import caption_files
from video_service.domain.caption_stores import EmbeddedCaption, NewCaption
from video_service.domain.cues import tidy
from video_service.domain.errors import InvalidInput
from video_service.domain.facts import SourceFacts
from video_service.domain.ports import RevisionWork
from video_service.domain.subtitles import (
    CLOSED_CAPTIONS_LEFT_OUT,
    MAY_HOLD_CLOSED_CAPTIONS,
    SubtitleTrack,
    text_tracks,
    unreadable_warning,
)
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import captions_limits
from video_service.pipeline.outbox import take
from video_service.pipeline.probe import has_closed_captions
from video_service.pipeline.workbench import Workbench

#: What ffmpeg writes of a track without any text.
_NO_CUES = b"WEBVTT"


async def make(
    bench: Workbench, revision: RevisionWork, source: Path, facts: SourceFacts, niceness: int
) -> Mapping[str, Any]:
    """Tells how many tracks there were. Raises as every maker does."""
    tracks = text_tracks(facts.subtitles)
    video = facts.video
    has_closed = video.codec in MAY_HOLD_CLOSED_CAPTIONS and await has_closed_captions(
        bench.sandbox, source, video
    )
    if has_closed:
        await bench.work.add_warning(revision.revision_id, CLOSED_CAPTIONS_LEFT_OUT, "")
    if tracks:
        found, unreadable = await _extracted(bench, source, facts, tracks, niceness)
        await bench.work.embedded_captions(revision.revision_id, found)
        if unreadable:
            warning = unreadable_warning([track.label for track in unreadable])
            await bench.work.add_warning(revision.revision_id, warning, "")
    return {"tracks": len(tracks), "closed_captions": has_closed}


async def _extracted(
    bench: Workbench, source: Path, facts: SourceFacts, tracks: list[SubtitleTrack], niceness: int
) -> tuple[list[EmbeddedCaption], list[SubtitleTrack]]:
    async with bench.folder() as folder:
        arguments = command(tracks, bench.sandbox.source_path(source))
        limits = captions_limits(facts, len(tracks))
        await run_ffmpeg(bench.sandbox, arguments, source, folder, limits=limits, niceness=niceness)
        return await asyncio.to_thread(_embedded, folder, tracks, facts)


def command(tracks: list[SubtitleTrack], source: str) -> tuple[str, ...]:
    """Each track as WebVTT, in source time. Pure."""
    file = ffmpeg.input(f"file:{source}", **SAFE_INPUT)
    outputs = [
        ffmpeg.output(file[str(track.stream_index)], _file(track), f="webvtt", **{"c:s": "webvtt"})
        for track in tracks
    ]
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    merged = merged.global_args(
        "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-copyts", "-progress", "pipe:1"
    )
    return tuple(ffmpeg.compile(merged.overwrite_output())[1:])


def _embedded(
    folder: Path, tracks: list[SubtitleTrack], facts: SourceFacts
) -> tuple[list[EmbeddedCaption], list[SubtitleTrack]]:
    """Cleaned like uploaded files, and the tracks that cannot be read. One without any text is neither."""
    found, unreadable = [], []
    for track in tracks:
        content = take(folder, _file(track), caption_files.MAX_FILE_BYTES)
        if content.strip() == _NO_CUES:
            continue
        try:
            read = caption_files.read(content, track.language)
        except InvalidInput:
            unreadable.append(track)
            continue
        cues = tidy(
            read.cues,
            shift_ms=-round(facts.start_seconds * 1000),
            until_ms=round(facts.duration_seconds * 1000),
        )
        if cues:
            caption = NewCaption(
                track.language,
                track.kind,
                track.label,
                caption_files.webvtt(cues),
                caption_files.spoken(cues),
            )
            found.append(EmbeddedCaption(track.stream_index, caption))
    return found, unreadable


def _file(track: SubtitleTrack) -> str:
    return f"{track.stream_index}.vtt"
