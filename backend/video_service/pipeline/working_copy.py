"""Sources that cannot be sought in, or whose pictures bear no times, are first copied into Matroska.

The packets stay what they are; only their times are made to run on, and what precedes the first key
frame is left out. The source itself is not touched.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from video_service.domain.facts import AudioTrack, VideoTrack
from video_service.domain.ports import RevisionWork
from video_service.domain.subtitles import SubtitleTrack, text_tracks
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import working_copy_limits
from video_service.pipeline.outbox import keep
from video_service.pipeline.sandbox import Sandbox

_FILE = "source.mkv"
#: Printed by libavformat (demux.c) for a packet of which a part is missing.
_CORRUPT = re.compile(r"Packet corrupt \(stream = (\d+)")
#: AVI stores a picture that is shown later in one packet with the one before it.
_UNPACKED = {"mpeg4": "mpeg4_unpack_bframes"}


@dataclass(frozen=True)
class WorkingCopy:
    path: Path
    is_damaged: bool
    """Whether packets of the pictures are incomplete."""


async def make_working_copy(
    sandbox: Sandbox, source: Path, source_bytes: int, container: str, video: VideoTrack,
    audio: tuple[AudioTrack, ...], subtitles: tuple[SubtitleTrack, ...], folder: Path,
) -> WorkingCopy:  # fmt: skip
    """Writes the copy into a folder. Raises ToolFailed, HostileOutput."""
    # The demuxer's own view of wrapped clocks and of breaks in them is the right one: no `-copyts`.
    tracks = ffmpeg.input(f"file:{sandbox.source_path(source)}", fflags="+genpts", **SAFE_INPUT)
    kept = [video.stream_index, *(track.stream_index for track in audio)]
    kept += [track.stream_index for track in text_tracks(subtitles)]
    mapped = [tracks[str(index)] for index in kept]
    options: dict[str, str | int] = {"c": "copy", "f": "matroska", "map_metadata:g": -1, "map_chapters": -1}
    if container == "avi" and video.codec in _UNPACKED:
        options["bsf:v"] = _UNPACKED[video.codec]
    output = ffmpeg.output(*mapped, _FILE, **options).global_args(
        "-hide_banner", "-nostdin", "-v", "warning", "-nostats", "-progress", "pipe:1"
    )
    arguments = ffmpeg.compile(output)[1:]
    limits = working_copy_limits(source_bytes)
    said = await run_ffmpeg(sandbox, arguments, source, folder, _no_progress, limits=limits)
    corrupt = {int(stream) for stream in _CORRUPT.findall(said)}
    return WorkingCopy(keep(folder, _FILE), video.stream_index in corrupt)


def working_copy_key(revision: RevisionWork) -> str:
    """Where the copy lies for all workers, until the revision is finished."""
    return f"work/{revision.video_id}/{revision.revision_id}/{_FILE}"


async def _no_progress() -> None:
    """Nobody watches a copy grow."""
