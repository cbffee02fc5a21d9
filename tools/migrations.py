"""Remembers that the embedded database has the newest schema.

Each service's `migrate` takes a second to find out that there is nothing to do, mostly by importing
Piccolo. A start that changed nothing must be quick, so what was migrated from is kept beside the data.
"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Schemas follow from the migrations and, for the job queue's tables, from the installed packages.
_SOURCES = ("backend/*/piccolo_migrations/*.py", "uv.lock")


class Migrated:
    """The memory of one data folder."""

    def __init__(self, data: Path) -> None:
        self._database = data / "database" / "PG_VERSION"
        self._stamp = data / "migrated"

    def is_current(self) -> bool:
        made = self._stamp.is_file() and self._database.is_file()
        return made and self._stamp.read_text() == self._digest()

    def remember(self) -> None:
        self._stamp.write_text(self._digest())

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for pattern in _SOURCES:
            for path in sorted(ROOT.glob(pattern)):
                digest.update(f"{path.relative_to(ROOT)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        # Written once, when a database folder is made: another one has another time.
        made_at = self._database.stat().st_mtime_ns
        digest.update(str(made_at).encode())
        return digest.hexdigest()
