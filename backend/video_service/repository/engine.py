"""The engine that all tables of this service share. Its address is set when the settings are read."""

import os

from shared.engine import Engine

DB = Engine({"dsn": os.environ.get("VIDEO_DATABASE_URL", "")}, extensions=())
