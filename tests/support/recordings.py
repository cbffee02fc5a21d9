"""Real recordings beside the checkout, what must become of each, and two independent judges of it."""

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.decoding import first_through
from tests.support.house import House
from tools.processes import ROOT
from video_service.domain.plan import Lane, Plan
from video_service.pipeline.sandbox import Sandbox

SHARED = ROOT.parent / "shared"
MEDIA = SHARED / "media"
#: ffmpeg's own way from HDR to BT.709, as its documentation of `tonemap` has it.
_TONE_MAPPED = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,"
)
_TILES = 16
_DAMAGED = "Parts of this file are damaged. Where a picture is missing, the one before it stays."


@dataclass(frozen=True)
class Recording:
    """What must become of a file that can be watched."""

    name: str
    size: tuple[int, int]
    """As shown: upright, in square pixels."""
    rungs: int
    rate: float
    copied: bool
    audio: int = 1
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    is_hdr: bool = False
    stream: str = "v:0"
    """Of the source, as ffmpeg specifies it."""
    costs_seconds: bool = False
    """More than a suite should take for one file: there only its beginning is made."""


NTSC = 30000 / 1001
RECORDINGS = (
    Recording("bigbuckbunny-720p-5s.mp4", (1280, 720), 4, 25, True, seconds=5.28),
    Recording("bikes-10s.mp4", (640, 272), 1, 25, True, audio=0, seconds=10),
    Recording("long-1080p-6min-h264.mp4", (1920, 1080), 1, 30, True, seconds=362.8, costs_seconds=True),
    Recording("long-1080p60-6min-av1.mp4", (1920, 1080), 5, 60, False, seconds=362.8, costs_seconds=True),
    Recording("phone-portrait-4k60-rot90.mp4", (2160, 3840), 5, 60, False, costs_seconds=True),
    Recording(
        "phone-hevc-hlg10-rot90-editlist.mp4", (1080, 1920), 5, 30, False, is_hdr=True, costs_seconds=True
    ),
    Recording("phone-dolbyvision-hlg.mov", (720, 1280), 4, 30, False, is_hdr=True),
    Recording("hdr10-av1-portrait.mp4", (720, 1280), 4, NTSC, False, is_hdr=True, costs_seconds=True),
    Recording("hdr10-hevc-1080p.mp4", (1920, 1080), 5, 30, False, is_hdr=True, costs_seconds=True),
    Recording("1080p60-vp8-vorbis.webm", (1920, 1080), 5, 60, False, costs_seconds=True),
    Recording("vp9-opus.webm", (854, 480), 3, 24, False),
    Recording("h264-b-pyramid.mp4", (800, 450), 3, 30, False, audio=0),
    Recording("h264-first-pts-10s.mp4", (800, 450), 3, 30, False, audio=0, costs_seconds=True),
    Recording("h264-360p-vfr-17s.mp4", (640, 360), 2, 30, True, seconds=17.06),
    Recording("fragmented-mp4-no-duration.mp4", (1080, 720), 3, NTSC, True, seconds=1.0),
    Recording("mkv-h264-ac3-srt.mkv", (1080, 720), 4, 30, True),
    Recording("mkv-h264-ac3-ass.mkv", (1080, 720), 4, 30, True),
    Recording("mkv-yuv444-chapters.mkv", (320, 240), 1, 30, False),
    Recording("two-audio-two-subtitles.mp4", (480, 270), 1, NTSC, True, audio=2, stream="v:1"),
    Recording("avi-mpeg4-mp3-no-pts.avi", (960, 400), 2, 24, False, seconds=4.08),
    Recording("flv-h264-aac.flv", (1080, 720), 4, 30, True),
    Recording("3gp-h263-qcif.3gp", (176, 144), 1, 15, False, audio=0),
    Recording("broadcast-h264-mp2.ts", (1920, 1080), 4, 30, True, costs_seconds=True),
    Recording("broadcast-mpeg2-interlaced.ts", (720, 405), 2, 25, False),
    Recording("audio-shorter-than-video.mp4", (320, 240), 1, 60, False, seconds=1.2),
    Recording("video-only.mp4", (1080, 720), 4, NTSC, True, audio=0),
    Recording("rotated-and-mirrored.mp4", (720, 1080), 4, NTSC, False),
    Recording("8k-hevc-300ms.mp4", (7680, 4320), 5, 24, False, costs_seconds=True),
    Recording("h264-yuv444-mp3.mp4", (1280, 720), 4, 20, False, costs_seconds=True),
    Recording("audio-only-with-cover.flac", (370, 320), 1, 5, True, seconds=3.0),
    Recording("broken-no-timescale.mp4", (320, 240), 1, 30.12, False, audio=0, warnings=(_DAMAGED,)),
)
#: Files that cannot be watched, with a word of the sentence that says why.
REFUSED = {
    "broken-truncated-after-moov.m4b": "sound in this file cannot be decoded",
    "garbage-prefix.mp3": "cannot be read as a video",
    "broken-bad-lacing.mkv": "no picture in this file that can be shown",
    "unsupported-vvc.mp4": "H.266",
}


async def judge(recording: Recording, folder: Path, sandbox: Sandbox) -> House:
    """Makes everything of a recording and lets the independent judge compare it with its source."""
    house = House(folder, MEDIA / recording.name, sandbox)
    await house.everything()
    errors = await hls_errors(house, MEDIA / recording.name)
    assert errors == [], errors
    return house


async def hls_errors(house: House, source: Path) -> list[str]:
    """What `hlscheck.py` finds wrong."""
    plan = house.work.plan
    assert plan is not None
    command = ["python3", str(SHARED / "tools/hlscheck.py"), str(house.media / "master.m3u8")]
    command += ["--source", str(source)]
    if plan.timeline.on_grid:
        command += ["--frames", str(sum(plan.timeline.frame_counts))]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=300, check=False
    )
    errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
    return errors if done.returncode == bool(errors) else [*errors, done.stderr]


async def beginning(house: House, plan: Plan) -> None:
    """The first chunk of what makes a video watchable: of the express lane and of its sound."""
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane is not Lane.LADDER and 0 in chunk.segments:
            await house.chunk(index)


def first_tiles(path: Path, *, pixels: str = "yuv444p") -> NDArray[np.int16]:
    """Mean luma and chroma of the tiles of the first picture, as it is stored."""
    return first_through(path, *_tiling(pixels)).astype(np.int16)


def source_tiles(recording: Recording) -> NDArray[np.int16]:
    """The same of a recording, as the ffmpeg of this machine turns and maps it."""
    tiling = ",".join("=".join(step) for step in _tiling("yuv444p"))
    look = (_TONE_MAPPED if recording.is_hdr else "") + tiling
    command = ["ffmpeg", "-nostdin", "-v", "quiet", "-i", str(MEDIA / recording.name)]
    command += ["-map", f"0:{recording.stream}", "-frames:v", "1", "-vf", look, "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return np.frombuffer(done.stdout, np.uint8).astype(np.int16)


def _tiling(pixels: str) -> list[tuple[str, str]]:
    # To RGB first and at full size: swscale makes coarse chroma of both at once.
    scale = f"{_TILES}:{_TILES}:flags=area"
    if pixels == "yuv444p":
        return [("scale", f"{scale}:out_range=tv"), ("format", pixels)]
    return [("format", "gbrp"), ("scale", scale), ("format", pixels)]
