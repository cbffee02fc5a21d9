"""Runs every test: several files at a time, and then those in a browser, which need the machine for
themselves. Options go to pytest, both times."""

import os
import subprocess
import sys

import pytest

#: More would wait for each other's ffmpeg.
_MOST_AT_A_TIME = 4


def main(options: list[str]) -> int:
    at_a_time = min(_MOST_AT_A_TIME, os.cpu_count() or 1)
    together = _pytest(["tests", f"--numprocesses={at_a_time}", "--dist=loadfile", *options])
    if together in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
        return together
    in_browser = _pytest(["e2e", *options])
    # Options may choose tests of one kind only; of neither kind is a mistake.
    failed = {together, in_browser} - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if failed:
        return max(failed)
    return min(together, in_browser)


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
