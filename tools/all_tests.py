"""Runs every test, several files at a time; those that watch a player at the end, as they need the machine
for themselves. Options go to pytest, each time."""

import os
import subprocess
import sys

import pytest

#: One more than there are cores: each waits now and then, for a program that starts or for a browser. More
#: would wait for each other's ffmpeg.
_AT_A_TIME = min(4, (os.cpu_count() or 1) + 1)
_BY_FILE = ("--dist=loadfile", "--no-loadscope-reorder")
_PARTS = (
    # In the order of their names, which puts the quick units last: they fill what is left of the time.
    ["tests", f"--numprocesses={_AT_A_TIME}", *_BY_FILE],
    ["e2e", "-m", "not alone", f"--numprocesses={min(2, _AT_A_TIME)}", *_BY_FILE],
    ["e2e", "-m", "alone"],
)


def main(options: list[str]) -> int:
    ended = []
    for part in _PARTS:
        ended.append(_pytest([*part, *options]))
        if ended[-1] in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
            return ended[-1]
    # Options may choose tests of one part only; of none is a mistake.
    failed = set(ended) - {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return max(failed) if failed else min(ended)


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
