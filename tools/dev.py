"""Runs all of Playhead on this machine until Ctrl-C: `just dev`, or `just dev --hmr` with Vite in front.

If one process ends, the others are stopped and the exit code says so. Nothing is left running, and
when the supervisor itself is killed its children and the database follow.
"""

import argparse
import asyncio
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.embedded_postgres import EmbeddedPostgresError
from shared.env import SettingsError
from tools import web_app
from tools.database import Database
from tools.launchers import launchers, wait_until_one_is_gone
from tools.migrations import Migrated
from tools.preflight import (
    VITE_PORT,
    Launch,
    effective_environment,
    missing_tools,
    port_mistakes,
    read_launch,
    working_sandbox,
)
from tools.processes import ROOT, Child, run_once

#: Ctrl-C to the last process gone takes less than 10 s: these two and the database's own stop.
_FIRST_STOP_SECONDS = 5.0
_SECOND_STOP_SECONDS = 2.5
_READY_TIMEOUT_SECONDS = 60.0
EXIT_MISTAKE = 2
EXIT_DIED = 1


class CannotStart(Exception):
    """One line for each thing that a person has to put right."""


class Died(Exception):
    """A process ended that should run."""


class Supervisor:
    """Starts, watches and stops the parts, in the order in which they depend on one another."""

    def __init__(self, launch: Launch, environment: dict[str, str], hmr: bool) -> None:
        self._launch = launch
        self._environment = environment
        self._hmr = hmr
        self._children: list[Child] = []
        self._database: Database | None = None
        self._migrated = Migrated(launch.gateway.data) if launch.uses_embedded_postgres_only else None

    async def run(self) -> None:
        """Until cancelled; then everything is stopped. Raises :class:`CannotStart`, :class:`Died`."""
        try:
            async with asyncio.TaskGroup() as preparing:
                databases = preparing.create_task(self._prepare_databases())
                if not self._hmr:
                    await self._build_web_app()
                if not (self._migrated and self._migrated.is_current()):
                    await databases
                # Otherwise they wait for the database themselves, and load meanwhile what they need.
                await self._start_children()
            async with asyncio.TaskGroup() as watching:
                for child in self._children:
                    watching.create_task(_raise_when_over(child))
                watching.create_task(self._announce())
        except ExceptionGroup as failures:
            raise _first_cause(failures) from failures
        finally:
            await self._stop()

    async def _prepare_databases(self) -> None:
        if self._launch.uses_embedded_postgres:
            self._database = await Database.start(self._launch.gateway.data, self._environment)
            try:
                await self._database.wait_until_ready()
            except EmbeddedPostgresError as error:
                raise CannotStart(str(error)) from error
        if self._migrated and self._migrated.is_current():
            return
        async with asyncio.TaskGroup() as migrating:
            for service in ("gateway", "video_service"):
                migrating.create_task(self._migrate(service))
        if self._migrated:
            self._migrated.remember()

    async def _migrate(self, service: str) -> None:
        code, output = await run_once([sys.executable, "-m", service, "migrate"], self._environment)
        if code:
            raise CannotStart(f"The database of {service} could not be migrated:\n{output}")

    async def _build_web_app(self) -> None:
        if await asyncio.to_thread(web_app.is_built):
            return
        print("playhead: building the web app", flush=True)
        code, output = await run_once([sys.executable, "-m", "tools.web_app"], self._environment)
        if code:
            raise CannotStart(f"The web app could not be built:\n{output}")

    async def _start_children(self) -> None:
        commands = {
            "video": [sys.executable, "-m", "video_service", "serve"],
            "gateway": [sys.executable, "-m", "gateway", "serve"],
        }
        bulk = self._launch.workers // 2
        for kind, count in (("worker", self._launch.workers - bulk), ("bulk-worker", bulk)):
            for name in _numbered(kind, count):
                commands[name] = [sys.executable, "-m", "video_service", kind]
        for colour, (name, command) in enumerate(commands.items()):
            self._children.append(await Child.start(name, command, self._environment, colour))
        if self._hmr:
            vite = ["node_modules/.bin/vite", "--host", "127.0.0.1", "--port", str(VITE_PORT), "--strictPort"]
            environment = {**self._environment, "GATEWAY_PORT": str(self._launch.gateway.port)}
            self._children.append(
                await Child.start("vite", vite, environment, len(commands), cwd=ROOT / "frontend")
            )

    async def _announce(self) -> None:
        """Prints where to go, once everything answers. Raises :class:`CannotStart` after a while."""
        started = time.monotonic()
        box = asyncio.create_task(asyncio.to_thread(self._box))
        waiting = [f"{self._launch.video_url}/readyz", f"{self._launch.gateway_url}/readyz"]
        if self._hmr:
            waiting.append(f"http://127.0.0.1:{VITE_PORT}/")
        async with httpx.AsyncClient(timeout=5) as client:
            while waiting:
                try:
                    if (await client.get(waiting[0])).status_code == 200:
                        waiting.pop(0)
                        continue
                except httpx.TransportError:
                    pass  # not listening yet
                if time.monotonic() - started > _READY_TIMEOUT_SECONDS:
                    raise CannotStart(f"{waiting[0]} did not answer in time; the log above says why.")
                await asyncio.sleep(0.05)
        url = f"http://127.0.0.1:{VITE_PORT}" if self._hmr else self._launch.gateway_url
        url = self._launch.gateway.public_url or url
        data = self._launch.gateway.data
        print(
            f"\n  Playhead is ready.\n\n  Open  {url}\n  Data  {data}\n  Box   {await box}\n  Stop  Ctrl-C\n",
            flush=True,
        )

    def _box(self) -> str:
        """How FFmpeg is confined, in words."""
        setting = self._launch.video.sandbox
        if setting != "off" and working_sandbox().boxed:
            return f"FFmpeg runs in bubblewrap (SANDBOX={setting})"
        return f"NONE: FFmpeg runs with plain limits only (SANDBOX={setting}); `just doctor` says why"

    async def _stop(self) -> None:
        """Who takes work first, then who holds the state, then the database."""
        last = [child for child in self._children if child.name == "video"]
        first = [child for child in self._children if child not in last]
        await asyncio.gather(*(child.stop(_FIRST_STOP_SECONDS) for child in first))
        await asyncio.gather(*(child.stop(_SECOND_STOP_SECONDS) for child in last))
        if self._database:
            await self._database.stop()


async def _raise_when_over(child: Child) -> None:
    code = await child.wait()
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    raise Died(f"{child.name} {how}, so everything else was stopped.")


def _first_cause(failure: Exception) -> Exception:
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}{number}" for number in range(1, count + 1)]


@contextmanager
def _alone_in(data: Path) -> Iterator[None]:
    """One `just dev` for one data folder: the second would share, and then stop, its database."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "dev.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"Playhead already runs on {data} (process {lock.read().strip()}): "
                "stop it, or set PLAYHEAD_DATA to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def _stop_when_abandoned(stop: Callable[[], None]) -> None:
    await wait_until_one_is_gone(launchers())
    stop()


async def _run(launch: Launch, environment: dict[str, str], hmr: bool) -> None:
    supervisor = asyncio.create_task(Supervisor(launch, environment, hmr).run())
    told = False

    def stop() -> None:
        nonlocal told
        if not told:  # stopping takes seconds, and hurrying it would leave something behind
            told = True
            print("\nplayhead: stopping", flush=True)
            supervisor.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    abandoned = asyncio.create_task(_stop_when_abandoned(stop))
    try:
        await supervisor
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        abandoned.cancel()


def launch_and_wait(hmr: bool) -> None:
    """Raises :class:`CannotStart` or :class:`Died`."""
    environment = effective_environment(dict(os.environ), Path(".env"))
    if hmr:
        environment.setdefault("GATEWAY_PUBLIC_URL", f"http://127.0.0.1:{VITE_PORT}")
    try:
        launch = read_launch(environment)
    except SettingsError as error:
        raise CannotStart("\n".join(error.mistakes)) from error
    if hmr:
        environment.setdefault("VIDEO_PUBLIC_URL", launch.video_url)
    with _alone_in(launch.gateway.data):
        mistakes = [*missing_tools(launch.video.sandbox), *port_mistakes(launch)]
        if mistakes:
            raise CannotStart("\n".join(mistakes))
        asyncio.run(_run(launch, environment, hmr))


def main() -> int:
    parser = argparse.ArgumentParser(prog="just dev", description="Run all of Playhead on this machine.")
    parser.add_argument(
        "--hmr", action="store_true", help="put Vite in front: the web app reloads as you edit"
    )
    try:
        launch_and_wait(parser.parse_args().hmr)
    except CannotStart as error:
        code = EXIT_MISTAKE
        lines = str(error).splitlines()
    except (Died, EmbeddedPostgresError) as error:
        code, lines = EXIT_DIED, str(error).splitlines()
    else:
        code, lines = 0, ["stopped"]
    for line in lines:
        print(f"playhead: {line}", file=sys.stderr if code else sys.stdout, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
