"""People with accounts, and the browsers in which they are signed in."""

import os

from piccolo.columns import ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.engine.postgres import PostgresEngine
from piccolo.table import Table

#: Length of an id: 128 bits in base32.
_ID = 26


class _Engine(PostgresEngine):
    """Stock Piccolo connects while it is being constructed, to warn about old servers: importing
    a module must not need a database, whose address is known only once the settings are read."""

    async def check_version(self) -> None:
        pass


#: Made here and not in Piccolo's configuration, which needs the tables.
DB = _Engine({"dsn": os.environ.get("GATEWAY_DATABASE_URL", "")}, extensions=())


class Users(Table, tablename="users", db=DB):
    id = Varchar(length=_ID, primary_key=True)
    #: As the person wrote it.
    email = Text()
    #: NFKC and case-folded: what must be unique.
    email_key = Text(unique=True)
    name = Varchar(length=80)
    role = Varchar(length=16)
    password_hash = Text()
    created_at = Timestamptz()


class Sessions(Table, tablename="sessions", db=DB):
    """One row for each refresh token. Rotation adds a row to the token's family."""

    #: SHA-256 of the refresh token, in hexadecimal.
    token_hash = Varchar(length=64, primary_key=True)
    family = Varchar(length=_ID, index=True)
    user = ForeignKey(Users, on_delete=OnDelete.cascade, null=False)
    created_at = Timestamptz()
    expires_at = Timestamptz(index=True)
    #: When it was exchanged for the next one.
    rotated_at = Timestamptz(null=True, default=None)


ALL_TABLES: list[type[Table]] = [Users, Sessions]
