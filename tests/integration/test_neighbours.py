"""What workers of one machine tell each other, over the database."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
import pytest

from tests.support.video_service import Running
from video_service.repository import neighbours
from video_service.repository.engine import DB
from video_service.repository.neighbours import Neighbours


class Heard:
    """What one worker hears, in order."""

    def __init__(self) -> None:
        self.heard: list[int | None] = []
        self.words: asyncio.Queue[tuple[str, int | None, Set[int]]] = asyncio.Queue()
        self.one = Neighbours(lambda *word: self.words.put_nowait(word))

    async def urgency(self, wanted: int | None) -> Set[int]:
        """Waits until it is told; who tells it may run where."""
        async with asyncio.timeout(30):
            while True:
                _, urgency, processors = await self.words.get()
                self.heard.append(urgency)
                if urgency == wanted:
                    return processors

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        running = asyncio.ensure_future(self.one.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def until_heard(speaker: Heard, listener: Heard, urgency: int) -> None:
    """What is said before the other listens is not heard, so it is said again."""
    while True:
        speaker.one.tell(urgency)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await listener.urgency(urgency)
                return


@asynccontextmanager
async def two_that_hear_each_other() -> AsyncIterator[tuple[Heard, Heard]]:
    ada, bob = Heard(), Heard()
    async with ada.listening(), bob.listening():
        async with asyncio.timeout(30):
            await until_heard(ada, bob, 1)
            await until_heard(bob, ada, 1)
        yield ada, bob


async def test_a_worker_hears_the_others_and_not_itself(service: Running) -> None:
    async with two_that_hear_each_other() as (ada, bob):
        ada.one.tell(7)
        assert await bob.urgency(7) == os.sched_getaffinity(0)
        ada.one.tell(None)
        await bob.urgency(None)
        bob.one.tell(5)
        await ada.urgency(5)
        assert ada.words.empty(), "it heard itself"


async def test_a_worker_on_another_machine_is_not_heard(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: asyncio.Queue[object] = asyncio.Queue()
    listener = await asyncpg.connect(service.database_url)
    await listener.add_listener(
        "worker_urgency", lambda *event: said.put_nowait(json.loads(event[3])["urgency"])
    )
    async with two_that_hear_each_other() as (ada, bob):
        elsewhere = tmp_path / "boot_id"
        elsewhere.write_text("another machine\n")
        monkeypatch.setattr(neighbours, "_MACHINE", elsewhere)
        far = Heard()
        far.one.tell(9)
        async with far.listening(), asyncio.timeout(30):
            while await said.get() != 9:
                pass
        bob.one.tell(3)
        await ada.urgency(3)
        assert 9 not in ada.heard
    await listener.close()


async def hang_up(service: Running) -> None:
    """The server ends the connections of those who have told something."""
    await service.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE query LIKE '%pg_notify($1, $2)%' AND pid <> pg_backend_pid()"
    )


async def test_a_lost_connection_is_made_again(service: Running) -> None:
    async with two_that_hear_each_other() as (ada, bob):
        await hang_up(service)
        async with asyncio.timeout(30):
            await until_heard(ada, bob, 8)


class SlowToClose:
    """Stands before the database, and passes on what it says, but not that it has closed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._folder = parse_qs(urlsplit(url).query)["host"][0]
        self._passing: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Condition()
        self._ends = 0

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[str]:
        """Its URL."""
        # The name of a socket is short (unix(7)), that of a test's folder is not.
        with TemporaryDirectory() as folder:
            async with await asyncio.start_unix_server(self._pass, f"{folder}/.s.PGSQL.5432"):
                yield self._url.replace(quote(self._folder), quote(folder))
            for task in self._passing:
                task.cancel()

    async def wait_for_ends(self, count: int) -> None:
        """Until so many connections were closed by the database, and its last words passed on."""
        async with asyncio.timeout(30), self._ended:
            await self._ended.wait_for(lambda: self._ends >= count)

    async def _pass(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(f"{self._folder}/.s.PGSQL.5432")
        there = asyncio.ensure_future(self._all(client, to_server))
        self._passing.add(there)
        await self._all(server, to_client)
        async with self._ended:
            self._ends += 1
            self._ended.notify_all()
        await there
        to_server.close()
        to_client.close()

    @staticmethod
    async def _all(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while some := await source.read(1 << 16):
                sink.write(some)
                await sink.drain()


async def test_a_connection_whose_server_has_said_goodbye_is_made_again(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # asyncpg knows neither the server's word nor that the connection is of no use until it is closed.
    database = SlowToClose(service.database_url)
    async with database.reached() as url:
        monkeypatch.setattr(DB, "config", {"dsn": url})
        async with two_that_hear_each_other() as (ada, bob):
            await hang_up(service)
            await database.wait_for_ends(2)
            bob.one.tell(2)  # who only listens has no way to know
            async with asyncio.timeout(30):
                await until_heard(ada, bob, 8)
