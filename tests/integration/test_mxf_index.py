"""What an MXF file's own index tells is what ffprobe reads from its packets, and nobody reads those."""

import asyncio
import io
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.clips import barcode_clip
from tests.support.frame_indexes import told_both_ways
from tests.support.mxf import by_fields, told
from video_service.domain.container_index import NoIndex
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.frames import FrameIndex
from video_service.domain.mxf_index import read_mxf_video
from video_service.pipeline import probe as probing
from video_service.pipeline.sandbox import PLAIN

Make = Callable[[Path], Path]


def _clip(name: str, *options: str, rate: str = "25", seconds: int = 3) -> Make:
    def make(folder: Path) -> Path:
        source = barcode_clip(folder / "source.mp4", seconds=seconds, size=(320, 180))
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), "-r", rate, *options]
        subprocess.run([*command, str(folder / name)], check=True, timeout=60)
        return folder / name

    return make


def cut_off(folder: Path) -> Path:
    path = LONG_GOP(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    return path


ATOM = ("-an", "-f", "mxf_opatom")
SOUND = ("-c:a", "pcm_s16le", "-ar", "48000")
D10 = (
    "-b:v",
    "30M",
    "-minrate",
    "30M",
    "-maxrate",
    "30M",
    "-bufsize",
    "1200000",
    "-rc_init_occupancy",
    "1200000",
)
OPEN, REFRESHED = "open-gop=1:keyint=25:bframes=3", "intra-refresh=1:keyint=25:bframes=0"
TAPE = ("-s", "720x576", "-pix_fmt", "yuv422p", "-flags", "+ildct+ilme")
LONG_GOP = _clip("long.mxf", "-c:v", "mpeg2video", "-bf", "2", "-g", "12", *SOUND)
AVC_INTRA = _clip("atom.mxf", "-c:v", "libx264", "-g", "1", *ATOM)
INDEXED = {
    "long_gop": LONG_GOP,
    # A part of the index for each ten seconds.
    "in_parts": _clip("parts.mxf", "-c:v", "mpeg2video", "-bf", "2", *SOUND, "-frames:v", "751", seconds=31),
    "ntsc": _clip("ntsc.mxf", "-c:v", "mpeg2video", *SOUND, rate="30000/1001"),
    "dnxhr": _clip("dnx.mxf", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p", *SOUND),
    "d10": _clip(
        "d10.mxf", "-c:v", "mpeg2video", "-g", "1", *D10, *TAPE, *SOUND, "-ac", "2", "-f", "mxf_d10"
    ),
    "dv": _clip("dv.mxf", "-c:v", "dvvideo", "-s", "720x576", "-pix_fmt", "yuv420p", *SOUND),
    "avc_intra": _clip("intra.mxf", "-c:v", "libx264", "-g", "1", *SOUND),
    "avc_as_stored": _clip("avc.mxf", "-c:v", "libx264", "-bf", "0", "-g", "50", *SOUND),
    "avc": told(_clip("avc.mxf", "-c:v", "libx264", "-g", "50", *SOUND)),
    "avc_open": told(_clip("open.mxf", "-c:v", "libx264", "-x264-params", OPEN, *SOUND)),
    "atom": _clip("atom.mxf", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p", *ATOM),
    "atom_long_gop": _clip("atom.mxf", "-c:v", "mpeg2video", "-bf", "2", "-g", "12", *ATOM),
    "atom_avc_intra": AVC_INTRA,
    "atom_by_fields": by_fields(AVC_INTRA),
    # Of several partitions, each knows how much is stored in those before.
    "avc_in_parts": told(
        _clip("parts.mxf", "-c:v", "libx264", "-bf", "3", *SOUND, "-frames:v", "751", seconds=31)
    ),
}
COPIED = {
    "cut_off": cut_off,
    "avc_out_of_order": _clip("avc.mxf", "-c:v", "libx264", "-bf", "2", *SOUND),
    "avc_refreshed": _clip("re.mxf", "-c:v", "libx264", "-x264-params", REFRESHED, *SOUND, seconds=24),
    # Without keys between the pictures, nobody can look at those from which decoding may begin.
    "atom_avc": told(_clip("avc.mxf", "-c:v", "libx264", "-g", "50", *ATOM)),
    # Nobody writes this, so nobody says what it means.
    "reordered_by_fields": by_fields(_clip("atom.mxf", "-c:v", "mpeg2video", "-bf", "2", "-g", "12", *ATOM)),
}


@pytest.mark.parametrize("name", INDEXED)
async def test_the_index_says_what_the_packets_say(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await asyncio.to_thread(INDEXED[name], tmp_path)
    index, packets = await told_both_ways(path, monkeypatch)
    for number in ("pts", "keyframes"):
        assert list(getattr(index, number)) == list(getattr(packets, number))
    assert index.end == packets.end
    assert index.has_leading_pictures == packets.has_leading_pictures


@pytest.mark.parametrize("name", COPIED)
async def test_others_are_copied(tmp_path: Path, name: str) -> None:
    path = await asyncio.to_thread(COPIED[name], tmp_path)
    assert not (await probing.probe_header(PLAIN, path)).is_seekable


def promises_too_much(frames: FrameIndex) -> FrameIndex:
    """A key frame at the end, where there is none."""
    return replace(frames, keyframes=[*frames.keyframes, frames.pts[-1]])


def ends_early(frames: FrameIndex) -> FrameIndex:
    kept = len(frames.pts) - 25
    return replace(frames, pts=frames.pts[:kept], end=frames.pts[kept], keyframes=frames.keyframes[:3])


@pytest.mark.parametrize("wrong", [promises_too_much, ends_early])
async def test_an_index_that_is_not_that_of_the_whole_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[FrameIndex], FrameIndex]
) -> None:
    path = await asyncio.to_thread(LONG_GOP, tmp_path)
    honest = read_mxf_video(io.BytesIO(path.read_bytes()))
    monkeypatch.setattr(probing, "read_mxf_video", lambda _: replace(honest, frames=wrong(honest.frames)))
    assert not (await probing.probe_header(PLAIN, path)).is_seekable


class Film:
    """A file; a failing test does not print its bytes."""

    def __init__(self, path: Path) -> None:
        self.path, self.content = path, path.read_bytes()


@pytest.fixture(scope="module", params=["long_gop", "dnxhr", "atom"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(INDEXED[request.param](tmp_path_factory.mktemp("mxf")))


@settings(max_examples=300)
@example(damage=[(0.9966980915480215, b"\x80\0\0\0")], last_bytes=6_000)  # beyond what a file can have
@given(
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4),
    last_bytes=st.sampled_from([6_000, 10**9]),
)
def test_damaged_bytes_end_in_an_answer(
    film: Film, damage: list[tuple[float, bytes]], last_bytes: int
) -> None:
    """Most of a file is pictures; what is read lies at its end."""
    content = bytearray(film.content)
    last_bytes = min(last_bytes, len(content))
    for place, wrong in damage:
        at = len(content) - last_bytes + int(place * (last_bytes - len(wrong)))
        content[at : at + len(wrong)] = wrong
    film.path.write_bytes(content)
    try:
        with film.path.open("rb", buffering=0) as file:  # in which not all places can be gone to
            frames = read_mxf_video(file).frames
    except (NoIndex, UnsupportedMedia):
        return
    assert list(frames.pts) == sorted(set(frames.pts))
    assert set(frames.keyframes) <= set(frames.pts)
    assert len(frames.pts) <= len(content)
