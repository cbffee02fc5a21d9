"""The engine that all tables of this service share. Its address is set when the settings are read."""

import os

from piccolo.engine.postgres import PostgresEngine


class _Engine(PostgresEngine):
    """Stock Piccolo connects while it is being constructed, to warn about old servers: importing
    a module must not need a database."""

    async def check_version(self) -> None:
        pass


DB = _Engine({"dsn": os.environ.get("VIDEO_DATABASE_URL", "")}, extensions=())
