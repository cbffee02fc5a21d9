"""The engine that all tables of the gateway share. Its address is set when the settings are read."""

import os

from shared.engine import Engine

#: Length of an id: 128 bits in base32.
ID_LENGTH = 26
#: Length of a SHA-256 in hexadecimal.
DIGEST_LENGTH = 64

#: Made here and not in Piccolo's configuration, which needs the tables.
DB = Engine({"dsn": os.environ.get("GATEWAY_DATABASE_URL", "")}, extensions=())
