"""What is installed here and what is wrong with it: `just doctor`. Standard library only."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from shared.env import SettingsError
from tools.bootstrap import VENV, find_chromium, find_firefox
from tools.preflight import (
    effective_environment,
    missing_tools,
    port_mistakes,
    read_launch,
    working_sandbox,
)

ROOT = Path(__file__).resolve().parents[1]
#: What processing cannot do without, and what high dynamic range needs.
_FFMPEG_NEEDS = {"encoders": ("libx264", "aac"), "filters": ("scale", "zscale", "tonemap")}


def first_line(*command: str) -> str | None:
    """What a program says about itself, or ``None`` when it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(done.stdout.splitlines()), "")


def versions() -> Iterator[tuple[str, str | None]]:
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    yield "python", f"{platform.python_version()} ({sys.executable})"
    yield "node", first_line("node", "--version")
    yield "npm", first_line("npm", "--version")
    yield "packages", "installed" if packages_are_installed() else None
    yield "ffmpeg", first_line("ffmpeg", "-hide_banner", "-version")
    yield "bubblewrap", first_line("bwrap", "--version")
    yield "chromium", find_chromium()
    yield "firefox", find_firefox()


def sandbox_problem() -> str | None:
    """Tried with FFmpeg itself, as a worker does: containers often forbid what bubblewrap needs."""
    if working_sandbox().boxed:
        return None
    return (
        "NO SANDBOX: bubblewrap cannot confine FFmpeg here (is it installed, are user namespaces allowed?). "
        "Workers with SANDBOX=required, the default, refuse to start; `just dev` and SANDBOX=auto run FFmpeg "
        "on strangers' files with plain limits only."
    )


def ffmpeg_problems() -> Iterator[str]:
    for kind, names in _FFMPEG_NEEDS.items():
        listing = subprocess.run(
            ["ffmpeg", "-hide_banner", f"-{kind}"], capture_output=True, text=True, timeout=20, check=False
        ).stdout.split()
        for name in names:
            if name not in listing:
                yield f"This ffmpeg lacks {name} (see `ffmpeg -{kind}`)."


def packages_are_installed() -> bool:
    return (VENV / "bin" / "python").exists() and (ROOT / "frontend" / "node_modules").is_dir()


def problems() -> Iterator[str]:
    """Each a sentence that says what to do or what it means."""
    if not packages_are_installed():
        yield "Packages are missing: `just dev` installs them."
    try:
        launch = read_launch(effective_environment(dict(os.environ), ROOT / ".env"))
    except SettingsError as error:
        yield from error.mistakes
    else:
        yield from missing_tools(launch.video.sandbox)
        yield from port_mistakes(launch)
    if shutil.which("ffmpeg"):
        yield from ffmpeg_problems()
    if problem := sandbox_problem():
        yield problem


def main() -> int:
    for name, found in versions():
        print(f"{name:<11} {found or 'missing'}")
    found_problems = list(problems())
    for problem in found_problems:
        print(f"! {problem}")
    if not found_problems:
        print("No problems found.")
    return 1 if found_problems else 0


if __name__ == "__main__":
    sys.exit(main())
