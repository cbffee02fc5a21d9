"""``python -m gateway serve | migrate``."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import structlog
import uvloop

from gateway.accounts.signing_key import SigningKeyError
from gateway.settings import Settings, read_settings
from shared.embedded_postgres import EmbeddedPostgresError, start_embedded
from shared.env import SettingsError, load_environment
from shared.logs import configure_logs

_log = structlog.get_logger("gateway")

#: Exit code for what the person who starts the program has to put right.
_MISTAKE = 2
_DATABASE = "playhead_gateway"


class _Mistake(Exception):
    """Something that the person who starts the program has to put right, in one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    command = parser.parse_args().command
    try:
        settings = read_settings(load_environment())
    except SettingsError as error:
        return _complain(*error.mistakes)
    configure_logs("gateway", json_lines=settings.log_json)
    try:
        uvloop.run(_COMMANDS[command](settings, _database_url(settings)))
    except (_Mistake, EmbeddedPostgresError, SigningKeyError) as error:
        return _complain(str(error))
    except (OSError, asyncpg.PostgresError) as error:
        where = "the embedded database" if settings.database_url is None else "GATEWAY_DATABASE_URL"
        return _complain(f"{where}: {error}")
    return 0


async def _serve(settings: Settings, database_url: str) -> None:
    from gateway.app import gateway, http_server

    await _require_migrated(database_url)
    with _listening(settings.host, settings.port) as listener:
        server = http_server(gateway(settings, database_url))
        _log.info("serving", http=f"http://{settings.host}:{settings.port}")
        await server.serve(sockets=[listener])
        if not server.started:
            raise _Mistake("The gateway did not start; see the log above.")


async def _migrate(_: Settings, database_url: str) -> None:
    from gateway.database import MigrationError, migrate

    try:
        await migrate(database_url)
    except MigrationError as error:
        raise _Mistake(f"The database could not be migrated: {error}") from error


_COMMANDS: dict[str, Callable[[Settings, str], Coroutine[Any, Any, None]]] = {
    "serve": _serve,
    "migrate": _migrate,
}


def _database_url(settings: Settings) -> str:
    url = settings.database_url or start_embedded(settings.data).url(_DATABASE)
    # How Piccolo's own commands and its table of migrations find this service's database.
    os.environ["PICCOLO_CONF"] = "gateway.piccolo_conf"
    return url


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise _Mistake(
            f"Port {port} on {host} cannot be used ({error.strerror}): set GATEWAY_PORT to another port."
        ) from error
    return listener


async def _require_migrated(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetchval("SELECT to_regclass('outbox')")
    finally:
        await connection.close()
    if found is None:
        raise _Mistake("The database is not migrated: run `python -m gateway migrate` first.")


def _complain(*mistakes: str) -> int:
    for mistake in mistakes:
        print(f"gateway: {mistake}", file=sys.stderr)
    return _MISTAKE


if __name__ == "__main__":
    sys.exit(main())
