"""A worker: a slot for what somebody waits for, one for what keeps videos playable, one for the rest, and
some for what is copied while it arrives. A bulk worker has the one for the rest alone."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import repeat
from typing import Any

import structlog

from video_service.domain.sharing_stores import Leftover
from video_service.pipeline import (
    chunk_job,
    download_job,
    early_copy_job,
    extra_job,
    finish_job,
    own_poster_job,
    poster_job,
    probe_job,
)
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.precedence import AFTERWARDS, PRECEDENCE, URGENCY, WHOLE
from video_service.pipeline.workbench import Workbench
from video_service.pipeline.working_copy import forget_left_copies
from video_service.publishing import ObjectPublisher
from video_service.purging import purge, remove_revision, sweep
from video_service.repository import jobs
from video_service.repository.database import open_database
from video_service.repository.downloads import DownloadRows, forget_downloads
from video_service.repository.early_copies import EarlyCopyRows
from video_service.repository.neighbours import Neighbours
from video_service.repository.posters import PosterRows
from video_service.repository.priorities import Band, priority
from video_service.repository.queue import PRIORITY, Handler, Queue
from video_service.repository.removal import PurgeableRows
from video_service.repository.revisions import RemovableRevisions
from video_service.repository.viewings import forget_viewings
from video_service.repository.work import WorkRows
from video_service.settings import Settings
from video_service.storage.arrivals import LocalArrivals
from video_service.storage.objects import LocalObjects
from video_service.storage.scratch import own_scratch

#: Beside each other, the nicer gets about a fifth of what the other gets (sched(7)). Nicer ones would
#: get next to nothing on a machine that has other work to do.
_STEADY_NICENESS = 5
_BULK_NICENESS = 12
#: Of an early copy that does not keep up: only what is bulk stands still for it.
_URGENCY_BEHIND = 1 - _BULK_NICENESS
#: At once. Mostly they wait for what is uploaded, for as long as that takes.
_EARLY_COPIES = 4
#: How often the queue is compared with what is to be done, and what is kept for a time is trimmed.
_LOST_JOBS_SECONDS = 60.0
log = structlog.get_logger(__name__)


async def run_worker(settings: Settings, database_url: str, *, bulk_only: bool) -> None:
    """Runs jobs until SIGINT or SIGTERM; what is running then goes back into the queue. ``bulk_only``: only
    what nobody waits for.

    Raises SandboxUnavailable where the settings demand a box that does not work here.
    """
    sandbox = await detect_sandbox(settings.sandbox)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for caught in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(caught, stop.set)
    async with (
        own_scratch(settings.data / "scratch") as scratch,
        open_database(database_url),
        Queue.connect(database_url) as queue,
    ):
        objects = LocalObjects(settings.objects)
        bench = Workbench.make(WorkRows(ObjectPublisher(objects)), objects, sandbox, scratch)
        neighbours = Neighbours(PRECEDENCE.hear)
        PRECEDENCE.tells(neighbours.tell)
        slots = [_bulk(bench, settings)] if bulk_only else _slots(bench, settings)
        log.info("worker ready", boxed=sandbox.boxed)
        async with asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(neighbours.run())
            for handlers in slots:
                urgent = {name: _urgent(name, handler) for name, handler in handlers.items()}
                tasks.create_task(queue.run_slot(urgent, stop))
            tasks.create_task(_look_after_rows(stop, settings, bench))
            await stop.wait()
            talking.cancel()


async def _look_after_rows(stop: asyncio.Event, settings: Settings, bench: Workbench) -> None:
    while not stop.is_set():
        found = await jobs.enqueue_lost()
        if found:
            log.warning("jobs were lost and are enqueued again", jobs=found)
        await jobs.enqueue_lost_purges(settings.delete_undo_seconds)
        await forget_downloads(settings.download_keep_seconds)
        await forget_viewings(settings.history_retention_seconds)
        await forget_left_copies(bench.work, bench.objects)
        await early_copy_job.forget_left_early_copies(EarlyCopyRows(), bench.objects)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOST_JOBS_SECONDS)


def _urgent(name: str, handler: Handler) -> Handler:
    """Lets what a job runs stand still for what is more urgent. Who waits for picture and for sound of the
    same place waits for both, whichever was asked for when it was begun."""

    async def run(payload: Mapping[str, Any]) -> None:
        urgency = min(PRIORITY.get(), priority(Band.DEMANDED))
        URGENCY.set(urgency)
        # Who has jumped somewhere has nothing in hand yet; who begins to watch, a video's first seconds.
        AFTERWARDS.set(None if urgency == priority(Band.DEMANDED) else priority(Band.EXPRESS))
        WHOLE.set(payload["revision_id"] if name == jobs.CHUNK_FRONT else None)
        await handler(payload)

    return run


def _slots(bench: Workbench, settings: Settings) -> Iterator[dict[str, Handler]]:
    """What each slot runs, by entry point. A running job is not interrupted, so the first slot has
    nothing that takes long, and what the others run stands still meanwhile."""

    async def enqueue_rest_job(payload: Mapping[str, Any]) -> None:
        await bench.work.enqueue_rest(payload["revision_id"])

    yield {
        "probe": partial(probe_job.run, bench),
        jobs.CHUNK_FRONT: _chunks(bench, 0),
        "enqueue_rest": enqueue_rest_job,
    }
    yield {
        # While something waits for the first slot, this is the second of its kind, and no nicer: the
        # first picture is only as soon as its sound.
        "probe": partial(probe_job.run, bench),
        jobs.CHUNK_FRONT: _chunks(bench, 0),
        "enqueue_rest": enqueue_rest_job,
        "chunk_express": _chunks(bench, _STEADY_NICENESS),
        "chunk_audio": _chunks(bench, _STEADY_NICENESS),
        # Quick, and what a library is recognised by: it does not wait behind somebody's ladder.
        "poster": partial(poster_job.run, bench, niceness=_STEADY_NICENESS),
        "own_poster": partial(own_poster_job.run, bench, PosterRows()),
        "finish": partial(finish_job.run, bench),
    }
    yield _bulk(bench, settings)
    arrivals = LocalArrivals(settings.objects)
    early_copy = partial(early_copy_job.run, bench, EarlyCopyRows(), arrivals, urgency_behind=_URGENCY_BEHIND)
    yield from repeat({"early_copy": early_copy}, _EARLY_COPIES)


def _bulk(bench: Workbench, settings: Settings) -> dict[str, Handler]:
    """What nobody waits for, one at a time: a worker that dies loses what is unfinished of one such job. Its
    program has work for little more than one processor; for more of them there are bulk workers."""

    async def remove_download_job(payload: Mapping[str, Any]) -> None:
        await bench.objects.delete(payload["key"])

    async def purge_job(payload: Mapping[str, Any]) -> None:
        undo_seconds = settings.delete_undo_seconds
        await purge(payload["video_id"], PurgeableRows(), bench.objects, undo_seconds=undo_seconds)

    async def remove_revision_job(payload: Mapping[str, Any]) -> None:
        await remove_revision(
            payload["video_id"], payload["revision_id"], RemovableRevisions(), bench.objects
        )

    async def sweep_job(payload: Mapping[str, Any]) -> None:
        await sweep(Leftover(**{name: tuple(values) for name, values in payload.items()}), bench.objects)

    return {
        "chunk_ladder": _chunks(bench, _BULK_NICENESS),
        "chunk_alternative": _chunks(bench, _BULK_NICENESS),
        "download": partial(download_job.run, bench, DownloadRows(), niceness=_BULK_NICENESS),
        "extra": partial(extra_job.run, bench, niceness=_BULK_NICENESS),
        "purge": purge_job,
        "remove_download": remove_download_job,
        "remove_revision": remove_revision_job,
        "sweep": sweep_job,
    }


def _chunks(bench: Workbench, niceness: int) -> Handler:
    return partial(chunk_job.run, bench, niceness=niceness)
