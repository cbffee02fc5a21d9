"""Brings a service's database to the shape that this version of its code expects."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.conf.apps import AppConfig
from piccolo.engine.postgres import PostgresEngine
from piccolo.table import Table

#: Any number that nothing else in these databases locks: processes that start together migrate in turn.
_LOCK = 7_306_921_402


class MigrationError(Exception):
    """The migrations did not succeed; the message is for an operator."""


async def migrate(
    url: str, engine: PostgresEngine, app: AppConfig,
    install: Callable[[Any], Awaitable[None]] | None = None,
) -> None:  # fmt: skip
    """Runs what has not run yet, and then ``install`` on a connection of asyncpg. Idempotent.

    The environment variable ``PICCOLO_CONF`` must name the service's configuration: Piccolo's
    own table of migrations is bound through it. Raises :class:`MigrationError`.
    """
    engine.config = {"dsn": url}
    connection = await asyncpg.connect(url)
    try:
        # Held until this connection closes, whatever happens.
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        manager = ForwardsMigrationManager(app_name=app.app_name)
        await manager.create_migration_table()
        result = await manager.run_migrations(app)
        if not result.success:
            raise MigrationError(result.message)
        if install:
            await install(connection)
    finally:
        await connection.close()


def of_statements(
    migration_id: str, app_name: str, description: str, forwards: Iterable[str], backwards: Iterable[str]
) -> MigrationManager:
    """A migration that is nothing but SQL."""

    class Raw(Table):
        """Raw SQL needs any table to be run through, and that keeps the engine it first ran on."""

    def running(statements: Iterable[str]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            for statement in statements:
                await Raw.raw(statement)

        return run

    manager = MigrationManager(migration_id=migration_id, app_name=app_name, description=description)
    manager.add_raw(running(forwards))
    manager.add_raw_backwards(running(backwards))
    return manager
