"""Revisions that are made while another is served, and those that were served before; the pace of
processing, the turns by which jobs are claimed, and how often chunks failed by themselves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

ID = "2026-11-24T00:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "Successors, retired revisions, pace, turns and failures"

_FORWARDS = (
    "ALTER TABLE videos ADD COLUMN successor_id varchar(26),"
    " ADD COLUMN successor_progress double precision NOT NULL DEFAULT 0,"
    " ADD CONSTRAINT videos_successor CHECK (successor_id IS NULL OR state = 'ready'),"
    " ADD CONSTRAINT videos_successor_progress CHECK (successor_progress BETWEEN 0 AND 1),"
    " ADD COLUMN pace_began_at timestamptz, ADD COLUMN pace_measured_at timestamptz,"
    " ADD COLUMN pace_recent double precision NOT NULL DEFAULT 0",
    # Braces would be Piccolo's place for a value.
    "ALTER TABLE revisions ADD COLUMN becomes jsonb NOT NULL DEFAULT jsonb_build_object(),"
    " ADD COLUMN retired_at timestamptz, ADD COLUMN turn bigint NOT NULL DEFAULT 0",
    "ALTER TABLE chunks ADD COLUMN failures integer NOT NULL DEFAULT 0",
)
_BACKWARDS = (
    "ALTER TABLE chunks DROP COLUMN failures",
    "ALTER TABLE revisions DROP COLUMN becomes, DROP COLUMN retired_at, DROP COLUMN turn",
    "ALTER TABLE videos DROP COLUMN successor_id, DROP COLUMN successor_progress,"
    " DROP COLUMN pace_began_at, DROP COLUMN pace_measured_at, DROP COLUMN pace_recent",
)


async def forwards() -> MigrationManager:
    return of_statements(ID, "video_service", DESCRIPTION, _FORWARDS, _BACKWARDS)
