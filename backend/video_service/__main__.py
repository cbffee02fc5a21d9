"""``python -m video_service serve | worker | migrate``."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import structlog
import uvloop

from shared.embedded_postgres import EmbeddedPostgresError, start_embedded
from shared.env import SettingsError, load_environment
from shared.logs import configure_logs
from video_service.pipeline.ffmpeg import SandboxUnavailable
from video_service.settings import Settings, read_settings

log = structlog.get_logger("video_service")

#: Exit code for what the person who starts the program has to put right.
_MISTAKE = 2
_DATABASE = "playhead_video"


class _Mistake(Exception):
    """Something that the person who starts the program has to put right, in one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m video_service", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    command = parser.parse_args().command
    try:
        settings = read_settings(load_environment())
        configure_logs(f"video-{command}", json_lines=settings.json_logs)
        uvloop.run(_COMMANDS[command](settings, _database_url(settings)))
    except SettingsError as error:
        return _complain(*error.mistakes)
    except (_Mistake, EmbeddedPostgresError, SandboxUnavailable) as error:
        return _complain(str(error))
    except (OSError, asyncpg.PostgresError) as error:
        where = "the embedded database" if settings.database_url is None else "VIDEO_DATABASE_URL"
        return _complain(f"{where}: {error}")
    return 0


async def _serve(settings: Settings, database_url: str) -> None:
    from video_service.app import VideoService, http_server
    from video_service.rpc.native import PortInUse

    await _require_migrated(database_url)
    with _listening(settings.host, settings.port) as http_socket:
        # uvicorn hides what goes wrong in a lifespan behind its own exit, so a taken port is
        # found out before.
        _listening(settings.grpc_host, settings.grpc_port, "VIDEO_GRPC_PORT").close()
        server = http_server(VideoService(settings, database_url))
        log.info(
            "serving",
            http=f"http://{settings.host}:{settings.port}",
            grpc=f"{settings.grpc_host}:{settings.grpc_port}",
        )
        try:
            await server.serve(sockets=[http_socket])
        except PortInUse as error:
            raise _Mistake(f"{error} is in use: set VIDEO_GRPC_PORT to another port.") from error
        if not server.started:
            raise _Mistake("The service did not start; see the log above.")


async def _work(settings: Settings, database_url: str) -> None:
    from video_service.worker import run_worker

    await _require_migrated(database_url)
    await run_worker(settings, database_url)


async def _migrate(_: Settings, database_url: str) -> None:
    from video_service.repository.migrate import migrate

    await migrate(database_url)


_COMMANDS: dict[str, Callable[[Settings, str], Coroutine[Any, Any, None]]] = {
    "serve": _serve,
    "worker": _work,
    "migrate": _migrate,
}


def _database_url(settings: Settings) -> str:
    url = settings.database_url or start_embedded(settings.data).url(_DATABASE)
    # How Piccolo's own commands and its table of migrations find this service's database.
    os.environ["PICCOLO_CONF"] = "video_service.piccolo_conf"
    return url


def _listening(host: str, port: int, setting: str = "VIDEO_PORT") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise _Mistake(
            f"Port {port} on {host} cannot be used ({error.strerror}): set {setting} to another port."
        ) from error
    return listener


async def _require_migrated(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        tables = ("videos", "pgqueuer")
        found = [await connection.fetchval("SELECT to_regclass($1)", name) for name in tables]
    finally:
        await connection.close()
    if None in found:
        raise _Mistake("The database is not migrated: run `python -m video_service migrate` first.")


def _complain(*mistakes: str) -> int:
    for mistake in mistakes:
        print(f"video service: {mistake}", file=sys.stderr)
    return _MISTAKE


if __name__ == "__main__":
    sys.exit(main())
