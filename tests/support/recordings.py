"""Real recordings beside the checkout, what must become of each, and two independent judges of it."""

import asyncio
import functools
import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.decoding import first_through, read_packets
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
    "broken-bad-lacing.mkv": "sound in this file cannot be decoded",
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
    frames = sum(plan.timeline.frame_counts) if plan.timeline.on_grid else None
    master = str(house.media / "master.m3u8")
    report = await asyncio.to_thread(_hlscheck().check, master, str(source), [], frames)
    return list(report.errors)


@functools.cache
def _hlscheck() -> Any:
    """That program, but for how it looks into a segment: not by starting two others for each. What it looks
    for there is its own. (`test_api` and the bench run it as it is.)"""
    spec = importlib.util.spec_from_file_location("hlscheck", SHARED / "tools" / "hlscheck.py")
    assert spec is not None
    assert spec.loader is not None
    judge = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = judge  # where dataclasses look
    spec.loader.exec_module(judge)
    vars(judge).update(packets=_packets, sps_codec=_sps_codec)
    return judge


def _packets(path: Path, stream: str) -> list[dict[str, Any]]:
    """As `ffprobe -show_packets` tells them."""
    kind, number = stream.split(":")
    read = []
    for packet in read_packets(path, {"v": "video", "a": "audio"}[kind], int(number)):
        assert packet.pts is not None
        assert packet.time_base is not None
        dts = packet.pts if packet.dts is None else packet.dts
        pts_seconds, dts_seconds = float(packet.pts * packet.time_base), float(dts * packet.time_base)
        flags = "K_" if packet.is_keyframe else "__"
        read.append({"pts_time": pts_seconds, "dts_time": dts_seconds, "flags": flags})
    return read


def _sps_codec(path: Path) -> str | None:
    """From profile, constraints and level in the first sequence parameter set (RFC 6381 section 3.3)."""
    first = next(read_packets(path, "video"), None)
    found = re.search(rb"\x00\x00\x01[\x27\x47\x67](...)", bytes(first), re.DOTALL) if first else None
    return "avc1." + found[1].hex().upper() if found else None


async def beginning(house: House, plan: Plan) -> None:
    """The first chunk of what makes a video watchable: of the express lane and of its sound."""
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane is not Lane.LADDER and 0 in chunk.segments:
            await house.chunk(index)


def first_tiles(path: Path, *, pixels: str = "yuv444p") -> NDArray[np.int16]:
    """Mean luma and chroma of the tiles of the first picture, as it is stored."""
    return first_through(path, *_tiling(pixels)).astype(np.int16)


def source_tiles(recording: Recording, at_seconds: float = 0) -> NDArray[np.int16]:
    """The same of a recording, as the ffmpeg of this machine turns and maps it; or of a later picture,
    decoded from the beginning on."""
    tiling = ",".join("=".join(step) for step in _tiling("yuv444p"))
    later = f"trim=start={at_seconds - 0.001:.6f}," if at_seconds else ""
    look = later + (_TONE_MAPPED if recording.is_hdr else "") + tiling
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
