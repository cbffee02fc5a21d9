"""Runs every test: those in a browser beside all others, and in the end those that watch a player, for which
all others make way. Options go to pytest, each time."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

import psutil
import pytest

#: As many as there are cores, beside the browser: each waits now and then, for a program that starts or for
#: a page. More would wait for each other's ffmpeg.
_AT_A_TIME = min(4, os.cpu_count() or 1)
#: In the order of their names, which puts the quick units last: they fill what is left of the time.
_TESTS = ["tests", f"--numprocesses={_AT_A_TIME}", "--dist=loadfile", "--no-loadscope-reorder"]
_BROWSER = ["e2e", "-m", "not alone"]
_ALONE = ["e2e", "-m", "alone"]
#: Beyond the ports of those that run beside it.
_BROWSER_PORTS = {"TESTS_FIRST_PORT": "29600"}
#: The browser is one process after the other, so it is what is waited for in the end.
_NICENESS_BESIDE_BROWSER = 5
_STOPS = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR}


def main(options: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="playhead-tests-") as folder, tempfile.TemporaryFile() as said:
        # A pytest that starts closes the folder that they would share to other users, and for root PostgreSQL
        # runs as one.
        base = [f"--basetemp={folder}/{name}" for name in ("tests", "browser", "alone")]
        with _running([*_TESTS, base[0], *options], niceness=_NICENESS_BESIDE_BROWSER) as tests:
            ended = [_in_browser([*_BROWSER, base[1], *options], said)]
            if not _STOPS & set(ended):
                make_way(tests.pid)
                ended.append(_in_browser([*_ALONE, base[2], *options], said))
            ended.append(tests.wait())
        said.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(said, sys.stdout.buffer)
    # Options may choose tests of one part only; of none is a mistake.
    failed = set(ended) - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return max(failed) if failed else min(ended)


def make_way(pid: int) -> None:
    """A process, and what it has started, runs from now on only while a processor has nothing else to do
    (sched(7), SCHED_IDLE). Linux only."""
    if sys.platform != "linux":
        return
    done: set[int] = set()
    while threads := set(_threads(pid)) - done:  # until none was started meanwhile
        for thread in threads:
            with suppress(ProcessLookupError):  # it ended while we looked
                os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
        done |= threads


def _threads(pid: int) -> Iterator[int]:
    with suppress(psutil.NoSuchProcess):
        started = psutil.Process(pid)
        for process in [started, *started.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                yield from (thread.id for thread in process.threads())


def _in_browser(arguments: list[str], said: IO[bytes]) -> int:
    with _running(arguments, more=_BROWSER_PORTS, said=said.fileno()) as browser:
        return browser.wait()


@contextmanager
def _running(
    arguments: list[str], *, niceness: int = 0, more: dict[str, str] | None = None, said: int | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {**os.environ, **(more or {})}
    # What is made of each file at its first import takes seconds in all, for each of a hundred processes.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=said, stderr=said, preexec_fn=lambda: os.nice(niceness)
    ) as process:
        yield process


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
