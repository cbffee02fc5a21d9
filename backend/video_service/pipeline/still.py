"""The picture of a source that has only sound: its cover, else the wave of its beginning.

It is encoded once, as a group of pictures that the working copy repeats for as long as the sound lasts:
so hours of it cost no encoding.
"""

import asyncio
from pathlib import Path
from typing import Any

import ffmpeg

from video_service.domain.errors import UnsupportedMedia
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.sound import AudioTrack
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.downmix import to_stereo
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg
from video_service.pipeline.limits import still_limits
from video_service.pipeline.sandbox import Sandbox

STILL_FILE = "still.mp4"
#: The picture ends a step or two after the sound.
_RATE = 5
#: A segment, as each begins with a key frame: short enough to seek in, long enough to weigh little.
STILL_SECONDS = 8
_SIZE = (1280, 720)
_WAVE_SECONDS = 300
_WAVE_COLOUR = "0x8ab4f8"


async def make_still(
    sandbox: Sandbox, source: Path, source_bytes: int, cover: int | None, track: AudioTrack, folder: Path
) -> int:
    """Writes ``STILL_FILE`` into a folder; returns how many bytes it has. ``cover``: index of its stream.

    Raises UnsupportedMedia where the sound cannot be decoded either.
    """
    url = f"file:{sandbox.source_path(source)}"
    pictures = [_cover(url, cover)] if cover is not None else []
    for picture in (*pictures, _wave(url, track)):
        try:
            arguments, limits = _encoded(picture), still_limits(source_bytes)
            await run_ffmpeg(sandbox, arguments, source, folder, limits=limits)
            return (await asyncio.to_thread((folder / STILL_FILE).stat)).st_size
        except (ToolFailed, FileNotFoundError) as error:
            failure = error  # a cover may be damaged, or no picture at all
    message = Notice(NoticeCode.SOUND_UNDECODABLE, "The sound in this file cannot be decoded.")
    raise UnsupportedMedia(message) from failure


def _cover(url: str, stream_index: int) -> Any:
    width, height = _SIZE
    picture = ffmpeg.input(url, **SAFE_INPUT)[str(stream_index)]
    return picture.filter(
        "scale", w=f"min(iw,{width})", h=f"min(ih,{height})", force_original_aspect_ratio="decrease",
        force_divisible_by=2, out_color_matrix="bt709", out_range="tv",
    )  # fmt: skip


def _wave(url: str, track: AudioTrack) -> Any:
    """Of the beginning only: to decode hours of sound would keep people waiting."""
    width, height = _SIZE
    sound = ffmpeg.input(url, t=_WAVE_SECONDS, max_error_rate=1, **SAFE_INPUT)[str(track.stream_index)]
    wave = to_stereo(sound, track).filter(
        "showwavespic", s=f"{width}x{height // 2}", split_channels=0, scale="sqrt", colors=_WAVE_COLOUR
    )
    return wave.filter("pad", width, height, 0, height // 4).filter(
        "scale", out_color_matrix="bt709", out_range="tv"
    )


def _encoded(picture: Any) -> list[str]:
    count = _RATE * STILL_SECONDS
    picture = picture.filter("setsar", 1).filter("format", "yuv420p")
    picture = picture.filter("loop", loop=count - 1, size=1).filter("setpts", f"N/{_RATE}/TB")
    options: dict[str, str | int] = {
        "r": _RATE, "frames:v": count, "c:v": "libx264", "preset": "veryfast", "tune": "stillimage",
        "crf": 26, "bf": 0, "g": count, "sc_threshold": 0, "threads": 2, "profile:v": "high", "f": "mp4",
        "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv",
        "map_metadata": -1,
    }  # fmt: skip
    output = ffmpeg.output(picture, STILL_FILE, **options).global_args(
        "-hide_banner",
        "-nostdin",
        "-v",
        "error",
        "-nostats",
        "-progress",
        "pipe:1",
        "-abort_on",
        "empty_output",
    )
    return list(ffmpeg.compile(output.overwrite_output())[1:])
