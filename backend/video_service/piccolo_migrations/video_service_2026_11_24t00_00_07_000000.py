"""Who has watched what how far, how often videos were watched, and what people keep for later."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "Viewings"

# The lists of a person are read latest first from an index of their own; the last index of viewings is
# for retention. Rows that refer to a video or a person go with them.
_FORWARDS = (
    "ALTER TABLE owners ADD COLUMN history_paused boolean NOT NULL DEFAULT false",
    "CREATE TABLE viewings (id bigserial PRIMARY KEY,"
    " person varchar(64) NOT NULL REFERENCES owners ON DELETE CASCADE,"
    " video varchar(26) NOT NULL REFERENCES videos ON DELETE CASCADE,"
    " position_seconds double precision NOT NULL, finished boolean NOT NULL,"
    " watched_at timestamptz NOT NULL,"
    " CONSTRAINT viewings_once UNIQUE (person, video),"
    " CONSTRAINT viewings_position CHECK (position_seconds >= 0))",
    "CREATE INDEX viewings_video ON viewings (video)",
    "CREATE INDEX viewings_person ON viewings (person, watched_at DESC, video DESC)",
    "CREATE INDEX viewings_unfinished ON viewings (person, watched_at DESC, video DESC) WHERE NOT finished",
    "CREATE INDEX viewings_watched_at ON viewings (watched_at)",
    "CREATE TABLE view_counts (video varchar(26) PRIMARY KEY REFERENCES videos ON DELETE CASCADE,"
    " views bigint NOT NULL)",
    "CREATE TABLE watch_later (id bigserial PRIMARY KEY,"
    " person varchar(64) NOT NULL REFERENCES owners ON DELETE CASCADE,"
    " video varchar(26) NOT NULL REFERENCES videos ON DELETE CASCADE,"
    " added_at timestamptz NOT NULL,"
    " CONSTRAINT watch_later_once UNIQUE (person, video))",
    "CREATE INDEX watch_later_video ON watch_later (video)",
    "CREATE INDEX watch_later_person ON watch_later (person, added_at DESC, video DESC)",
)
_BACKWARDS = (
    "DROP TABLE watch_later",
    "DROP TABLE view_counts",
    "DROP TABLE viewings",
    "ALTER TABLE owners DROP COLUMN history_paused",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
