"""Runs ffmpeg and ffprobe on files that may be hostile: boxed, limited, watched, and killed as a group."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

#: Where a boxed program finds its source and writes its output.
BOXED_SOURCE = "/in/source"
_BOXED_FOLDER = "/out"
_LOG_BYTES = 32 * 1024
_LINE_BYTES = 1 << 20
_BULK_NICENESS = 19
log = structlog.get_logger(__name__)


class SandboxUnavailable(Exception):
    """bubblewrap is demanded by the settings but does not work here."""


class ToolFailed(Exception):
    """The program ended with an error or had to be stopped. ``log`` is for operators only."""

    def __init__(self, summary: str, log: str) -> None:
        super().__init__(summary)
        self.log = log


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    wall_seconds: float = 1800
    cpu_seconds: int = 3600
    memory_bytes: int = 8 << 30
    file_bytes: int = 4 << 30


@dataclass(frozen=True)
class Sandbox:
    """How programs are confined: by bubblewrap, or by plain limits only."""

    boxed: bool

    @classmethod
    async def detect(cls, setting: str) -> "Sandbox":
        """``required``, ``auto`` or ``off``. Raises SandboxUnavailable."""
        if setting == "off":
            return cls(boxed=False)
        works = shutil.which("bwrap") is not None and await _succeeds([*_box(None, None), "/usr/bin/true"])
        if not works and setting == "required":
            raise SandboxUnavailable(
                "SANDBOX=required, but bubblewrap does not work here: install it and allow user namespaces"
            )
        if not works:
            log.warning(
                "NO SANDBOX: bubblewrap does not work here, so ffmpeg runs with plain limits only. "
                "Set SANDBOX=required in production."
            )
        return cls(boxed=works)

    def source_path(self, source: Path) -> str:
        """What the program must call its source."""
        return BOXED_SOURCE if self.boxed else str(source)

    def command(
        self,
        program: str,
        arguments: Sequence[str],
        source: Path,
        folder: Path | None,
        limits: Limits,
        bulk: bool,
    ) -> list[str]:
        prefix = [
            "prlimit",
            f"--cpu={limits.cpu_seconds}",
            f"--as={limits.memory_bytes}",
            f"--fsize={limits.file_bytes}",
            "--core=0",
        ]
        if bulk:
            prefix = ["nice", "-n", str(_BULK_NICENESS), *prefix]
        if self.boxed:
            return [*prefix, *_box(source, folder), program, *arguments]
        # Dies with the worker, as a boxed program does.
        alive = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        return [*alive, *prefix, program, *arguments]


@asynccontextmanager
async def _running(
    sandbox: Sandbox, program: str, arguments: Sequence[str], source: Path, folder: Path | None,
    limits: Limits, bulk: bool,
) -> AsyncIterator[asyncio.subprocess.Process]:  # fmt: skip
    """A process of its own session, gone with everything it started when the context ends."""
    process = await asyncio.create_subprocess_exec(
        *sandbox.command(program, arguments, source, folder, limits, bulk),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        cwd=folder,
        start_new_session=True,
        limit=_LINE_BYTES,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("the process was gone before it was killed")
            await process.wait()


async def run_lines(
    sandbox: Sandbox, program: str, arguments: Sequence[str], source: Path,
    on_line: Callable[[str], Awaitable[None] | None],
    *, folder: Path | None = None, limits: Limits | None = None, bulk: bool = False,
) -> None:  # fmt: skip
    """Runs a program and hands over each line it prints. Raises ToolFailed."""
    limits = limits or Limits()
    tail = bytearray()

    async def read_errors(stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(4096):
            tail.extend(piece)
            del tail[:-_LOG_BYTES]

    async with _running(sandbox, program, arguments, source, folder, limits, bulk) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.ensure_future(read_errors(process.stderr))
        try:
            async with asyncio.timeout(limits.wall_seconds):
                async for line in process.stdout:
                    answer = on_line(line.decode(errors="replace").rstrip("\r\n"))
                    if answer is not None:
                        await answer
                await process.wait()
                await errors
        except TimeoutError as error:
            raise ToolFailed(
                f"{program} took longer than {limits.wall_seconds:.0f} s", _text(tail)
            ) from error
        except ValueError as error:
            raise ToolFailed(f"{program} printed an endless line", _text(tail)) from error
        finally:
            errors.cancel()
    if process.returncode:
        raise ToolFailed(f"{program} ended with {process.returncode}", _text(tail))


async def run_ffmpeg(
    sandbox: Sandbox, arguments: Sequence[str], source: Path, folder: Path,
    on_progress: Callable[[], Awaitable[None]], *, bulk: bool,
) -> None:  # fmt: skip
    """Runs ffmpeg in a folder; calls back several times a second while it works. Raises ToolFailed."""

    async def on_line(line: str) -> None:
        # Each report of `-progress` ends with this key (ffmpeg documentation, main options).
        if line.startswith("progress="):
            await on_progress()

    await run_lines(sandbox, "ffmpeg", arguments, source, on_line, folder=folder, bulk=bulk)


def _box(source: Path | None, folder: Path | None) -> list[str]:
    """bubblewrap's arguments: no network, no other file, no capability, no environment."""
    box = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    box += ["--setenv", "PATH", "/usr/bin:/bin", "--cap-drop", "ALL", "--ro-bind", "/usr", "/usr"]
    box += ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
    for name in ("bin", "lib", "lib64"):
        if Path("/", name).is_symlink():
            box += ["--symlink", f"usr/{name}", f"/{name}"]
        else:
            box += ["--ro-bind-try", f"/{name}", f"/{name}"]
    box += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108, inside the box
    if source is not None:
        box += ["--ro-bind", str(source), BOXED_SOURCE]
    if folder is not None:
        box += ["--bind", str(folder), _BOXED_FOLDER, "--chdir", _BOXED_FOLDER]
    return [*box, "--"]


async def _succeeds(command: list[str]) -> bool:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait() == 0


def _text(tail: bytearray) -> str:
    return tail.decode(errors="replace")
