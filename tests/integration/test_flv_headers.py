"""Headers in the middle of FLV, as they are where somebody went on with a recording."""

import json
import subprocess
from collections.abc import AsyncGenerator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.appended import appended
from tests.support.flash_and_beep import Sound
from video_service.domain.early_copies import BrokenOff
from video_service.domain.flv_headers import FlvHeaders
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.precedence import Need
from video_service.pipeline.probe import probe_header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.working_copy import make_early_copy, make_working_copy

STEREO, MONO = Sound(), Sound(rate_hz=22_050, layout="mono")


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """With headers of pictures that change, and of sound that are repeated."""
    make = appended(("-refs", "1"), ("-refs", "4"), sounds=(STEREO, STEREO))
    return make(tmp_path_factory.mktemp("live")).read_bytes()


def kept(content: bytes, *cuts: int) -> bytes:
    """What is kept of a file that comes in pieces."""
    headers = FlvHeaders()
    places = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    pieces = [content[begin:end] for begin, end in pairwise(places)]
    return b"".join(map(headers.look, pieces)) + headers.rest()


def told(path: Path) -> dict[str, Any]:
    shown = "stream=codec_name:packet=stream_index,size"
    return dict(json.loads(run("ffprobe", "-show_entries", shown, "-of", "json", str(path))[0]))


def run(program: str, *arguments: str) -> tuple[str, str]:
    """What it says, and its complaints."""
    command = [program, "-v", "error", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


async def pieces(content: bytes) -> AsyncGenerator[bytes, None]:
    for at in range(0, len(content), 1 << 14):
        yield content[at : at + (1 << 14)]


def test_what_says_all_once_is_left_as_it_is(tmp_path: Path) -> None:
    appended((), (), sounds=(STEREO, None))(tmp_path)
    content = (tmp_path / "0.flv").read_bytes()
    assert kept(content) == content


@settings(max_examples=100)
@given(cuts=st.lists(st.integers(0, 1 << 20), max_size=8))
def test_it_is_the_same_in_whatever_pieces_it_comes(live: bytes, cuts: list[int]) -> None:
    assert kept(live, *cuts) == kept(live)


@settings(max_examples=200)
@given(
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4),
    end=st.floats(0, 1),
)
def test_what_is_damaged_is_left_to_ffmpeg(
    live: bytes, damage: list[tuple[float, bytes]], end: float
) -> None:
    content = bytearray(live[: int(end * len(live))])
    for place, wrong in damage:
        at = int(place * len(content))
        content[at : at + len(wrong)] = wrong[: len(content) - at]
    # A header more or less, in front of few pictures.
    assert abs(len(kept(bytes(content))) - len(content)) < 1000


async def test_every_picture_is_in_its_copy_and_no_track_more(
    sandbox: Sandbox, live: bytes, tmp_path: Path
) -> None:
    (tmp_path / "live.flv").write_bytes(live)
    header = await probe_header(sandbox, tmp_path / "live.flv")
    for folder in ("early", "late"):
        (tmp_path / folder).mkdir()
    late = await make_working_copy(sandbox, tmp_path / "live.flv", len(live), header, tmp_path / "late")
    early = await make_early_copy(sandbox, pieces(live), len(live), header, tmp_path / "early", Need())
    assert told(early.path) == told(late.path)
    assert [stream["codec_name"] for stream in told(late.path)["streams"]] == ["h264", "aac"]
    # A decoder that begins with the copy's own header shows all of them.
    shown, complaints = run("ffmpeg", "-i", str(late.path), "-map", "0:v", "-f", "framemd5", "-")
    assert (shown.count("\n0,"), complaints) == (168, "")


async def test_sound_that_changes_is_decoded(sandbox: Sandbox, tmp_path: Path) -> None:
    path = appended((), (), sounds=(STEREO, MONO))(tmp_path)
    header, content = await probe_header(sandbox, path), path.read_bytes()
    for folder in ("early", "late"):
        (tmp_path / folder).mkdir()
    late = await make_working_copy(sandbox, path, len(content), header, tmp_path / "late")
    assert [stream["codec_name"] for stream in told(late.path)["streams"]] == ["h264", "flac"]
    heard = ("-select_streams", "a", "-show_entries", "frame=nb_samples", "-of", "csv=p=0")
    samples, _ = run("ffprobe", *heard, str(late.path))
    seconds = sum(int(line.strip(",")) for line in samples.split()) / 48_000
    assert seconds == pytest.approx(168 / 30, abs=0.2)
    with pytest.raises(BrokenOff):
        await make_early_copy(sandbox, pieces(content), len(content), header, tmp_path / "early", Need())
