"""Who is above `just dev` and ends with it, and who is not."""

import asyncio
import subprocess
import sys

import psutil
import pytest

from tools.launchers import is_launcher, wait_until_one_is_gone


@pytest.mark.parametrize(
    ("name", "command"),
    [  # as `npx --yes rust-just dev` looks in the list of processes
        ("npm exec rust-j", ["npm exec rust-just dev"]),
        ("sh", ["sh", "-c", "'just' dev"]),
        ("node", ["node", "/home/ada/.npm/_npx/82/node_modules/.bin/just", "dev"]),
        ("just", ["/home/ada/.npm/_npx/82/node_modules/rust-just-linux-x64/bin/just", "dev"]),
        # and at the second time
        ("sh", ["sh", "-c", "'rust-just' dev"]),
        ("rust-just", ["rust-just", "dev"]),
    ],
)
def test_launchers(name: str, command: list[str]) -> None:
    assert is_launcher(name, command)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("bash", ["bash", "-c", "npx --yes rust-just dev & sleep 5"]),
        ("sh", ["sh", "-c", "just dev & curl --retry 9 localhost:8000"]),
        ("node", ["node", "/usr/lib/code/server.js"]),
        ("systemd", ["/sbin/init"]),
    ],
)
def test_others_may_end_and_leave_it_running(name: str, command: list[str]) -> None:
    assert not is_launcher(name, command)


async def test_returns_when_one_ends_even_if_nobody_has_asked_for_its_exit_code() -> None:
    launcher = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", "input()"], stdin=subprocess.PIPE
    )
    waiting = asyncio.create_task(wait_until_one_is_gone([psutil.Process(launcher.pid)]))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert launcher.stdin is not None
    launcher.stdin.close()
    await asyncio.wait_for(waiting, 10)
    launcher.wait()
