"""The services, each as a process of its own that is forked from one that has loaded their packages.

To load them takes a service a second and a half of a processor, and the tests start a hundred. From there on
it is the program that a person starts; ``test_dev`` starts them as a person does.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tools.processes import ROOT, die_with

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["gateway.__main__", "gateway.app", "video_service.__main__", "video_service.app", "video_service.worker"]
)


class Service:
    """``python -m gateway serve`` or another, running; to be waited for and signalled like a
    :class:`subprocess.Popen`."""

    def __init__(self, program: str, command: str, environment: Mapping[str, str], log: Path) -> None:
        log.touch()
        # Daemonic: it is ended with the tests, however these end.
        self._process = _CONTEXT.Process(
            target=_run, args=(program, command, dict(environment), log), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None, "it was started"
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while it runs."""
        return self._process.exitcode

    def send_signal(self, sent: signal.Signals) -> None:
        """Nothing happens where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sent)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> int:
        """Raises :class:`subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code


def _run(program: str, command: str, environment: dict[str, str], log: Path) -> None:
    """In the new process."""
    os.setsid()
    for descriptor in map(int, os.listdir("/dev/fd")):
        # What multiprocessing handed over is not for the programs that a service starts.
        with suppress(OSError):  # the one that listed them
            os.set_inheritable(descriptor, descriptor <= sys.stderr.fileno())
    ends_with_parent = die_with(os.getppid())
    if ends_with_parent:
        ends_with_parent()
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [program, command]
    sys.exit(importlib.import_module(f"{program}.__main__").main())
