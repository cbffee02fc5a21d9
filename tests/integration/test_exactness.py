"""Every picture once, at its time, on every rung, and the sound with it, whatever the source.

One table says of each class of source how it is made and what must become of it. Each is processed in
mixed-up order, by workers that die, and once more by workers that come late.
"""

import asyncio
import itertools
import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.support.appended import appended
from tests.support.decoding import Packet, heard, packets
from tests.support.flash_and_beep import SIZE, Picture, Sound, beeps, flashes, pictures, recording
from tests.support.house import House, WorkerDied
from tests.support.joined import one_behind_the_other
from tests.support.mxf import told
from video_service.domain.plan import Chunk, Lane, Plan
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.sandbox import Sandbox

Make = Callable[[Path], Path]
FILM, PAL, NTSC, NTSC_60 = (
    Fraction(24_000, 1001),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(60_000, 1001),
)
GOP = ("-g", "60", "-keyint_min", "60")
ONE_GOP = ("-g", "9999", "-keyint_min", "9999")
OPEN = ("-x264-params", "open-gop=1:keyint=60:bframes=3")
REFRESHED = ("-x264-params", "intra-refresh=1:keyint=60:bframes=0")
REFRESHED_SLOWLY = ("-x264-params", "intra-refresh=1:keyint=40:bframes=3:b-adapt=0:b-pyramid=0")
FINE = ("-video_track_timescale", "90000")
LATE = ("-output_ts_offset", "7.3")
TRIM = ("-ss", "0.7")
#: Else what precedes the picture would be cut away by an edit list.
FROM_ZERO = (*GOP, "-avoid_negative_ts", "make_non_negative")
#: Media time 0 on the transport clock, in seconds.
ORIGIN = 10
#: A clock that is off by more than recorders' clocks are is followed in steps nearly as long as a packet.
IN_STEP = 0.02
AAC_STEP = 1920
"""1024 samples of 48 kHz in 1/90000 s."""


@dataclass(frozen=True)
class Source:
    """A class of recordings and what is expected of it."""

    name: str
    make: Make
    copied: bool
    """True: the source's packets are a rung, and every rung keeps its times. False: a constant grid."""
    rate: Fraction | None
    """Pictures per second of every rung; ``None``: as many as the source has on average."""
    last_seconds: float | None = None
    """How long the last picture is shown, where it is not as long as the others."""
    held: int = 0
    """Steps of the grid for which the first picture is shown before its time."""
    moved_seconds: float = 0.0
    """From the first picture to where the grid begins, which suits the others better."""
    off_seconds: float = 0.0
    """How far pictures are from their places on the grid."""


def plain(
    file: str, *, rate: Fraction | int = 30, seconds: float = 5.6, codec: str = "libx264",
    options: Sequence[str] = GOP, sound: Sound | None = None, numbers: Sequence[int] | None = None,
) -> Make:  # fmt: skip
    """With a flash after about a second and another a second and a half before the end."""
    chosen = list(numbers) if numbers is not None else list(range(max(1, round(seconds * rate))))
    end = chosen[-1]
    wanted = [round(rate), end - round(Fraction(3, 2) * rate)] if end > 3 * rate else [end // 2]
    shown = {max(number for number in chosen if number <= want - want % 4) for want in wanted}
    return lambda folder: recording(
        folder / file, chosen, rate, shown, codec=codec, options=options, sound=sound
    )


def remuxed(make: Make, file: str, *options: str, before: Sequence[str] = ()) -> Make:
    """Another file of the same packets."""

    def remux(folder: Path) -> Path:
        source = make(folder)
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *before, "-i", str(source), "-map", "0"]
        subprocess.run([*command, "-c", "copy", *options, str(folder / file)], check=True, timeout=60)
        return folder / file

    return remux


def jittering(make: Make, file: str) -> Make:
    """As a camera's clock does: hardly a picture is where a constant rate would have it."""
    # Pictures are moved by what their own time says, so that order and sound are kept.
    return remuxed(make, file, "-bsf:v", r"setts=pts=PTS+mod(PTS\,7)*0.001/TB:dts=DTS")


def shivering_hevc(moved: str) -> Make:
    """At times that nobody copies: all but the first picture is later by what is said."""
    recorded = plain("b.mp4", seconds=7, codec="libx265", options=NO_B_HEVC, sound=BEEPS)
    return remuxed(recorded, MP4, *FINE, "-bsf:v", f"setts=pts=PTS+gt(N\\,0)*({moved})/TB:dts=DTS")


def telecined() -> Make:
    """Film as DVDs and broadcasts have it: pictures last two or three fields of 60 a second."""
    fields = r"floor(N*5/2)*1001/60000/TB"
    recorded = plain("b.mp4", rate=FILM, seconds=7, codec="libx265", options=NO_B_HEVC, sound=BEEPS)
    return remuxed(recorded, MP4, *FINE, "-bsf:v", f"setts=pts={fields}:dts={fields}")


def frozen_end(make: Make, file: str, seconds: float) -> Make:
    """The last picture stays, as screen recorders have it when nothing moves."""
    last = rf"if(eq(N\,167)\,{seconds}/TB\,DURATION)"
    return remuxed(make, file, "-bsf:v", f"setts=pts=PTS:dts=DTS:duration={last}")


def drifting(make: Make, file: str, factor: float) -> Make:
    """The clock of the sound is not that of the picture, as where two devices record together."""
    return remuxed(make, file, "-bsf:a", f"setts=pts=PTS*{factor}:dts=DTS*{factor}")


BEEPS = Sound()
#: Some packets of the sound were lost.
TORN = Sound(codec=("-af", "aselect='not(between(t,2.2,3.1))'", "-c:a", "pcm_s16le"))
MONO = Sound(0.2, None, 22_050, "mono")
MP3 = Sound(codec=("-c:a", "libmp3lame"))
OPUS, LONG_OPUS = Sound(codec=("-c:a", "libopus")), Sound(0, 9, codec=("-c:a", "libopus"))
PYRAMID = ("-bf", "3", "-x264-params", "b-pyramid=normal:ref=3", *GOP)
NO_B_HEVC = ("-x265-params", "log-level=error:bframes=0:keyint=60", *FINE)
#: What a clock is off, as an expression of seconds: on average nothing.
SHIVERS = r"(mod(N*7\,5)-2)*0.0003"
#: As phones do in the dark: most pictures on time, some dropped.
PHONE = [n for n in range(170) if n % 7 != 3 and n % 11 != 5]
#: As cameras do that take longer for every second picture.
DARK = [3 * n // 2 for n in range(112)]
#: As screen recorders do: nothing new, no picture.
SCREEN = [*range(40), *range(130, 200, 2), *range(290, 330)]
#: Nothing moves for more than 20 s.
STILL = [*range(45), *range(700, 790)]

#: As cameras for broadcasts do: open GOPs, of which the first begins with what is shown before it.
MPEG2 = ("-bf", "2", "-g", "12", "-q:v", "3")
ATOM = (*MPEG2, "-f", "mxf_opatom")
DNXHR = ("-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p")
WAVE, WAVE_24 = Sound(codec=("-c:a", "pcm_s16le")), Sound(codec=("-c:a", "pcm_s24le"))


def of_two_recordings(folder: Path) -> Path:
    """The second has another description: of other pictures before it, and of other tools."""
    parts = [
        recording(folder / name, list(numbers), 30, {numbers[32]}, options=(*GOP, "-bf", "0", *options))
        for name, numbers, options in (
            ("first.mp4", range(84), ("-refs", "1")),
            ("second.mp4", range(84, 168), ("-refs", "4", "-x264-params", "cabac=0")),
        )
    ]
    return one_behind_the_other(parts[0], parts[1], folder / MP4)


def switched(folder: Path, at: int = 84) -> Path:
    """A stream whose pictures become smaller, as where a sender has less of a line, from this picture on."""
    command = ["ffmpeg", "-nostdin", "-v", "error"]
    half = (SIZE[0] // 2, SIZE[1] // 2)
    for name, numbers, size in (("a", range(at), SIZE), ("b", range(at, at + 84), half)):
        part = folder / f"{name}.mp4"
        recording(part, list(numbers), 30, {numbers[32]}, options=(*GOP, "-bf", "0"), size=size)
        begin = ("-output_ts_offset", str(numbers[0] / 30))
        copied = [*command, "-i", str(part), "-c", "copy", *begin, str(folder / f"{name}.ts")]
        subprocess.run(copied, check=True, timeout=60)
    path = folder / "switched.ts"
    both = f"concat:{folder}/a.ts|{folder}/b.ts"
    subprocess.run([*command, "-i", both, "-c", "copy", str(path)], check=True, timeout=60)
    return path


def told_elsewhere(folder: Path) -> Path:
    """An index that is not read, but by ffmpeg: that of a playlist (operational pattern 2a)."""
    path = told(plain(MXF, rate=25, seconds=11, options=PYRAMID, sound=WAVE))(folder)
    label = bytes.fromhex("060e2b34040101010d010201")
    content = path.read_bytes()
    assert label in content
    path.write_bytes(content.replace(label + b"\1\1", label + b"\2\1"))
    return path


def trimmed_hevc(gop: int) -> Make:
    """As phones leave it when its beginning is cut off: an edit list over open key frames."""
    parameters = f"open-gop=1:bframes=3:b-adapt=0:scenecut=0:log-level=none:keyint={gop}:min-keyint={gop}"
    options = ("-tag:v", "hvc1", "-x265-params", parameters)
    recorded = plain("b.mp4", seconds=8, codec="libx265", options=options, sound=BEEPS)
    return remuxed(recorded, MP4, before=("-ss", "1.4"))


MP4, MKV, MXF, AVI = "a.mp4", "a.mkv", "a.mxf", "a.avi"
SOURCES = [
    Source("closed_gop", plain(MP4, seconds=11.2, sound=BEEPS), True, Fraction(30)),
    Source("b_pyramid", plain(MP4, options=PYRAMID, sound=BEEPS), True, Fraction(30)),
    Source("single_b_pictures", plain(MP4, options=("-bf", "1", *GOP), sound=MONO), True, Fraction(30)),
    Source("no_b_pictures", plain(MP4, options=("-bf", "0", *GOP), sound=BEEPS), True, Fraction(30)),
    Source("key_pictures_only", plain(MP4, options=("-g", "1")), True, Fraction(30)),
    Source("open_gop", plain(MP4, seconds=7.2, options=OPEN, sound=BEEPS), False, Fraction(30)),
    Source(
        "refreshed_by_columns", plain(MP4, seconds=9, options=REFRESHED, sound=BEEPS), False, Fraction(30)
    ),
    Source("refreshed_slowly", plain(MKV, seconds=9, options=REFRESHED_SLOWLY), False, Fraction(30)),
    Source("film", plain(MKV, rate=FILM, options=PYRAMID, sound=MP3), True, FILM),
    Source("pal", plain(MP4, rate=25, sound=Sound(rate_hz=44_100)), True, Fraction(25)),
    Source("ntsc", plain(MKV, rate=NTSC, codec="libx265", sound=BEEPS), False, NTSC),
    Source("ntsc_60", plain(MP4, rate=NTSC_60, options=PYRAMID, sound=BEEPS), True, NTSC_60),
    Source("120_a_second", plain(MP4, rate=120, sound=BEEPS), False, Fraction(60)),
    Source("120_in_matroska", plain(MKV, rate=120, seconds=4.1), False, Fraction(60)),
    Source("240_a_second", plain(MP4, rate=240, seconds=2.6), False, Fraction(60)),
    Source(
        "coarse_clock", plain(MP4, options=(*PYRAMID, "-video_track_timescale", "30")), True, Fraction(30)
    ),
    Source("phone", plain(MP4, numbers=PHONE, options=("-bf", "0", *GOP), sound=BEEPS), True, None),
    Source("phone_with_b_pictures", plain(MP4, numbers=PHONE, options=PYRAMID, sound=BEEPS), True, None),
    Source("jitter", jittering(plain("b.mkv", options=PYRAMID, sound=BEEPS), MKV), True, None),
    Source("phone_hevc", plain(MP4, numbers=PHONE, codec="libx265", sound=BEEPS), False, Fraction(30)),
    Source("dark", plain(MP4, numbers=DARK, codec="libx265", sound=BEEPS), False, Fraction(30)),
    Source("dark_matroska", plain(MKV, numbers=DARK, codec="libx265", sound=BEEPS), False, Fraction(30)),
    Source("shivering", shivering_hevc(SHIVERS), False, Fraction(30), off_seconds=0.0007),
    Source(
        "first_is_early",
        shivering_hevc(f"0.012+{SHIVERS}"),
        False,
        Fraction(30),
        moved_seconds=0.012,
        off_seconds=0.0007,
    ),
    Source(
        "telecined",
        telecined(),
        False,
        FILM,
        moved_seconds=-0.0042,
        off_seconds=0.0043,
    ),
    Source(
        "telecined_matroska",
        remuxed(telecined(), MKV),
        False,
        FILM,
        moved_seconds=-0.0042,
        off_seconds=0.0053,
    ),
    Source("screen", plain(MKV, numbers=SCREEN, options=PYRAMID, sound=BEEPS), True, None),
    Source("long_freeze", plain(MP4, numbers=STILL, options=PYRAMID, sound=BEEPS), False, Fraction(30)),
    Source("frozen_end", frozen_end(plain("b.mp4", sound=BEEPS), MP4, 20.5), False, Fraction(30), 20.5),
    Source("starts_late", remuxed(plain("b.mkv", sound=BEEPS), MKV, *LATE), True, Fraction(30)),
    Source("empty_edit", remuxed(plain("b.mp4", sound=BEEPS), MP4, *LATE), True, Fraction(30)),
    Source("trimming_edit", remuxed(plain("b.mp4", sound=BEEPS), MP4, before=TRIM), False, Fraction(30)),
    Source(
        "cut_key_picture",
        remuxed(plain("b.mp4", options=ONE_GOP, sound=BEEPS), MP4, before=TRIM),
        False,
        Fraction(30),
    ),
    Source("trimmed_end", remuxed(plain("b.mp4", sound=BEEPS), MP4, "-t", "4.3"), True, Fraction(30)),
    Source("vp9", plain("a.webm", codec="libvpx-vp9", sound=OPUS), False, Fraction(30)),
    Source("av1", plain(MP4, codec="libsvtav1", sound=BEEPS), False, Fraction(30)),
    Source("hevc_trimmed", trimmed_hevc(30), False, Fraction(30)),
    Source("hevc_trimmed_short", trimmed_hevc(6), False, Fraction(30)),
    Source("mxf", plain(MXF, rate=25, seconds=11, codec="mpeg2video", options=MPEG2, sound=WAVE), False, PAL),
    Source("mxf_ntsc", plain(MXF, rate=NTSC, codec="mpeg2video", options=MPEG2, sound=WAVE), False, NTSC),
    Source("mxf_intra", plain(MXF, rate=25, codec="dnxhd", options=DNXHR, sound=WAVE_24), False, PAL),
    Source("mxf_atom", plain(MXF, rate=25, seconds=11, codec="mpeg2video", options=ATOM), False, PAL),
    Source("mxf_avc_intra", plain(MXF, rate=25, options=("-g", "1"), sound=WAVE), False, PAL),
    Source("mxf_avc_unknown", told_elsewhere, False, PAL),
    Source("flv_repeated", appended((), (), sounds=(BEEPS, BEEPS)), True, None),
    Source("flv_changed", appended(("-refs", "1"), ("-refs", "4")), False, Fraction(30)),
    Source("ts_switched", switched, False, Fraction(30)),
    Source("mp4_joined", of_two_recordings, False, Fraction(30)),
    Source("mxf_avc", told(plain(MXF, rate=25, seconds=11, options=PYRAMID, sound=WAVE)), False, PAL),
    Source("mxf_avc_open", told(plain(MXF, rate=25, seconds=11, options=OPEN, sound=WAVE)), False, PAL),
    Source("divx_3", plain(AVI, seconds=9, codec="msmpeg4v3", sound=MP3), False, Fraction(30)),
    Source("huffyuv", plain(AVI, rate=NTSC, codec="huffyuv", options=(), sound=WAVE), False, NTSC),
    Source("one_picture", plain(MP4, numbers=[0]), True, Fraction(30)),
    Source("blink", plain(MP4, seconds=0.4, sound=BEEPS), True, Fraction(30)),
    Source("late_sound", plain(MP4, sound=Sound(0.5)), True, Fraction(30)),
    Source("early_sound", plain(MKV, sound=Sound(-0.5)), True, Fraction(30)),
    Source("early_sound_mp4", plain(MP4, codec="libx265", sound=Sound(-0.5)), False, Fraction(30)),
    Source("sound_begins_first", plain(MKV, sound=Sound(-1.71)), False, Fraction(30), held=52),
    Source(
        "sound_begins_first_mp4",
        plain(MP4, options=FROM_ZERO, sound=Sound(-13.39)),
        False,
        Fraction(30),
        held=403,
    ),
    Source(
        "sound_begins_first_120",
        plain(MP4, rate=120, options=FROM_ZERO, sound=Sound(-2.71)),
        False,
        Fraction(60),
        held=164,
    ),
    Source(
        "sound_begins_first_screen",
        plain(MKV, numbers=SCREEN, sound=Sound(-3.31)),
        False,
        Fraction(30),
        held=100,
    ),
    Source("sound_ends_early", plain(MP4, sound=Sound(0.3, 4.4)), True, Fraction(30)),
    Source("sound_is_torn", plain(MKV, sound=TORN), True, Fraction(30)),
    Source("sound_ends_late", plain(MP4, sound=Sound(0, 7.5)), True, Fraction(30), 7.5 - 167 / 30),
    Source("sound_ends_much_later", plain(MP4, sound=Sound(0, 9)), False, Fraction(30), 9 - 167 / 30),
    Source("sound_ends_late_mkv", plain(MKV, sound=Sound(0, 7.5)), True, Fraction(30), 7.5 - 167 / 30),
    Source(
        "browser_sound_ends_late",
        remuxed(plain("b.webm", codec="libvpx-vp9", sound=LONG_OPUS), "a.webm", "-live", "1"),
        False,
        Fraction(30),
        9 - 167 / 30,
    ),
    Source("song", plain(MP4, numbers=[0], sound=Sound(0, 11)), False, Fraction(30), 11),
]


@pytest.fixture(scope="session")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_every_picture_once_at_its_time_with_its_sound(
    tmp_path: Path, sandbox: Sandbox, source: Source
) -> None:
    path = source.make(tmp_path)
    house = House(tmp_path / "house", path, sandbox)
    plan = await mixed_up(house)
    recorded = pictures(path)
    begin, end = recorded[0].seconds + source.moved_seconds, recorded[-1].seconds
    held_seconds = source.held / float(source.rate or 1)
    steps = len(recorded) - 1
    rate = source.rate or Fraction(steps / (end - begin)).limit_denominator(10**6)
    assert [rung.copied for rung in plan.rungs] == [source.copied, *[False] * (len(plan.rungs) - 1)]
    assert {round(float(rung.frame_rate), 3) for rung in plan.rungs} == {round(float(rate), 3)}
    last_seconds = source.last_seconds or (1 / float(rate) if source.rate else (end - begin) / steps)
    expected = (
        [(picture.seconds - begin, {picture.number}) for picture in recorded]
        if source.copied
        else on_grid(recorded, rate, last_seconds, source.held, source.moved_seconds)
    )
    renditions = {rung.name: await Rendition.read(house, rung.name, "v") for rung in plan.rungs}
    shown: dict[str, list[Picture]] = {}
    for name, rung in renditions.items():
        shown[name] = check_pictures(rung.whole, expected)
        assert rung.duration_seconds == pytest.approx(
            held_seconds + end - begin + last_seconds, abs=1.1 / float(rate)
        )
    check_cuts(list(renditions.values()))
    check_switching(list(renditions.values()), expected, tmp_path / "switching.ts")
    for track in plan.audio:
        sound = await Rendition.read(house, track.name, "a")
        check_sound(sound, renditions[plan.rungs[0].name])
        begin -= held_seconds
        small = shown[plan.rungs[-1].name]
        check_sync(path, recorded, sound, small, begin=begin, off_seconds=source.off_seconds)
    assert house.work.ready
    assert house.work.warnings == []
    assert not list(house.scratch.iterdir()), "half-made files are cleared away"


async def joined(house: House) -> Plan:
    """With chunks that begin where those of a longer video would: after the first segment."""
    plan = await house.probe()
    chunks: list[Chunk] = []
    for chunk in plan.chunks:
        first, *rest = chunk.segments
        if first or not rest:
            chunks.append(chunk)
        else:
            chunks.append(replace(chunk, segment_count=1))
            chunks.append(replace(chunk, first_segment=rest[0], segment_count=len(rest)))
    house.work.plan = replace(plan, chunks=tuple(chunks))
    return house.work.plan


async def mixed_up(house: House) -> Plan:
    """All chunks in some order; some workers die in the middle; others make what is there already."""
    plan = await joined(house)
    order = [*range(len(plan.chunks))]
    random.Random(len(order)).shuffle(order)
    house.work.deadly = set(order[::2])
    for index in order:
        if index in house.work.deadly:
            with pytest.raises(WorkerDied):
                await house.chunk(index)
        await house.chunk(index)
    for index in order[::-1]:
        await house.chunk(index)
    await house.end()
    return plan


def on_grid(
    recorded: Sequence[Picture], rate: Fraction, last_seconds: float, held: int = 0, moved_seconds: float = 0
) -> list[tuple[float, set[int]]]:
    """At each step the picture whose time is nearest or before; two where a clock of milliseconds cannot
    tell. Of a source of twice the rate that is every second picture. The first is held for so many."""
    if held:
        first = [(n / float(rate), {recorded[0].number}) for n in range(held)]
        moved = on_grid(recorded, rate, last_seconds)
        return first + [(time + held / float(rate), numbers) for time, numbers in moved]
    begin = recorded[0].seconds + moved_seconds
    factor = (
        round((len(recorded) - 1) / (recorded[-1].seconds - begin) / float(rate)) if len(recorded) > 1 else 1
    )
    if factor > 1:
        return [(n / float(rate), {picture.number}) for n, picture in enumerate(recorded[::factor])]
    count = round((recorded[-1].seconds - begin + last_seconds) * float(rate))
    found = []
    for n in range(count):
        latest = [
            max(p.number for p in recorded if p.seconds - begin <= (n + 0.5) / float(rate) + doubt)
            for doubt in (-0.0011, 0.0011)
        ]
        found.append((n / float(rate), set(latest)))
    return found


@dataclass(frozen=True)
class Rendition:
    parts: list[Path]
    whole: Path
    packets: list[Packet]
    durations: list[float]
    """What the playlist says of each segment."""

    @classmethod
    async def read(cls, house: House, name: str, kind: str) -> "Rendition":
        parts = sorted((house.media / name).glob("*.ts"))
        whole = await house.whole(name)
        lines = (house.media / name / "index.m3u8").read_text().splitlines()
        durations = [float(line[8:].rstrip(",")) for line in lines if line.startswith("#EXTINF:")]
        assert len(parts) == len(durations)
        return cls(parts, whole, packets(parts, whole), durations)

    @property
    def duration_seconds(self) -> float:
        return sum(self.durations)


def check_pictures(path: Path, expected: Sequence[tuple[float, set[int]]]) -> list[Picture]:
    """What is shown, which is what is expected."""
    shown = pictures(path)
    assert len(shown) == len(expected)
    assert [p for p, (_, numbers) in zip(shown, expected, strict=True) if p.number not in numbers] == []
    assert [p.seconds - ORIGIN for p in shown] == pytest.approx([time for time, _ in expected], abs=2e-5)
    return shown


def check_cuts(rungs: Sequence[Rendition]) -> None:
    """Each segment begins with a key picture at its cut; decoding never steps back, whoever made it."""
    for rung in rungs:
        segments = [list(group) for _, group in itertools.groupby(rung.packets, lambda p: p.segment)]
        assert len(segments) == len(rung.durations)
        cuts = itertools.accumulate(rung.durations, initial=float(ORIGIN))
        for segment, cut in zip(segments, cuts, strict=False):
            assert segment[0].key
            assert segment[0].pts == min(packet.pts for packet in segment)
            assert segment[0].pts == pytest.approx(cut * 90_000, abs=2)
        assert all(a.dts < b.dts for a, b in itertools.pairwise(rung.packets))
        assert all(packet.dts <= packet.pts for packet in rung.packets)
        # Players take the first DTS for time 0, so a reordered beginning must not precede it.
        assert rung.packets[0].dts == rung.packets[0].pts
        # Whichever rung a segment is of, it is decoded when the plan says: players that see one
        # rung's segment under another's name shift pictures where there is a step or a hole.
        assert [p.dts for p in rung.packets] == pytest.approx([p.dts for p in rungs[0].packets], abs=1)


def check_switching(
    rungs: Sequence[Rendition], expected: Sequence[tuple[float, set[int]]], path: Path
) -> None:
    """Another rung at every cut shows the same pictures, and decoding never steps back."""
    parts = [rungs[n % len(rungs)].parts[n] for n in range(len(rungs[0].parts))]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    check_pictures(path, expected)
    taken = [
        packet.dts
        for n in range(len(parts))
        for packet in rungs[n % len(rungs)].packets
        if packet.segment == n
    ]
    assert all(before < after for before, after in itertools.pairwise(taken))


def check_sound(sound: Rendition, rung: Rendition) -> None:
    heard = [packet.pts for packet in sound.packets]
    assert {b - a for a, b in itertools.pairwise(heard)} == {AAC_STEP}, "no gap and no overlap"
    assert heard[-1] + AAC_STEP >= (ORIGIN + rung.duration_seconds) * 90_000
    assert sound.durations == rung.durations


def check_sync(
    path: Path, recorded: Sequence[Picture], sound: Rendition, shown: Sequence[Picture],
    within_seconds: float = 0.005, begin: float | None = None, off_seconds: float = 0,
) -> None:  # fmt: skip
    """Flashes and beeps are where they were recorded, and each pair together. The video begins with its first
    picture unless said otherwise."""
    begin = recorded[0].seconds if begin is None else begin
    light, noise = flashes(recorded), beeps(path)
    assert light, "there is something to measure"
    assert len(light) == len(noise)
    seen, heard = flashes(shown), beeps(sound.whole)
    assert [time - ORIGIN for time in seen] == pytest.approx(
        [time - begin for time in light], abs=0.001 + off_seconds
    )
    assert [time - ORIGIN for time in heard] == pytest.approx(
        [time - begin for time in noise], abs=within_seconds
    )
    recorded_gaps = [b - a for a, b in zip(light, noise, strict=True)]
    assert [b - a for a, b in zip(seen, heard, strict=True)] == pytest.approx(
        recorded_gaps, abs=within_seconds + off_seconds
    )


async def test_what_is_said_before_there_is_a_picture_is_heard(tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "call.mkv"
    inputs = ["-f", "lavfi", "-i", "sine=f=500:d=9", "-itsoffset", "5.2", "-f", "lavfi", "-i", "testsrc2=d=3"]
    command = ["ffmpeg", "-v", "error", *inputs, "-c:v", "libx264", "-c:a", "libopus", str(path)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    house = House(tmp_path / "house", path, sandbox)
    plan = await house.everything()
    assert plan.timeline.duration_seconds == pytest.approx(9, abs=0.1)
    sound = heard(await house.whole("a0"))
    tenth = sound.rate_hz // 10
    each = [np.abs(sound.samples[at : at + tenth]).max() for at in range(0, 80 * tenth, tenth)]
    assert min(each) > 0.05, "in every tenth of a second"


@pytest.mark.parametrize("factor", [1.014, 0.986])
async def test_sound_whose_clock_drifts_stays_in_step(
    tmp_path: Path, sandbox: Sandbox, factor: float
) -> None:
    # In one piece: a chunk that begins anew is in step again.
    make = plain("b.mkv", seconds=9.6, sound=BEEPS)
    path = drifting(make, MKV, factor)(tmp_path)
    house = House(tmp_path / "house", path, sandbox)
    plan = await house.everything()
    sound = await Rendition.read(house, "a0", "a")
    rung = await Rendition.read(house, plan.rungs[-1].name, "v")
    check_sync(path, pictures(path), sound, pictures(rung.whole), IN_STEP)


async def test_order_and_repetition_change_no_byte(tmp_path: Path, sandbox: Sandbox) -> None:
    path = plain(MP4, codec="libx265", sound=BEEPS)(tmp_path)
    houses = [House(tmp_path / name, path, sandbox) for name in ("forwards", "backwards")]
    for house in houses:
        plan = await joined(house)
        order = [*range(len(plan.chunks))]
        for index in order if house is houses[0] else [*order[::-1], 0, 1]:
            await house.chunk(index)
    forwards, backwards = (
        {str(part.relative_to(house.media)): part.read_bytes() for part in house.media.glob("*/*.ts")}
        for house in houses
    )
    assert len(forwards) == len(plan.rendition_names) * plan.timeline.segment_count
    assert forwards == backwards


async def test_what_reaches_its_ceiling_is_the_same_again(tmp_path: Path, sandbox: Sandbox) -> None:
    """Noise, on which rate control has the most to decide; beside other work, as it comes."""
    path = tmp_path / "noise.mkv"
    seconds = 2.5
    noise = f"nullsrc=s=1280x720:r=30:d={seconds},geq=random(1)*255:128:128"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", noise, "-c:v", "ffv1", "-pix_fmt", "yuv420p"]
    await asyncio.to_thread(subprocess.run, [*command, str(path)], check=True, timeout=60)
    houses = [House(tmp_path / f"house{n}", path, sandbox) for n in range(3)]
    [plan, *_] = [await house.probe() for house in houses]
    [ladder] = {chunk.lane: n for n, chunk in enumerate(plan.chunks) if chunk.lane is Lane.LADDER}.values()
    await asyncio.gather(*(house.chunk(ladder) for house in houses))
    first, *others = (
        {str(part.relative_to(house.media)): part.read_bytes() for part in house.media.glob("*/*.ts")}
        for house in houses
    )
    ceiling_bytes = plan.rungs[0].maxrate_bps / 8 * seconds
    assert sum(len(part) for name, part in first.items() if name.startswith("v720")) > ceiling_bytes
    assert all(other == first for other in others)


@pytest.mark.parametrize("copied", [True, False])
async def test_chunks_in_the_middle_and_at_the_end_of_three_hours(
    tmp_path: Path, sandbox: Sandbox, copied: bool
) -> None:
    options = ("-g", "20", "-bf", "2") if copied else ("-x264-params", "open-gop=1:keyint=20:bframes=3")
    # Sound that ends before the picture, so that every turn lasts exactly ten seconds.
    sound = Sound(end_seconds=9.9)
    ten = recording(tmp_path / "ten.mp4", range(100), 10, [], options=options, sound=sound, size=(160, 120))
    path = remuxed(lambda _: ten, "long.mp4", before=("-stream_loop", "1079"))(tmp_path)
    house = House(tmp_path / "house", path, sandbox)
    plan = await house.probe()
    timeline = plan.timeline
    assert sum(timeline.frame_counts) == 108_000
    assert plan.rungs[0].copied == copied
    for name in (plan.rungs[-1].name, plan.audio[0].name):
        own = [n for n, chunk in enumerate(plan.chunks) if name in chunk.renditions]
        middle = next(n for n in own if timeline.segment_count // 2 in plan.chunks[n].segments)
        for index in (middle, own[-1]):
            await house.chunk(index)
            segments = plan.chunks[index].segments
            parts = [house.media / name / f"{k:05d}.ts" for k in segments]
            whole = tmp_path / "chunk.ts"
            whole.write_bytes(b"".join(part.read_bytes() for part in parts))
            if name.startswith("a"):
                heard = [packet.pts for packet in packets(parts, whole)]
                assert {b - a for a, b in itertools.pairwise(heard)} == {AAC_STEP}
                begin = (ORIGIN + timeline.start_seconds(segments[0])) * 90_000
                assert begin <= heard[0] < begin + AAC_STEP
                continue
            first = sum(timeline.frame_counts[: segments[0]])
            count = sum(timeline.frame_counts[k] for k in segments)
            check_pictures(whole, [(n / 10, {n % 100}) for n in range(first, first + count)])
