"""``python -m video_service serve | worker | bulk-worker | migrate``."""

import argparse
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import asyncpg
import structlog
import uvloop

from shared.embedded_postgres import EmbeddedPostgresError, start_embedded
from shared.env import SettingsError, load_environment
from shared.logs import configure_logs
from shared.program import Mistake, complain, listening, loading, require_tables
from video_service.pipeline.ffmpeg import SandboxUnavailable
from video_service.settings import Settings, read_settings

log = structlog.get_logger("video_service")

_DATABASE = "playhead_video"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m video_service", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    command = parser.parse_args().command
    try:
        settings = read_settings(load_environment())
        configure_logs(f"video-{command}", json_lines=settings.json_logs)
        uvloop.run(_COMMANDS[command](settings, _database_url(settings)))
    except SettingsError as error:
        return complain("video service", *error.mistakes)
    except (Mistake, EmbeddedPostgresError, SandboxUnavailable) as error:
        return complain("video service", str(error))
    except (OSError, asyncpg.PostgresError) as error:
        where = "the embedded database" if settings.database_url is None else "VIDEO_DATABASE_URL"
        return complain("video service", f"{where}: {error}")
    return 0


async def _serve(settings: Settings, database_url: str) -> None:
    with loading():
        from video_service.app import VideoService, http_server
        from video_service.rpc.native import PortInUse

    await require_tables(database_url, "video_service", "videos", "pgqueuer", "viewings")
    with listening(settings.host, settings.port, "VIDEO_PORT") as http_socket:
        # uvicorn hides what goes wrong in a lifespan behind its own exit, so a taken port is
        # found out before.
        listening(settings.grpc_host, settings.grpc_port, "VIDEO_GRPC_PORT").close()
        server = http_server(VideoService(settings, database_url))
        log.info(
            "serving",
            http=f"http://{settings.host}:{settings.port}",
            grpc=f"{settings.grpc_host}:{settings.grpc_port}",
        )
        try:
            await server.serve(sockets=[http_socket])
        except PortInUse as error:
            raise Mistake(f"{error} is in use: set VIDEO_GRPC_PORT to another port.") from error
        if not server.started:
            raise Mistake("The service did not start; see the log above.")


async def _work(settings: Settings, database_url: str, *, bulk_only: bool = False) -> None:
    with loading():
        from video_service.worker import run_worker

    await require_tables(database_url, "video_service", "videos", "pgqueuer", "viewings")
    await run_worker(settings, database_url, bulk_only=bulk_only)


async def _migrate(_: Settings, database_url: str) -> None:
    from shared.migrations import MigrationError, migrate
    from video_service.piccolo_app import APP_CONFIG
    from video_service.repository import queue
    from video_service.repository.engine import DB

    try:
        await migrate(database_url, DB, APP_CONFIG, queue.install)
    except MigrationError as error:
        raise Mistake(f"The database could not be migrated: {error}") from error


_COMMANDS: dict[str, Callable[[Settings, str], Coroutine[Any, Any, None]]] = {
    "serve": _serve,
    "worker": _work,
    "bulk-worker": partial(_work, bulk_only=True),
    "migrate": _migrate,
}


def _database_url(settings: Settings) -> str:
    url = settings.database_url or start_embedded(settings.data).url(_DATABASE)
    # How Piccolo's own commands and its table of migrations find this service's database.
    os.environ["PICCOLO_CONF"] = "video_service.piccolo_conf"
    return url


if __name__ == "__main__":
    sys.exit(main())
