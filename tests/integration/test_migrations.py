"""Migrations: from nothing, again, at the same time, and what the database itself refuses."""

import asyncio
import os
import sys

import asyncpg
import pytest

from tests.support.database import Databases
from tests.support.video_service import Running
from tools.processes import ROOT


async def migrate(url: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "video_service", "migrate",
        cwd=ROOT, env={**os.environ, "VIDEO_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def schema(url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def test_processes_that_start_together_migrate_once(video_databases: Databases) -> None:
    async with video_databases.empty() as url, video_databases.fresh() as migrated:
        results = await asyncio.gather(*(migrate(url) for _ in range(3)))
        assert [code for code, _ in results] == [0, 0, 0], results
        assert await schema(url) == await schema(migrated)
        assert (await migrate(url))[0] == 0


async def test_a_database_that_is_not_migrated_is_named(video_databases: Databases) -> None:
    async with video_databases.empty() as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "video_service", "serve",
            cwd=ROOT, env={**os.environ, "VIDEO_DATABASE_URL": url},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert b"python -m video_service migrate" in errors


@pytest.mark.parametrize(
    "change",
    [
        "visibility = 'secret'",
        "state = 'nearly'",
        "progress = 1.1",
        "state = 'failed'",
        "failure_reason = 'X'",
        "successor_id = 'of nothing served'",
    ],
)
async def test_the_database_refuses_what_no_video_can_be(service: Running, change: str) -> None:
    await service.uploaded("ada")
    with pytest.raises(asyncpg.CheckViolationError):
        await service.fetch(f"UPDATE videos SET {change}")


async def test_every_change_raises_the_version_and_is_announced(service: Running) -> None:
    video = await service.uploaded("ada")
    connection = await asyncpg.connect(service.database_url)
    heard: asyncio.Queue[str] = asyncio.Queue()
    try:
        await connection.add_listener("video_changed", lambda *event: heard.put_nowait(str(event[3])))
        await service.fetch("UPDATE videos SET title = 'By hand'")
        assert await asyncio.wait_for(heard.get(), 5) == video.id
        assert (await service.get("ada", video.id)).version == video.version + 1
        await service.fetch("DELETE FROM videos")
        assert await asyncio.wait_for(heard.get(), 5) == video.id
    finally:
        await connection.close()
