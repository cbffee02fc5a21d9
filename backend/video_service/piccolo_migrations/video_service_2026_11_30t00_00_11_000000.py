"""Early copies that may lie where nobody takes them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-30T00:00:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "Early copies that nobody takes"

_FORWARDS = (
    "ALTER TABLE uploads DROP CONSTRAINT uploads_early_copy, ADD CONSTRAINT uploads_early_copy"
    " CHECK (early_copy IN ('', 'waiting', 'running', 'ended'))",
    "CREATE INDEX uploads_early_copies ON uploads (id) WHERE early_copy <> ''",
    "CREATE INDEX revisions_source_key ON revisions (source_key)",
)
_BACKWARDS = (
    "DROP INDEX revisions_source_key",
    "DROP INDEX uploads_early_copies",
    "UPDATE uploads SET early_copy = '' WHERE early_copy = 'ended'",
    "ALTER TABLE uploads DROP CONSTRAINT uploads_early_copy, ADD CONSTRAINT uploads_early_copy"
    " CHECK (early_copy IN ('', 'waiting', 'running'))",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
