"""Workers that are killed, stand still and are stopped in the middle of a video."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack, running_stack
from tools.processes import ROOT

#: Generous: the machine may be busy with other tests.
_SECONDS = 90.0


def until(condition: Callable[[], bool], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)


def segments(stack: Stack, video_id: str) -> dict[str, tuple[int, int]]:
    """Which file each published segment is, and when it was last written."""
    folder = stack.data / "objects" / "videos" / video_id
    found = {}
    for path in folder.glob("*/*/*.ts"):
        stat = path.stat()
        found[f"{path.parent.name}/{path.name}"] = (stat.st_ino, stat.st_mtime_ns)
    return found


def made_in_vain(stack: Stack, pid: int, published: dict[str, tuple[int, int]]) -> dict[str, int]:
    """How many whole segments of each rendition a worker has made that were not published. Of sound there are
    several in no time, which costs none."""
    made: dict[str, int] = {}
    for path in (stack.data / "scratch").glob(f"{pid}-*/*/v*/*.ts"):
        if f"{path.parent.name}/{path.name}" not in published:
            made[path.parent.name] = made.get(path.parent.name, 0) + 1
    return made


def folders(scratch: Path) -> set[Path]:
    return {path for path in scratch.iterdir() if path.is_dir()} if scratch.exists() else set()


def signal_everything_of(worker: int, sent: signal.Signals) -> None:
    """The worker and what it started."""
    started = psutil.Process(worker)
    for process in [started, *started.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it ended while we looked
            process.send_signal(sent)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "source.mp4"
    return barcode_clip(path, seconds=10, codec="mpeg4", size=(640, 360))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


@pytest.mark.parametrize("fall", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP], ids=lambda fall: fall.name)
def test_another_worker_goes_on_where_one_fell(stack: Stack, source: Path, fall: signal.Signals) -> None:
    first, second = f"first-{fall.name}", f"second-{fall.name}"
    stack.launch(first, "worker")
    pid = stack.processes[first].pid
    ada = Person(stack, "Ada")
    video_id = ada.upload(source)
    until(lambda: len(segments(stack, video_id)) >= 2, lambda: stack.log_tail(first))
    if fall is signal.SIGSTOP:
        signal_everything_of(pid, fall)
    else:
        stack.kill(first, fall)
    before = segments(stack, video_id)
    assert all(count <= 1 for count in made_in_vain(stack, pid, before).values())
    stack.launch(second, "worker")
    ready = ada.wait_for(video_id, "ready", _SECONDS)
    assert ready["warnings"] == []
    after = segments(stack, video_id)
    assert after.items() >= before.items(), "what was published is never written again"
    if fall is signal.SIGSTOP:
        signal_everything_of(pid, signal.SIGCONT)
        # Its programs went on too, and end, or are ended when it finds that its job is lost.
        until(lambda: not psutil.Process(pid).children(), lambda: stack.log_tail(first))
        stack.kill(first, signal.SIGTERM)
        assert segments(stack, video_id) == after
        told = ada.video(video_id)
        assert all(told[name] == ready[name] for name in ("state", "progress", "renditions", "warnings"))
    stack.kill(second, signal.SIGTERM)


def test_what_a_dead_worker_left_behind_ends_with_the_next(stack: Stack, tmp_path: Path) -> None:
    scratch = stack.data / "scratch"
    stack.launch("dead", "worker")
    pid = stack.processes["dead"].pid

    def made() -> list[Path]:
        return [folder for folder in folders(scratch) if folder.name.startswith(f"{pid}-")]

    until(lambda: bool(made()), lambda: stack.log_tail("dead"))
    stack.kill("dead")
    [own] = made()
    job = own / "job"
    job.mkdir()
    there = subprocess.Popen(["sleep", "60"], cwd=job)
    box = tmp_path / "bwrap"
    box.symlink_to(Path(sys.executable).resolve())
    told = subprocess.Popen([box, "-c", "import time; time.sleep(60)", "--bind", job], cwd="/")
    for left in (there, told):
        left.send_signal(signal.SIGSTOP)
    stack.launch("next", "worker")
    for left in (there, told):
        assert left.wait(timeout=_SECONDS) == -signal.SIGKILL
    until(lambda: not own.exists(), lambda: stack.log_tail("next"))
    stack.kill("next", signal.SIGTERM)
    assert list(scratch.iterdir()) == []


#: A host's name and processes' numbers of its own. Root needs no users of its own for that, and would lose
#: its way to PostgreSQL's socket.
CONTAINER = ("unshare", *(["-r"] if os.geteuid() else []), "-upf", "--mount-proc", "--kill-child")
_NAMED_WORKER = """
import runpy, socket, sys
socket.sethostname(sys.argv.pop(1))
runpy.run_module("video_service", run_name="__main__")
"""


class ContainedWorker:
    """Ready for work, in a container of that name."""

    def __init__(self, stack: Stack, host: str, log: Path) -> None:
        command = [*CONTAINER, sys.executable, "-c", _NAMED_WORKER, host, "worker"]
        environment = {**stack.environment, "SANDBOX": "off"}
        with log.open("wb") as said:
            self._container = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        try:
            until(lambda: "worker ready" in log.read_text() or self._has_ended(), log.read_text)
            assert not self._has_ended(), log.read_text()
        except BaseException:
            self.clear_away()
            raise

    def _has_ended(self) -> bool:
        return self._container.poll() is not None

    def end(self, sent: signal.Signals) -> None:
        [worker] = psutil.Process(self._container.pid).children()
        worker.send_signal(sent)
        self._container.wait(timeout=_SECONDS)

    def clear_away(self) -> None:
        self._container.kill()
        self._container.wait()


def _may_contain() -> bool:
    return bool(shutil.which("unshare")) and subprocess.run([*CONTAINER, "true"], check=False).returncode == 0


@pytest.mark.skipif(not _may_contain(), reason="no namespaces here")
def test_workers_in_containers_clear_away_what_the_dead_left_and_nothing_else(
    stack: Stack, tmp_path: Path
) -> None:
    """In each, the worker is process 1; some have one name, and who is started anew has another."""
    scratch = stack.data / "scratch"
    old, recent = scratch / "elsewhere-1", scratch / "elsewhere-2"  # as they were made without locks
    for folder in (old, recent):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    with ExitStack() as running:

        def worker(name: str, host: str) -> ContainedWorker:
            started = ContainedWorker(stack, host, tmp_path / name)
            running.callback(started.clear_away)
            return started

        first = worker("first", "twin")
        [dead] = folders(scratch) - {old, recent}
        second = worker("second", "twin")
        [alive] = folders(scratch) - {old, recent, dead}
        for folder in (dead, alive):
            (folder / "half-made").touch()
        first.end(signal.SIGKILL)
        assert (dead / "half-made").exists()
        third = worker("third", "another")
        assert not dead.exists()
        assert (alive / "half-made").exists()
        for one in (second, third):
            one.end(signal.SIGTERM)
    assert list(scratch.iterdir()) == [recent]
    recent.rmdir()


def unfinished(stack: Stack, pid: int, rendition: str) -> list[Path]:
    """Where a worker makes segments of a rendition."""
    return [*(stack.data / "scratch").glob(f"{pid}-*/*/{rendition}")]


@pytest.mark.parametrize("falls", ["worker", "bulk-worker"])
def test_a_worker_loses_one_segment_of_a_ladder_at_most(stack: Stack, tmp_path: Path, falls: str) -> None:
    """Two make a ladder at the same time, each one segment of it."""
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=30, codec="mpeg4", size=(1280, 720))
    ada = Person(stack, "Ada")
    names = {f"{kind}-{falls}": kind for kind in ("worker", "bulk-worker")}
    for name, kind in names.items():
        stack.launch(name, kind)
    pids = {kind: stack.processes[name].pid for name, kind in names.items()}
    video_id = ada.upload(clip)

    def makes_one_each() -> bool:
        places = [unfinished(stack, pid, "v720") for pid in pids.values()]
        assert max(map(len, places)) <= 1
        return all(places)

    until(makes_one_each, lambda: f"{ada.video(video_id)} {stack.log_tail(f'worker-{falls}')}")
    stack.kill(f"{falls}-{falls}")
    before = segments(stack, video_id)
    assert all(count <= 1 for count in made_in_vain(stack, pids[falls], before).values())
    stack.launch(f"{falls}-{falls}", falls)
    ready = ada.wait_for(video_id, "ready", _SECONDS)
    assert ready["warnings"] == []
    assert segments(stack, video_id).items() >= before.items(), "what was published is never written again"
    for name in names:
        stack.kill(name, signal.SIGTERM)
