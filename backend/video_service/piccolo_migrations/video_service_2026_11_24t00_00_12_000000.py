"""Copies that are made while their upload arrives."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:12:000000"
VERSION = "1.38.0"
DESCRIPTION = "Early copies of uploads"

_FORWARDS = (
    "ALTER TABLE uploads ADD COLUMN early_copy varchar(16) NOT NULL DEFAULT ''",
    "ALTER TABLE uploads ADD CONSTRAINT uploads_early_copy CHECK (early_copy IN ('', 'waiting', 'running'))",
)
_BACKWARDS = ("ALTER TABLE uploads DROP COLUMN early_copy",)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
