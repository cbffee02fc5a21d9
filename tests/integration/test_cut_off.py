"""Files of every kind, as ffmpeg writes them, of which the end is missing: they are told from whole ones."""

import struct
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.clips import barcode_clip
from tests.support.ebml import without_sizes
from video_service.domain.completeness import is_cut_off
from video_service.domain.facts import SourceFacts
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import PLAIN

SECONDS = 12
CLUSTER = b"\x1f\x43\xb6\x75"
#: By the ends of their names.
MADE = {
    "flv": ("-c:v", "flv1", "-b:v", "400k", "-c:a", "libmp3lame"),
    "asf": ("-c:v", "wmv2", "-b:v", "400k", "-c:a", "wmav2"),
    "ogg": ("-c:v", "libtheora", "-b:v", "400k", "-c:a", "libvorbis"),
    "mxf": ("-c:v", "mpeg2video", "-b:v", "400k", "-c:a", "pcm_s16le", "-ar", "48000"),
    "avi": ("-c:v", "mpeg4", "-b:v", "400k", "-c:a", "libmp3lame"),
    "mkv": ("-c:v", "libx264", "-c:a", "aac"),
    "mp4": ("-c:v", "libx264", "-c:a", "aac", "-movflags", "faststart"),
    "wav": ("-vn", "-c:a", "pcm_s16le"),
    "aiff": ("-vn", "-c:a", "pcm_s16be"),
}
MUXERS = {"mkv": "matroska"}
#: Of the others, ffmpeg must come back to the beginning.
PIPED = ("flv", "asf", "ogg", "avi", "mkv", "wav")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    return barcode_clip(path, seconds=SECONDS, size=(160, 90), options=("-g", "24"))


def made(clip: Path, kind: str, out: str, *options: str) -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(clip), "-ar", "44100", *MADE[kind]]
    muxer = ["-f", MUXERS.get(kind, kind)]
    done = subprocess.run([*command, *options, *muxer, out], check=True, stdout=subprocess.PIPE, timeout=60)
    return done.stdout


def cut_off(content: bytes) -> bool:
    return is_cut_off(lambda at, most_bytes: content[at : at + most_bytes], len(content))


@pytest.mark.parametrize("kind", MADE)
def test_a_file_whose_end_is_missing(clip: Path, tmp_path: Path, kind: str) -> None:
    made(clip, kind, str(tmp_path / "whole"))
    whole = (tmp_path / "whole").read_bytes()
    assert not cut_off(whole)
    for share in (0.99, 0.6, 0.3):
        assert cut_off(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("kind", PIPED)
def test_what_nobody_came_back_to_is_whole(clip: Path, kind: str) -> None:
    """It says nothing of its length, as live recordings do."""
    assert not cut_off(made(clip, kind, "pipe:1"))


def test_what_says_of_itself_what_a_longer_file_said_is_whole(clip: Path, tmp_path: Path) -> None:
    """As cutters of FLV write, who copy its first tag."""
    made(clip, "flv", str(tmp_path / "whole"))
    whole = (tmp_path / "whole").read_bytes()
    said_at = whole.index(b"\x00\x08filesize\x00") + 11
    stale = whole[:said_at] + struct.pack(">d", 2.0 * len(whole)) + whole[said_at + 8 :]
    assert not cut_off(stale)
    assert cut_off(stale[:-1])


def packet_times(path: Path, stream: str) -> list[float]:
    command = ["ffprobe", "-v", "quiet", "-select_streams", stream, "-show_entries", "packet=pts_time"]
    found = subprocess.run(
        [*command, "-of", "csv=p=0", str(path)], check=True, capture_output=True, timeout=60
    )
    return sorted(float(line.split(",")[0]) for line in found.stdout.decode().split())


def end_seconds(facts: SourceFacts) -> float:
    return facts.start_seconds + facts.duration_seconds


def in_a_cluster(whole: bytes) -> bytes:
    return whole[: len(whole) * 4 // 10]


def between_clusters(whole: bytes) -> bytes:
    return whole[: whole.index(CLUSTER, len(whole) * 4 // 10)]


@pytest.mark.parametrize("cut", [in_a_cluster, between_clusters])
@pytest.mark.parametrize("written", [bytes, without_sizes], ids=["sized", "unsized"])
async def test_matroska_of_which_the_end_never_came(
    clip: Path, tmp_path: Path, written: Callable[[bytes], bytes], cut: Callable[[bytes], bytes]
) -> None:
    """ffmpeg says at its beginning how long it will be, as what it reads says the same of itself."""
    source = tmp_path / "piped.mkv"
    whole = written(made(clip, "mkv", "pipe:1", "-cluster_time_limit", "1000"))
    source.write_bytes(whole)
    facts = await probe(PLAIN, source)
    assert not facts.is_cut_off
    assert end_seconds(facts) == pytest.approx(SECONDS, abs=0.1)

    source.write_bytes(cut(whole))
    times = packet_times(source, "v")
    facts = await probe(PLAIN, source)
    assert facts.is_cut_off
    longest = max(after - before for before, after in pairwise(times))
    assert end_seconds(facts) == pytest.approx(times[-1], abs=2 * longest)
