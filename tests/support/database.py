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
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from shared.embedded_postgres import EmbeddedPostgres, start_embedded
from tools.processes import ROOT

_MAINTENANCE = "postgres"


class Databases:
    """Makes databases of one service."""

    def __init__(self, service: str, setting: str) -> None:
        self._service, self._setting = service, setting

    @contextmanager
    def lasting(self) -> Iterator[str]:
        """The URL of a migrated database that nobody else uses."""
        with _database(f'TEMPLATE "{self._template}" STRATEGY file_copy') as url:
            yield url

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The same, for coroutines."""
        database = self.lasting()
        url = await asyncio.to_thread(database.__enter__)
        try:
            yield url
        finally:
            await asyncio.to_thread(database.__exit__, None, None, None)

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The URL of a database without a table."""
        database = _database("TEMPLATE template0")
        url = await asyncio.to_thread(database.__enter__)
        try:
            yield url
        finally:
            await asyncio.to_thread(database.__exit__, None, None, None)

    @functools.cached_property
    def _template(self) -> str:
        """Its name; the service's own command migrates it."""
        template = f"template_{self._service}"
        url = _server().url(template)
        subprocess.run(
            [sys.executable, "-m", self._service, "migrate"],
            cwd=ROOT, env={**os.environ, self._setting: url}, check=True, timeout=60, capture_output=True,
        )  # fmt: skip
        return template


GATEWAY_DATABASES = Databases("gateway", "GATEWAY_DATABASE_URL")
VIDEO_DATABASES = Databases("video_service", "VIDEO_DATABASE_URL")


@functools.cache
def _server() -> EmbeddedPostgres:
    """Not below pytest's own folder: each pytest that starts closes that to other users, and for
    root PostgreSQL runs as one."""
    folder = Path(tempfile.mkdtemp(prefix="playhead-pg-"))
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
    return start_embedded(folder)  # adopts it


@contextmanager
def _database(options: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}" {options}')
    try:
        yield _server().url(name)
    finally:
        _execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(statement: str) -> None:
    url = _server().url(_MAINTENANCE)

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
