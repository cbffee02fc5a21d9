"""Probing: a source becomes facts, by ffprobe in its box."""

import json
from pathlib import Path

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.facts import SourceFacts, read_header, read_packets
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.ffmpeg import Limits, Sandbox, ToolFailed, run_lines

_LIMITS = Limits(wall_seconds=300, cpu_seconds=300, memory_bytes=4 << 30, file_bytes=1 << 20)
_MAX_HEADER_LINES = 200_000
#: A day of pictures at 60 per second.
_MAX_PACKETS = 86_400 * 60


async def probe(sandbox: Sandbox, source: Path) -> SourceFacts:
    """Raises UnsupportedMedia with a sentence for the person who uploaded."""
    try:
        header = await _header(sandbox, source)
        container, video, audio = read_header(header)
        packets = await _packets(sandbox, source, video.stream_index)
    except ToolFailed as error:
        raise UnsupportedMedia(
            "This file cannot be read as a video. Accepted are MP4, MOV, MKV and WebM files; "
            "it may be damaged or of another kind."
        ) from error
    return SourceFacts(container, video, read_packets(packets), audio)


async def _header(sandbox: Sandbox, source: Path) -> dict[str, object]:
    lines: list[str] = []

    def keep(line: str) -> None:
        if len(lines) >= _MAX_HEADER_LINES:
            raise UnsupportedMedia("The header of this file is absurdly large.")
        lines.append(line)

    shown = ["-show_format", "-show_streams", "-show_data", "-of", "json"]
    await run_lines(sandbox, "ffprobe", _arguments(sandbox, source, shown), source, keep, limits=_LIMITS)
    return dict(json.loads("\n".join(lines)))


async def _packets(
    sandbox: Sandbox, source: Path, stream_index: int
) -> list[tuple[int | None, int | None, int, str]]:
    """PTS, duration, size and flags of every packet, in file order."""
    packets: list[tuple[int | None, int | None, int, str]] = []

    def keep(line: str) -> None:
        fields = line.split(",")
        if len(fields) < 4:
            return
        if len(packets) >= _MAX_PACKETS:
            raise UnsupportedMedia("This video has more pictures than a day holds.")
        packets.append((_number(fields[0]), _number(fields[1]), int(fields[2]), fields[3]))

    shown = ["-select_streams", str(stream_index), "-show_entries", "packet=pts,duration,size,flags"]
    arguments = _arguments(sandbox, source, [*shown, "-of", "csv=p=0"])
    await run_lines(sandbox, "ffprobe", arguments, source, keep, limits=_LIMITS)
    return packets


def _arguments(sandbox: Sandbox, source: Path, shown: list[str]) -> list[str]:
    safe = [part for name, value in SAFE_INPUT.items() for part in (f"-{name}", str(value))]
    return ["-v", "error", *safe, *shown, "-i", f"file:{sandbox.source_path(source)}"]


def _number(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdigit() else None
