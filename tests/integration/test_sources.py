"""Old, odd and damaged sources, made here: every picture that is there once, upright, in its colours."""

import asyncio
import json
import math
import os
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import pytest

from tests.support.boxes import inner
from tests.support.clips import NOISY, barcode_clip, read_barcodes
from tests.support.decoding import looks, picture_tags, read_packets
from tests.support.ebml import element
from tests.support.facts import TURNS, display_matrix
from tests.support.house import House
from tests.support.recordings import first_tiles
from video_service.domain.avc_pictures import configured_sequences
from video_service.domain.avc_sequences import read_sequence
from video_service.domain.facts import DAMAGED, read_dump
from video_service.domain.plan import Plan
from video_service.domain.sharing_stores import Leftover
from video_service.pipeline.commands import encode_video
from video_service.pipeline.ffmpeg import ToolFailed, detect_sandbox
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.segment_checks import WrongSegment
from video_service.purging import sweep
from video_service.storage.objects import LocalObjects

SIZE = (320, 180)


@pytest.fixture(scope="module")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def open_gop(path: Path, seconds: float = 5) -> Path:
    options = ("-x264-params", "open-gop=1:keyint=60:min-keyint=60:bframes=3:scenecut=0")
    return barcode_clip(path, seconds=seconds, size=SIZE, options=options)


def broadcast(folder: Path) -> tuple[Path, list[int]]:
    """Caught in the middle of the first group of pictures, and of a packet."""
    whole = open_gop(folder / "whole.ts").read_bytes()
    at = len(whole) // 10
    (folder / "caught.ts").write_bytes(whole[at:])
    return folder / "caught.ts", list(range(60, 150))


def wrapping_clock(folder: Path) -> tuple[Path, list[int]]:
    """Its clock begins anew after 2 s (ISO/IEC 13818-1 section 2.4.3.7: 33 bits of 90 kHz)."""
    wraps_seconds = 2**33 / 90_000
    source = open_gop(folder / "zero.mkv")
    offset = f"{wraps_seconds - 2 - 1.4:.3f}"
    ffmpeg("-i", source, "-c", "copy", "-output_ts_offset", offset, folder / "wraps.ts")
    return folder / "wraps.ts", list(range(150))


def avi(folder: Path) -> tuple[Path, list[int]]:
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE)
    ffmpeg("-i", source, "-c:v", "mpeg4", "-bf", "2", "-q:v", "3", "-c:a", "mp2", folder / "old.avi")
    return folder / "old.avi", list(range(90))


def avi_of_x264(folder: Path) -> tuple[Path, list[int]]:
    """Nothing in it says that pictures are shown in another order than they are stored."""
    source = barcode_clip(folder / "source.mp4", seconds=9, size=SIZE)
    ffmpeg("-i", source, "-c", "copy", folder / "rip.avi")
    return folder / "rip.avi", list(range(270))


def mxf_of_x264(folder: Path) -> tuple[Path, list[int]]:
    """As ffmpeg writes it: its index has pictures shown in the order in which they are stored."""
    source = barcode_clip(folder / "source.mp4", seconds=9, size=SIZE, rate=25)
    picture = ("-c:v", "libx264", "-bf", "3", "-qp", "8")
    ffmpeg("-i", source, *picture, "-c:a", "pcm_s16le", folder / "converted.mxf")
    return folder / "converted.mxf", list(range(225))


def avi_in_matroska(folder: Path, codec: str, fourcc: bytes, *options: str) -> tuple[Path, list[int]]:
    """As mkvmerge took over what came from an AVI (RFC 9559, codec registry: V_MS/VFW/FOURCC)."""
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE, sound=False)
    ffmpeg("-i", source, "-c:v", codec, "-bf", "2", *options, folder / "old.avi")
    stored = list(read_packets(folder / "old.avi", "video"))
    with av.open(str(folder / "old.avi")) as file:
        extra = file.streams.video[0].codec_context.extradata or b""
    header = struct.pack("<IiiHH4sI16x", 40 + len(extra), *SIZE, 1, 24, fourcc, 0) + extra
    fields = [(b"\xd7", b"\1"), (b"\x83", b"\1"), (b"\x86", b"V_MS/VFW/FOURCC"), (b"\x63\xa2", header)]
    fields += [(b"\x23\xe3\x83", (10**9 // 30).to_bytes(4))]
    shape = element(b"\xb0", SIZE[0].to_bytes(2)) + element(b"\xba", SIZE[1].to_bytes(2))
    track = element(b"\xae", b"".join(element(*field) for field in fields) + element(b"\xe0", shape))
    blocks = [
        element(
            b"\xa3", b"\x81" + round(n * 1000 / 30).to_bytes(2) + bytes([0x80 * one.is_keyframe]) + bytes(one)
        )
        for n, one in enumerate(stored)
    ]
    cluster = element(b"\x1f\x43\xb6\x75", element(b"\xe7", b"\0") + b"".join(blocks))
    begin = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
    content = element(b"\x15\x49\xa9\x66", b"") + element(b"\x16\x54\xae\x6b", track) + cluster
    (folder / "old.mkv").write_bytes(begin + element(b"\x18\x53\x80\x67", content))
    return folder / "old.mkv", list(range(90))


def xvid_in_matroska(folder: Path) -> tuple[Path, list[int]]:
    return avi_in_matroska(folder, "mpeg4", b"XVID", "-q:v", "3")


def x264_in_matroska(folder: Path) -> tuple[Path, list[int]]:
    return avi_in_matroska(folder, "libx264", b"H264")


def late_sound(folder: Path) -> tuple[Path, list[int]]:
    """Behind more of the picture than ffmpeg looks at by itself."""
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE, sound=False)
    sound = ("-itsoffset", "2", "-f", "lavfi", "-i", "sine=duration=1")
    picture = ("-c:v", "mpeg2video", "-b:v", "40M", "-minrate", "40M", "-maxrate", "40M", "-bufsize", "2M")
    ffmpeg("-i", source, *sound, *picture, "-c:a", "mp2", "-muxrate", "42M", folder / "late.ts")
    return folder / "late.ts", list(range(90))


def flv(folder: Path) -> tuple[Path, list[int]]:
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE)
    ffmpeg("-i", source, "-c:v", "flv1", "-q:v", "3", "-ar", "44100", "-c:a", "mp3", folder / "old.flv")
    return folder / "old.flv", list(range(90))


def wmv(folder: Path) -> tuple[Path, list[int]]:
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE)
    ffmpeg("-i", source, "-c:v", "wmv2", "-q:v", "3", "-c:a", "wmav2", folder / "old.wmv")
    return folder / "old.wmv", list(range(90))


def mpeg_program(folder: Path) -> tuple[Path, list[int]]:
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE)
    ffmpeg("-i", source, "-c:v", "mpeg2video", "-bf", "2", "-q:v", "3", "-c:a", "mp2", folder / "old.mpg")
    return folder / "old.mpg", list(range(90))


def theora(folder: Path) -> tuple[Path, list[int]]:
    source = barcode_clip(folder / "source.mp4", seconds=3, size=SIZE)
    ffmpeg("-i", source, "-c:v", "libtheora", "-q:v", "9", "-c:a", "libvorbis", folder / "old.ogv")
    return folder / "old.ogv", list(range(90))


def interlaced(folder: Path) -> tuple[Path, list[int]]:
    """Two pictures in each, as fields: their bits lie between each other's lines. The first one stays.

    Every third is left out, or the lowest bit would stand still in each field, like a fine pattern.
    """
    fields = barcode_clip(folder / "fields.mp4", seconds=2, size=SIZE, rate=50, options=("-qp", "5"))
    options = ["-flags", "+ildct+ilme", "-top", "1", "-q:v", "2", "-c:v", "mpeg2video", "-c:a", "mp2"]
    woven = "select='lt(mod(n\\,3)\\,2)',setpts=N/50/TB,tinterlace=interleave_top"
    ffmpeg("-i", fields, "-vf", woven, *options, "-t", "1.32", folder / "field.ts")
    return folder / "field.ts", list(range(0, 99, 3))


@pytest.mark.parametrize(
    "make",
    [
        broadcast, wrapping_clock, avi, avi_of_x264, mxf_of_x264, xvid_in_matroska, x264_in_matroska, flv,
        wmv, mpeg_program, theora, interlaced, late_sound,
    ],
    ids=lambda make: make.__name__,
)  # fmt: skip
async def test_an_old_container_keeps_every_picture(
    tmp_path: Path, sandbox: Sandbox, make: Callable[[Path], tuple[Path, list[int]]]
) -> None:
    source, expected = make(tmp_path)
    before = source.read_bytes()
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    shown = list(looks(await house.whole(plan.rungs[0].name)))
    assert [look.number for look in shown] == expected
    steps = [b.seconds - a.seconds for a, b in pairwise(shown)]
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.002), "all are shown equally long"
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])
    assert len(plan.audio) == (make not in (xvid_in_matroska, x264_in_matroska))
    assert source.read_bytes() == before, "the source stays what it is"
    *others, last = house.work.facts["extras"]
    house.work.extras = dict.fromkeys(others)
    assert list((tmp_path / "house/objects/work").rglob("*.mkv")), "the last of the extras reads it"
    await house.extra(last)
    assert not list((tmp_path / "house/objects/work").rglob("*.mkv")), "the working copy is gone"
    assert not list(house.scratch.iterdir())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("raw.avi", ("-c:v", "rawvideo", "-pix_fmt", "bgr24")),
        ("edit.mov", ("-c:v", "v210", "-pix_fmt", "yuv422p10le")),
        ("capture.avi", ("-c:v", "utvideo")),
        ("game.avi", ("-c:v", "zmbv")),
        ("window.flv", ("-c:v", "flashsv")),
        ("lossless.avi", ("-c:v", "magicyuv", "-pix_fmt", "yuv420p")),
        ("finished.mov", ("-c:v", "v410", "-pix_fmt", "yuv444p10le")),
        ("stage.mov", ("-c:v", "hap")),
        ("old.avi", ("-c:v", "msvideo1", "-pix_fmt", "rgb555le")),
        ("animation.mov", ("-c:v", "png")),
        ("camera.mxf", ("-r", "25", "-c:v", "mpeg2video", "-q:v", "2")),
        ("tape.dv", ("-r", "25", "-s", "720x576", "-pix_fmt", "yuv420p", "-aspect", "16:9")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_editors_and_old_programs_made_plays(
    tmp_path: Path, sandbox: Sandbox, name: str, options: tuple[str, ...]
) -> None:
    rate = 25 if "-r" in options else 30
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=0.4, size=SIZE, rate=rate, sound=False)
    ffmpeg("-i", clip, *options, tmp_path / name)
    house = House(tmp_path / "house", tmp_path / name, sandbox)
    plan = await house.everything()
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(round(0.4 * rate)))
    assert (house.work.facts["warnings"], house.work.warnings) == ((), [])


async def made_after_failures(house: House) -> Plan:
    """As by workers, which try again."""
    plan = await house.probe()
    for index in range(len(plan.chunks)):
        while index not in house.work.done:
            with suppress(ToolFailed, WrongSegment):
                await house.chunk(index)
    await house.end()
    return plan


async def test_pictures_may_change_their_size(tmp_path: Path, sandbox: Sandbox) -> None:
    """As calls and shared windows do."""
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-an")
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=2, size=SIZE)
    ffmpeg("-i", clip, *vp8, tmp_path / "large.webm")
    ffmpeg("-i", clip, "-vf", "scale=240:136", *vp8, tmp_path / "small.webm")
    (tmp_path / "list").write_text("file large.webm\nfile small.webm\n")
    ffmpeg("-f", "concat", "-i", tmp_path / "list", "-c", "copy", tmp_path / "call.webm")
    house = House(tmp_path / "house", tmp_path / "call.webm", sandbox)
    plan = await house.everything()
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == 2 * list(range(60))
    assert house.work.warnings == []


async def test_a_picture_of_another_shape_is_shown_as_a_whole(tmp_path: Path, sandbox: Sandbox) -> None:
    """A telephone that is turned during a call: a square stays one."""
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-r", "10")
    for name, size in (("a", "320x240"), ("b", "240x320")):
        square = ",drawbox=c=white:t=fill:w=120:h=120:x=(iw-120)/2:y=(ih-120)/2"
        ffmpeg("-f", "lavfi", "-i", f"color=gray:s={size}:r=10:d=1{square}", *vp8, tmp_path / f"{name}.webm")
    (tmp_path / "list").write_text("file a.webm\nfile b.webm\n")
    ffmpeg("-f", "concat", "-i", tmp_path / "list", "-c", "copy", tmp_path / "call.webm")
    house = House(tmp_path / "house", tmp_path / "call.webm", sandbox)
    plan = await house.everything()
    pictures = [look.luma for look in looks(await house.whole(plan.rungs[0].name))]
    assert len(pictures) == 20
    for picture, side in ((pictures[5], 120), (pictures[15], 90)):
        white = picture > 200
        for across in (0, 1):
            assert white.any(axis=across).sum() == pytest.approx(side, abs=4)
    # Beside the upright one there is nothing.
    assert pictures[15][:, :60].max() < 40


def test_the_pictures_of_h264_are_what_a_decoder_makes_of_them(tmp_path: Path) -> None:
    """Size, shape and fields, as x264 writes them in its many ways, and as ffprobe reads them."""
    ways = [
        ("-s", "100x60", "-pix_fmt", "yuv420p"), ("-s", "102x58", "-pix_fmt", "yuv422p"),
        ("-s", "101x59", "-pix_fmt", "yuv444p"), ("-s", "130x70", "-pix_fmt", "yuv420p10le"),
        ("-s", "96x64", "-pix_fmt", "gray"), ("-vf", "setsar=64/45"), ("-vf", "setsar=4/3"),
        ("-s", "98x52", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p"),
        ("-x264-params", "cqm=jvt"), ("-profile:v", "baseline", "-pix_fmt", "yuv420p"),
    ]  # fmt: skip
    for options in ways:
        made = tmp_path / "a.mp4"
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=128x96:d=0.2", "-c:v", "libx264", *options, made)
        asked = ("-select_streams", "v", "-show_entries", "stream=width,height,sample_aspect_ratio,extradata")
        command = ["ffprobe", "-v", "error", *asked, "-show_data", "-of", "json", str(made)]
        answer = subprocess.run(command, check=True, timeout=60, capture_output=True).stdout
        [said] = json.loads(answer)["streams"]
        [(_, unit)] = configured_sequences(read_dump(said["extradata"]))
        found = read_sequence(unit)
        assert found is not None
        across, _, down = said["sample_aspect_ratio"].partition(":")
        expected = (said["width"], said["height"], Fraction(int(across), int(down)))
        assert (found.width, found.height, found.sample_aspect) == expected, options
        assert found.may_have_fields == ("+ildct+ilme" in options)
        assert read_sequence(unit[:6]) is None


@pytest.mark.parametrize("name", ["wide.mkv", "wide.mp4"])
async def test_a_shape_that_only_the_container_corrects_is_not_copied(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    bars = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=3", *H264, "-g", "10", "-pix_fmt", "yuv420p")
    ffmpeg(*bars, tmp_path / "square.mp4")
    ffmpeg(*bars, "-vf", "setsar=4/3", tmp_path / "told.mp4")
    ffmpeg("-i", tmp_path / "told.mp4", "-c", "copy", "-aspect", "4:3", tmp_path / name)
    told_so = await House(tmp_path / "a", tmp_path / name, sandbox).probe()
    assert not told_so.rungs[0].copied
    assert (told_so.rungs[0].width, told_so.rungs[0].height) == (320, 240)
    assert (await House(tmp_path / "b", tmp_path / "square.mp4", sandbox).probe()).rungs[0].copied


@pytest.mark.parametrize("name", ["call.flv", "call.asf"])
async def test_what_is_said_before_there_is_a_picture_is_heard(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    """A camera that is switched on later; of a broadcast that was joined it is left out."""
    codec = ("-c:v", "flv1" if name.endswith("flv") else "wmv2")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=3", *codec, tmp_path / "picture.mkv")
    ffmpeg("-f", "lavfi", "-i", "sine=d=5", "-c:a", "mp3", tmp_path / "sound.mka")
    both = ("-itsoffset", "2", "-i", tmp_path / "picture.mkv", "-i", tmp_path / "sound.mka")
    ffmpeg(*both, "-c", "copy", tmp_path / name)
    plan = await House(tmp_path / "house", tmp_path / name, sandbox).probe()
    assert plan.timeline.duration_seconds == pytest.approx(5, abs=0.1)


async def test_fields_that_come_later_are_woven_too(tmp_path: Path, sandbox: Sandbox) -> None:
    """A film, and then a show: ffprobe sees the first picture only."""
    stripes = "geq=lum='16+200*mod(Y+N,2)':cb=128:cr=128"
    for name, options in (
        ("film", ("-x264-params", "fake-interlaced=1:pic-struct=1:keyint=10")),
        ("show", ("-flags", "+ildct+ilme", "-x264-params", "tff=1:keyint=10")),
    ):
        bars = ("-f", "lavfi", "-i", f"color=gray:s=160x128:r=25:d=1,{stripes}")
        ffmpeg(*bars, *H264, "-pix_fmt", "yuv420p", *options, tmp_path / f"{name}.ts")
    both = (tmp_path / "film.ts").read_bytes() + (tmp_path / "show.ts").read_bytes()
    (tmp_path / "evening.ts").write_bytes(both)
    house = House(tmp_path / "house", tmp_path / "evening.ts", sandbox)
    plan = await house.everything()
    assert not plan.rungs[0].copied
    pictures = [look.luma for look in looks(await house.whole(plan.rungs[0].name))]

    def stripes_of(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture.astype(int), axis=0)).mean())

    assert stripes_of(pictures[10]) > 150, "lines of a picture stay"
    assert stripes_of(pictures[-10]) < 100, "those of two fields do not"


@pytest.mark.parametrize("name", ["slides.webm", "slides.mp4"])
async def test_a_last_picture_that_is_over_at_once_is_shown(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    """Of slides, one a second, whose last one says that it lasts as long as a picture of a film."""
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=1, size=SIZE, sound=False)
    slow = ("-vf", "trim=end_frame=8,settb=1/1000,setpts=N*1000", "-enc_time_base", "1/1000")
    codec = "libvpx" if name.endswith("webm") else "mpeg4"
    ffmpeg("-i", clip, *slow, "-fps_mode", "passthrough", "-c:v", codec, "-b:v", "2M", tmp_path / name)
    house = House(tmp_path / "house", tmp_path / name, sandbox)
    plan = await house.everything()
    assert list(dict.fromkeys(read_barcodes(await house.whole(plan.rungs[0].name)))) == list(range(8))


async def test_what_says_that_every_picture_is_a_key_frame_may_be_wrong(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    options = ("-x265-params", "log-level=error:keyint=60:min-keyint=60:scenecut=0:open-gop=0")
    source = barcode_clip(
        tmp_path / "clip.mp4", seconds=9, size=SIZE, codec="libx265", sound=False, options=options
    )
    # ISO/IEC 14496-12 section 8.6.2: without this table, all of them are.
    source.write_bytes(source.read_bytes().replace(b"stss", b"free"))
    house = House(tmp_path / "house", source, sandbox)
    plan = await made_after_failures(house)
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(270))


async def test_pictures_that_were_not_captured_move_no_other(tmp_path: Path, sandbox: Sandbox) -> None:
    """An old camera leaves out what it had no time for: the one before stays, and the rate is the same."""
    rate = Fraction(24_000, 1001)
    whole = barcode_clip(tmp_path / "whole.mp4", seconds=5, size=SIZE, rate=rate)
    left_out = "select='not(eq(mod(n\\,17)\\,16))'"
    captured = ("-vf", left_out, "-fps_mode", "passthrough", "-c:v", "mjpeg", "-q:v", "3", "-c:a", "mp2")
    ffmpeg("-i", whole, *captured, tmp_path / "camera.avi")
    house = House(tmp_path / "house", tmp_path / "camera.avi", sandbox)
    plan = await house.everything()
    assert plan.timeline.time_base == 1 / rate
    shown = read_barcodes(await house.whole(plan.rungs[0].name))
    assert shown == [n - (n % 17 == 16) for n in range(len(read_barcodes(whole)))]


async def test_another_worker_reads_the_same_copy(tmp_path: Path, sandbox: Sandbox) -> None:
    source, _ = avi(tmp_path)
    house = House(tmp_path / "house", source, sandbox)
    await house.probe()
    [copy] = (tmp_path / "house/objects/work").rglob("*.mkv")
    house.bench._facts.clear()  # as if the next job ran elsewhere
    (tmp_path / "house/objects/sources/source").unlink()
    await house.chunk(0)
    assert list(house.media.glob("v*/00000.ts"))
    assert copy.exists()
    await sweep(Leftover((house.work.video_id,), (), ()), house.objects)
    assert not copy.exists()


def cut_off(folder: Path) -> Path:
    source, _ = avi(folder)
    (folder / "cut.avi").write_bytes(source.read_bytes()[: source.stat().st_size * 7 // 10])
    return folder / "cut.avi"


def audiobook(folder: Path) -> Path:
    chapters = "".join(f"[CHAPTER]\nTIMEBASE=1/1\nSTART={n}\nEND={n + 1}\ntitle=Part {n}\n" for n in range(4))
    (folder / "chapters.txt").write_text(f";FFMETADATA1\n{chapters}")
    inputs = ["-f", "lavfi", "-i", "sine=d=4", "-i", str(folder / "chapters.txt")]
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, "-map_chapters", "1", str(folder / "book.m4b")]
    subprocess.run(command, check=True, timeout=60)
    return folder / "book.m4b"


@pytest.mark.parametrize(("make", "told"), [(cut_off, "warnings"), (audiobook, "source_chapters")])
async def test_another_worker_knows_what_only_the_source_tells(
    tmp_path: Path, sandbox: Sandbox, make: Callable[[Path], Path], told: str
) -> None:
    house = House(tmp_path / "house", make(tmp_path), sandbox)
    plan, facts = await house.probe(), house.work.facts
    assert facts[told]
    house.bench._facts.clear()  # as if it had died before it could say so
    house.work.plan = None
    assert await house.probe() == plan
    assert house.work.facts == facts


async def test_a_file_of_any_size_becomes_an_object_once(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "objects")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"first")
    second.write_bytes(b"second")
    assert await objects.adopt("work/a/b", first)
    assert not await objects.adopt("work/a/b", second)
    assert (await objects.materialise("work/a/b")).read_bytes() == b"first"
    assert (first.exists(), second.exists()) == (False, True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


async def test_a_file_of_another_file_system_becomes_an_object_too(tmp_path: Path, elsewhere: Path) -> None:
    objects, file = LocalObjects(tmp_path), elsewhere / "file"
    file.write_bytes(b"first")
    assert await objects.adopt("work/a/b", file)
    assert not file.exists()
    file.write_bytes(b"second")
    assert not await objects.adopt("work/a/b", file)
    assert file.exists()
    (tmp_path / "work" / "a" / "c").touch()  # as a loss of power leaves one
    assert await objects.adopt("work/a/c", file)
    assert not file.exists()
    found = {path.name: path.read_bytes() for path in (tmp_path / "work" / "a").iterdir()}
    assert found == {"b": b"first", "c": b"second"}


async def test_a_folder_that_is_deleted_meanwhile_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = LocalObjects(tmp_path / "objects")
    (tmp_path / "file").write_bytes(b"content")
    await objects.create("work/a/1/b", b"another")
    link, doomed = os.link, ["work/a"]

    def late(source: Path, path: Path, *, follow_symlinks: bool) -> None:
        while doomed:
            asyncio.run(objects.delete_below(doomed.pop()))
        link(source, path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "link", late)
    assert await objects.adopt("work/a/2/b", tmp_path / "file")
    assert not doomed
    assert await objects.sizes("work") == {"work/a/2/b": len(b"content")}
    with pytest.raises(FileNotFoundError):
        await objects.adopt("work/a/2/c", tmp_path / "file")


@pytest.mark.parametrize(("degrees", "mirrored"), [(0, True), (90, True), (180, False), (270, False)])
async def test_a_turned_or_mirrored_picture_is_shown_upright(
    tmp_path: Path, sandbox: Sandbox, degrees: int, mirrored: bool
) -> None:
    upright = barcode_clip(tmp_path / "upright.mp4", seconds=0.2, size=SIZE, sound=False)
    undone = {0: "null", 90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}[degrees]
    lying = tmp_path / "lying.mp4"
    ffmpeg("-i", upright, "-vf", undone + (",hflip" if mirrored else ""), "-qp", "10", lying)
    a, b, c, d = TURNS[degrees]
    words = display_matrix(-a, -b, c, d) if mirrored else display_matrix(a, b, c, d)
    content = bytearray(lying.read_bytes())
    at = inner(bytes(content), "moov/trak/tkhd") + 48  # the matrix, ISO 14496-12 section 8.3.2
    for n, number in enumerate(n for row in words.split("\n")[1:4] for n in row.split(":")[1].split()):
        content[at + 4 * n : at + 4 * n + 4] = int(number).to_bytes(4, signed=True)
    lying.write_bytes(content)
    house = House(tmp_path / "house", lying, sandbox)
    plan = await house.everything()
    assert (house.work.facts["width"], house.work.facts["height"]) == SIZE
    assert read_barcodes(await house.whole(plan.rungs[0].name)) == list(range(6))
    poster = np.abs(first_tiles(house.media / "poster.jpg") - first_tiles(upright))
    assert poster.mean() < 8, "a typical picture, not the first"


BARS = ("-f", "lavfi", "-i", "smptehdbars=size=320x180:rate=10:duration=0.4")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "8")


@pytest.mark.parametrize(
    ("options", "name", "matrix"),
    [
        ((*H264, "-pix_fmt", "yuv422p10le", "-colorspace", "bt709"), "pro.mp4", "bt709"),
        ((*H264, "-vf", "scale=out_range=pc,format=yuvj420p", "-colorspace", "bt709"), "full.mp4", "bt709"),
        ((*H264, "-vf", "scale=out_range=pc,format=yuv444p", "-color_range", "pc"), "full444.mp4", None),
        ((*H264, "-pix_fmt", "yuv420p", "-aspect", "4:3"), "wide.mkv", "smpte170m"),
        (("-c:v", "ffv1", "-pix_fmt", "bgr0"), "screen.mkv", "bt709"),
        (("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"), "edit.mov", None),
        (("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"), "camera.avi", "bt470bg"),
    ],
    ids=["10-bit-422", "full", "full-444", "wide-pixels", "rgb", "prores-alpha", "mjpeg"],
)  # fmt: skip
async def test_colours_stay_what_they_are(
    tmp_path: Path, sandbox: Sandbox, options: tuple[str, ...], name: str, matrix: str | None
) -> None:
    source = tmp_path / name
    ffmpeg(*BARS, *options, source)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    [made] = house.media.glob(f"{plan.rungs[0].name}/*.ts")
    pixels = "rgb24" if name == "screen.mkv" else "yuv444p"
    off = np.abs(first_tiles(made, pixels=pixels) - first_tiles(source, pixels=pixels))
    assert off.mean() < 1.5
    tags = picture_tags(made)
    assert (tags["sample_aspect_ratio"], tags["pix_fmt"], tags["color_range"]) == ("1:1", "yuv420p", "tv")
    assert matrix is None or tags["color_space"] == matrix


@pytest.mark.parametrize("name", ["full444.mp4", "full444.mkv", "full444.flv", "plain.mp4"])
async def test_of_444_a_decoder_that_begins_later_is_told_which_x264_made_it(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    source = tmp_path / name
    pixels = "yuv444p" if "444" in name else "yuv420p"
    ffmpeg(*BARS, *H264, "-pix_fmt", pixels, source)
    said = re.search(rb"x264 - core ([0-9]+)", source.read_bytes())
    assert said is not None
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    revision = await house.work.revision(house.work.revision_id)
    assert revision is not None
    file, facts = await house.bench.open(revision)
    command = encode_video(facts, plan, list(plan.rungs), 0, 1, str(file), report_seconds=1).arguments
    told = [*pairwise(command)]
    assert (("-x264_build", said[1].decode()) in told) == ("444" in name)


async def test_hdr_need_not_name_its_primaries(tmp_path: Path, sandbox: Sandbox) -> None:
    """Nor its matrix: both follow from its transfer, as in players."""
    hdr = ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params"]
    first = []
    for name, more in (("some", ""), ("all", ":colorprim=bt2020:colormatrix=bt2020nc")):
        source = tmp_path / f"{name}.mp4"
        ffmpeg(*BARS, *hdr, f"log-level=error:transfer=smpte2084{more}", source)
        house = House(tmp_path / name, source, sandbox)
        plan = await house.everything()
        [made] = house.media.glob(f"{plan.rungs[0].name}/*.ts")
        first.append(first_tiles(made))
    assert np.array_equal(first[0], first[1])


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
async def test_of_a_file_without_its_end_the_rest_is_shown(
    tmp_path: Path, sandbox: Sandbox, name: str
) -> None:
    source = barcode_clip(tmp_path / name, seconds=4, size=SIZE, options=("-movflags", "+faststart"))
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 6 // 10])
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    shown = read_barcodes(await house.whole(plan.rungs[0].name))
    assert 50 < len(shown) < 110
    assert shown[:-3] == list(range(len(shown) - 3))
    assert shown[-1] in range(len(shown) - 4, len(shown)), "of the last ones, some may have been held"
    [warning] = house.work.facts["warnings"]
    assert "ends too early" in warning
    assert house.work.ready


async def test_where_pictures_are_damaged_the_one_before_stays(tmp_path: Path, sandbox: Sandbox) -> None:
    options = ("-x265-params", "log-level=error:keyint=30:min-keyint=30:scenecut=0:open-gop=0")
    source = barcode_clip(
        tmp_path / "scratched.mp4", seconds=5, size=SIZE, codec="libx265", sound=False, options=options
    )
    content = bytearray(source.read_bytes())
    begin = inner(bytes(content), "mdat")
    length = int.from_bytes(content[begin : begin + 4])
    at = begin + length * 6 // 10
    content[at : at + length // 8] = bytes(length // 8)
    source.write_bytes(content)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    for rung in plan.rungs:
        shown = read_barcodes(await house.whole(rung.name))
        assert len(shown) == 150
        wrong = [n for n, number in enumerate(shown) if number != n]
        assert wrong, "the damage is there"
        assert set(range(60)).isdisjoint(wrong)
        assert set(range(math.ceil(wrong[-1] / 30) * 30, 150)).isdisjoint(wrong)
        assert wrong[-1] - wrong[0] < 60
    assert house.work.ready
    assert any(DAMAGED in warning for warning in house.work.warnings)


def scratched(path: Path, *, begin: float, end: float) -> Path:
    """A part of the largest packet that is no key frame is overwritten, in the last third of the file."""
    shown = ["-select_streams", "v", "-show_entries", "packet=pos,size,flags", "-of", "csv=p=0"]
    answer = subprocess.run(
        ["ffprobe", "-v", "error", *shown, path], check=True, capture_output=True, text=True
    )
    packets = [line.split(",") for line in answer.stdout.split()]
    late = [
        (int(size), int(at)) for size, at, flags, *_ in packets[len(packets) * 2 // 3 :] if "K" not in flags
    ]
    size, at = max(late)
    content = bytearray(path.read_bytes())
    first, last = at + int(size * begin), at + int(size * end)
    content[first:last] = bytes(last - first)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [SIZE, (640, 360)], ids=["single-rung", "ladder"])
@pytest.mark.parametrize("damaged", [False, True])
async def test_damage_to_what_is_copied_is_found(
    tmp_path: Path, sandbox: Sandbox, size: tuple[int, int], damaged: bool
) -> None:
    source = barcode_clip(tmp_path / "copied.mp4", seconds=12, size=size, rate=15, noise=NOISY)
    if damaged:
        scratched(source, begin=0.3, end=0.9)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    assert plan.rungs[0].copied
    for extra in house.work.facts["extras"]:
        await house.extra(extra)
    assert any(DAMAGED in warning for warning in house.work.warnings) is damaged
    assert house.work.ready
