"""A fresh, migrated database for each test: copied from a template, which takes milliseconds."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from shared.embedded_postgres import EmbeddedPostgres, start_embedded

ROOT = Path(__file__).resolve().parents[2]
_MAINTENANCE = "postgres"


class Databases:
    """Makes databases of one service on a server that lasts as long as the test session."""

    def __init__(self, server: EmbeddedPostgres, template: str) -> None:
        self._server = server
        self._template = template

    @classmethod
    def migrated(cls, folder: Path, service: str, setting: str) -> "Databases":
        """Starts the server and migrates the template with the service's own command."""
        server = start_embedded(folder)
        template = f"template_{service}"
        environment = {**os.environ, setting: server.url(template), "PLAYHEAD_DATA": str(folder)}
        subprocess.run(
            [sys.executable, "-m", service, "migrate"],
            cwd=ROOT, env=environment, check=True, timeout=60, capture_output=True,
        )  # fmt: skip
        return cls(server, template)

    def stop(self) -> None:
        self._server.stop()

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The URL of a migrated database that nobody else uses."""
        async with self._database(f'TEMPLATE "{self._template}" STRATEGY file_copy') as url:
            yield url

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The URL of a database without a table."""
        async with self._database("TEMPLATE template0") as url:
            yield url

    @asynccontextmanager
    async def _database(self, options: str) -> AsyncIterator[str]:
        name = f"test_{uuid.uuid4().hex}"
        await self._execute(f'CREATE DATABASE "{name}" {options}')
        try:
            yield await asyncio.to_thread(self._server.url, name)
        finally:
            await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        url = await asyncio.to_thread(self._server.url, _MAINTENANCE)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
