"""Every picture once, at its time, on every rung, whatever the source and the order of the work."""

import hashlib
import itertools
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support.clips import barcode_clip, read_barcodes
from tests.support.house import House
from video_service.domain.errors import UnsupportedMedia
from video_service.pipeline.chunk_job import runs
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import Sandbox


@pytest.fixture(scope="session")
async def sandbox() -> Sandbox:
    return await detect_sandbox("auto")


def remux(source: Path, out: Path, *options: str, before: tuple[str, ...] = ()) -> Path:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *before, "-i", str(source), *options, str(out)]
    subprocess.run(command, check=True, timeout=60)
    return out


def closed_gop(folder: Path) -> Path:
    return barcode_clip(folder / "closed.mp4", seconds=11)


def open_gop(folder: Path) -> Path:
    options = ("-x264-params", "open-gop=1:keyint=60:bframes=3")
    return barcode_clip(folder / "open.mp4", seconds=7, options=options)


def ntsc_matroska(folder: Path) -> Path:
    return barcode_clip(folder / "ntsc.mkv", seconds=7, rate=Fraction(30000, 1001))


def starts_late(folder: Path) -> Path:
    source = barcode_clip(folder / "zero.mkv", seconds=7)
    return remux(source, folder / "late.mkv", "-c", "copy", "-output_ts_offset", "7.3")


def silent(folder: Path) -> Path:
    return barcode_clip(folder / "silent.mp4", seconds=5, sound=False)


def hevc(folder: Path) -> Path:
    return barcode_clip(folder / "hevc.mp4", seconds=7, codec="libx265")


def vp9(folder: Path) -> Path:
    return barcode_clip(folder / "vp9.webm", seconds=5, codec="libvpx-vp9", options=("-c:a", "libopus"))


def av1(folder: Path) -> Path:
    return barcode_clip(folder / "av1.mp4", seconds=5, codec="libsvtav1")


def one_picture(folder: Path) -> Path:
    return barcode_clip(folder / "one.mp4", seconds=1 / 30, sound=False)


def blink(folder: Path) -> Path:
    return barcode_clip(folder / "blink.mp4", seconds=0.4)


SOURCES = [closed_gop, open_gop, ntsc_matroska, starts_late, silent, hevc, vp9, av1, one_picture, blink]


def pts_seconds(path: Path, kind: str) -> list[float]:
    return sorted(times_seconds(path, kind, "pts"))


def times_seconds(path: Path, kind: str, clock: str) -> list[float]:
    """PTS or DTS of every packet, in file order."""
    shown = ["-select_streams", f"{kind}:0", "-show_entries", f"packet={clock}_time", "-of", "json"]
    done = subprocess.run(["ffprobe", "-v", "error", *shown, str(path)], capture_output=True, check=True)
    return [float(packet[f"{clock}_time"]) for packet in json.loads(done.stdout)["packets"]]


@pytest.mark.parametrize("make", SOURCES, ids=lambda make: make.__name__)
async def test_every_rung_holds_every_picture_once(
    tmp_path: Path, sandbox: Sandbox, make: Callable[[Path], Path]
) -> None:
    source = make(tmp_path)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.everything()
    expected = read_barcodes(source)
    times = pts_seconds(source, "v")
    for rung in plan.rungs:
        whole = await house.whole(rung.name)
        assert read_barcodes(whole) == expected, rung.name
        shown = pts_seconds(whole, "v")
        drift = [abs((a - shown[0]) - (b - times[0])) for a, b in zip(shown, times, strict=True)]
        assert max(drift) < 0.0015, rung.name  # half the resolution of Matroska's clock, and rounding
        # Players take the first DTS for time 0, so a reordered beginning must not precede it.
        assert times_seconds(whole, "v", "dts")[0] == pytest.approx(shown[0], abs=1e-4), rung.name
        starts = [pts_seconds(part, "v")[0] for part in sorted((house.media / rung.name).glob("*.ts"))]
        planned = [10 + plan.timeline.start_seconds(k) for k in range(plan.timeline.segment_count)]
        assert starts == pytest.approx(planned, abs=0.0015)
    for track in plan.audio:
        heard = pts_seconds(await house.whole(track.name), "a")
        steps = {round((b - a) * 90000) for a, b in itertools.pairwise(heard)}
        assert steps == {1920}, "1024 samples at 48 kHz, no gap and no overlap"
        assert heard[-1] + 0.0214 >= 10 + plan.timeline.duration_seconds
    assert house.work.ready
    assert house.work.warnings == []
    assert not list(house.scratch.iterdir()), "half-made files are cleared away"


async def test_a_varying_rate_that_cannot_be_copied_gets_a_constant_grid(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    even = barcode_clip(tmp_path / "even.mp4", seconds=6, codec="libx265", sound=False)
    # Every fifth picture is dropped and a freeze of more than a second stands in the middle.
    kept = "select='mod(n\\,5)*not(between(n\\,60\\,100))'"
    uneven = remux(
        even, tmp_path / "uneven.mp4", "-vf", kept, "-fps_mode", "passthrough", "-c:v", "libx265",
        "-x265-params", "log-level=error", "-preset", "ultrafast",
    )  # fmt: skip
    house = House(tmp_path / "house", uneven, sandbox)
    plan = await house.everything()
    assert plan.timeline.on_grid
    source = dict(zip(pts_seconds(uneven, "v"), read_barcodes(uneven), strict=True))
    begin = min(source)
    for rung in plan.rungs:
        whole = await house.whole(rung.name)
        shown = read_barcodes(whole)
        assert len(shown) == sum(plan.timeline.frame_counts)
        step = float(plan.timeline.time_base)
        for n, number in enumerate(shown):
            wanted = [b for t, b in source.items() if t - begin <= n * step + step / 2 + 1e-6]
            assert abs(number - max(wanted)) <= 1, (rung.name, n)


async def test_a_turned_recording_stands_upright(tmp_path: Path, sandbox: Sandbox) -> None:
    lying = barcode_clip(tmp_path / "lying.mp4", seconds=2)
    turned = remux(lying, tmp_path / "turned.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90")
    house = House(tmp_path / "house", turned, sandbox)
    plan = await house.everything()
    assert (house.work.facts["width"], house.work.facts["height"]) == (360, 640)
    assert all(rung.height > rung.width and not rung.copied for rung in plan.rungs)


async def test_order_repetition_and_crashes_change_no_byte(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=15, codec="libx265")
    plain = House(tmp_path / "plain", source, sandbox)
    plan = await plain.everything()
    order = [*range(len(plan.chunks)), *range(len(plan.chunks))]
    random.Random(7).shuffle(order)
    mixed = House(tmp_path / "mixed", source, sandbox)
    await mixed.probe()
    for index in order:
        await mixed.chunk(index)
        # As if a worker had died after some of its segments.
        for lost in sorted(mixed.media.glob("*/*.ts"))[::3]:
            if order.count(index) > 1:
                lost.unlink()
    for index in range(len(plan.chunks)):
        await mixed.chunk(index)

    def digests(house: House) -> dict[str, str]:
        return {
            str(path.relative_to(house.media)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in house.media.glob("v*/*.ts")
        }

    assert set(digests(mixed)) == set(digests(plain))
    for rung in plan.rungs:
        assert read_barcodes(await mixed.whole(rung.name)) == list(range(450))


async def test_a_demanded_segment_is_made_first(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=30, codec="libx265")
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    index = max(range(len(plan.chunks)), key=lambda n: plan.chunks[n].segment_count)
    chunk = plan.chunks[index]
    demanded = chunk.segments[-1]
    house.work.demanded[index] = demanded
    await house.chunk(index)
    made = sorted((house.media / chunk.renditions[0]).glob("*.ts"), key=lambda path: path.stat().st_mtime_ns)
    assert made[0].name == f"{demanded:05d}.ts"
    assert len(made) == chunk.segment_count


async def test_a_chunk_that_takes_its_workers_down_is_given_up(tmp_path: Path, sandbox: Sandbox) -> None:
    house = House(tmp_path / "house", barcode_clip(tmp_path / "source.mp4", seconds=1), sandbox)
    await house.probe()
    house.work.attempts[0] = 10  # begun, and never heard of again
    await house.chunk(0)
    assert house.work.failure is not None
    assert not list(house.media.glob("*/*.ts"))


@pytest.mark.parametrize(
    ("missing", "demanded", "expected"),
    [
        ([], None, []),
        ([3, 4, 5], None, [(3, 3)]),
        ([3, 4, 7], None, [(3, 2), (7, 1)]),
        ([3, 4, 5, 6], 5, [(5, 2), (3, 2)]),
        ([3, 4, 5], 9, [(3, 3)]),
    ],
)
def test_runs(missing: list[int], demanded: int | None, expected: list[tuple[int, int]]) -> None:
    assert runs(missing, demanded) == expected


async def test_a_wrong_segment_is_never_published(tmp_path: Path, sandbox: Sandbox) -> None:
    source = barcode_clip(tmp_path / "source.mp4", seconds=6)
    house = House(tmp_path / "house", source, sandbox)
    plan = await house.probe()
    # The source changes under the plan: ffmpeg is content, the pictures are too few.
    (tmp_path / "house/objects/sources/source").unlink()
    shutil.copy(barcode_clip(tmp_path / "short.mp4", seconds=3), tmp_path / "house/objects/sources/source")
    house.bench._facts.clear()
    last = max(n for n, chunk in enumerate(plan.chunks) if chunk.renditions[0] == plan.rungs[-1].name)
    for _ in range(2):
        with pytest.raises(Exception, match=r"ended with|pictures|fewer|begins"):
            await house.chunk(last)
    await house.chunk(last)
    assert house.work.warnings or house.work.failure
    assert not (house.media / plan.rungs[-1].name / "00001.ts").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("one.mp4", b"x"),
        (
            "playlist.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        ),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("picture.mp4", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"),
    ],
)
async def test_what_is_no_video_is_refused_with_a_sentence(
    tmp_path: Path, sandbox: Sandbox, name: str, content: bytes
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(UnsupportedMedia) as refused:
        await probe(sandbox, source)
    assert str(tmp_path) not in refused.value.message
    assert refused.value.message.endswith(".")


async def test_sound_only_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    tone = remux(barcode_clip(tmp_path / "clip.mp4", seconds=1), tmp_path / "tone.m4a", "-vn", "-c", "copy")
    with pytest.raises(UnsupportedMedia, match="no moving picture"):
        await probe(sandbox, tone)


async def test_a_chunk_that_nobody_wants_any_more_ends_with_its_next_segment(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    house = House(tmp_path / "house", hevc(tmp_path), sandbox)
    plan = await house.probe()
    index = max(range(len(plan.chunks)), key=lambda n: plan.chunks[n].segment_count)
    assert plan.chunks[index].segment_count > 1
    house.work.wanted = False
    await house.chunk(index)
    assert [of for of, _ in house.work.published] == [index], "told once, and heard it"
    assert not house.work.done
    assert not list(house.scratch.iterdir()), "half-made files are cleared away"
