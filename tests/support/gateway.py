"""The gateway as a process of its own, with a database of its own; the video service only if asked for."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx

from shared.embedded_postgres import EmbeddedPostgres, start_embedded
from tests.support.services import Service
from tests.support.stack import START_SECONDS, STOP_SECONDS, UNLIMITED, free_ports
from tools.processes import ROOT


@dataclass(frozen=True)
class RunningGateway:
    url: str
    process: Service

    def client(self) -> httpx.Client:
        """A browser of somebody's: it keeps cookies."""
        return httpx.Client(base_url=self.url, timeout=30)


ADA = {"email": "Ada@Example.org", "password": "correct horse battery", "name": "Ada"}
COOKIE = "playhead_refresh"


def register(browser: httpx.Client, **changes: str) -> httpx.Response:
    return browser.post("/api/auth/register", json=ADA | changes)


def bearer(answer: httpx.Response) -> dict[str, str]:
    """The headers of whoever an answer signed in."""
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def execute(database_url: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database_url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    return asyncio.run(run())


@contextmanager
def locked_table(database_url: str, table: str) -> Iterator[None]:
    """As long as it lasts, nobody else reads or writes the table."""
    runner = asyncio.Runner()
    connection = runner.run(asyncpg.connect(database_url))
    runner.run(connection.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    try:
        yield
    finally:
        runner.run(connection.close())
        runner.close()


def gateway_environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing from outside but the search path: a test states its settings."""
    return {
        "PATH": os.environ["PATH"],
        "PLAYHEAD_DATA": str(data),
        "LOG_FORMAT": "json",
        **UNLIMITED,
        **settings,
    }


@contextmanager
def database_that_stops() -> Iterator[tuple[str, EmbeddedPostgres]]:
    """The URL of a migrated database, and the server that it alone has.

    Not below pytest's own folder: each pytest that starts closes that to other users, and for
    root PostgreSQL runs as one.
    """
    with TemporaryDirectory(prefix="playhead-pg-") as folder:
        server = start_embedded(Path(folder))
        url = server.url("playhead_gateway")
        environment = gateway_environment(Path(folder), {"GATEWAY_DATABASE_URL": url})
        command = [sys.executable, "-m", "gateway", "migrate"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60, capture_output=True)
        try:
            yield url, server
        finally:
            server.stop()


@contextmanager
def running_gateway(data: Path, database_url: str, **settings: str) -> Iterator[RunningGateway]:
    """Starts it on a free port over a migrated database; returns when it answers."""
    port, nowhere = free_ports(2)
    environment = gateway_environment(
        data,
        {
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_PORT": str(port),
            "VIDEO_GRPC_URL": f"127.0.0.1:{nowhere}",
            **settings,
        },
    )
    data.mkdir(parents=True, exist_ok=True)
    process = Service("gateway", "serve", environment, data / "gateway.log")
    try:
        yield _answering(RunningGateway(f"http://127.0.0.1:{port}", process), data / "gateway.log")
    finally:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)


def _answering(gateway: RunningGateway, log: Path) -> RunningGateway:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{gateway.url}/healthz").status_code == 200:
                return gateway
        except httpx.TransportError:
            tail = log.read_bytes()[-4000:].decode(errors="replace")
            assert gateway.process.poll() is None, f"the gateway ended:\n{tail}"
            assert time.monotonic() < deadline, f"the gateway was not ready in time:\n{tail}"
            time.sleep(0.05)
