"""Installs what Playhead needs, with nothing but Python, Node and git there at the beginning.

``python3 tools/bootstrap.py [--with-browser]`` makes ``.venv`` from the lock file, ``node_modules``
from its own, and adds the missing programs (FFmpeg, bubblewrap, for the tests Chromium, Firefox, mpv and
GStreamer) through apt-get or Homebrew. What is already there costs nothing: a stamp remembers each lock
file's hash.

Standard library only, and syntax that an old Python can parse, so that it can say it is too old.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON_MINIMUM = (3, 11)
NODE_MINIMUM = (20, 19)
CHROMIUMS = ("chromium", "google-chrome")
FIREFOXES = ("firefox-esr", "firefox")
#: What else the tests play videos with: commands and their packages in Debian. Elsewhere these tests are
#: skipped where the command is not there.
PLAYERS = {
    "mpv": ("mpv",),
    "gst-launch-1.0": (
        "gstreamer1.0-tools", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-bad", "gstreamer1.0-libav",
    ),
}  # fmt: skip


class CannotInstall(Exception):
    """One line that says what is missing and what the person can do about it."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Installs what Playhead needs.")
    parser.add_argument(
        "--with-browser", action="store_true", help="also Chromium, Firefox and other players, for the tests"
    )
    arguments = parser.parse_args()
    try:
        _use_recent_python()
        # Two recipes started at once must not install into the same folder.
        with (ROOT / "pyproject.toml").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install_python_packages()
            install_node_packages()
            let_npx_find_just()
            install_programs(arguments.with_browser)
    except CannotInstall as problem:
        print(f"playhead: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        command = " ".join(map(str, failed.cmd))
        print(f"playhead: `{command}` failed (see above); put that right and try again", file=sys.stderr)
        return 1
    return 0


def _use_recent_python() -> None:
    """Continues in a newer Python where ``python3`` is too old and another is on the PATH."""
    if sys.version_info >= PYTHON_MINIMUM:
        return
    for minor in range(15, PYTHON_MINIMUM[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606, it is this program again
    found, needed = sys.version.split()[0], ".".join(map(str, PYTHON_MINIMUM))
    raise CannotInstall(f"Python {needed} or newer is needed, this is {found}: see python.org/downloads")


def install_python_packages() -> None:
    stamp = _Stamp(VENV / "playhead-stamp", [ROOT / "uv.lock", ROOT / "pyproject.toml"], sys.version)
    uv = VENV / "bin" / "uv"
    if stamp.current():
        return
    if not uv.exists():
        _make_venv()
        _say("installing uv")
        _run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", _uv_requirement()])
    _say("installing Python packages")
    # The environment may name another project's; this one is always meant.
    _run(
        [uv, "sync", "--locked", "--quiet", "--compile-bytecode"],
        VIRTUAL_ENV=str(VENV),
        UV_PROJECT_ENVIRONMENT=str(VENV),
    )
    stamp.write()


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401, Debian packs it apart from the rest of Python
        import venv
    except ImportError:
        raise CannotInstall(
            "Python's venv module is missing: run `sudo apt-get install python3-venv` and try again"
        ) from None
    _say("making .venv")
    venv.create(VENV, with_pip=True)


def _uv_requirement() -> str:
    """The version of uv that pyproject.toml pins, so that the lock file covers it too."""
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        dev = tomllib.load(file)["dependency-groups"]["dev"]
    return str(next(requirement for requirement in dev if requirement.startswith("uv==")))


def install_node_packages() -> None:
    frontend = ROOT / "frontend"
    stamp = _Stamp(frontend / "node_modules" / ".playhead-stamp", [frontend / "package-lock.json"])
    needed = ".".join(map(str, NODE_MINIMUM))
    if not (shutil.which("node") and shutil.which("npm")):
        raise CannotInstall(f"Node {needed} or newer (with npm) is needed: see nodejs.org/download")
    if stamp.current():
        return
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < NODE_MINIMUM:
        raise CannotInstall(f"Node {needed} or newer is needed, this is {version}: see nodejs.org/download")
    _say("installing Node packages")
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=frontend)
    stamp.write()


def let_npx_find_just() -> None:
    """The second ``npx rust-just`` finds the pinned `just` here and asks no registry: seconds less, and no
    network needed."""
    command = ROOT / "node_modules" / ".bin" / "rust-just"
    if not command.exists():
        command.parent.mkdir(parents=True, exist_ok=True)
        command.unlink(missing_ok=True)  # it may lead nowhere
        command.symlink_to(Path("..", "..", ".venv", "bin", "just"))


def install_programs(with_browser: bool) -> None:
    """FFmpeg must be there; bubblewrap, Linux only, is wanted but SANDBOX=auto does without."""
    missing = [] if shutil.which("ffmpeg") and shutil.which("ffprobe") else ["ffmpeg"]
    if sys.platform == "linux" and not shutil.which("bwrap"):
        missing.append("bubblewrap")
    if with_browser:
        missing += missing_browsers()
        if shutil.which("apt-get"):
            missing += missing_players()
    if not missing:
        return
    if shutil.which("apt-get"):
        _apt_install(missing)
    elif shutil.which("brew"):
        _say(f"installing {' and '.join(missing)} with Homebrew")
        _run(["brew", "install", *missing])
    if not shutil.which("ffprobe"):
        raise CannotInstall("FFmpeg is missing: install it with your package manager and try again")
    if "bubblewrap" in missing and not shutil.which("bwrap"):
        _say("bubblewrap could not be installed; FFmpeg will run without a sandbox")
    if with_browser and not find_chromium():
        raise CannotInstall("the tests need Chromium or Chrome: install one, or set PLAYHEAD_BROWSER to it")
    if with_browser and not find_firefox():
        raise CannotInstall("the tests need Firefox: install it, or set PLAYHEAD_FIREFOX to it")


def _apt_install(packages: list[str]) -> None:
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    if prefix and not shutil.which("sudo"):
        raise CannotInstall(f"run as root: apt-get install {' '.join(packages)}")
    _say(f"installing {' and '.join(packages)} with {' '.join([*prefix, 'apt-get'])}")
    silent = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    _run([*prefix, *silent, "update"])
    _run([*prefix, *silent, "install", "--yes", "--no-install-recommends", *packages])


def missing_browsers() -> list[str]:
    """Packages of the browsers for the tests that are not there; Ubuntu has no ``firefox-esr``."""
    return [name for name, find in (("chromium", find_chromium), ("firefox-esr", find_firefox)) if not find()]


def missing_players() -> list[str]:
    """Packages of the players that are not there."""
    return [name for command, names in PLAYERS.items() if not shutil.which(command) for name in names]


def find_chromium() -> str | None:
    """The Chromium for the tests: ``PLAYHEAD_BROWSER``, or the first on the PATH."""
    return os.environ.get("PLAYHEAD_BROWSER") or _first_on_path(CHROMIUMS)


def find_firefox() -> str | None:
    """The Firefox for the tests: ``PLAYHEAD_FIREFOX``, or the first on the PATH."""
    return os.environ.get("PLAYHEAD_FIREFOX") or _first_on_path(FIREFOXES)


def _first_on_path(names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


class _Stamp:
    """Remembers, in a file, what the folder beside it was installed from."""

    def __init__(self, file: Path, sources: list[Path], *words: str) -> None:
        self._file = file
        content = b"\0".join([source.read_bytes() for source in sources] + [word.encode() for word in words])
        self._digest = hashlib.sha256(content).hexdigest()

    def current(self) -> bool:
        return self._file.is_file() and self._file.read_text() == self._digest

    def write(self) -> None:
        self._file.write_text(self._digest)


def _run(command: list[str | Path], cwd: Path = ROOT, **environment: str) -> None:
    subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=True)


def _say(doing: str) -> None:
    print(f"playhead: {doing}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
