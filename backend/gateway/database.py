"""The connection pool, and what queries and transactions need around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gateway.accounts.tables import Users
from gateway.engine import DB
from gateway.problems import Problem
from shared.reachability import DATABASE_FAILURES, reaching, reaching_queries
from shared.rpc_errors import WireError

_log = structlog.get_logger("gateway.database")

_POOL_SIZE = 10
_COMMAND_TIMEOUT_SECONDS = 30


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[None]:
    """Connects the tables to a database for as long as the context lasts.

    Raises OSError or asyncpg.PostgresError where it cannot be reached.
    """
    DB.config = {"dsn": url}
    await DB.start_connection_pool(min_size=1, max_size=_POOL_SIZE, command_timeout=_COMMAND_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        await DB.close_connection_pool()


def _unreachable(error: Exception) -> Exception:
    _log.warning("database_unreachable", error=str(error))
    return Problem(WireError("UNAVAILABLE", "Accounts cannot be reached just now."))


#: For queries: they raise :class:`Problem` UNAVAILABLE where the database cannot be reached.
needs_database = reaching_queries(_unreachable)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """What is written inside is written together or not at all, whichever repository writes it.

    Raises :class:`Problem` UNAVAILABLE where the database cannot be reached.
    """
    with reaching(_unreachable):
        async with DB.transaction():
            yield


async def database_answers() -> bool:
    """Whether a query gets an answer just now."""
    try:
        await Users.raw("SELECT 1")
    except DATABASE_FAILURES:
        return False
    return True
