"""The queue of jobs: PgQueuer on the same PostgreSQL, so that a job is enqueued in the
transaction that makes it necessary.

PgQueuer's own manager claims at least two jobs at a time. A worker's slot must hold exactly one,
or a chunk that a viewer waits for could not overtake, so :class:`Slot` claims for itself with
PgQueuer's queries.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
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

from shared.reachability import DATABASE_FAILURES
from video_service.repository.database import COMMAND_TIMEOUT_SECONDS

#: A job whose worker has said nothing for this long is taken over by another.
HEARTBEAT_TIMEOUT = timedelta(seconds=5)
#: Wakes a slot whose notification was lost.
_POLL_SECONDS = 1.0
_MAX_DELAY_SECONDS = 60
_TABLE = "pgqueuer"

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
NewJob = tuple[str, Mapping[str, Any], int]
"""Entry point, payload, priority."""
#: Of the job for which this runs.
PRIORITY: ContextVar[int] = ContextVar("priority")
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
    [job_id] = await enqueue_all(connection, [(entrypoint, payload, priority)], execute_after)
    return job_id


async def enqueue_all(
    connection: Any, jobs: Sequence[NewJob], execute_after: timedelta | None = None
) -> list[int]:
    """Adds jobs in one statement; their ids, in the same order."""
    if not jobs:
        return []
    ids = await Queries(AsyncpgDriver(connection)).enqueue(
        [entrypoint for entrypoint, _, _ in jobs],
        [json.dumps(payload, separators=(",", ":")).encode() for _, payload, _ in jobs],
        [priority for _, _, priority in jobs],
        [execute_after] * len(jobs),
    )
    return [int(job_id) for job_id in ids]


async def bring_forward(connection: Any, job_ids: Collection[int], entrypoint: str, priority: int) -> None:
    """Gives jobs another entry point and a higher priority, and an end to what they wait for after a
    failure. Lower priorities than theirs change nothing. One that is running finds out only if its
    worker dies."""
    await connection.execute(
        f"UPDATE {_TABLE} SET entrypoint = $2, priority = $3, execute_after = LEAST(execute_after, NOW()) "  # noqa: S608, a constant
        "WHERE id = ANY($1::bigint[]) AND priority < $3",
        list(job_ids),
        entrypoint,
        priority,
    )
    await _wake_all(connection)


async def _wake_all(connection: Any) -> None:
    # PgQueuer's trigger tells of new jobs and of ended ones, but of no change.
    await connection.execute("SELECT pg_notify($1, '')", db_settings().channel)


async def put_back(connection: Any, job_id: int, entrypoint: str, priority: int) -> None:
    """Gives a job that nobody has begun another entry point and priority."""
    await connection.execute(
        f"UPDATE {_TABLE} SET entrypoint = $2, priority = $3 WHERE id = $1 AND status = 'queued'",  # noqa: S608, a constant
        job_id,
        entrypoint,
        priority,
    )


async def cancel(connection: Any, job_ids: Collection[int]) -> None:
    """Takes jobs out of the queue. One that runs finds out when it asks for its rows again."""
    await connection.execute(f"DELETE FROM {_TABLE} WHERE id = ANY($1::bigint[])", list(job_ids))  # noqa: S608


class Queue:
    """What a worker claims jobs from."""

    def __init__(self, pool: asyncpg.Pool, listener: asyncpg.Connection) -> None:
        self._pool = pool
        self.queries = Queries(AsyncpgPoolDriver(pool))
        self._listener = listener
        self._wakers: set[asyncio.Event] = set()

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, dsn: str, answer_seconds: float = COMMAND_TIMEOUT_SECONDS
    ) -> AsyncIterator["Queue"]:
        """``answer_seconds``: how long a statement may take. A slot ends with TimeoutError then, as its
        worker does with any database that is gone: jobs that nobody tells of are taken over."""
        async with asyncpg.create_pool(dsn, min_size=1, max_size=4, command_timeout=answer_seconds) as pool:
            listener = await asyncpg.connect(dsn, command_timeout=answer_seconds)
            try:
                queue = cls(pool, listener)
                await listener.add_listener(db_settings().channel, queue._wake)
                yield queue
            finally:
                with suppress(TimeoutError):  # it is closed by force then
                    await listener.close(timeout=2)

    def _wake(self, *_: object) -> None:
        for waker in self._wakers:
            waker.set()

    async def run_slot(self, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
        """Runs one job at a time, the most urgent first, until told to stop."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        slot = _Slot(self._pool, self.queries, handlers)
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

    def __init__(self, pool: asyncpg.Pool, queries: Queries, handlers: Mapping[str, Handler]) -> None:
        self._pool = pool
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
        """Runs a job to its end. One that is interrupted by a stop goes back into the queue at once;
        one that is no longer ours is left alone."""
        work = asyncio.ensure_future(self._handle(job))
        lost = asyncio.ensure_future(self._beat_until_lost(job.id))
        try:
            await asyncio.wait({work, stopped, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
                await self._put_back(job, timedelta(0))
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
            lost.cancel()

    async def _handle(self, job: Job) -> None:
        payload = json.loads(job.payload or b"{}")
        PRIORITY.set(job.priority)
        with structlog.contextvars.bound_contextvars(job=job.entrypoint, job_id=int(job.id), **payload):
            await self._handlers[job.entrypoint](payload)

    async def _failed(self, job: Job, error: Exception) -> None:
        # At once the first time, then ever later. It is for the handler to give up what will never
        # succeed; what remains is an outage, and those end.
        delay_seconds = min(_MAX_DELAY_SECONDS, 2 ** min(job.attempts, 10) - 1)
        log.error("job failed", job=job.entrypoint, job_id=int(job.id), attempt=job.attempts, exc_info=error)
        await self._put_back(job, timedelta(seconds=delay_seconds))

    async def _put_back(self, job: Job, delay: timedelta) -> None:
        if await self._beat(job.id):
            await self._queries.retry_job(job, delay, None)
            await _wake_all(self._pool)

    async def _beat_until_lost(self, job_id: JobId) -> None:
        """Returns when the job was cancelled, or taken over while this process stood still."""
        while True:
            await asyncio.sleep(HEARTBEAT_TIMEOUT.total_seconds() / 4)
            try:
                if not await self._beat(job_id):
                    log.info("job lost", job_id=int(job_id))
                    return
            except DATABASE_FAILURES as error:
                log.warning("heartbeat failed", job_id=int(job_id), error=str(error))

    async def _beat(self, job_id: JobId) -> bool:
        """Whether the job is still ours."""
        beaten = await self._pool.fetchval(
            f"UPDATE {_TABLE} SET heartbeat = NOW() WHERE id = $1 AND queue_manager_id = $2 RETURNING id",  # noqa: S608, a constant
            job_id,
            self._id,
        )
        return beaten is not None
