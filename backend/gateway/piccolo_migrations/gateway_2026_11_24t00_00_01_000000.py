"""Users and their sessions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Users and sessions"

_FORWARDS = (
    """
    CREATE TABLE users (
        id varchar(26) PRIMARY KEY,
        email text NOT NULL,
        email_key text NOT NULL UNIQUE,
        name varchar(80) NOT NULL,
        role varchar(16) NOT NULL CHECK (role IN ('user', 'moderator', 'admin')),
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE sessions (
        token_hash varchar(64) PRIMARY KEY,
        family varchar(26) NOT NULL,
        "user" varchar(26) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        rotated_at timestamptz
    )""",
    "CREATE INDEX sessions_family ON sessions (family)",
    'CREATE INDEX sessions_user ON sessions ("user")',
    "CREATE INDEX sessions_expires_at ON sessions (expires_at)",
)
_BACKWARDS = ("DROP TABLE sessions", "DROP TABLE users")


class _Raw(Table):
    """Raw SQL needs any table to be run through."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="gateway", description=DESCRIPTION)

    async def run() -> None:
        await _run(_FORWARDS)

    async def run_backwards() -> None:
        await _run(_BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager


async def _run(statements: tuple[str, ...]) -> None:
    for statement in statements:
        await _Raw.raw(statement)
