"""Sources that turned out to be damaged when they were to be copied."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "Damaged sources"

_FORWARDS = ("ALTER TABLE revisions ADD COLUMN source_is_damaged boolean NOT NULL DEFAULT false",)
_BACKWARDS = ("ALTER TABLE revisions DROP COLUMN source_is_damaged",)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
