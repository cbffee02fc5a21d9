"""Runs every test: those in a browser beside all others, and in the end those that watch a player, as they
need the machine for themselves. Options go to pytest, each time."""

import os
import subprocess
import sys
import tempfile

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
_STOPS = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR}


def main(options: list[str]) -> int:
    with tempfile.TemporaryFile() as said:
        with _pytest([*_BROWSER, *options], _BROWSER_PORTS, said.fileno()) as browser:
            ended = [_pytest([*_TESTS, *options]).wait(), browser.wait()]
        said.seek(0)
        sys.stdout.write(said.read().decode(errors="replace"))
        sys.stdout.flush()
    if not _STOPS & set(ended):
        ended.append(_pytest([*_ALONE, *options]).wait())
    # Options may choose tests of one part only; of none is a mistake.
    failed = set(ended) - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return max(failed) if failed else min(ended)


def _pytest(
    arguments: list[str], more: dict[str, str] | None = None, said: int | None = None
) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, **(more or {})}
    # What is made of each file at its first import takes seconds in all, for each of a hundred processes.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, env=environment, stdout=said, stderr=said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
