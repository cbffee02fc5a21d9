"""Jobs that counted no attempts of their own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-30T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "Attempts of posters and of the finish"

_FORWARDS = (
    "ALTER TABLE revisions ADD COLUMN poster_attempts integer NOT NULL DEFAULT 0,"
    " ADD COLUMN finish_attempts integer NOT NULL DEFAULT 0",
    "ALTER TABLE posters ADD COLUMN attempts integer NOT NULL DEFAULT 0",
)
_BACKWARDS = (
    "ALTER TABLE revisions DROP COLUMN poster_attempts, DROP COLUMN finish_attempts",
    "ALTER TABLE posters DROP COLUMN attempts",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
