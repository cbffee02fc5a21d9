"""The connection pool. Every change of a video's row raises its version and is announced on
the channel ``video_changed`` by triggers, in the transaction that makes it (see the migrations)."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import asyncpg
import structlog
from asyncpg import PostgresError, connect

from video_service.domain.errors import Unavailable
from video_service.repository.engine import DB
from video_service.repository.tables import Videos

log = structlog.get_logger(__name__)
Given = ParamSpec("Given")
Found = TypeVar("Found")

#: What a query raises when the database is gone, stops, starts or is full (PostgreSQL, appendix A: classes
#: 08, 53 and 57), and what the pool says of a connection that has closed.
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
)
#: PostgreSQL channel on which the id of each changed video is sent.
VIDEO_CHANGED = "video_changed"
_POOL_SIZE = 10
_COMMAND_TIMEOUT_SECONDS = 30
#: A worker that stands still in the middle of a transaction must not keep the video's row from the
#: others (PostgreSQL documentation, idle_in_transaction_session_timeout).
_IDLE_IN_TRANSACTION_SECONDS = 10
#: It is not idle while PostgreSQL knows a statement and was not yet told to run it, as between asyncpg's two
#: messages, so there is an end to a transaction too (transaction_timeout, which came with version 17).
_TRANSACTION_SECONDS = 20
_TRANSACTIONS_END_SINCE = 17


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[None]:
    """Connects the tables to a database for as long as the context lasts.

    Raises OSError or asyncpg.PostgresError where it cannot be reached.
    """
    DB.config = {"dsn": url}
    settings = {
        "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_SECONDS}s",
        # How common the words of a search are decides which index answers it: a plan that is kept for
        # all words alike tries every caption.
        "plan_cache_mode": "force_custom_plan",
    }
    if await _major_version(url) >= _TRANSACTIONS_END_SINCE:
        settings["transaction_timeout"] = f"{_TRANSACTION_SECONDS}s"
    await DB.start_connection_pool(
        min_size=1,
        max_size=_POOL_SIZE,
        command_timeout=_COMMAND_TIMEOUT_SECONDS,
        server_settings=settings,
    )
    try:
        yield
    finally:
        await DB.close_connection_pool()


def needs_database(
    query: Callable[Given, Awaitable[Found]],
) -> Callable[Given, Coroutine[Any, Any, Found]]:
    """The query, which raises Unavailable where the database cannot be reached."""

    @functools.wraps(query)
    async def asked(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            return await query(*args, **kwargs)
        except _UNREACHABLE as error:
            if isinstance(error, ValueError):  # asyncpg's word for a mistake of ours
                raise
            log.warning("database unreachable", error=str(error))
            raise Unavailable("This cannot be looked up just now. Try again.") from error

    return asked


async def _major_version(url: str) -> int:
    connection = await connect(url)
    try:
        return connection.get_server_version().major
    finally:
        await connection.close()


async def database_answers() -> bool:
    """Whether a query gets an answer just now."""
    try:
        await Videos.raw("SELECT 1")
    except (OSError, TimeoutError, PostgresError):
        return False
    return True
