"""The connection pool. Every change of a video's row raises its version and is announced on
the channel ``video_changed`` by triggers, in the transaction that makes it (see the migrations)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import PostgresError

from video_service.repository.engine import DB
from video_service.repository.tables import Videos

#: PostgreSQL channel on which the id of each changed video is sent.
VIDEO_CHANGED = "video_changed"
_POOL_SIZE = 10
_COMMAND_TIMEOUT_SECONDS = 30
#: A worker that stands still in the middle of a transaction must not keep the video's row from the
#: others (PostgreSQL documentation, idle_in_transaction_session_timeout).
_IDLE_IN_TRANSACTION_SECONDS = 10


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[None]:
    """Connects the tables to a database for as long as the context lasts.

    Raises OSError or asyncpg.PostgresError where it cannot be reached.
    """
    DB.config = {"dsn": url}
    await DB.start_connection_pool(
        min_size=1,
        max_size=_POOL_SIZE,
        command_timeout=_COMMAND_TIMEOUT_SECONDS,
        server_settings={
            "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_SECONDS}s",
            # How common the words of a search are decides which index answers it: a plan that is kept for
            # all words alike tries every caption.
            "plan_cache_mode": "force_custom_plan",
        },
    )
    try:
        yield
    finally:
        await DB.close_connection_pool()


async def database_answers() -> bool:
    """Whether a query gets an answer just now."""
    try:
        await Videos.raw("SELECT 1")
    except (OSError, TimeoutError, PostgresError):
        return False
    return True
