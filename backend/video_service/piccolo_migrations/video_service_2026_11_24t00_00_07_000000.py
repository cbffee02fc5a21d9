"""Captions, the words in them, and chapters."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "Captions and chapters"

_FORWARDS = (
    "CREATE TABLE captions (id varchar(26) PRIMARY KEY,"
    " video varchar(26) NOT NULL REFERENCES videos ON DELETE CASCADE,"
    " language varchar(35) NOT NULL, kind varchar(16) NOT NULL, label varchar(60) NOT NULL,"
    " webvtt text NOT NULL, search tsvector NOT NULL DEFAULT ''::tsvector,"
    " stream_index integer, touched boolean NOT NULL,"
    " created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,"
    " CONSTRAINT captions_kind CHECK (kind IN ('subtitles', 'captions')),"
    " CONSTRAINT captions_stream UNIQUE (video, stream_index))",
    "CREATE INDEX captions_video ON captions (video)",
    "CREATE INDEX captions_search ON captions USING gin (search)",
    "ALTER TABLE videos ADD COLUMN own_chapters jsonb NOT NULL DEFAULT '[]'::jsonb,"
    " ADD COLUMN source_chapters jsonb NOT NULL DEFAULT '[]'::jsonb",
)
_BACKWARDS = (
    "ALTER TABLE videos DROP COLUMN own_chapters, DROP COLUMN source_chapters",
    "DROP TABLE captions",
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
