"""Users and their sessions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shared.migrations import of_statements

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


async def forwards() -> MigrationManager:
    return of_statements(ID, "gateway", DESCRIPTION, _FORWARDS, _BACKWARDS)
