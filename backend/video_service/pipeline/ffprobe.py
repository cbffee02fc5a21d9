"""What ffprobe is asked, in its box.

What it prints is the source's to say, so it is asked for little, and cut off where it says more.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from video_service.domain.container_index import spread
from video_service.domain.facts import read_dump
from video_service.domain.frame_indexing import FrameReader
from video_service.domain.frames import MAX_PACKETS, FrameIndex
from video_service.domain.sound import SPLICED_TAG
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.complaints import tells_of_damage
from video_service.pipeline.ffmpeg import run_lines
from video_service.pipeline.limits import PACKET_LINE_BYTES, probe_limits
from video_service.pipeline.sandbox import Sandbox

#: The fields that the facts are made of. A file may carry any amount of others.
_FIELDS = (
    "format=format_name,duration",
    "stream=index,id,codec_type,codec_name,codec_tag_string,profile,width,height,pix_fmt,field_order,"
    "sample_aspect_ratio,avg_frame_rate,r_frame_rate,nb_frames,time_base,color_range,color_space,color_transfer,"
    "color_primaries,channels,channel_layout,start_time,start_pts,duration,has_b_frames",
    "stream_disposition=attached_pic,default,comment,visual_impaired,descriptions,hearing_impaired",
    f"stream_tags=language,title,DURATION,DURATION-eng,{SPLICED_TAG}",
    "stream_side_data",
    "chapter=start_time",
    "chapter_tags=title",
)
_HEADER = ("-show_entries", ":".join(_FIELDS), "-of", "json")
_HEADER_BYTES = 4 << 20
#: Packets; the first ones may lack what later ones need.
_LOOKED_AT = 20
#: A parameter set is a few hundred bytes, and a dump prints each as about four.
_EXTRADATA_BYTES = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What it says of a file's tracks."""

    header: Mapping[str, Any]
    found_damage: bool
    """Whether pictures that it looked at are damaged."""


class Ffprobe:
    """Questions about one source. Each raises ToolFailed."""

    def __init__(
        self, sandbox: Sandbox, source: Path, source_bytes: int, answer: Answer | None = None
    ) -> None:
        """``answer``: what was asked before."""
        self._sandbox, self._source, self._source_bytes, self._answer = sandbox, source, source_bytes, answer
        self.found_damage = answer is not None and answer.found_damage
        """Whether pictures that were looked at are damaged."""

    async def header(self, look: Mapping[str, int] = MappingProxyType({})) -> dict[str, Any]:
        """Its answer in JSON. ``look``: options of ffmpeg."""
        if self._answer is not None and not look:
            return dict(self._answer.header)
        looked = [part for name, value in look.items() for part in (f"-{name}", str(value))]
        return _read(await self._lines([*looked, *_HEADER], _HEADER_BYTES))

    async def extradata(self, stream_index: int) -> bytes:
        """The codec's own header of one stream."""
        shown = ["-select_streams", str(stream_index), "-show_entries", "stream=extradata", "-show_data"]
        lines = await self._lines([*shown, "-of", "json"], _EXTRADATA_BYTES)
        return read_dump(str(json.loads("\n".join(lines))["streams"][0].get("extradata", "")))

    async def first_pts(self, stream_index: int, from_seconds: float) -> int | None:
        """Of the first packet of one stream that it finds where it looks for this time."""
        at = f"{from_seconds:.6f}%+#1"
        return await self._number(["-select_streams", str(stream_index), "-read_intervals", at], "packet=pts")

    async def first_position(self, stream_index: int) -> int | None:
        """Where in the file the first packet of one stream is."""
        return await self._number(
            ["-select_streams", str(stream_index), "-read_intervals", "%+#1"], "packet=pos"
        )

    async def has_packets(self, stream_index: int) -> bool:
        """Of one stream; reads the whole source where it has none."""
        first = ["-select_streams", str(stream_index), "-read_intervals", "%+#1"]
        return await self._number(first, "packet=size") is not None

    async def finds_closed_captions(self, stream_index: int) -> bool:
        """As the decoder notes it; they are sent with every picture or with none."""
        first = ["-select_streams", str(stream_index), "-read_intervals", f"%+#{_LOOKED_AT}", "-show_frames"]
        shown = [*first, "-show_entries", "frame=pts:stream=closed_captions", "-of", "default=nw=1"]
        return "closed_captions=1" in await self._lines(shown, _HEADER_BYTES)

    async def frames(self, stream_index: int) -> tuple[FrameIndex, Sequence[int]]:
        """From every packet of one stream, and where in the file some of its key frames are. Raises
        UnsupportedMedia too."""
        reader = FrameReader(self._source_bytes)
        shown = ["-select_streams", str(stream_index), "-show_entries", "packet=pts,duration,size,pos,flags"]
        await self._run([*shown, "-of", "csv=p=0"], reader.add, MAX_PACKETS * PACKET_LINE_BYTES)
        return await asyncio.to_thread(reader.index), spread(reader.keys_at)

    async def _number(self, shown: Sequence[str], entry: str) -> int | None:
        """The first; ``None`` where it has none to tell."""
        entries = ["-show_entries", entry, "-of", "default=nw=1:nk=1"]
        [said, *_] = [*await self._lines([*shown, *entries], _HEADER_BYTES), ""]
        return int(said) if said.removeprefix("-").isdecimal() else None

    async def _lines(self, shown: Sequence[str], most_bytes: int) -> list[str]:
        lines: list[str] = []
        await self._run(shown, lines.extend, most_bytes)
        return lines

    async def _run(
        self, shown: Sequence[str], on_lines: Callable[[list[str]], None], most_bytes: int
    ) -> None:
        url = f"file:{self._sandbox.source_path(self._source)}"
        arguments = [*_safe("file"), *shown, "-i", url]
        limits = probe_limits(self._source_bytes, most_bytes)
        said = await run_lines(self._sandbox, "ffprobe", arguments, self._source, on_lines, limits=limits)
        self.found_damage = self.found_damage or tells_of_damage(said)


async def header_of_what_comes(
    sandbox: Sandbox, coming: AsyncGenerator[bytes, None], within_seconds: float
) -> Answer:
    """Of a file that is still being made: the program is there by the time that its first bytes are. Raises
    ToolFailed, and what reading them raises."""
    lines: list[str] = []
    limits = probe_limits(0, _HEADER_BYTES)
    limits = replace(limits, wall_seconds=limits.wall_seconds + within_seconds)
    arguments = [*_safe("pipe"), *_HEADER, "-i", "pipe:0"]
    said = await run_lines(
        sandbox, "ffprobe", arguments, None, lines.extend, limits=limits, feed=coming, tastes=True
    )
    return Answer(_read(lines), tells_of_damage(said))


def _safe(protocol: str) -> list[str]:
    options = {**SAFE_INPUT, "protocol_whitelist": protocol}
    return ["-v", "error", *(part for name, value in options.items() for part in (f"-{name}", str(value)))]


def _read(lines: Sequence[str]) -> dict[str, Any]:
    return dict(json.loads("\n".join(lines)))
