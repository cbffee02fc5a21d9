"""Chunks of the audio tracks that are heard only where they are chosen."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "Alternative audio tracks"

_FORWARDS = (
    "ALTER TABLE chunks DROP CONSTRAINT chunks_lane",
    "ALTER TABLE chunks ADD CONSTRAINT chunks_lane"
    " CHECK (lane IN ('express', 'audio', 'alternative', 'ladder'))",
)
_BACKWARDS = (
    # What was planned with them is not complete without them; a new revision is planned anew.
    "DELETE FROM chunks WHERE lane = 'alternative'",
    "ALTER TABLE chunks DROP CONSTRAINT chunks_lane",
    "ALTER TABLE chunks ADD CONSTRAINT chunks_lane CHECK (lane IN ('express', 'audio', 'ladder'))",
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
