"""When processing began and how fast it goes: what the estimate of the time left is made of."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "The pace of processing"

_FORWARDS = (
    "ALTER TABLE videos ADD COLUMN pace_began_at timestamptz, ADD COLUMN pace_measured_at timestamptz,"
    " ADD COLUMN pace_recent double precision NOT NULL DEFAULT 0",
)
_BACKWARDS = (
    "ALTER TABLE videos DROP COLUMN pace_began_at, DROP COLUMN pace_measured_at, DROP COLUMN pace_recent",
)


class _Raw(Table):
    """Raw SQL needs any table to be run through."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="video_service", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await _Raw.raw(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await _Raw.raw(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
