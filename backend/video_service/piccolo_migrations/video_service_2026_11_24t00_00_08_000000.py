"""Finding videos: the lines of captions with their times, which videos have captions, tags of any case."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lines of captions, captioned videos and tags"

_LISTED = "visibility = 'public' AND playable AND state <> 'failed' AND deleted_at IS NULL"

_FORWARDS = (
    "CREATE TABLE caption_lines (caption varchar(26) NOT NULL REFERENCES captions ON DELETE CASCADE,"
    " position integer NOT NULL, start_ms integer NOT NULL, text text NOT NULL,"
    " search tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED,"
    " PRIMARY KEY (caption, position))",
    # Stored files are written by `caption_files.webvtt`: a line of times, then lines of safe markup.
    "INSERT INTO caption_lines (caption, position, start_ms, text)"
    " SELECT c.id, block.number, ((block.part[1]::int * 60 + block.part[2]::int) * 60"
    " + block.part[3]::int) * 1000 + block.part[4]::int,"
    " translate(replace(replace(replace(regexp_replace(block.part[5], '<[^>]*>', '', 'g'),"
    " '&lt;', '<'), '&gt;', '>'), '&amp;', '&'), E'\\n', ' ')"
    " FROM captions c, regexp_matches(left(c.webvtt, 200000),"
    " '(\\d\\d):(\\d\\d):(\\d\\d)\\.(\\d\\d\\d) --> [^\\n]*\\n((?:[^\\n]+\\n)+)', 'g')"
    " WITH ORDINALITY AS block (part, number)",
    "ALTER TABLE videos ADD COLUMN captioned boolean NOT NULL DEFAULT false",
    "UPDATE videos SET captioned = true WHERE id IN (SELECT video FROM captions)",
    # So that it is true whoever adds and removes captions.
    "CREATE FUNCTION captions_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " UPDATE videos SET captioned = NOT captioned WHERE id = COALESCE(NEW.video, OLD.video)"
    " AND captioned <> EXISTS (SELECT 1 FROM captions WHERE video = videos.id);"
    " RETURN NULL; END $$",
    "CREATE TRIGGER captions_counted AFTER INSERT OR DELETE ON captions"
    " FOR EACH ROW EXECUTE FUNCTION captions_counted()",
    f"CREATE INDEX videos_captioned ON videos (created_at DESC, id DESC) WHERE captioned AND {_LISTED}",
    f"CREATE INDEX videos_duration ON videos (duration_seconds) WHERE {_LISTED}",
    "CREATE FUNCTION lowered_words(words text[]) RETURNS text[]"
    " LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT lower(words::text)::text[] $$",
    "CREATE INDEX videos_tags ON videos USING gin (lowered_words(tags::text[]))",
)
_BACKWARDS = (
    "DROP INDEX videos_tags",
    "DROP FUNCTION lowered_words(text[])",
    "DROP TRIGGER captions_counted ON captions",
    "DROP FUNCTION captions_counted()",
    "DROP INDEX videos_captioned, videos_duration",
    "ALTER TABLE videos DROP COLUMN captioned",
    "DROP TABLE caption_lines",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
