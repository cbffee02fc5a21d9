"""A worker: two slots, one for what somebody waits for and one for what takes long."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from video_service.domain.sharing_stores import Leftover
from video_service.pipeline import chunk_job, finish_job, poster_job, probe_job
from video_service.pipeline.ffmpeg import detect_sandbox
from video_service.pipeline.workbench import Workbench
from video_service.purging import purge, sweep
from video_service.repository.database import open_database
from video_service.repository.queue import Handler, Queue
from video_service.repository.removal import PurgeableRows
from video_service.repository.work import WorkRows
from video_service.settings import Settings
from video_service.storage.objects import LocalObjects

log = structlog.get_logger(__name__)


async def run_worker(settings: Settings, database_url: str) -> None:
    """Runs jobs until SIGINT or SIGTERM; what is running then goes back into the queue.

    Raises SandboxUnavailable where the settings demand a box that does not work here.
    """
    sandbox = await detect_sandbox(settings.sandbox)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for caught in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(caught, stop.set)
    scratch = await asyncio.to_thread(_own_scratch, settings.data / "scratch")
    try:
        async with open_database(database_url), Queue.connect(database_url) as queue:
            bench = Workbench.make(WorkRows(), LocalObjects(settings.objects), sandbox, scratch)
            urgent, bulk = _handlers(bench, settings)
            log.info("worker ready", boxed=sandbox.boxed)
            async with asyncio.TaskGroup() as slots:
                slots.create_task(queue.run_slot(urgent, stop))
                slots.create_task(queue.run_slot(bulk, stop))
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


def _handlers(bench: Workbench, settings: Settings) -> tuple[dict[str, Handler], dict[str, Handler]]:
    """Jobs by entry point: those of the urgent slot, and those of the bulk slot."""

    async def purge_job(payload: Mapping[str, Any]) -> None:
        undo_seconds = settings.delete_undo_seconds
        await purge(payload["video_id"], PurgeableRows(), bench.objects, undo_seconds=undo_seconds)

    async def sweep_job(payload: Mapping[str, Any]) -> None:
        await sweep(Leftover(**{name: tuple(values) for name, values in payload.items()}), bench.objects)

    urgent: dict[str, Handler] = {
        "probe": partial(probe_job.run, bench),
        "chunk_express": partial(chunk_job.run, bench, bulk=False),
        "chunk_audio": partial(chunk_job.run, bench, bulk=False),
        # Quick, and what a library is recognised by: it does not wait behind somebody's ladder.
        "poster": partial(poster_job.run, bench),
    }
    bulk: dict[str, Handler] = {
        "chunk_ladder": partial(chunk_job.run, bench, bulk=True),
        "finish": partial(finish_job.run, bench),
        "purge": purge_job,
        "sweep": sweep_job,
    }
    return urgent, bulk


def _own_scratch(parent: Path) -> Path:
    """This worker's folder for half-made files. Those of workers that died on this machine go."""
    parent.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname()
    for old in parent.glob(f"{host}-*"):
        if not Path("/proc", old.name.rpartition("-")[2]).exists():
            shutil.rmtree(old, ignore_errors=True)
    own = parent / f"{host}-{os.getpid()}"
    own.mkdir(exist_ok=True)
    return own
