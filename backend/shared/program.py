"""What the programs of both services do alike before and after their work."""

import gc
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

#: Exit code for what the person who starts the program has to put right.
EXIT_MISTAKE = 2


class Mistake(Exception):
    """Something that the person who starts the program has to put right, in one sentence."""


def complain(program: str, *mistakes: str) -> int:
    """Prints each on a line; the exit code."""
    for mistake in mistakes:
        print(f"{program}: {mistake}", file=sys.stderr)
    return EXIT_MISTAKE


@contextmanager
def loading() -> Iterator[None]:
    """For the imports of a program that stays: of what they make, hardly anything is ever garbage. It is
    not looked through meanwhile, nor at each full collection for ever after, in which all else stands
    still (Python documentation, gc.freeze)."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def listening(host: str, port: int, setting: str) -> socket.socket:
    """``setting`` names what to change where the port is taken. Raises :class:`Mistake`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise Mistake(
            f"Port {port} on {host} cannot be used ({error.strerror}): set {setting} to another port."
        ) from error
    return listener


async def require_tables(database_url: str, service: str, *tables: str) -> None:
    """Raises :class:`Mistake` where the newest tables of the service are not there, and OSError or
    asyncpg.PostgresError where the database cannot be reached."""
    connection = await asyncpg.connect(database_url)
    try:
        found = [await connection.fetchval("SELECT to_regclass($1)", name) for name in tables]
    finally:
        await connection.close()
    if None in found:
        raise Mistake(f"The database is not migrated: run `python -m {service} migrate` first.")
