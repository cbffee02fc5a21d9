"""What a video costs: CPU and disk, beside one ffmpeg process that makes the same rungs."""

import asyncio
import os
import re
import resource
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.report import RESULTS, Row, Table
from tests.benchmarks.sources import KINDS, LONG_SECONDS, MINUTE_SECONDS, SHORT_SECONDS, Source, source
from tests.support.house import House
from video_service.domain.plan import Lane, Plan, VideoRung
from video_service.domain.planning import make_plan
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import PLAIN

#: Of each source, in the bench of what they cost.
FIRST_SEGMENTS = 7


def cost() -> Iterator[Table]:
    """Two tables of a minute: CPU by lane, and size and likeness of each rung."""
    spent: list[Row] = []
    likeness: list[Row] = []
    for made in [source(kind, MINUTE_SECONDS) for kind in KINDS]:
        with TemporaryDirectory(dir=RESULTS) as folder:
            planned = make_plan(asyncio.run(probe(PLAIN, made.path)))
            encoded = [rung for rung in planned.rungs if not rung.copied]
            lanes, alone, decode, house, plan = _beside_each_other(made, encoded, Path(folder))
            # The express rung is decoded on its own, so that it comes first.
            again = decode if any(_is_express(plan, rung) for rung in encoded) else 0.0
            total = sum(seconds for lane, seconds in lanes.items() if lane != "python")
            spent.append(
                {
                    "source": made.name,
                    **{f"{lane}_cpu_seconds": seconds for lane, seconds in lanes.items()},
                    "one_ffmpeg_cpu_seconds": alone,
                    "express_decode_cpu_seconds": again,
                    "ratio_without_express_decode": (total - again) / alone,
                    "ratio": total / alone,
                }
            )
            likeness += asyncio.run(_likeness(house, plan, made, Path(folder)))
    yield Table("CPU of a minute, by lane; without a sandbox, which hides its children's", spent)
    yield Table("Rungs of a minute, and those of one ffmpeg; SSIM against the source", likeness)


def first_cost() -> Iterator[Table]:
    """CPU until the first segment of picture and sound, of a short and a long source alike. Medians, as the
    same work takes a tenth more or less each time; in turn, as machines become faster and slower."""
    rows = []
    for kind in KINDS:
        spent = defaultdict[str, list[float]](list)
        for _ in range(FIRST_SEGMENTS):
            for seconds in (SHORT_SECONDS, LONG_SECONDS):
                with TemporaryDirectory(dir=RESULTS) as folder:
                    house = House(Path(folder), source(kind, seconds, easy=True).path, PLAIN)
                    probed, made = asyncio.run(_first_segments(house))
                spent[f"probe_{seconds}s_cpu_seconds"].append(probed)
                spent[f"segment_{seconds}s_cpu_seconds"].append(made)
                spent[f"both_{seconds}s_cpu_seconds"].append(probed + made)
        row = {name: median(times) for name, times in spent.items()}
        short, long = (row[f"both_{seconds}s_cpu_seconds"] for seconds in (SHORT_SECONDS, LONG_SECONDS))
        rows.append({"source": kind, **row, "long_to_short": long / short})
    yield Table("CPU until the first segment, by the source's length; this process's own included", rows)


def _beside_each_other(
    made: Source, encoded: Sequence[VideoRung], folder: Path
) -> tuple[Counter[str], float, float, House, Plan]:
    """CPU seconds by lane, of one ffmpeg, and of decoding alone; the last house and its plan.

    Both at once, a core each, and again with the cores exchanged: machines become faster and slower by more
    than what is looked for.
    """
    cores = sorted(os.sched_getaffinity(0))
    lanes: Counter[str] = Counter()
    alone = decode = 0.0
    for turn, (ours, theirs) in enumerate(((cores[0], cores[-1]), (cores[-1], cores[0]))):
        house = House(folder / f"house-{turn}", made.path, PLAIN)
        with ProcessPoolExecutor(1, initializer=os.sched_setaffinity, initargs=(0, {theirs})) as peers:
            peer = peers.submit(_peers, made, encoded, folder)
            os.sched_setaffinity(0, {ours})
            try:
                spent, plan = asyncio.run(_by_lane(house))
            finally:
                os.sched_setaffinity(0, cores)
            found = peer.result()
        lanes.update(spent)
        alone, decode = alone + found[0], decode + found[1]
    return Counter({lane: seconds / 2 for lane, seconds in lanes.items()}), alone / 2, decode / 2, house, plan


async def _by_lane(house: House) -> tuple[dict[str, float], Plan]:
    """CPU seconds of the programs that were run, and of this process as ``python``."""
    own, before = _own_cpu(), _children_cpu()
    plan = await house.probe()
    spent = {"probe": _children_cpu() - before, **{lane.value: 0.0 for lane in Lane}}
    for index, chunk in enumerate(plan.chunks):
        before = _children_cpu()
        await house.chunk(index)
        spent[chunk.lane.value] += _children_cpu() - before
    spent["python"] = _own_cpu() - own
    assert house.work.failure is None
    assert not house.work.warnings
    return spent, plan


async def _first_segments(house: House) -> tuple[float, float]:
    before = _own_cpu() + _children_cpu()
    plan = await house.probe()
    probed = _own_cpu() + _children_cpu()
    for index, chunk in enumerate(plan.chunks):
        if chunk.lane is not Lane.LADDER and chunk.first_segment == 0:
            await house.chunk(index)
    return probed - before, _own_cpu() + _children_cpu() - probed


def _peers(made: Source, rungs: Sequence[VideoRung], folder: Path) -> tuple[float, float]:
    """CPU seconds of one ffmpeg that makes these rungs, and of one that only decodes."""
    decode = ["-i", str(made.path), "-map", "0:v", "-f", "null", "-"]
    return _one_process(made, rungs, folder), _cpu_of(decode)


def _one_process(made: Source, rungs: Sequence[VideoRung], folder: Path) -> float:
    """CPU seconds of one ffmpeg with the same encoders, key frames and scaling."""
    parts, outputs = (
        ["[0:v]null[in0]"],
        ["-map", "0:a", "-ac", "2", "-c:a", "aac", "-b:a", "128k", str(folder / "a.ts")],
    )
    for n, rung in enumerate(rungs):
        ends = f",split[out{n}][in{n + 1}]" if n < len(rungs) - 1 else f"[out{n}]"
        parts.append(f"[in{n}]scale={rung.width}:{rung.height},format=yuv420p{ends}")
        outputs += ["-map", f"[out{n}]", "-c:v", "libx264", "-preset", "veryfast", "-threads", "2"]
        outputs += ["-crf", str(rung.crf), "-maxrate", str(rung.maxrate_bps)]
        outputs += ["-bufsize", str(rung.bufsize_bits), "-profile:v", rung.profile, "-level", rung.level]
        outputs += ["-g", "9999", "-sc_threshold", "0", "-force_key_frames", "expr:gte(t,n_forced*4)"]
        outputs += ["-f", "mpegts", str(folder / f"{rung.name}.ts")]
    return _cpu_of(["-i", str(made.path), "-filter_complex", ";".join(parts), *outputs])


async def _likeness(house: House, plan: Plan, made: Source, folder: Path) -> list[Row]:
    rows: list[Row] = []
    for rung in plan.rungs:
        ours, alone = await house.whole(rung.name), folder / f"{rung.name}.ts"
        rows.append(
            {
                "source": made.name,
                "rendition": rung.name + (" copied" if rung.copied else ""),
                "ssim": _ssim(made.path, ours),
                "one_ffmpeg_ssim": "" if rung.copied else _ssim(made.path, alone),
                **_stored(ours, made.seconds),
                "one_ffmpeg_mb_per_hour": "" if rung.copied else _stored(alone, made.seconds)["mb_per_hour"],
            }
        )
    for track in plan.audio:
        stored = _stored(await house.whole(track.name), made.seconds)
        peer = _stored(folder / "a.ts", made.seconds)["mb_per_hour"]
        unlike = {"ssim": "", "one_ffmpeg_ssim": ""}
        rows.append(
            {"source": made.name, "rendition": track.name, **unlike, **stored, "one_ffmpeg_mb_per_hour": peer}
        )
    return rows


def _ssim(source_path: Path, path: Path) -> float:
    """Of all pictures, at the source's size, as a viewer sees them (ffmpeg filters documentation, ssim)."""
    graph = "[1:v]setpts=N/30/TB,scale=1920:1080[a];[0:v]setpts=N/30/TB[b];[a][b]ssim"
    command = [
        "ffmpeg",
        "-nostdin",
        "-i",
        str(source_path),
        "-i",
        str(path),
        "-lavfi",
        graph,
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800).stderr
    found = re.search(r"SSIM .* All:([0-9.]+)", said)
    assert found, said
    return float(found[1])


def _stored(path: Path, seconds: int) -> dict[str, float]:
    shown = ["-show_entries", "packet=size", "-of", "csv=p=0"]
    listed = subprocess.run(
        ["ffprobe", "-v", "error", *shown, str(path)], check=True, capture_output=True, text=True, timeout=600
    ).stdout
    payload = sum(int(size) for line in listed.splitlines() if (size := line.strip(",")))
    size_bytes = path.stat().st_size
    return {
        "mb_per_hour": size_bytes / 1e6 * 3600 / seconds,
        "ts_overhead_percent": (size_bytes / payload - 1) * 100,
    }


def _is_express(plan: Plan, rung: VideoRung) -> bool:
    return any(chunk.lane is Lane.EXPRESS and rung.name in chunk.renditions for chunk in plan.chunks)


def _cpu_of(options: list[str]) -> float:
    before = _children_cpu()
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *options], check=True, timeout=3600)
    return _children_cpu() - before


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
