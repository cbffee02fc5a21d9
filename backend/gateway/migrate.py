"""Brings the database to the shape that this version of the code expects."""

import asyncpg
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from gateway.engine import DB
from gateway.piccolo_app import APP_CONFIG

#: Any number that nothing else in this database locks: processes that start together migrate in turn.
_LOCK = 7_306_921_402


class MigrationError(Exception):
    """The migrations did not succeed; the message is for an operator."""


async def migrate(url: str) -> None:
    """Runs what has not run yet. Idempotent.

    The environment variable ``PICCOLO_CONF`` must name this service's configuration: Piccolo's
    own table of migrations is bound through it. Raises :class:`MigrationError`.
    """
    DB.config = {"dsn": url}
    connection = await asyncpg.connect(url)
    try:
        # Held until this connection closes, whatever happens.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        manager = ForwardsMigrationManager(app_name=APP_CONFIG.app_name)
        await manager.create_migration_table()
        result = await manager.run_migrations(APP_CONFIG)
        if not result.success:
            raise MigrationError(result.message)
    finally:
        await connection.close()
