"""Whose pages may show a video in a frame, and public videos by id."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:09:000000"
VERSION = "1.38.0"
DESCRIPTION = "Embedding, and what search engines are told of"

_FORWARDS = (
    "ALTER TABLE videos ADD COLUMN embed_sites text[],"
    " ADD CONSTRAINT videos_embed_sites CHECK (cardinality(embed_sites) <= 50)",
    # Compared as bytes, whatever the database's language is.
    "CREATE INDEX videos_sitemap ON videos (id varchar_pattern_ops)"
    " WHERE visibility = 'public' AND playable AND state <> 'failed' AND deleted_at IS NULL",
)
_BACKWARDS = (
    "DROP INDEX videos_sitemap",
    "ALTER TABLE videos DROP COLUMN embed_sites",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
