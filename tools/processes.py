"""Child processes of `just dev`: each its own group, its lines marked with its name, none left behind."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
#: prctl(2): the signal that the kernel sends when the parent dies, however it dies.
_PR_SET_PDEATHSIG = 1
_COLOURS = (36, 33, 35, 32, 34, 31)
_NAME_WIDTH = 8


class Child:
    """A running service. Made by :meth:`start`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, output: asyncio.Task[None]) -> None:
        self.name = name
        self._process = process
        self._output = output

    @classmethod
    async def start(
        cls, name: str, command: Sequence[str], environment: dict[str, str], colour: int, cwd: Path = ROOT
    ) -> "Child":
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which knows the order
            preexec_fn=die_with(os.getpid()),
        )
        return cls(name, process, asyncio.create_task(_print_lines(name, colour, process.stdout)))

    async def wait(self) -> int:
        """The exit code, once everything it said is printed; negative for a signal."""
        code = await self._process.wait()
        await asyncio.wait([self._output], timeout=1)
        return code

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def stop(self, patience_seconds: float) -> None:
        """Asks it to end, and ends it and all that it started when it does not in time."""
        family = self._family()
        if self.running:
            self._process.terminate()
            try:
                await asyncio.wait_for(self.wait(), patience_seconds)
            except TimeoutError:
                print(f"playhead: {self.name} did not stop in time and is killed", file=sys.stderr)
        for survivor in family:
            if survivor.is_running():  # compares start times, so never a recycled number
                survivor.kill()
        if self.running:
            await self.wait()

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)] if self.running else []
        except psutil.NoSuchProcess:
            return []


def die_with(parent: int) -> Callable[[], None] | None:
    """For ``preexec_fn``: the child gets SIGTERM when its parent is gone, even by kill -9. Linux only."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: afterwards only simple calls are safe

    def request() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return request


async def run_once(command: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    """Runs a command to its end; its exit code and everything it printed. Cancelled, it ends it."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
        raise
    return await process.wait(), output.decode(errors="replace").rstrip()


async def _print_lines(name: str, colour: int, stream: asyncio.StreamReader | None) -> None:
    assert stream is not None, "the child was started with a pipe"
    mark = f"{name:<{_NAME_WIDTH}} | "
    if sys.stdout.isatty():
        mark = f"\x1b[{_COLOURS[colour % len(_COLOURS)]}m{mark}\x1b[0m"
    rest = b""
    while data := await stream.read(65536):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            _write(mark, line)
    if rest:
        _write(mark, rest)


def _write(mark: str, line: bytes) -> None:
    try:
        print(f"{mark}{line.decode(errors='replace')}", flush=True)
    except BrokenPipeError:  # nobody reads us any more (`just dev | head`): go on, and stop as asked
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115, for the rest of the program
