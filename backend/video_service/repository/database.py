"""The connection pool. Every change of a video's row raises its version and is announced on
the channel ``video_changed`` by triggers, in the transaction that makes it (see the migrations)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from asyncpg import connect

from shared.reachability import DATABASE_FAILURES, reaching_queries
from video_service.domain.errors import Unavailable
from video_service.repository.engine import DB
from video_service.repository.tables import Videos

log = structlog.get_logger(__name__)

#: PostgreSQL channel on which the id of each changed video is sent.
VIDEO_CHANGED = "video_changed"
_POOL_SIZE = 10
#: Of each statement. A server that accepts and never answers is as good as gone, and whoever asks is told so.
COMMAND_TIMEOUT_SECONDS = 30
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
    # Also of the connections beside the pool, which listen.
    DB.config = {"dsn": url, "command_timeout": COMMAND_TIMEOUT_SECONDS}
    settings = {
        "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_SECONDS}s",
        # How common the words of a search are decides which index answers it: a plan that is kept for
        # all words alike tries every caption.
        "plan_cache_mode": "force_custom_plan",
    }
    if await _major_version(url) >= _TRANSACTIONS_END_SINCE:
        settings["transaction_timeout"] = f"{_TRANSACTION_SECONDS}s"
    await DB.start_connection_pool(min_size=1, max_size=_POOL_SIZE, server_settings=settings)
    try:
        yield
    finally:
        await DB.close_connection_pool()


def _unreachable(error: Exception) -> Exception:
    log.warning("database unreachable", error=str(error))
    return Unavailable("This cannot be looked up just now. Try again.")


#: For queries: they raise Unavailable where the database cannot be reached.
needs_database = reaching_queries(_unreachable)


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
    except DATABASE_FAILURES:
        return False
    return True
