"""Runs ffmpeg and ffprobe on files that may be hostile: confined, limited, watched, killed as a group."""

import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import structlog

from video_service.pipeline.outbox import used
from video_service.pipeline.precedence import PRECEDENCE, Need
from video_service.pipeline.sandbox import PLAIN, Limits, Sandbox, boxes, trial

_LOG_BYTES = 32 * 1024
_LINE_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
#: strerror(3) at the end of a line, which does not begin like those in which a source speaks of itself.
_NO_ROOM = re.compile(r"^\S.*: (?:No space left on device|Disk quota exceeded)$", re.MULTILINE)
_LITTLE_ROOM_BYTES = 64 << 20
#: How often a running program's folder is looked at.
_WATCH_SECONDS = 0.25
#: Linux lets who is not root set the niceness of a session ten times a second, all together.
_AUTOGROUP_TRIES = 20
_AUTOGROUP_SECONDS = 0.1
#: What stands still for longer was stopped, with all that is timed here.
_STALL_SECONDS = 2.0
#: A box ends with this and the number of the signal by which a program in it ended, as shells do.
_SIGNALS = 128
log = structlog.get_logger(__name__)


class SandboxUnavailable(Exception):
    """bubblewrap is demanded by the settings but does not work here."""


class ToolFailed(Exception):
    """The program ended with an error or had to be stopped. ``log`` is for operators only."""

    def __init__(self, summary: str, log: str, exit_status: int | None = None) -> None:
        super().__init__(summary)
        self.log, self.exit_status = log, exit_status

    @property
    def was_stopped(self) -> bool:
        """By a signal, or before it began: the source may be to blame, or who else takes memory here."""
        status = self.exit_status or 0
        return status < 0 or status > _SIGNALS or self.log.startswith("bwrap: ")


class Outage(Exception):
    """There was no room to write, or all stood still. Nothing is wrong with the source, and outages end."""


class LimitExceeded(ToolFailed):
    """It used more than it may, by our own watch; the kernel's limits end it with an error."""


async def detect_sandbox(setting: str) -> Sandbox:
    """``required``, ``auto`` or ``off``: the strictest box that works. Raises SandboxUnavailable."""
    if setting != "off":
        for sandbox in boxes():
            if await _works(sandbox):
                return sandbox
    if setting == "required":
        raise SandboxUnavailable(
            "SANDBOX=required, but bubblewrap cannot confine ffmpeg here: install bubblewrap and allow user "
            "namespaces, or accept plain limits with SANDBOX=auto (docs/operations.md says what is lost)"
        )
    log.warning(
        "NO SANDBOX: ffmpeg reads strangers' files with plain limits only, and with this user's sight of "
        "files and network. Set SANDBOX=required where anybody else uploads.",
        setting=setting,
    )
    return PLAIN


async def _works(sandbox: Sandbox) -> bool:
    with tempfile.TemporaryDirectory(prefix="playhead-trial-") as folder:
        process = await asyncio.create_subprocess_exec(
            *trial(sandbox, Path(folder)), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
    if process.returncode:
        log.warning("this box does not work here", box=sandbox.namespaces, error=_text(errors[-500:]))
    return process.returncode == 0


@asynccontextmanager
async def _running(
    command: Sequence[str], folder: Path | None, niceness: int, *, fed: bool
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own session, gone with everything it started when the context ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if fed else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        cwd=folder,
        start_new_session=True,
    )
    try:
        if niceness:
            await _make_way(process.pid, niceness)
        yield process
    finally:
        _kill(process)
        # asyncio does not see the end of a process while what it printed waits to be read.
        for stream in (process.stdout, process.stderr):
            while stream is not None and await stream.read(_PIECE_BYTES):
                continue
        await process.wait()


async def _make_way(pid: int, niceness: int) -> None:
    """Linux shares a processor between sessions evenly, however nice their processes are, unless the
    session's own file says otherwise (sched(7), the autogroup feature)."""
    file = Path(f"/proc/{pid}/autogroup")
    for _ in range(_AUTOGROUP_TRIES):
        try:
            await asyncio.to_thread(file.write_text, str(niceness))
        except BlockingIOError:
            await asyncio.sleep(_AUTOGROUP_SECONDS)
        except OSError as error:
            # No such feature, no right to use it, or the process is over already.
            log.debug("a session's niceness was not set", error=str(error))
            return
        else:
            return


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("the process was gone before it was killed")


@asynccontextmanager
async def _fed(
    process: asyncio.subprocess.Process, pieces: AsyncGenerator[bytes, None] | None, *, tastes: bool
) -> AsyncIterator[None]:
    """Feeds a program as long as the context lasts. Raises what reading the pieces raises, and ToolFailed
    where it ended well before its input did, but if it only ``tastes`` that."""
    if pieces is None:
        yield
        return
    feeding = asyncio.ensure_future(_feed(process, pieces))
    try:
        yield
    finally:
        feeding.cancel()
        await asyncio.wait({feeding})
        if not feeding.cancelled() and (broken := feeding.exception()) is not None:
            raise broken
    if not tastes and (feeding.cancelled() or not feeding.result()):
        raise ToolFailed("the program ended before its input did", "")


async def _feed(process: asyncio.subprocess.Process, pieces: AsyncGenerator[bytes, None]) -> bool:
    """Kills a program whose input breaks off. False where it did not want all of it."""
    assert process.stdin is not None
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                process.stdin.write(piece)
                await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        return False
    except BaseException:
        _kill(process)
        raise
    return True


class _Run:
    """One run of a program: what it prints, what it complains of, and which limit it broke."""

    def __init__(self, program: str, limits: Limits, folder: Path | None) -> None:
        self._program, self._limits, self._folder = program, limits, folder
        self._complaints = bytearray()
        self._least_room_bytes = _LITTLE_ROOM_BYTES

    async def lines(self, stream: asyncio.StreamReader) -> AsyncIterator[list[str]]:
        """As many at once as have arrived: there may be millions."""
        rest, printed = b"", 0
        while piece := await stream.read(_PIECE_BYTES):
            printed += len(piece)
            *whole, rest = (rest + piece).split(b"\n")
            if printed > self._limits.printed_bytes or len(rest) > _LINE_BYTES:
                raise self.exceeded("printed too much")
            if whole:
                yield b"\n".join(whole).decode(errors="replace").split("\n")
        if rest:
            yield [rest.decode(errors="replace")]

    async def complaints(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(_PIECE_BYTES):
            self._complaints += piece
            del self._complaints[:-_LOG_BYTES]

    async def watch(self, process: asyncio.subprocess.Process) -> None:
        """Kills a program whose folder holds too much."""
        while True:
            if await self._wrote_too_much():
                _kill(process)
                return
            await asyncio.sleep(_WATCH_SECONDS)

    async def check(self, returncode: int | None) -> str:
        """Raises ToolFailed unless all went well. What it wrote is counted a last time.

        Returns the end of its complaints.
        """
        if await self._wrote_too_much():
            raise self.exceeded("wrote too much")
        said = _text(self._complaints)
        # Of what fits until the very end, some muxers complain and end with 0.
        folder = self._folder
        lacked_room = folder is not None and _NO_ROOM.search(said) is not None
        if lacked_room and self._least_room_bytes < _LITTLE_ROOM_BYTES:
            raise Outage(f"{self._program}: no space left on the device")
        if returncode or lacked_room:
            summary = f"{self._program} ended with {returncode}"
            raise ToolFailed(summary, said, returncode)
        return said

    async def _wrote_too_much(self) -> bool:
        if self._folder is None:
            return False
        limits = self._limits
        found = await asyncio.to_thread(used, self._folder, limits.output_files)
        # What a source made a program say is not believed alone, and others may make room before it ends.
        room = await asyncio.to_thread(shutil.disk_usage, self._folder)
        self._least_room_bytes = min(self._least_room_bytes, room.free)
        return found.files > limits.output_files or found.size_bytes > limits.output_bytes

    def exceeded(self, what: str) -> LimitExceeded:
        return LimitExceeded(f"{self._program} {what}", _text(self._complaints))


async def run_lines(
    sandbox: Sandbox, program: str, arguments: Sequence[str], source: Path | None,
    on_lines: Callable[[list[str]], Awaitable[None] | None],
    *, limits: Limits, folder: Path | None = None, niceness: int = 0,
    feed: AsyncGenerator[bytes, None] | None = None, tastes: bool = False,
    need: Need | None = None,
) -> str:  # fmt: skip
    """Runs a program and hands over the lines it prints as they come. Raises ToolFailed.

    One that is nice gets less of the processor, and stands still while one that is not runs beside it; so
    does one of a less urgent job. ``need`` says otherwise. ``feed``: its standard input; what reading that
    raises is raised here. ``tastes``: whether it may end before that does.
    Returns the end of its complaints.
    """
    run = _Run(program, limits, folder)
    command = sandbox.command(program, arguments, source, folder, limits, niceness=niceness)
    async with (
        _running(command, folder, niceness, fed=feed is not None) as process,
        _fed(process, feed, tastes=tastes),
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        complaining = asyncio.ensure_future(run.complaints(process.stderr))
        watching = asyncio.ensure_future(run.watch(process))
        try:
            async with asyncio.timeout(limits.wall_seconds) as deadline:
                with PRECEDENCE.running(process.pid, deadline, need or Need(niceness)):
                    async for lines in run.lines(process.stdout):
                        answer = on_lines(lines)
                        if answer is not None:
                            await answer
                    await process.wait()
                    await complaining
        except TimeoutError as error:
            due = deadline.when()
            if due is not None and asyncio.get_running_loop().time() - due > _STALL_SECONDS:
                # The program may have ended long ago.
                raise Outage(f"{program}: nobody could look after it in time") from error
            raise run.exceeded(f"took longer than {limits.wall_seconds:.0f} s") from error
        finally:
            complaining.cancel()
            watching.cancel()
            await asyncio.wait({complaining, watching})
        return await run.check(process.returncode)


async def run_ffmpeg(
    sandbox: Sandbox, arguments: Sequence[str], source: Path | None, folder: Path,
    on_progress: Callable[[], Awaitable[None]] | None = None,
    *, limits: Limits, niceness: int = 0,
    feed: AsyncGenerator[bytes, None] | None = None, tastes: bool = False,
    need: Need | None = None,
) -> str:  # fmt: skip
    """Runs ffmpeg in a folder; calls back several times a second while it works, if there is anything to
    tell in between. Raises ToolFailed.

    Returns the end of its complaints.
    """

    async def on_lines(lines: list[str]) -> None:
        # Each report of `-progress` ends with this key (ffmpeg documentation, main options).
        if on_progress is not None and any(line.startswith("progress=") for line in lines):
            await on_progress()

    return await run_lines(
        sandbox, "ffmpeg", arguments, source, on_lines,
        limits=limits, folder=folder, niceness=niceness, feed=feed, tastes=tastes, need=need,
    )  # fmt: skip


def _text(tail: bytes | bytearray) -> str:
    return tail.decode(errors="replace")
