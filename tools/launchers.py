"""Notices when `just` or `npx` is ended without its children being told.

`npx rust-just dev` is four processes above us at the first time: npm, a shell, Node and just; later, when
npx finds the `just` of our own environment, it is without Node. npm passes no SIGTERM on, so ending it would
leave everything running behind the back of whoever started it.
"""

import asyncio
from collections.abc import Iterator

import psutil

_LOOK_SECONDS = 0.5
_JUST = ("just", "rust-just")


def launchers() -> list[psutil.Process]:
    """The processes right above this one that do nothing but wait for it."""
    return list(_launchers())


def _launchers() -> Iterator[psutil.Process]:
    for ancestor in psutil.Process().parents():
        try:
            if not is_launcher(ancestor.name(), ancestor.cmdline()):
                return
        except psutil.Error:  # it ended, or is somebody else's, while we looked
            return
        yield ancestor


def is_launcher(name: str, command: list[str]) -> bool:
    """A shell counts only as npm writes it (``sh -c 'just' dev``): any other may have more to do."""
    if name == "sh":
        quoted = tuple(f"'{just}'" for just in _JUST)
        return len(command) > 2 and command[1] == "-c" and command[2].startswith(quoted)
    return name in _JUST or (name.startswith(("node", "npm", "npx")) and "just" in " ".join(command))


async def wait_until_one_is_gone(processes: list[psutil.Process]) -> None:
    """Returns when any of them has ended; never, if there are none."""
    while all(map(_is_alive, processes)):  # noqa: ASYNC110, the kernel tells parents only
        await asyncio.sleep(_LOOK_SECONDS)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
