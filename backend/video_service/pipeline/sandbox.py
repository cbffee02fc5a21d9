"""The box around ffmpeg and ffprobe: what they see and what they may use.

Standard library only, so that `just doctor` tries the same box that workers use.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Where a boxed program finds its source.
BOXED_SOURCE = "/in/source"
_BOXED_FOLDER = "/out"
_PROGRAMS = ("ffmpeg", "ffprobe")
#: What stands in front of a program's command line.
WRAPPERS = {"setpriv", "choom", "nice", "prlimit", "bwrap"}
#: Of two processes that the kernel may kill for want of memory, ffmpeg is the better choice.
_OOM_SCORE = 1000
_OPEN_FILES = 256
#: bubblewrap's options for namespaces, strictest first. The first needs version 0.8.
_NAMESPACES = (("--unshare-all", "--unshare-user", "--disable-userns"), ("--unshare-all",))
#: What a dynamically linked program needs. No shell, no interpreter, nobody's data.
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/alternatives", "/etc/ld.so.cache")

#: Without the second, whoever writes Matroska takes a quarter of a second for a random number: ffmpeg then
#: watches the clock until it has seen enough (av_get_random_seed, libavutil/random_seed.c).
_DEVICES = (os.devnull, "/dev/urandom")


@dataclass(frozen=True)
class Limits:
    """What one run may use. Those on memory and single files are the kernel's; those on the folder
    are looked after by the worker."""

    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int
    """Address space (setrlimit(2), RLIMIT_AS)."""
    file_bytes: int
    """Of each file that it writes."""
    output_bytes: int
    """Of all files that lie in its folder at once."""
    output_files: int
    printed_bytes: int
    """On standard output."""


@dataclass(frozen=True)
class Sandbox:
    """How programs are confined."""

    namespaces: tuple[str, ...] | None
    """bubblewrap's options for them; ``None``: no box, plain limits only."""

    @property
    def boxed(self) -> bool:
        return self.namespaces is not None

    def source_path(self, source: Path) -> str:
        """What the program must call its source."""
        return BOXED_SOURCE if self.boxed else str(source)

    def command(
        self, program: str, arguments: Sequence[str], source: Path | None, folder: Path | None,
        limits: Limits, *, niceness: int = 0,
    ) -> list[str]:  # fmt: skip
        """The program's command line with everything that confines it in front. ``source``: the one file
        that it reads, if it does."""
        # Dies with the worker, from the first moment on.
        prefix = _wrapper("setpriv", "--pdeathsig", "KILL")
        prefix += _wrapper("choom", "-n", str(_OOM_SCORE), "--")
        if niceness:
            prefix += ["nice", "-n", str(niceness)]
        prefix += _wrapper(
            "prlimit",
            f"--cpu={limits.cpu_seconds}",
            f"--as={limits.memory_bytes}",
            f"--fsize={limits.file_bytes}",
            f"--nofile={_OPEN_FILES}",
            "--core=0",
        )
        if self.namespaces is not None:
            found = _found(program)
            return [*prefix, *_box(self.namespaces, found, source, folder), f"/bin/{found.name}", *arguments]
        return [*prefix, program, *arguments]


#: No box at all.
PLAIN = Sandbox(None)


def boxes() -> Iterator[Sandbox]:
    """Those that may work here, strictest first."""
    if all(shutil.which(program) for program in ("bwrap", *_PROGRAMS)):
        yield from (Sandbox(namespaces) for namespaces in _NAMESPACES)


def trial(sandbox: Sandbox, folder: Path) -> list[str]:
    """A command that succeeds where the box works: what jobs run, on a file and in a folder. ffprobe needs
    nothing that ffmpeg does not."""
    source = folder / "source"
    source.touch()
    limits = Limits(10, 10, 2 << 30, 1 << 20, 1 << 20, 8, 1 << 20)
    return sandbox.command("ffmpeg", ["-version"], source, folder, limits, niceness=1)


def _box(namespaces: Sequence[str], program: Path, source: Path | None, folder: Path | None) -> list[str]:
    """bubblewrap's arguments: no network, no other process, no other file, no capability, no
    environment, and nothing to write to but the folder. No new session: it gets one of its own from
    outside, whose niceness is known there."""
    box = ["bwrap", *namespaces, "--die-with-parent", "--clearenv", "--cap-drop", "ALL"]
    for library in _LIBRARIES:
        box += ["--ro-bind-try", library, library]
    for name in ("lib", "lib64"):
        if Path("/", name).is_symlink():
            box += ["--symlink", f"usr/{name}", f"/{name}"]
        else:
            box += ["--ro-bind-try", f"/{name}", f"/{name}"]
    box += ["--ro-bind", str(program.resolve()), f"/bin/{program.name}"]
    for device in _DEVICES:
        box += ["--dev-bind", device, device]
    if source is not None:
        box += ["--ro-bind", str(source), BOXED_SOURCE]
    if folder is not None:
        box += ["--bind", str(folder), _BOXED_FOLDER, "--chdir", _BOXED_FOLDER]
    return [*box, "--remount-ro", "/", "--"]


def _found(program: str) -> Path:
    """Raises FileNotFoundError."""
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(program)
    return Path(found)


def _wrapper(program: str, *arguments: str) -> list[str]:
    """Nothing where the program does not exist: it is Linux's, and Playhead runs elsewhere too."""
    return [program, *arguments] if shutil.which(program) else []
