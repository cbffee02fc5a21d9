"""The container's own index says what ffprobe finds by reading every packet."""

import asyncio
import hashlib
import re
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.boxes import grow, inner
from tests.support.clips import barcode_clip
from tests.support.ebml import emptied, in_groups
from tools.processes import ROOT
from video_service.domain.container_index import NoIndex
from video_service.domain.frames import FrameIndex
from video_service.pipeline import probe as probing
from video_service.pipeline.ffprobe import Ffprobe
from video_service.pipeline.sandbox import PLAIN

MEDIA = ROOT.parent / "shared" / "media"
KINDS = ("*.mp4", "*.mov", "*.mkv", "*.webm")
RECORDINGS = sorted(path.name for pattern in KINDS for path in MEDIA.glob(pattern))
#: What ffprobe cannot read, or only reads packets of; and times that another way must find.
NOT_INDEXED = {"broken-no-timescale.mp4", "unsupported-vvc.mp4", "broken-bad-lacing.mkv"}
#: The parser of H.264 finds a key frame that the file does not list, so no seek would reach it.
UNLISTED_KEYFRAME = "h264-360p-vfr-17s.mp4"
#: ffprobe takes the mean rate for the last picture's, where the file says how long it stays.
GUESSED_END = "8k-hevc-300ms.mp4"
#: They do not say how long the last picture stays: the index takes what the one before stays, ffprobe a tick.
NO_END = {"mkv-h264-ac3-ass.mkv", "mkv-h264-ac3-srt.mkv"}

_FRAGMENTED = "frag_keyframe+empty_moov"


def _clip(folder: Path, name: str, *options: str, codec: str = "libx264") -> Path:
    return barcode_clip(folder / name, seconds=3, size=(160, 90), codec=codec, options=options)


def _copy(source: Path, name: str, *options: str, before: Sequence[str] = ()) -> Path:
    return _made(source, name, "-c", "copy", *options, before=before)


def _made(source: Path, name: str, *options: str, before: Sequence[str] = ()) -> Path:
    out = source.with_name(name)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *before, "-i", str(source), *options, str(out)]
    subprocess.run(command, check=True, timeout=60)
    return out


def closed_gop(folder: Path) -> Path:
    return _clip(folder, "closed.mp4")


def open_gop(folder: Path) -> Path:
    return _clip(folder, "open.mp4", "-x264-params", "open-gop=1:keyint=30:bframes=3")


def pyramid(folder: Path) -> Path:
    return _clip(folder, "pyramid.mov", "-preset", "fast", "-x264-params", "b-pyramid=normal:bframes=5")


def negative_offsets(folder: Path) -> Path:
    return _clip(folder, "negative.mp4", "-movflags", "negative_cts_offsets")


def uneven(folder: Path) -> Path:
    return _clip(folder, "uneven.mp4", "-vf", "select='mod(n\\,5)'", "-fps_mode", "passthrough", "-bf", "0")


def all_key(folder: Path) -> Path:
    return _clip(folder, "intra.mov", "-g", "1", "-movflags", "faststart")


def trimmed(folder: Path) -> Path:
    return _copy(closed_gop(folder), "trimmed.mp4", before=("-ss", "0.7", "-t", "1.8"))


def trimmed_open(folder: Path) -> Path:
    return _copy(open_gop(folder), "trimmed-open.mp4", before=("-ss", "1.3"))


def late(folder: Path) -> Path:
    return _copy(closed_gop(folder), "late.mp4", "-output_ts_offset", "7.3")


def fragmented(folder: Path) -> Path:
    return _copy(open_gop(folder), "fragmented.mp4", "-movflags", _FRAGMENTED)


def fragmented_each(folder: Path) -> Path:
    flags = "dash+frag_every_frame+empty_moov+delay_moov"
    return _copy(closed_gop(folder), "each.mp4", "-movflags", flags)


def fragmented_trimmed(folder: Path) -> Path:
    flags = "frag_keyframe+delay_moov"
    return _copy(closed_gop(folder), "late-fragments.mp4", "-movflags", flags, before=("-ss", "0.7"))


def second_track(folder: Path) -> Path:
    source = closed_gop(folder)
    return _copy(
        source, "two.mp4", "-map", "1:v", "-map", "0:a", "-map", "0:v", before=("-i", str(open_gop(folder)))
    )


def hevc(folder: Path) -> Path:
    return _clip(folder, "hevc.mp4", codec="libx265")


def vp9(folder: Path) -> Path:
    return _clip(folder, "vp9.mp4", codec="libvpx-vp9")


def one_picture(folder: Path) -> Path:
    return barcode_clip(folder / "one.mp4", seconds=1 / 30, size=(160, 90), sound=False)


def _matroska(make: Callable[[Path], Path], *options: str) -> Callable[[Path], Path]:
    """The same pictures there."""

    def made(folder: Path) -> Path:
        return _copy(make(folder), "same.mkv", *options)

    made.__name__ = f"{make.__name__}_matroska"
    return made


def live(folder: Path) -> Path:
    """As a browser records: sizes that are not known when they would have to be written."""
    return _copy(vp9(folder), "live.webm", "-c:a", "libopus", "-f", "webm", "-live", "1")


def grouped(folder: Path) -> Path:
    """Each picture in a group that says how long it stays, as other programs write them."""
    source = _copy(open_gop(folder), "simple.mkv", "-an", "-cluster_time_limit", "100")
    source.write_bytes(in_groups(source.read_bytes()))
    return source


def small_clusters(folder: Path) -> Path:
    """Times in them are negative where pictures are shown before the first."""
    return _copy(pyramid(folder), "small.mkv", "-cluster_time_limit", "40")


def _recoded(folder: Path, name: str, codec: str, *options: str) -> Path:
    return _made(closed_gop(folder), name, "-c:v", codec, *options, "-an")


def mpeg4(folder: Path) -> Path:
    return _recoded(folder, "mpeg4.mkv", "mpeg4", "-bf", "2")


def mpeg2(folder: Path) -> Path:
    return _recoded(folder, "mpeg2.mkv", "mpeg2video", "-bf", "2")


def mpeg2_fields(folder: Path) -> Path:
    return _recoded(folder, "fields.mkv", "mpeg2video", "-bf", "2", "-flags", "+ildct+ilme")


def mpeg1(folder: Path) -> Path:
    return _recoded(folder, "mpeg1.mkv", "mpeg1video", "-bf", "2")


def mjpeg(folder: Path) -> Path:
    return _recoded(folder, "mjpeg.mkv", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p")


def theora(folder: Path) -> Path:
    return _recoded(folder, "theora.mkv", "libtheora")


def divx3(folder: Path) -> Path:
    return _recoded(folder, "divx3.mkv", "msmpeg4v3")


def wmv8(folder: Path) -> Path:
    return _recoded(folder, "wmv8.mkv", "wmv2")


def wmv7_copied(folder: Path) -> Path:
    return _copy(_recoded(folder, "wmv7.wmv", "wmv1"), "wmv7.mkv", before=("-fflags", "+genpts"))


def sorenson_copied(folder: Path) -> Path:
    return _copy(_recoded(folder, "old.flv", "flv1"), "sorenson.mkv", before=("-fflags", "+genpts"))


def caught(folder: Path) -> Path:
    """A broadcast that was switched on in the middle: pictures follow its first key frame that are shown
    before it, and need what was not recorded."""
    source = _recoded(folder, "mpeg2.ts", "mpeg2video", "-bf", "2")
    source.write_bytes(source.read_bytes()[source.stat().st_size // 3 :])
    return _copy(source, "caught.mkv", before=("-fflags", "+genpts"))


INDEXED = [
    closed_gop, open_gop, pyramid, negative_offsets, uneven, all_key, trimmed, trimmed_open, late, fragmented,
    fragmented_each, fragmented_trimmed, second_track, hevc, vp9, one_picture,
    *map(_matroska, (closed_gop, open_gop, pyramid, uneven, all_key, late, hevc, vp9)),
    live, grouped, small_clusters, mpeg4, mpeg2, mpeg2_fields, mpeg1, mjpeg, theora, caught,
    divx3, wmv8, wmv7_copied, sorenson_copied,
]  # fmt: skip


def hybrid(folder: Path) -> Path:
    return _copy(closed_gop(folder), "hybrid.mp4", "-movflags", "frag_keyframe")


def fragmented_negative(folder: Path) -> Path:
    flags = f"{_FRAGMENTED}+negative_cts_offsets"
    return _copy(closed_gop(folder), "fragmented-negative.mp4", "-movflags", flags)


def several_edits(folder: Path) -> Path:
    """The second and the first half, in this order."""
    source = closed_gop(folder)
    content = source.read_bytes()
    at = inner(content, "moov/trak/edts")
    old = int.from_bytes(content[at : at + 4], "big")
    edits = struct.pack(">IiIIiI", 1500, 1 << 14, 1 << 16, 1500, 0, 1 << 16)
    body = struct.pack(">I4sII", 16 + len(edits), b"elst", 0, 2) + edits
    box = struct.pack(">I4s", 8 + len(body), b"edts") + body
    source.write_bytes(grow(content[:at] + box + content[at + old :], "moov/trak", len(box) - old))
    return source


def cut_off(folder: Path) -> Path:
    source = _copy(closed_gop(folder), "fast.mp4", "-movflags", "faststart")
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 7 // 10])
    return source


def cut_off_fragments(folder: Path) -> Path:
    source = fragmented(folder)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 7 // 10])
    return source


def cut_off_matroska(folder: Path) -> Path:
    source = _copy(closed_gop(folder), "cut.mkv")
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 7 // 10])
    return source


def other_codec(folder: Path) -> Path:
    """Its blocks carry the times of decoding, which is another order of some."""
    return _recoded(folder, "old.mkv", "huffyuv")


def repeated(folder: Path) -> Path:
    """Blocks without content stand for pictures like the one before."""
    source = theora(folder)
    source.write_bytes(emptied(source.read_bytes(), every=9))
    return source


def two_pictures(folder: Path) -> Path:
    return _copy(second_track(folder), "two.mkv", "-map", "0:v")


NEEDS_PACKETS = [
    hybrid, fragmented_negative, several_edits, cut_off, cut_off_fragments, cut_off_matroska, other_codec,
    repeated, two_pictures,
]  # fmt: skip


async def by_packets(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FrameIndex, int | None]:
    """What ffprobe's packets say, and the number of the track, where it knows that."""
    with monkeypatch.context() as patch:
        patch.setattr(probing, "_indexed", lambda *_: None)
        facts = await probing.probe(PLAIN, path)
    return facts.frames, facts.video.track_id


def by_index(path: Path, track_id: int | None) -> FrameIndex:
    return probing._read_index(path, track_id).frames


def seen(frames: FrameIndex) -> dict[str, object]:
    return {
        "pts": list(frames.pts),
        "keyframes": list(frames.keyframes),
        "leading": frames.has_leading_pictures,
        "discarded": frames.has_discarded_pictures,
        "size_bytes": frames.size_bytes,
    }


@pytest.mark.parametrize("make", INDEXED, ids=lambda make: make.__name__)
async def test_the_index_says_what_the_packets_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path]
) -> None:
    path = await asyncio.to_thread(make, tmp_path)
    packets, track_id = await by_packets(path, monkeypatch)
    index = by_index(path, track_id)
    assert seen(index) == seen(packets)
    if make is uneven:
        assert index.end - index.pts[-1] == 512, (
            "the file says how long the last picture stays; ffprobe guesses"
        )
    else:
        assert index.end == packets.end
    # It is what is used: ffprobe is not asked for packets any more.
    monkeypatch.setattr(Ffprobe, "frames", None)
    probed = (await probing.probe(PLAIN, path)).frames
    assert (seen(probed), probed.end) == (seen(index), index.end)


def hashes(path: Path, stream_index: int) -> list[tuple[int, str]]:
    """Size and MD5 of each key frame, as ffprobe reads them."""
    shown = ["-show_entries", "packet=size,flags,data_hash", "-show_data_hash", "md5", "-of", "csv=p=0"]
    command = ["ffprobe", "-v", "error", "-select_streams", str(stream_index), *shown, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    rows = [line.split(",") for line in said.splitlines()]
    return [(int(size), data.removeprefix("MD5:")) for size, flags, data, *_ in rows if "K" in flags]


@pytest.mark.parametrize("make", INDEXED, ids=lambda make: make.__name__)
async def test_the_index_says_where_key_frames_are(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = await asyncio.to_thread(make, tmp_path)
    header = await probing.probe_header(PLAIN, path)
    assert header.video is not None
    index, content = probing._read_index(path, header.video.track_id), path.read_bytes()
    expected = [
        (size, data) for size, data in await asyncio.to_thread(hashes, path, header.video.stream_index)
    ]
    sizes = dict.fromkeys(size for size, _ in expected)
    assert 0 < len(index.keys_at) <= 64
    for at in index.keys_at:
        found = {(size, hashlib.md5(content[at : at + size]).hexdigest()) for size in sizes}
        assert found & set(expected)


async def test_key_frames_at_which_a_picture_is_not_whole_are_known(tmp_path: Path) -> None:
    """x264 writes how many pictures it takes to refresh all columns but one."""
    options = ("-bf", "0", "-x264-params", "intra-refresh=1:keyint=15")
    columns = 160 // 16
    for name, flags in (("a.mp4", ()), ("a.mkv", ()), ("b.mp4", ("-movflags", _FRAGMENTED))):
        path = await asyncio.to_thread(_clip, tmp_path, name, *options, *flags)
        assert (await probing.probe(PLAIN, path)).video.recovery_pictures == columns - 2
    for make in (closed_gop, all_key, late, fragmented_each):
        path = await asyncio.to_thread(make, tmp_path)
        assert (await probing.probe(PLAIN, path)).video.recovery_pictures is None
    path = await asyncio.to_thread(open_gop, tmp_path)
    assert (await probing.probe(PLAIN, path)).video.recovery_pictures == 0


async def test_a_key_frame_before_the_file_is_not_looked_at(tmp_path: Path) -> None:
    """Where it is, the file says; ffprobe has read the first ones only."""
    path = await asyncio.to_thread(fragmented, tmp_path)
    content = bytearray(path.read_bytes())
    second = content.index(b"moof", content.index(b"moof") + 4)
    for found in re.finditer(b"trun", content[second:]):
        struct.pack_into(">i", content, second + found.start() + 12, -(1 << 30))
    path.write_bytes(content)
    assert min(probing._read_index(path).keys_at) < 0
    assert (await probing.probe(PLAIN, path)).video.recovery_pictures is None


@pytest.mark.parametrize("make", NEEDS_PACKETS, ids=lambda make: make.__name__)
async def test_what_the_index_does_not_tell_is_asked_of_the_packets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path]
) -> None:
    path = await asyncio.to_thread(make, tmp_path)
    packets, track_id = await by_packets(path, monkeypatch)
    with pytest.raises(NoIndex):
        by_index(path, track_id)
    assert (await probing.probe(PLAIN, path)).frames == packets


@pytest.mark.parametrize("name", [name for name in RECORDINGS if name not in NOT_INDEXED])
async def test_real_recordings_say_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packets, track_id = await by_packets(MEDIA / name, monkeypatch)
    index = by_index(MEDIA / name, track_id)
    found, wanted = seen(index), seen(packets)
    if name == UNLISTED_KEYFRAME:
        assert set(index.keyframes) < set(packets.keyframes)
        del found["keyframes"], wanted["keyframes"]
    assert found == wanted
    if name == GUESSED_END:
        assert abs(index.end - packets.end) < 600
    elif name in NO_END:
        assert (index.end, packets.end) == (2 * index.pts[-1] - index.pts[-2], index.pts[-1] + 1)
    else:
        assert index.end == packets.end
