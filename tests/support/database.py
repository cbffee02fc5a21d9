"""A fresh, migrated database for whoever asks: copied from a template, which takes milliseconds.

One server for all tests of a process; it ends with the process, however that ends.
"""

import asyncio
import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from shared.embedded_postgres import EmbeddedPostgres, start_embedded
from tests.support.services import Service
from tools.processes import ROOT

_MAINTENANCE = "postgres"
#: What keeps data when a machine loses its power (PostgreSQL documentation, Non-Durable Settings). These
#: databases are thrown away with it.
_UNSAFE = ("fsync", "full_page_writes")
#: Of all databases that there are at a time.
_ROOM_BYTES = 2 << 30
#: Asks the server: whoever drives a browser is within an event loop, where no other can run.
_CLERK = ThreadPoolExecutor(1)


class Databases:
    """Makes databases of one service."""

    def __init__(self, service: str, setting: str) -> None:
        self._service, self._setting = service, setting

    @contextmanager
    def lasting(self) -> Iterator[str]:
        """The URL of a migrated database that nobody else uses."""
        url = _CLERK.submit(self._copied).result()
        try:
            yield url
        finally:
            _CLERK.submit(_drop, url).result()

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The same, for coroutines."""
        url = await asyncio.wrap_future(_CLERK.submit(self._copied))
        try:
            yield url
        finally:
            await asyncio.wrap_future(_CLERK.submit(_drop, url))

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The URL of a database without a table."""
        url = await asyncio.wrap_future(_CLERK.submit(_create, "TEMPLATE template0"))
        try:
            yield url
        finally:
            await asyncio.wrap_future(_CLERK.submit(_drop, url))

    def _copied(self) -> str:
        return _create(f'TEMPLATE "{self._template}" STRATEGY file_copy')

    @functools.cached_property
    def _template(self) -> str:
        """Its name; the service's own command migrates it."""
        template = f"template_{self._service}"
        url = _server().url(template)
        with tempfile.NamedTemporaryFile() as log:
            environment = {**os.environ, self._setting: url}
            code = Service(self._service, "migrate", environment, Path(log.name)).wait(timeout=60)
            assert not code, log.read().decode()
        return template


GATEWAY_DATABASES = Databases("gateway", "GATEWAY_DATABASE_URL")
VIDEO_DATABASES = Databases("video_service", "VIDEO_DATABASE_URL")


@functools.cache
def _server() -> EmbeddedPostgres:
    """Not below pytest's own folder: each pytest that starts closes that to other users, and for
    root PostgreSQL runs as one."""
    folder = Path(tempfile.mkdtemp(prefix="playhead-pg-", dir=_roomy_memory()))
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tools.database", str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert keeper.stdout is not None

    def stop() -> None:
        keeper.communicate(timeout=60)
        shutil.rmtree(folder)

    atexit.register(stop)
    said = keeper.stdout.readline()
    assert said == b"ready\n", said + keeper.communicate()[0]
    server = start_embedded(folder)  # adopts it
    for setting in _UNSAFE:
        _execute_at(server.url(_MAINTENANCE), f"ALTER SYSTEM SET {setting} = off")
    _execute_at(server.url(_MAINTENANCE), "SELECT pg_reload_conf()")
    return server


def _roomy_memory() -> str | None:
    """A folder that is no disk, where there is one with room: hundreds of databases of three hundred files
    come and go."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > _ROOM_BYTES else None


def _create(options: str) -> str:
    """Its URL."""
    name = f"test_{uuid.uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}" {options}')
    return _server().url(name)


def _drop(url: str) -> None:
    name = url.partition("@/")[2].partition("?")[0]
    _execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(statement: str) -> None:
    _execute_at(_server().url(_MAINTENANCE), statement)


def _execute_at(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
