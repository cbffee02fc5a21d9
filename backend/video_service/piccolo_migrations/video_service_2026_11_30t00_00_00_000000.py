"""Sources that cannot be copied, although they are not damaged."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-30T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sources that cannot be copied"

_FORWARDS = (
    "ALTER TABLE revisions ADD COLUMN never_copied boolean NOT NULL DEFAULT false",
    "UPDATE revisions SET never_copied = true WHERE source_is_damaged",
)
_BACKWARDS = ("ALTER TABLE revisions DROP COLUMN never_copied",)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
