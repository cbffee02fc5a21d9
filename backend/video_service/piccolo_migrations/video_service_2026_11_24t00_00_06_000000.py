"""Extras, which are made around a revision's picture and sound, and posters that owners chose."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "Extras and posters"

_FORWARDS = (
    "CREATE TABLE extras (id serial PRIMARY KEY,"
    " revision varchar(26) NOT NULL REFERENCES revisions ON DELETE CASCADE,"
    " kind varchar(16) NOT NULL, state varchar(16) NOT NULL DEFAULT 'waiting',"
    " attempts integer NOT NULL DEFAULT 0, failures integer NOT NULL DEFAULT 0, job_id bigint,"
    " CONSTRAINT extras_state CHECK (state IN ('waiting', 'done', 'failed')),"
    " CONSTRAINT extras_kind UNIQUE (revision, kind))",
    "CREATE INDEX extras_waiting ON extras (id) WHERE state = 'waiting'",
    # Braces would be Piccolo's place for a value.
    "ALTER TABLE videos ADD COLUMN extras jsonb NOT NULL DEFAULT jsonb_build_object(),"
    " ADD COLUMN poster jsonb",
    "CREATE TABLE posters (id varchar(26) PRIMARY KEY,"
    " video varchar(26) NOT NULL REFERENCES videos ON DELETE CASCADE,"
    " state varchar(16) NOT NULL DEFAULT 'waiting', created_at timestamptz NOT NULL,"
    " CONSTRAINT posters_state CHECK (state IN ('waiting', 'taken', 'refused')))",
    "CREATE INDEX posters_video ON posters (video)",
)
_BACKWARDS = (
    "DROP TABLE posters",
    "ALTER TABLE videos DROP COLUMN extras, DROP COLUMN poster",
    "DROP TABLE extras",
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
