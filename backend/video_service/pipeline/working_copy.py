"""Sources that cannot be sought in, that have only sound, or whose pictures bear no times, are first
copied into Matroska.

The packets stay what they are, but for sound that Matroska has no name for; only their times are made to
run on, and what precedes the first key frame is left out. The source itself is not touched.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from video_service.domain.facts import STILL_TITLE, UNORDERED_TITLE
from video_service.domain.formats import MATROSKA_SOUND
from video_service.domain.ports import RevisionWork
from video_service.domain.subtitles import text_tracks
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.ffmpeg import run_ffmpeg
from video_service.pipeline.limits import working_copy_limits
from video_service.pipeline.outbox import keep
from video_service.pipeline.probe import Header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.still import STILL_FILE, STILL_SECONDS, make_still

_FILE = "source.mkv"
#: Printed by libavformat (demux.c) for a packet of which a part is missing.
_CORRUPT = re.compile(r"Packet corrupt \(stream = (\d+)")
#: Where packets bear no times: Matroska is among them, as only what has none is copied from it.
_WITHOUT_TIMES = ("avi", "matroska")
#: AVI stores a picture that is shown later in one packet with the one before it.
_UNPACKED = {"mpeg4": "mpeg4_unpack_bframes"}
#: Of these, ffmpeg cannot tell without decoding when a picture is shown (libavformat/demux.c).
_ORDERED_BY_DECODING = ("h264", "hevc")


@dataclass(frozen=True)
class WorkingCopy:
    path: Path
    is_damaged: bool
    """Whether packets of the pictures are incomplete."""


async def make_working_copy(
    sandbox: Sandbox, source: Path, source_bytes: int, header: Header, folder: Path
) -> WorkingCopy:
    """Writes the copy into a folder. Raises ToolFailed, HostileOutput, UnsupportedMedia."""
    # The demuxer's own view of wrapped clocks and of breaks in them is the right one: no `-copyts`.
    tracks = ffmpeg.input(
        f"file:{sandbox.source_path(source)}", fflags="+genpts", **SAFE_INPUT, **header.look
    )
    sound = [tracks[str(track.stream_index)] for track in header.audio]
    texts = [tracks[str(track.stream_index)] for track in text_tracks(header.subtitles)]
    options: dict[str, str | int | None] = {
        "c": "copy",
        "f": "matroska",
        "allow_raw_vfw": 1,  # uncompressed pictures, as AVI stores them
        "write_crc32": 0,  # a third of what copying takes, and nobody looks at it
        "map_metadata:g": -1,
        "map_chapters": -1,
    }
    decoded = [n for n, track in enumerate(header.audio) if track.codec not in MATROSKA_SOUND]
    options |= {f"c:a:{number}": "flac" for number in decoded}
    video, still_bytes = header.video, 0
    if video is None:
        texts = []  # they would be shown on a picture that is not theirs, and end the copy too early
        still_bytes = await make_still(sandbox, source, source_bytes, header.cover, header.audio[0], folder)
        picture = ffmpeg.input(f"file:{STILL_FILE}", stream_loop=-1, **SAFE_INPUT)["v"]
        options["metadata:s:v"] = f"title={STILL_TITLE}"
        if len(header.audio) > 1 and header.said_seconds and not header.is_cut_off:
            options["t"] = f"{header.said_seconds:.3f}"
        else:
            # What containers of a single track say is often an estimate.
            options["shortest"] = None
    else:
        picture = tracks[str(video.stream_index)]
    if video is not None and header.container in _WITHOUT_TIMES:
        if video.codec in _UNPACKED:
            options["bsf:v"] = _UNPACKED[video.codec]
        elif video.codec in _ORDERED_BY_DECODING and video.reorder_depth > 0:
            options |= {"bsf:v": "setts=pts=DTS", "metadata:s:v": f"title={UNORDERED_TITLE}"}
    output = ffmpeg.output(picture, *sound, *texts, _FILE, **options).global_args(
        "-hide_banner", "-nostdin", "-v", "warning", "-nostats", "-progress", "pipe:1"
    )
    arguments = ffmpeg.compile(output)[1:]
    limits = working_copy_limits(source_bytes, still_bytes, STILL_SECONDS, decodes=bool(decoded))
    said = await run_ffmpeg(sandbox, arguments, source, folder, limits=limits)
    corrupt = {int(stream) for stream in _CORRUPT.findall(said)}
    return WorkingCopy(keep(folder, _FILE), video is not None and video.stream_index in corrupt)


def working_copy_key(revision: RevisionWork) -> str:
    """Where the copy lies for all workers, until the revision is finished."""
    return f"work/{revision.video_id}/{revision.revision_id}/{_FILE}"
