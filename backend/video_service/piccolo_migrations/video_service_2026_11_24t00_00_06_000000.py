"""What is around picture and sound: extras, posters, captions, chapters, other audio tracks, downloads."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "What is around picture and sound"

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
    "CREATE TABLE captions (id varchar(26) PRIMARY KEY,"
    " video varchar(26) NOT NULL REFERENCES videos ON DELETE CASCADE,"
    " language varchar(35) NOT NULL, kind varchar(16) NOT NULL, label varchar(60) NOT NULL,"
    " webvtt text NOT NULL, search tsvector NOT NULL DEFAULT ''::tsvector,"
    " stream_index integer, touched boolean NOT NULL, removed boolean NOT NULL DEFAULT false,"
    " created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,"
    " CONSTRAINT captions_kind CHECK (kind IN ('subtitles', 'captions')),"
    " CONSTRAINT captions_stream UNIQUE (video, stream_index))",
    "CREATE INDEX captions_video ON captions (video)",
    "CREATE INDEX captions_search ON captions USING gin (search)",
    "ALTER TABLE videos ADD COLUMN own_chapters jsonb NOT NULL DEFAULT '[]'::jsonb,"
    " ADD COLUMN source_chapters jsonb NOT NULL DEFAULT '[]'::jsonb",
    "ALTER TABLE chunks DROP CONSTRAINT chunks_lane",
    "ALTER TABLE chunks ADD CONSTRAINT chunks_lane"
    " CHECK (lane IN ('express', 'audio', 'alternative', 'ladder'))",
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
    # What was planned with them is not complete without them; a new revision is planned anew.
    "DELETE FROM chunks WHERE lane = 'alternative'",
    "ALTER TABLE chunks DROP CONSTRAINT chunks_lane",
    "ALTER TABLE chunks ADD CONSTRAINT chunks_lane CHECK (lane IN ('express', 'audio', 'ladder'))",
    "ALTER TABLE videos DROP COLUMN own_chapters, DROP COLUMN source_chapters",
    "DROP TABLE captions",
    "DROP TABLE posters",
    "ALTER TABLE videos DROP COLUMN extras, DROP COLUMN poster",
    "DROP TABLE extras",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
