"""Sources that turned out to be damaged when they were to be copied."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "Damaged sources"

_FORWARDS = ("ALTER TABLE revisions ADD COLUMN source_is_damaged boolean NOT NULL DEFAULT false",)
_BACKWARDS = ("ALTER TABLE revisions DROP COLUMN source_is_damaged",)


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
