"""Sessions with where they are used, API tokens, resets, invitations, the audit trail and the outbox."""

import idna
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "2026-11-24T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sessions, API tokens, invitations, audit and outbox"

_FORWARDS = (
    "ALTER TABLE users ADD COLUMN blocked_at timestamptz",
    "CREATE INDEX users_created_at ON users (created_at, id)",
    # What was called a session is one refresh token; its family is the session.
    "ALTER TABLE sessions RENAME TO refresh_tokens",
    "ALTER TABLE refresh_tokens RENAME CONSTRAINT sessions_pkey TO refresh_tokens_pkey",
    "ALTER INDEX sessions_family RENAME TO refresh_tokens_session",
    """
    CREATE TABLE sessions (
        id varchar(26) PRIMARY KEY,
        "user" varchar(26) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        address text NOT NULL,
        user_agent text NOT NULL
    )""",
    """
    INSERT INTO sessions
    SELECT family, "user", min(created_at), max(created_at), max(expires_at), '', ''
    FROM refresh_tokens GROUP BY family, "user"
    """,
    "ALTER TABLE refresh_tokens RENAME COLUMN family TO session",
    """
    ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_session_fkey
        FOREIGN KEY (session) REFERENCES sessions (id) ON DELETE CASCADE
    """,
    'ALTER TABLE refresh_tokens DROP COLUMN "user", DROP COLUMN expires_at',
    'CREATE INDEX sessions_user ON sessions ("user")',
    """
    CREATE TABLE api_tokens (
        id varchar(26) PRIMARY KEY,
        "user" varchar(26) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name text NOT NULL,
        token_hash varchar(64) NOT NULL UNIQUE,
        scopes text NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz,
        expires_at timestamptz
    )""",
    'CREATE INDEX api_tokens_user ON api_tokens ("user")',
    """
    CREATE TABLE password_resets (
        token_hash varchar(64) PRIMARY KEY,
        "user" varchar(26) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
    )""",
    'CREATE INDEX password_resets_user ON password_resets ("user")',
    """
    CREATE TABLE invitations (
        id varchar(26) PRIMARY KEY,
        token_hash varchar(64) NOT NULL UNIQUE,
        email text,
        role varchar(16) NOT NULL CHECK (role IN ('user', 'moderator', 'admin')),
        created_by varchar(26) REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    )""",
    "CREATE INDEX invitations_created_by ON invitations (created_by)",
    """
    CREATE TABLE audit_events (
        id bigserial PRIMARY KEY,
        time timestamptz NOT NULL,
        actor_id text NOT NULL,
        actor_name text NOT NULL,
        action text NOT NULL,
        subject_id text NOT NULL,
        details jsonb NOT NULL
    )""",
    "CREATE INDEX audit_events_time ON audit_events (time, id)",
    "CREATE INDEX audit_events_actor ON audit_events (actor_id, time, id)",
    """
    CREATE TABLE outbox (
        id bigserial PRIMARY KEY,
        owner_id varchar(26) NOT NULL,
        new_name text,
        created_at timestamptz NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz NOT NULL
    )""",
    "CREATE INDEX outbox_owner ON outbox (owner_id, id)",
)
_BACKWARDS = (
    "DROP TABLE outbox",
    "DROP TABLE audit_events",
    "DROP TABLE invitations",
    "DROP TABLE password_resets",
    "DROP TABLE api_tokens",
    """
    ALTER TABLE refresh_tokens
        ADD COLUMN "user" varchar(26) REFERENCES users (id) ON DELETE CASCADE,
        ADD COLUMN expires_at timestamptz,
        DROP CONSTRAINT refresh_tokens_session_fkey
    """,
    """
    UPDATE refresh_tokens SET "user" = sessions."user", expires_at = sessions.expires_at
    FROM sessions WHERE sessions.id = refresh_tokens.session
    """,
    'ALTER TABLE refresh_tokens ALTER COLUMN "user" SET NOT NULL, ALTER COLUMN expires_at SET NOT NULL',
    "ALTER TABLE refresh_tokens RENAME COLUMN session TO family",
    "DROP TABLE sessions",
    "ALTER INDEX refresh_tokens_session RENAME TO sessions_family",
    "ALTER TABLE refresh_tokens RENAME CONSTRAINT refresh_tokens_pkey TO sessions_pkey",
    "ALTER TABLE refresh_tokens RENAME TO sessions",
    'CREATE INDEX sessions_user ON sessions ("user")',
    "CREATE INDEX sessions_expires_at ON sessions (expires_at)",
    "DROP INDEX users_created_at",
    "ALTER TABLE users DROP COLUMN blocked_at",
)


class _Raw(Table):
    """Raw SQL needs any table to be run through."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="gateway", description=DESCRIPTION)

    async def run() -> None:
        await _run(_FORWARDS)
        await _write_domains_in_one_way()

    async def run_backwards() -> None:
        await _run(_BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager


async def _run(statements: tuple[str, ...]) -> None:
    for statement in statements:
        await _Raw.raw(statement)


async def _write_domains_in_one_way() -> None:
    """A domain's two spellings (RFC 5890 section 2.3.2.1) make one key from now on: that in ASCII.
    Domains that are none stay as they are: nobody gets mail there."""
    for row in await _Raw.raw("SELECT id, email FROM users WHERE email_key ~ '[^[:ascii:]]'"):
        local, _, domain = row["email"].strip().rpartition("@")
        key = await _Raw.raw("SELECT email_key FROM users WHERE id = {}", row["id"])
        try:
            domain = idna.encode(domain, uts46=True).decode().lower()
        except idna.IDNAError:
            continue
        local = key[0]["email_key"].rpartition("@")[0]
        await _Raw.raw("UPDATE users SET email_key = {} WHERE id = {}", f"{local}@{domain}", row["id"])
