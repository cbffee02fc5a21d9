"""The embedded PostgreSQL for as long as `just dev` lives.

PostgreSQL is nobody's child, so no signal tells it that the supervisor was killed. A small process
of its own starts it, waits for the end of its standard input, which the kernel closes with the
supervisor however that dies, and stops it.
"""

import asyncio
import sys
from pathlib import Path

from shared.embedded_postgres import EmbeddedPostgresError, start_embedded

_READY = b"ready"


class Database:
    """The supervisor's end of it."""

    def __init__(self, keeper: asyncio.subprocess.Process) -> None:
        self._keeper = keeper
        self._ready = False

    @classmethod
    async def start(cls, data: Path, environment: dict[str, str]) -> "Database":
        """Returns at once; :meth:`wait_until_ready` tells when it can be used."""
        keeper = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.database", str(data)),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone
        )
        return cls(keeper)

    async def wait_until_ready(self) -> None:
        """Raises :class:`EmbeddedPostgresError`."""
        assert self._keeper.stdout is not None, "the keeper was started with a pipe"
        output = b""
        while line := await self._keeper.stdout.readline():
            if line.strip() == _READY:
                self._ready = True
                return
            output += line
        raise EmbeddedPostgresError(output.decode(errors="replace").rstrip())

    async def stop(self) -> None:
        """Raises :class:`EmbeddedPostgresError` when it ran and could not be stopped."""
        output, _ = await self._keeper.communicate(b"")  # nothing, and then the end
        if self._keeper.returncode and self._ready:
            raise EmbeddedPostgresError(output.decode(errors="replace").rstrip())


def main() -> int:
    try:
        server = start_embedded(Path(sys.argv[1]))
        print(_READY.decode(), flush=True)
        sys.stdin.buffer.read()
        server.stop()
    except EmbeddedPostgresError as error:
        print(error, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
