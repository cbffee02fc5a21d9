"""How long people wait: for a video to play, behind others' uploads, and after a seek."""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.report import Row, Table, percentile
from tests.benchmarks.sources import (
    KINDS,
    LONG_SECONDS,
    MEDIUM_SECONDS,
    REMUXED,
    SHORT_SECONDS,
    Source,
    source,
)
from tests.benchmarks.viewer import (
    HeldUpload,
    Watching,
    first_segments_seconds,
    somebody,
    uploaded,
    wait_until_idle,
)
from tests.support.stack import Person, running_stack

_RUNS = 3
_SEEKS = 20
_OTHERS = 100


def playable() -> Iterator[Table]:
    """By length, while nothing else runs and while another video is in its ladder."""
    rows: list[Row] = []
    lengths = (SHORT_SECONDS, MEDIUM_SECONDS, LONG_SECONDS)
    sources = [source(kind, seconds) for kind in (*KINDS, *REMUXED) for seconds in lengths]
    with running_stack() as stack:
        person = somebody(stack)
        for state in ("idle", "loaded"):
            with ExitStack() as load:
                if state == "loaded":
                    video_id, _ = load.enter_context(uploaded(person, source("hevc", MEDIUM_SECONDS)))
                    person.wait_for(video_id, "playable")
                for made in sources:
                    seconds, peers = [], []
                    for _ in range(_RUNS):
                        peers.append(_peer_seconds(made))
                        seconds.append(_playable_seconds(person, made, alone=state == "idle"))
                    rows.append(
                        {
                            "source": made.name,
                            "while": state,
                            "p50_seconds": percentile(seconds, 0.5),
                            "p95_seconds": percentile(seconds, 0.95),
                            "one_ffmpeg_p50_seconds": percentile(peers, 0.5),
                            "ratio": percentile(seconds, 0.5) / percentile(peers, 0.5),
                        }
                    )
    yield Table("From the last byte to the first segment of picture and sound", rows)


def fairness() -> Iterator[Table]:
    """What somebody with one video waits, behind somebody with a hundred."""
    short = source("hevc", SHORT_SECONDS)
    with running_stack() as stack:
        person, other = somebody(stack), somebody(stack, "Other")
        idle = [first_segments_seconds(person, short) for _ in range(_RUNS)]
        uploads = [HeldUpload.of(other, short) for _ in range(_OTHERS)]
        for upload in uploads:
            upload.complete()
        behind = [_playable_seconds(person, short, alone=False) for _ in range(_RUNS)]
        for upload in uploads:
            upload.delete()
        wait_until_idle(stack)
    idle_seconds, behind_seconds = percentile(idle, 0.5), percentile(behind, 0.5)
    row = {"idle_seconds": idle_seconds, "behind_seconds": behind_seconds}
    yield Table(
        f"First segment behind {_OTHERS} videos of another person",
        [{**row, "ratio": behind_seconds / idle_seconds}],
    )


def seeks() -> Iterator[Table]:
    """To random places of a long video, right after its first segment."""
    rows: list[Row] = []
    chance = random.Random(4)
    with running_stack() as stack:
        person = somebody(stack)
        for made in [source(kind, LONG_SECONDS) for kind in KINDS]:
            with uploaded(person, made) as (video_id, _):
                watching = Watching(person, video_id)
                watching.wait_for(0)
                seconds = []
                for _ in range(_SEEKS):
                    segment = chance.randrange(1, len(watching.renditions[0]))
                    started = time.perf_counter()
                    watching.wait_for(segment)
                    seconds.append(time.perf_counter() - started)
            rows.append(
                {
                    "source": made.name,
                    "p50_seconds": percentile(seconds, 0.5),
                    "p95_seconds": percentile(seconds, 0.95),
                }
            )
    yield Table(f"{_SEEKS} seeks in a row, each to picture and sound", rows)


def _playable_seconds(person: Person, made: Source, *, alone: bool) -> float:
    if alone:
        return first_segments_seconds(person, made)
    upload = HeldUpload.of(person, made)
    started = upload.complete()
    Watching(person, upload.video_id).wait_for(0)
    seconds = time.perf_counter() - started
    upload.delete()
    return seconds


def _peer_seconds(made: Source) -> float:
    """One ffmpeg that does nothing but the first two seconds, at the same time of the day."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(made.path), "-t", "2", "-vf", "scale=-2:360"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-f", "mpegts", "-y", "/dev/null"]
    started = time.perf_counter()
    subprocess.run(command, check=True, timeout=600)
    return time.perf_counter() - started
