"""The embedded PostgreSQL: started once by many, adopted, stopped, and found again after a crash."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from shared.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, start_embedded

START = """
import sys
from pathlib import Path
from shared.embedded_postgres import start_embedded
print(start_embedded(Path(sys.argv[1])).url("films"))
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, EmbeddedPostgres]]:
    folder = tmp_path_factory.mktemp("post gres+%41")
    server = start_embedded(folder)
    yield folder, server
    server.stop()


def _pid(folder: Path) -> int:
    return int((folder / "database" / "postmaster.pid").read_text().splitlines()[0])


async def _answer(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT current_database()"))
    finally:
        await connection.close()


def test_several_processes_share_one_server(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", START, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    urls = {start.communicate(timeout=60)[0] for start in starts}
    start_embedded(tmp_path).stop()
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert len(urls) == 1


async def test_url_creates_the_database_once_whatever_the_folder_is_called(
    postgres: tuple[Path, EmbeddedPostgres],
) -> None:
    _, server = postgres
    urls = [await asyncio.to_thread(server.url, "a film") for _ in range(2)]
    assert urls[0] == urls[1]
    assert await _answer(urls[0]) == "a film"


def test_adopts_the_running_server(postgres: tuple[Path, EmbeddedPostgres]) -> None:
    folder, _ = postgres
    before = _pid(folder)
    start_embedded(folder)
    assert _pid(folder) == before


def test_starts_again_after_a_crash_and_after_a_stop(tmp_path: Path) -> None:
    server = start_embedded(tmp_path)
    crashed = psutil.Process(_pid(tmp_path))
    family = [crashed, *crashed.children(recursive=True)]
    crashed.send_signal(signal.SIGKILL)
    psutil.wait_procs(family, timeout=20)
    server = start_embedded(tmp_path)
    assert _pid(tmp_path) != crashed.pid
    server.stop()
    assert not (tmp_path / "database" / "postmaster.pid").exists()
    start_embedded(tmp_path).stop()


def test_a_pid_file_that_names_another_program_is_stale(tmp_path: Path) -> None:
    server = start_embedded(tmp_path)
    pid_file = tmp_path / "database" / "postmaster.pid"
    left_behind = pid_file.read_text().replace(str(_pid(tmp_path)), str(os.getpid()), 1)
    server.stop()
    pid_file.write_text(left_behind)
    server = start_embedded(tmp_path)
    assert _pid(tmp_path) != os.getpid()
    server.stop()


def test_a_deep_folder_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    server = start_embedded(tmp_path / ("deep" * 30))
    try:
        assert asyncio.run(_answer(server.url("films"))) == "films"
    finally:
        server.stop()


def test_says_why_it_did_not_start(tmp_path: Path) -> None:
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match="did not start"):
        start_embedded(tmp_path)
