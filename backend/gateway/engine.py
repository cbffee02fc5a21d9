"""The engine that all tables of the gateway share. Its address is set when the settings are read."""

import os

from piccolo.engine.postgres import PostgresEngine

#: Length of an id: 128 bits in base32.
ID_LENGTH = 26
#: Length of a SHA-256 in hexadecimal.
DIGEST_LENGTH = 64


class _Engine(PostgresEngine):
    """Stock Piccolo connects while it is being constructed, to warn about old servers: importing
    a module must not need a database, whose address is known only once the settings are read."""

    async def check_version(self) -> None:
        pass


#: Made here and not in Piccolo's configuration, which needs the tables.
DB = _Engine({"dsn": os.environ.get("GATEWAY_DATABASE_URL", "")}, extensions=())
