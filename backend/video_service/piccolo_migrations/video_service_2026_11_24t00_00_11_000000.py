"""What clients say of their uploads, and are told again."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "Metadata of uploads"

_FORWARDS = ("ALTER TABLE uploads ADD COLUMN metadata text NOT NULL DEFAULT ''",)
_BACKWARDS = ("ALTER TABLE uploads DROP COLUMN metadata",)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
