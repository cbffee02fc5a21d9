"""What Piccolo's columns cannot say: checks, uniqueness, keyset indices and full-text search."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "Checks, indices and search"

# The public list and each owner's list are read newest first from their own index. Words are
# matched as they are written (the `simple` configuration): titles come in every language.
#
# The triggers make it impossible to change a video without raising its version and telling the
# listeners; both leave with the commit, and the update has locked the row until then.
_FORWARDS = """
ALTER TABLE videos
    ADD CONSTRAINT videos_visibility CHECK (visibility IN ('public', 'unlisted', 'private')),
    ADD CONSTRAINT videos_state CHECK (state IN ('uploading', 'processing', 'ready', 'failed')),
    ADD CONSTRAINT videos_progress CHECK (progress BETWEEN 0 AND 1),
    ADD CONSTRAINT videos_failure CHECK ((state = 'failed') = (failure_reason IS NOT NULL));
ALTER TABLE chunks
    ADD CONSTRAINT chunks_lane CHECK (lane IN ('express', 'audio', 'ladder')),
    ADD CONSTRAINT chunks_state CHECK (state IN ('waiting', 'done', 'given_up')),
    ADD CONSTRAINT chunks_done_fraction CHECK (done_fraction BETWEEN 0 AND 1),
    ADD CONSTRAINT chunks_position UNIQUE (revision, position);

CREATE INDEX videos_public ON videos (created_at DESC, id DESC)
    WHERE visibility = 'public' AND playable AND state <> 'failed' AND deleted_at IS NULL;
CREATE INDEX videos_owner ON videos (owner, created_at DESC, id DESC);
CREATE INDEX uploads_open ON uploads (created_at) WHERE NOT complete;

CREATE FUNCTION joined_words(words text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_to_string(words, ' ') $$;
ALTER TABLE videos ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title), 'A')
    || setweight(to_tsvector('simple', joined_words(tags::text[])), 'B')
    || setweight(to_tsvector('simple', description), 'C')
) STORED;
CREATE INDEX videos_search ON videos USING gin (search);

CREATE FUNCTION video_changes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.version := OLD.version + 1; NEW.updated_at := now();
    RETURN NEW; END $$;
CREATE TRIGGER video_changes BEFORE UPDATE ON videos FOR EACH ROW EXECUTE FUNCTION video_changes();
CREATE FUNCTION video_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_notify('video_changed', COALESCE(NEW.id, OLD.id));
    RETURN NULL; END $$;
CREATE TRIGGER video_changed AFTER INSERT OR UPDATE OR DELETE ON videos
    FOR EACH ROW EXECUTE FUNCTION video_changed();
"""

_BACKWARDS = """
DROP TRIGGER video_changed ON videos;
DROP TRIGGER video_changes ON videos;
DROP FUNCTION video_changed();
DROP FUNCTION video_changes();
ALTER TABLE videos DROP COLUMN search;
DROP FUNCTION joined_words(text[]);
DROP INDEX videos_public, videos_owner, uploads_open;
ALTER TABLE videos
    DROP CONSTRAINT videos_visibility, DROP CONSTRAINT videos_state,
    DROP CONSTRAINT videos_progress, DROP CONSTRAINT videos_failure;
ALTER TABLE chunks
    DROP CONSTRAINT chunks_lane, DROP CONSTRAINT chunks_state,
    DROP CONSTRAINT chunks_done_fraction, DROP CONSTRAINT chunks_position;
"""


class _Raw(Table):
    """Raw SQL needs any table to be run through."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="video_service", description=DESCRIPTION)

    async def run() -> None:
        await _run(_FORWARDS)

    async def run_backwards() -> None:
        await _run(_BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager


async def _run(script: str) -> None:
    # asyncpg prepares what Piccolo runs, so it goes statement by statement; a line that begins
    # with a space belongs to the one before.
    for statement in filter(str.strip, re.split(r";\n(?!\s)|;\n\n", script)):
        await _Raw.raw(statement)
