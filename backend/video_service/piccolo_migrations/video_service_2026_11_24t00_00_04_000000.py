"""What each upload takes of its owner's quotas, and an index that sums it up."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:04:000000"
VERSION = "1.38.0"
DESCRIPTION = "Bytes that uploads reserve"

_FORWARDS = (
    "ALTER TABLE uploads ADD COLUMN reserved_bytes bigint NOT NULL DEFAULT 0",
    # An upload of unknown length from before counts from its completion on.
    "UPDATE uploads SET reserved_bytes = GREATEST(size_bytes, 0)",
    "ALTER TABLE uploads ADD CONSTRAINT uploads_reserved_bytes CHECK (reserved_bytes >= 0)",
    "CREATE INDEX uploads_owner ON uploads (owner) INCLUDE (reserved_bytes, created_at, complete)",
)
_BACKWARDS = (
    "DROP INDEX uploads_owner",
    "ALTER TABLE uploads DROP COLUMN reserved_bytes",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
