"""The queue of jobs: PgQueuer on the same PostgreSQL, so that a job is enqueued in the
transaction that makes it necessary.

PgQueuer's own manager claims at least two jobs at a time. A worker's slot must hold exactly one,
or a chunk that a viewer waits for could not overtake, so :class:`Slot` claims for itself with
PgQueuer's queries.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.domain.settings import db_settings
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from pgqueuer.types import JobId, QueueEntrypoint, QueueManagerId

#: Priorities; the higher goes first.
DEMANDED_SOUND = 110  # it is quickly made, and no other track can stand in for it
DEMANDED = 100
PROBE = 80
FIRST_SEGMENT = 60
POSTER = 50
EXPRESS = 40
AUDIO = 40
FINISH = 25
LADDER = 10
PURGE = 0
#: How much is added to the priority of a lane's first chunk, and one less for each that follows.
HEAD_START = 9

#: A job whose worker has said nothing for this long is taken over by another.
HEARTBEAT_TIMEOUT = timedelta(seconds=5)
#: Wakes a slot whose notification was lost.
_POLL_SECONDS = 1.0
_MAX_RETRIES = 5
_TABLE = "pgqueuer"

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
log = structlog.get_logger(__name__)


async def install(connection: Any) -> None:
    """Creates PgQueuer's tables, or brings them up to date. The caller holds the migration lock."""
    queries = Queries(AsyncpgDriver(connection))
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()


async def enqueue(
    connection: Any,
    entrypoint: str,
    payload: Mapping[str, Any],
    priority: int,
    execute_after: timedelta | None = None,
) -> int:
    """Adds a job within the connection's transaction; the job's id."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    queries = Queries(AsyncpgDriver(connection))
    [job_id] = await queries.enqueue(entrypoint, body, priority, execute_after)
    return int(job_id)


async def raise_priority(connection: Any, job_ids: Collection[int], priority: int) -> None:
    """Moves jobs that nobody has begun to the front. Lower priorities than theirs change nothing."""
    await connection.execute(
        f"UPDATE {_TABLE} SET priority = $2 "  # noqa: S608, a constant
        "WHERE id = ANY($1::bigint[]) AND status = 'queued' AND priority < $2",
        list(job_ids),
        priority,
    )


async def cancel(connection: Any, job_ids: Collection[int]) -> None:
    """Takes jobs out of the queue. One that runs finds out when it asks for its rows again."""
    await connection.execute(f"DELETE FROM {_TABLE} WHERE id = ANY($1::bigint[])", list(job_ids))  # noqa: S608


class Queue:
    """What a worker claims jobs from."""

    def __init__(self, pool: asyncpg.Pool, listener: asyncpg.Connection) -> None:
        self.queries = Queries(AsyncpgPoolDriver(pool))
        self._listener = listener
        self._wakers: set[asyncio.Event] = set()

    @classmethod
    @asynccontextmanager
    async def connect(cls, dsn: str) -> AsyncIterator["Queue"]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
            listener = await asyncpg.connect(dsn)
            try:
                queue = cls(pool, listener)
                await listener.add_listener(db_settings().channel, queue._wake)
                yield queue
            finally:
                await listener.close(timeout=2)

    def _wake(self, *_: object) -> None:
        for waker in self._wakers:
            waker.set()

    async def run_slot(self, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
        """Runs one job at a time, the most urgent first, until told to stop."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        slot = _Slot(self.queries, handlers)
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                waker.clear()
                job = await slot.claim()
                if job is not None:
                    await slot.run(job, stopped)
                    continue
                woken = asyncio.ensure_future(waker.wait())
                await asyncio.wait(
                    {woken, stopped}, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                woken.cancel()
        finally:
            stopped.cancel()
            self._wakers.discard(waker)


class _Slot:
    """One place for one running job."""

    def __init__(self, queries: Queries, handlers: Mapping[str, Handler]) -> None:
        self._queries = queries
        self._handlers = handlers
        self._id = QueueManagerId(uuid.uuid4())
        self._entrypoints = {
            QueueEntrypoint(name): EntrypointExecutionParameter(concurrency_limit=0) for name in handlers
        }

    async def claim(self) -> Job | None:
        jobs = await self._queries.dequeue(
            batch_size=1,
            entrypoints=self._entrypoints,
            queue_manager_id=self._id,
            global_concurrency_limit=None,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
        )
        return jobs[0] if jobs else None

    async def run(self, job: Job, stopped: "asyncio.Future[Any]") -> None:
        """Runs a job to its end. One that is interrupted by a stop goes back into the queue at once."""
        work = asyncio.ensure_future(self._handle(job))
        beat = asyncio.ensure_future(self._beat(job.id))
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
                await self._queries.retry_job(job, timedelta(0), None)
                return
            error = work.exception()
            if error is None:
                await self._queries.log_jobs([(job, "successful", None)])
            elif isinstance(error, Exception):
                await self._failed(job, error)
            else:
                raise error
        finally:
            work.cancel()
            beat.cancel()

    async def _handle(self, job: Job) -> None:
        payload = json.loads(job.payload or b"{}")
        with structlog.contextvars.bound_contextvars(job=job.entrypoint, job_id=int(job.id), **payload):
            await self._handlers[job.entrypoint](payload)

    async def _failed(self, job: Job, error: Exception) -> None:
        delay_seconds = min(60, 2**job.attempts)
        log.error("job failed", job=job.entrypoint, job_id=int(job.id), attempt=job.attempts, exc_info=error)
        if job.attempts < _MAX_RETRIES:
            await self._queries.retry_job(job, timedelta(seconds=delay_seconds), None)
        else:
            await self._queries.log_jobs([(job, "exception", None)])

    async def _beat(self, job_id: JobId) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_TIMEOUT.total_seconds() / 4)
            try:
                await self._queries.update_heartbeat([job_id])
            except (OSError, asyncpg.PostgresError) as error:
                log.warning("heartbeat failed", job_id=int(job_id), error=str(error))
