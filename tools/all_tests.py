"""Runs every test: those in a browser beside all others, and of these last the ones that watch a player, when
little else is left to run. Options go to pytest, each time."""

import os
import shutil
import subprocess
import sys
import tempfile
from typing import IO

import pytest

#: As many as there are cores, beside the browser: each waits now and then, for a program that starts or for
#: a page. More would wait for each other's ffmpeg.
_AT_A_TIME = min(4, os.cpu_count() or 1)
#: Of the whole product, but without a browser.
_BY_CURL = ["e2e/test_api.py", "e2e/test_recovery.py"]
#: In the order of their names, which puts the quick units last: they are beside the players.
_TESTS = [*_BY_CURL, "tests", f"--numprocesses={_AT_A_TIME}", "--dist=loadfile", "--no-loadscope-reorder"]
_BROWSER = ["e2e", "-m", "not alone", *(f"--ignore={path}" for path in _BY_CURL)]
_ALONE = ["e2e", "-m", "alone"]
#: Beyond the ports of those that run beside it.
_BROWSER_PORTS = {"TESTS_FIRST_PORT": "26000"}
_STOPS = {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR}


def main(options: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="playhead-tests-") as folder, tempfile.TemporaryFile() as said:
        # A pytest that starts closes the folder that they would share to other users, and for root PostgreSQL
        # runs as one.
        base = [f"--basetemp={folder}/{name}" for name in ("tests", "browser", "alone")]
        with _pytest([*_TESTS, base[0], *options]) as tests:
            ended = [_in_browser([*_BROWSER, base[1], *options], said)]
            if not _STOPS & set(ended):
                ended.append(_in_browser([*_ALONE, base[2], *options], said))
            ended.append(tests.wait())
        said.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(said, sys.stdout.buffer)
    # Options may choose tests of one part only; of none is a mistake.
    failed = set(ended) - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return max(failed) if failed else min(ended)


def _in_browser(arguments: list[str], said: IO[bytes]) -> int:
    with _pytest(arguments, _BROWSER_PORTS, said.fileno()) as browser:
        return browser.wait()


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
