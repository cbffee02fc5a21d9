"""The connection pool, and what queries and transactions need around them."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import asyncpg
import structlog

from gateway.accounts.tables import Users
from gateway.engine import DB
from gateway.problems import Problem
from shared.rpc_errors import WireError

_log = structlog.get_logger("gateway.database")
Given = ParamSpec("Given")
Found = TypeVar("Found")

_POOL_SIZE = 10
_COMMAND_TIMEOUT_SECONDS = 30
#: What a query raises when the database is gone, stops, starts or is full (PostgreSQL, appendix A:
#: classes 08, 53 and 57), and what the pool says of a connection that has closed.
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
)


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


def needs_database(
    query: Callable[Given, Awaitable[Found]],
) -> Callable[Given, Coroutine[Any, Any, Found]]:
    """The query, which raises :class:`Problem` UNAVAILABLE where the database cannot be reached."""

    @functools.wraps(query)
    async def asked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            return await query(*args, **kwargs)
        except _UNREACHABLE as error:
            raise _unreachable(error) from error

    return asked


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """What is written inside is written together or not at all, whichever repository writes it.

    Raises :class:`Problem` UNAVAILABLE where the database cannot be reached.
    """
    try:
        async with DB.transaction():
            yield
    except _UNREACHABLE as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> Exception:
    if isinstance(error, ValueError):  # asyncpg's word for a mistake of ours
        return error
    _log.warning("database_unreachable", error=str(error))
    return Problem(WireError("UNAVAILABLE", "Accounts cannot be reached just now."))


async def database_answers() -> bool:
    """Whether a query gets an answer just now."""
    try:
        await Users.raw("SELECT 1")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True
