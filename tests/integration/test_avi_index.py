"""What an AVI file's own index tells is what ffprobe reads from its packets, and nobody reads those."""

import asyncio
import io
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clips import barcode_clip
from tests.support.frame_indexes import told_both_ways
from tests.support.house import House
from video_service.domain.avi_index import read_avi_video
from video_service.domain.container_index import NoIndex
from video_service.domain.errors import UnsupportedMedia
from video_service.pipeline import probe as probing
from video_service.pipeline.sandbox import PLAIN

Make = Callable[[Path], Path]


def _clip(*options: str, rate: str = "25") -> Make:
    def make(folder: Path) -> Path:
        source = barcode_clip(folder / "source.mp4", seconds=2, size=(320, 180))
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), "-r", rate, *options]
        subprocess.run([*command, str(folder / "a.avi")], check=True, timeout=60)
        return folder / "a.avi"

    return make


def changed(make: Make, change: Callable[[bytes], bytes]) -> Make:
    def made(folder: Path) -> Path:
        path = make(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return made


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2)


def for_large_files(content: bytes) -> bytes:
    """The same with two indexes of chunks at its end, told of in the room that ffmpeg leaves in the header,
    instead of one index (OpenDML AVI File Format Extensions 1.02, "index locations in RIFF file")."""
    at = content.index(b"idx1")
    movie = content.index(b"movi")
    rows = [row for row in struct.iter_unpack("<4s3I", content[at + 8 :]) if row[0] == b"00dc"]
    parts, places = b"", []
    for own in (rows[:20], rows[20:]):
        entries = b"".join(
            struct.pack("<II", movie + place + 8, size | (0 if flags & 16 else 1 << 31))
            for _, flags, place, size in own
        )
        places.append((at + len(parts), 32 + len(entries), len(own)))
        header = struct.pack("<HBBI4sQI", 2, 0, 1, len(own), b"00dc", 0, 0)
        parts += chunk(b"ix00", header + entries)
    index = struct.pack("<HBBI4s12x", 4, 0, 0, len(places), b"00dc")
    index += b"".join(struct.pack("<QII", *place) for place in places)
    room = content.index(b"JUNK", content.index(b"strh"))
    content = (
        content[:room] + b"indx" + content[room + 4 : room + 8] + index + content[room + 8 + len(index) :]
    )
    whole = content[:at] + parts
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


MP3, WAVE = ("-c:a", "libmp3lame"), ("-c:a", "pcm_s16le")
DIVX3 = _clip("-c:v", "msmpeg4v3", "-g", "20", *MP3)
TAPE = ("-s", "720x576", "-pix_fmt", "yuv420p")
INDEXED = {
    "divx_3": DIVX3,
    "v2": _clip("-c:v", "msmpeg4v2", *WAVE, rate="30000/1001"),
    "wmv_8": _clip("-c:v", "wmv2", "-an"),
    "huffyuv": _clip("-c:v", "huffyuv", *WAVE),
    "ffv1": _clip("-c:v", "ffv1", *WAVE),
    "uncompressed": _clip("-c:v", "rawvideo", "-pix_fmt", "yuv420p", *WAVE),
    "tape": _clip("-c:v", "dvvideo", *TAPE, *WAVE),
    # Where a picture is missing, nothing is stored in its place.
    "some_are_missing": _clip("-vf", "select='mod(n,5)-2'", "-vsync", "vfr", "-c:v", "huffyuv", "-an"),
    "for_large_files": changed(DIVX3, for_large_files),
}
COPIED = {
    # Whose pictures may be shown in another order.
    "mpeg_4": _clip("-c:v", "mpeg4", "-bf", "2", *MP3),
    "cut_off": changed(DIVX3, lambda content: content[: len(content) * 7 // 10]),
    "without": changed(DIVX3, lambda content: content.replace(b"idx1", b"JUNK")),
    "begins_in_the_middle": changed(
        DIVX3, lambda content: content.replace(b"00dc" + struct.pack("<I", 16), b"00dc" + bytes(4), 1)
    ),
}


@pytest.mark.parametrize("name", INDEXED)
async def test_the_index_says_what_the_packets_say(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await asyncio.to_thread(INDEXED[name], tmp_path)
    index, packets = await told_both_ways(path, monkeypatch)
    for number in ("pts", "keyframes"):
        assert list(getattr(index, number)) == list(getattr(packets, number))
    assert (index.end, index.size_bytes) == (packets.end, packets.size_bytes)
    assert not index.has_leading_pictures


async def test_nothing_is_copied(tmp_path: Path) -> None:
    house = House(tmp_path / "house", await asyncio.to_thread(DIVX3, tmp_path), PLAIN)
    plan = await house.probe()
    for index, _ in enumerate(plan.chunks):
        await house.chunk(index)
    assert not list((tmp_path / "house").rglob("*.mkv"))


@pytest.mark.parametrize("name", COPIED)
async def test_others_are_copied(tmp_path: Path, name: str) -> None:
    path = await asyncio.to_thread(COPIED[name], tmp_path)
    assert not (await probing.probe_header(PLAIN, path)).is_seekable


def test_an_index_that_is_named_again_and_again_is_soon_read() -> None:
    """As often as a header has room for."""
    header = chunk(b"strh", b"vids" + bytes(16) + struct.pack("<III", 1, 25, 0) + bytes(24))
    count = 60_000

    def content(index_at: int) -> bytes:
        indexes = (
            struct.pack("<HBBI4s12x", 4, 0, 0, count, b"00dc") + struct.pack("<QII", index_at, 32, 0) * count
        )
        stream = chunk(b"LIST", b"strl" + header + chunk(b"indx", indexes))
        return chunk(b"LIST", b"hdrl" + stream) + chunk(b"LIST", b"movi")

    index = chunk(b"ix00", struct.pack("<HBBI4sQI", 2, 0, 1, 0, b"00dc", 0, 0))
    before = content(0)
    film = chunk(b"RIFF", b"AVI " + content(12 + len(before)) + index)
    with pytest.raises(NoIndex, match="before the first key frame"):
        read_avi_video(io.BytesIO(film))


class Film:
    """A file's bytes; a failing test does not print them."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.header_bytes = content.index(b"movi")
        self.index_at = content.rindex(b"idx1") if b"idx1" in content else content.index(b"ix00")


@pytest.fixture(scope="module", params=["divx_3", "for_large_files"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(INDEXED[request.param](tmp_path_factory.mktemp("avi")).read_bytes())


@settings(max_examples=300)
@given(
    damage=st.lists(
        st.tuples(st.booleans(), st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
    ),
    kept=st.just(1.0) | st.floats(0, 1),
)
def test_damaged_bytes_end_in_an_answer(
    film: Film, damage: list[tuple[bool, float, bytes]], kept: float
) -> None:
    content = bytearray(film.content)
    for is_in_header, place, wrong in damage:
        begin, end = (0, film.header_bytes) if is_in_header else (film.index_at, len(content))
        at = begin + int(place * (end - begin - len(wrong)))
        content[at : at + len(wrong)] = wrong
    try:
        frames = read_avi_video(io.BytesIO(content[: int(kept * len(content))])).frames
    except (NoIndex, UnsupportedMedia):
        return
    assert list(frames.pts) == sorted(set(frames.pts))
    assert set(frames.keyframes) <= set(frames.pts)
    assert len(frames.pts) <= len(content)
