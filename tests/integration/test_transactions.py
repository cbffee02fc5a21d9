"""Transactions that do not come to a good end: cancelled, as when a client hangs up, or standing still."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.engine import Engine
from tests.support.database import Databases
from video_service.domain.errors import Unavailable
from video_service.repository import database
from video_service.repository.engine import DB
from video_service.repository.queue import Queue
from video_service.repository.tables import Videos

_CONNECTIONS = 2


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    engine = Engine({"dsn": database_url}, extensions=())
    await engine.start_connection_pool(min_size=_CONNECTIONS, max_size=_CONNECTIONS)
    yield engine
    async with asyncio.timeout(60):
        await engine.close_connection_pool()


async def whole(engine: Engine) -> None:
    async with engine.transaction():
        await engine.run_ddl("SELECT 1")


async def all_at_once(engine: Engine) -> None:
    """Returns when as many transactions as there are connections have met."""
    met = asyncio.Barrier(_CONNECTIONS)

    async def meet() -> None:
        async with engine.transaction():
            await met.wait()

    await asyncio.gather(*(meet() for _ in range(_CONNECTIONS)))


async def test_a_cancelled_transaction_gives_its_connection_back(engine: Engine) -> None:
    ended = False
    turns = 0
    # Cancelled after one turn of the loop, after two …, until it was over before: at every await.
    while not ended:
        work = asyncio.ensure_future(whole(engine))
        for _ in range(turns):
            await asyncio.sleep(0)
        ended = not work.cancel()
        await asyncio.wait({work}, timeout=60)
        # What was begun is ended before the connection is back, which takes as long as it takes.
        async with asyncio.timeout(60):
            await all_at_once(engine)
        turns += 1
    assert turns > 5


async def test_a_transaction_that_cannot_end_gives_its_connection_back(engine: Engine) -> None:
    for _ in range(_CONNECTIONS + 1):
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            async with asyncio.timeout(60), engine.transaction():
                await engine.run_ddl("SELECT pg_terminate_backend(pg_backend_pid())")
    async with asyncio.timeout(60):
        await whole(engine)


@pytest.mark.parametrize("has_asked", [False, True], ids=["between", "within"])
async def test_who_stands_still_in_a_transaction_does_not_keep_others_waiting(
    database_url: str, monkeypatch: pytest.MonkeyPatch, has_asked: bool
) -> None:
    """Between two statements, or within one that PostgreSQL knows and was not yet told to run."""
    # On a busy machine a transaction of a second may be over before it stands still.
    for seconds in (1, 20):
        monkeypatch.setattr(database, "_IDLE_IN_TRANSACTION_SECONDS", seconds)
        monkeypatch.setattr(database, "_TRANSACTION_SECONDS", seconds)
        if await others_go_on(database_url, has_asked):
            return
    raise AssertionError("it never stood still")


async def others_go_on(database_url: str, has_asked: bool) -> bool:
    """Whether one stood still at all. Raises TimeoutError where others then wait without end."""
    lock = "SELECT pg_advisory_xact_lock(1)"
    stalled = asyncio.Event()

    async def stall() -> None:
        async with DB.transaction() as transaction:
            await DB.run_ddl(lock)
            if has_asked:
                await transaction.connection.prepare("SELECT now()")
            stalled.set()
            await asyncio.Event().wait()

    async with database.open_database(database_url):
        work = asyncio.ensure_future(stall())
        # For who waits there is no such end here, or it might come first.
        other = await asyncpg.connect(database_url)
        try:
            standing = asyncio.ensure_future(stalled.wait())
            await asyncio.wait({work, standing}, return_when=asyncio.FIRST_COMPLETED)
            if not stalled.is_set():
                standing.cancel()
                return False
            async with asyncio.timeout(60):
                await other.execute(lock)
        finally:
            await other.close()
            work.cancel()
            await asyncio.wait({work})
    return True


@pytest.fixture
async def mute_url(video_databases: Databases) -> AsyncIterator[str]:
    """Of a database that accepts what is asked of some tables, and never answers."""
    async with video_databases.fresh() as url:
        holder = await asyncpg.connect(url)
        async with holder.transaction():
            await holder.execute("LOCK TABLE videos, pgqueuer IN ACCESS EXCLUSIVE MODE")
            yield url
        await holder.close()


async def test_who_asks_a_database_that_never_answers_is_told_so(
    mute_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "COMMAND_TIMEOUT_SECONDS", 0.5)

    @database.needs_database
    async def ask() -> bool:
        return bool(await Videos.exists().where(Videos.id == "one"))

    async with asyncio.timeout(60), database.open_database(mute_url):
        # More often than there are connections: each is given back.
        for _ in range(12):
            with pytest.raises(Unavailable):
                await ask()


async def test_a_worker_does_not_wait_for_ever_for_a_queue_that_never_answers(mute_url: str) -> None:
    async def job(_: object) -> None:
        raise AssertionError("nothing can be claimed")

    async with asyncio.timeout(60), Queue.connect(mute_url, answer_seconds=0.5) as queue:
        with pytest.raises(TimeoutError):
            await queue.run_slot({"probe": job}, asyncio.Event())
