"""Real recordings in Chromium and in Firefox, as a table: `python -m tests.benchmarks.playback`.

For each: whether the picture is upright and how far its colours are from the source's, how fifty jumps
went, what was dropped, and what a viewer on a line of 1.5 Mb/s saw who came while it was processed.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

from e2e.conftest import RECORDINGS, launch_browser
from e2e.firefox import running_firefox
from e2e.line import Line, open_line
from e2e.player import Page, Player
from tests.support.stack import Person, Stack, running_stack
from tools.bootstrap import find_firefox

#: Whether its colours may be compared with those that ffmpeg decodes: those of HDR are mapped to others.
SDR, HDR = True, False
PLAYED = {
    "bikes-10s.mp4": SDR,
    "h264-360p-vfr-17s.mp4": SDR,
    "rotated-and-mirrored.mp4": SDR,
    "phone-portrait-4k60-rot90.mp4": SDR,
    "phone-hevc-hlg10-rot90-editlist.mp4": HDR,
    "hdr10-hevc-1080p.mp4": HDR,
    "hdr10-av1-portrait.mp4": HDR,
}
COLUMNS = (
    "recording", "browser", "1.5 Mb/s while processed", "stood still, ms", "dropped/decoded",
    "jumps while processed, median/most ms", "stands, likeness", "colours off", "jumps when ready, ms",
)  # fmt: skip
TILES = 32
SLOW_BPS = 1_500_000
JUMPS = 50


def decoded(recording: Path, seconds: float) -> NDArray[np.float64]:
    """The picture at a time as mean colours of tiles, upright, as ffmpeg decodes it."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(recording), "-vf"]
    command += [f"select=gte(t-start_t\\,{seconds - 0.001}),scale={TILES}:{TILES}:flags=area,format=rgb24"]
    command += ["-frames:v", "1", "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    return np.frombuffer(done.stdout, np.uint8).reshape(TILES, TILES, 3).astype(float)


def likeness(seen: NDArray[np.float64], meant: NDArray[np.float64]) -> float:
    """Correlation of brightness: 1 for the same picture, whatever its tones were mapped to."""
    return float(np.corrcoef(seen.mean(2).ravel(), meant.mean(2).ravel())[0, 1])


def turn_seen(seen: NDArray[np.float64], meant: NDArray[np.float64]) -> str:
    """How the picture stands compared with what is meant: the turn of eight that is most like it."""
    turns = {
        f"{90 * quarter}{' mirrored' if mirrored else ''}": np.rot90(
            meant[:, ::-1] if mirrored else meant, quarter
        )
        for mirrored in (False, True)
        for quarter in range(4)
    }
    best = max(turns, key=lambda name: likeness(seen, turns[name]))
    return "upright" if best == "0" else best


def open_video(page: Page, stack: Stack, video_id: str) -> Player:
    page.goto(f"{stack.gateway_url}/videos/{video_id}")
    player = Player(page)
    player.wait_until_there()
    return player


def jumps_milliseconds(player: Player, count: int = JUMPS) -> list[float]:
    """How long each jump took until its picture was there. Raises what the player says where none came."""
    whither = random.Random(1)
    last_seconds = player.duration_seconds() - 0.2
    took = []
    for _ in range(count):
        began = time.perf_counter()
        player.seek(whither.uniform(0, last_seconds))
        took.append(1000 * (time.perf_counter() - began))
    return took


def rows(page: Page, stack: Stack, line: Line, recording: Path, is_sdr: bool) -> Iterator[str]:
    """The columns of one recording in one browser."""
    person = Person(stack, "Bench")
    video_id = person.upload(recording)
    person.wait_for(video_id, "playable", seconds=300)
    line.down_bps = SLOW_BPS
    viewing = open_video(page, stack, video_id).watch(12, timeout_seconds=120)
    line.down_bps = None
    stalls = ", ".join(f"{seconds:.2f} s" for seconds in viewing.stalls_seconds)
    stalled = f"{len(viewing.stalls_seconds)} stalls{f' (at {stalls})' if stalls else ''}"
    yield f"{stalled}, {len(viewing.errors)} errors, {len(viewing.holes)} holes"
    yield f"{1000 * viewing.standing_seconds:.0f}"
    yield f"{viewing.dropped}/{viewing.decoded}"
    early = jumps_milliseconds(open_video(page, stack, video_id))
    yield f"{statistics.median(early):.0f}/{max(early):.0f} ({person.video(video_id)['state']})"
    person.wait_for(video_id, "ready", seconds=900)
    player = open_video(page, stack, video_id)
    at_seconds = min(1.0, player.duration_seconds() / 2)
    player.switch_to(player.heights()[-1])
    shown = player.seek(at_seconds)
    seen, meant = player.tiles(TILES, TILES), decoded(recording, shown.seconds)
    off = np.abs(seen - meant).mean()
    yield f"{turn_seen(seen, meant)} {likeness(seen, meant):.3f}"
    yield f"{off:.1f}" if is_sdr else "HDR"
    late = jumps_milliseconds(player)
    yield f"{statistics.median(late):.0f}/{max(late):.0f}"
    person.http.delete(f"/api/videos/{video_id}")


def main() -> int:
    if not RECORDINGS.is_dir():
        print(f"The recordings are not at {RECORDINGS}.", file=sys.stderr)
        return 1
    executable = find_firefox()
    assert executable, "no Firefox found"
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    with ExitStack() as opened:
        line = opened.enter_context(open_line())
        stack = opened.enter_context(running_stack(VIDEO_PUBLIC_URL=line.url))
        line.target_port = int(stack.video_url.rpartition(":")[2])
        chromium = launch_browser(opened.enter_context(sync_playwright()))
        opened.callback(chromium.close)
        firefox = opened.enter_context(running_firefox(executable))
        for name, is_sdr in PLAYED.items():
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            pages: dict[str, Page] = {"Chromium": chromium.new_page(), "Firefox": firefox.new_page()}
            for browser, page in pages.items():
                columns = rows(page, stack, line, RECORDINGS / name, is_sdr)
                print(f"| {name} | {browser} | {' | '.join(columns)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
