"""Downloads: videos as one file."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:09:000000"
VERSION = "1.38.0"
DESCRIPTION = "Downloads"

_FORWARDS = (
    "CREATE TABLE downloads (id varchar(26) PRIMARY KEY,"
    " revision varchar(26) NOT NULL REFERENCES revisions ON DELETE CASCADE,"
    " audio varchar(16) NOT NULL, state varchar(16) NOT NULL DEFAULT 'waiting',"
    " attempts integer NOT NULL DEFAULT 0, failures integer NOT NULL DEFAULT 0,"
    " size_bytes bigint NOT NULL DEFAULT 0, job_id bigint, asked_at timestamptz NOT NULL,"
    " CONSTRAINT downloads_state CHECK (state IN ('waiting', 'done', 'failed')),"
    " CONSTRAINT downloads_once UNIQUE (revision, audio))",
    "CREATE INDEX downloads_asked_at ON downloads (asked_at)",
    "ALTER TABLE videos ADD COLUMN downloadable boolean",
)
_BACKWARDS = (
    "ALTER TABLE videos DROP COLUMN downloadable",
    "DROP TABLE downloads",
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
