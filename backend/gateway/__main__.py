"""``python -m gateway serve | migrate``."""

import argparse
import os
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
from shared.program import Mistake, complain, listening, loading, require_tables

_log = structlog.get_logger("gateway")

_DATABASE = "playhead_gateway"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    command = parser.parse_args().command
    try:
        settings = read_settings(load_environment())
    except SettingsError as error:
        return complain("gateway", *error.mistakes)
    configure_logs("gateway", json_lines=settings.log_json)
    try:
        uvloop.run(_COMMANDS[command](settings, _database_url(settings)))
    except (Mistake, EmbeddedPostgresError, SigningKeyError) as error:
        return complain("gateway", str(error))
    except (OSError, asyncpg.PostgresError) as error:
        where = "the embedded database" if settings.database_url is None else "GATEWAY_DATABASE_URL"
        return complain("gateway", f"{where}: {error}")
    return 0


async def _serve(settings: Settings, database_url: str) -> None:
    with loading():
        from gateway.app import gateway, http_server

    await require_tables(database_url, "gateway", "outbox")
    with listening(settings.host, settings.port, "GATEWAY_PORT") as listener:
        server = http_server(gateway(settings, database_url))
        _log.info("serving", http=f"http://{settings.host}:{settings.port}")
        await server.serve(sockets=[listener])
        if not server.started:
            raise Mistake("The gateway did not start; see the log above.")


async def _migrate(_: Settings, database_url: str) -> None:
    from gateway.engine import DB
    from gateway.piccolo_app import APP_CONFIG
    from shared.migrations import MigrationError, migrate

    try:
        await migrate(database_url, DB, APP_CONFIG)
    except MigrationError as error:
        raise Mistake(f"The database could not be migrated: {error}") from error


_COMMANDS: dict[str, Callable[[Settings, str], Coroutine[Any, Any, None]]] = {
    "serve": _serve,
    "migrate": _migrate,
}


def _database_url(settings: Settings) -> str:
    url = settings.database_url or start_embedded(settings.data).url(_DATABASE)
    # How Piccolo's own commands and its table of migrations find this service's database.
    os.environ["PICCOLO_CONF"] = "gateway.piccolo_conf"
    return url


if __name__ == "__main__":
    sys.exit(main())
