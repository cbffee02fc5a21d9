"""Viewings over native gRPC and gRPC-Web: whose they are, what is counted, what is kept and for how long."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from playhead.video.v1 import owner_pb2, sharing_pb2, video_pb2, viewing_pb2
from tests.integration.test_catalog import delete, refused, undelete, update
from tests.integration.test_grpc_web import HEADERS, framed, unframed
from tests.support.video_service import Running
from video_service.domain.video import new_id
from video_service.repository.viewings import forget_viewings

PUBLIC, UNLISTED, PRIVATE = (
    video_pb2.VISIBILITY_PUBLIC,
    video_pb2.VISIBILITY_UNLISTED,
    video_pb2.VISIBILITY_PRIVATE,
)


async def call(service: Running, person: str | None, method: str, **fields: Any) -> Any:
    request = getattr(viewing_pb2, f"{method}Request")(**fields)
    return await getattr(service.viewings, method)(request, metadata=service.as_(person) if person else ())


async def watch(
    service: Running, person: str | None, video_id: str, position: float | None = 1.0, watched: float = 0.0
) -> None:
    await call(
        service, person, "RecordViewing",
        video_id=video_id, position_seconds=position, watched_seconds=watched,
    )  # fmt: skip


async def history(service: Running, person: str, **page: Any) -> list[str]:
    answer = await call(service, person, "ListHistory", **page)
    return [one.video.id for one in answer.viewings]


async def later(service: Running, person: str) -> list[str]:
    return [video.id for video in (await call(service, person, "ListWatchLater")).videos]


async def long_video(service: Running, person: str = "ada", **fields: Any) -> video_pb2.Video:
    """One that is not over before it has begun."""
    video, _ = await service.published(person, **{"visibility": PUBLIC, **fields})
    await service.fetch("UPDATE videos SET duration_seconds = 100 WHERE id = $1", video.id)
    return await service.get(person, video.id)


async def test_what_one_watches_is_found_again_by_oneself_only(service: Running) -> None:
    video = await long_video(service)
    await watch(service, "bob", video.id, 40)
    await watch(service, "bob", video.id, 41.5)
    seen = await service.get("bob", video.id)
    assert (seen.watched_to_seconds, seen.version) == (41.5, video.version)
    request = video_pb2.ListVideosRequest()
    listed = await service.videos.ListVideos(request, metadata=service.as_("bob"))
    assert [one.watched_to_seconds for one in listed.videos] == [41.5]
    for other in ("ada", None):
        assert not (await service.get(other, video.id)).HasField("watched_to_seconds")
    assert await history(service, "bob") == [video.id]
    assert await history(service, "ada") == []
    await watch(service, "bob", video.id, 5000)
    assert (await service.get("bob", video.id)).watched_to_seconds == 100


async def test_history_is_paged_latest_first(service: Running) -> None:
    videos = [(await long_video(service)).id for _ in range(3)]
    for video_id in (*videos, videos[0]):
        await watch(service, "bob", video_id)
    expected = [videos[0], videos[2], videos[1]]
    first = await call(service, "bob", "ListHistory", page_size=2)
    assert [one.video.id for one in first.viewings] == expected[:2]
    assert first.viewings[0].watch_time.ToDatetime() > first.viewings[1].watch_time.ToDatetime()
    assert await history(service, "bob", page_size=2, page_token=first.next_page_token) == expected[2:]
    assert (await call(service, "bob", "ListHistory", page_size=3)).next_page_token == ""
    for person, method in (("ada", "ListHistory"), ("bob", "ListUnfinished")):
        reason, data = await refused(call(service, person, method, page_token=first.next_page_token))
        assert (reason, data["field"]) == ("INVALID_INPUT", "page_token")
    for wrong in ({"page_size": 101}, {"page_size": -1}, {"page_token": "x"}, {"page_token": "é" * 5000}):
        assert (await refused(call(service, "bob", "ListHistory", **wrong)))[0] == "INVALID_INPUT"


async def test_what_is_begun_and_not_finished_can_be_continued(service: Running) -> None:
    begun, finished = await long_video(service), await long_video(service)
    await watch(service, "bob", begun.id, 40)
    await watch(service, "bob", finished.id, 96)
    answer = await call(service, "bob", "ListUnfinished")
    assert [(one.id, one.watched_to_seconds) for one in answer.videos] == [(begun.id, 40)]
    assert await history(service, "bob") == [finished.id, begun.id]


async def test_only_what_may_still_be_seen_is_listed(service: Running) -> None:
    video = await long_video(service)
    shared = await long_video(service, visibility=PRIVATE)
    person = video_pb2.Owner(id="bob", name="Bob")
    request = sharing_pb2.AddPersonRequest(video_id=shared.id, person=person)
    await service.sharing.AddPerson(request, metadata=service.as_("ada"))
    for one in (video, shared):
        await watch(service, "bob", one.id)
        await call(service, "bob", "AddToWatchLater", video_id=one.id)
    assert await history(service, "bob") == await later(service, "bob") == [shared.id, video.id]
    gone = sharing_pb2.RemovePersonRequest(video_id=shared.id, person_id="bob")
    await service.sharing.RemovePerson(gone, metadata=service.as_("ada"))
    assert await history(service, "bob") == await later(service, "bob") == [video.id]
    await update(service, "ada", video.id, visibility=PRIVATE)
    assert await history(service, "bob") == await later(service, "bob") == []
    assert (await call(service, "bob", "ListUnfinished")).videos == []
    await update(service, "ada", video.id, visibility=UNLISTED)
    await delete(service, "ada", video.id)
    assert await history(service, "bob") == []
    await undelete(service, "ada", video.id)
    assert await history(service, "bob") == [video.id]
    # A page may hold less than was asked for; the next one is found all the same.
    page = await call(service, "bob", "ListHistory", page_size=1)
    assert (list(page.viewings), bool(page.next_page_token)) == ([], True)
    assert await history(service, "bob", page_size=1, page_token=page.next_page_token) == [video.id]


async def test_nothing_is_recorded_of_what_may_not_be_seen(service: Running) -> None:
    hidden = await long_video(service, visibility=PRIVATE)
    for video_id in (hidden.id, new_id(), "", "\0"):
        for person in ("bob", None):
            fields = {"video_id": video_id, "position_seconds": 9, "watched_seconds": 99}
            assert (await refused(call(service, person, "RecordViewing", **fields)))[0] == "NOT_FOUND"
            assert (await refused(call(service, person, "AddToWatchLater", video_id=video_id)))[
                0
            ] == "NOT_FOUND"
        for method in ("RemoveFromHistory", "RemoveFromWatchLater"):
            await call(service, "bob", method, video_id=video_id)
    assert (await service.get("ada", hidden.id)).view_count == 0
    for table in ("viewings", "watch_later"):
        assert await service.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
async def test_seconds_are_numbers(service: Running, wrong: float) -> None:
    video = await long_video(service)
    for fields in ({"position_seconds": wrong}, {"watched_seconds": wrong}):
        call_of = call(service, "bob", "RecordViewing", video_id=video.id, **fields)
        assert (await refused(call_of))[1]["field"] in fields


async def test_a_view_counts_once_however_often_it_is_told(service: Running) -> None:
    video = await long_video(service)
    await watch(service, "bob", video.id, 10, watched=29)
    assert (await service.get(None, video.id)).view_count == 0
    await asyncio.gather(*(watch(service, "bob", video.id, 30, watched=30 + n) for n in range(5)))
    await watch(service, "eve", video.id, 30, watched=50)
    seen = await service.get(None, video.id)
    # A view is no change of the video: nobody who follows it is told.
    assert (seen.view_count, seen.version) == (2, video.version)
    assert (await update(service, "ada", video.id, title="Other")).view_count == 2


async def test_of_strangers_a_view_is_counted_and_nothing_is_kept(service: Running) -> None:
    video = await long_video(service)
    tables = [
        row[0]
        for row in await service.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        if row[0] != "view_counts"
    ]

    async def everything() -> dict[str, int]:
        return {table: await service.fetchval(f"SELECT count(*) FROM {table}") for table in tables}

    before = await everything()
    request = viewing_pb2.RecordViewingRequest(video_id=video.id, position_seconds=50, watched_seconds=50)
    url = f"{service.url}/playhead.video.v1.ViewingService/RecordViewing"
    async with httpx.AsyncClient() as web:
        for agent in ("one browser", "another", "a third"):
            answer = await web.post(url, content=framed(request), headers=HEADERS | {"user-agent": agent})
            assert unframed(answer.content)[1]["grpc-status"] == "0"
    assert (await service.get(None, video.id)).view_count == 1
    assert await everything() == before
    assert [tuple(row) for row in await service.fetch("SELECT * FROM view_counts")] == [(video.id, 1)]
    for method in ("ListHistory", "ListUnfinished", "ListWatchLater", "ClearHistory", "SetHistoryPaused"):
        assert (await refused(call(service, None, method)))[0] == "NOT_SIGNED_IN"


async def test_a_paused_history_records_nothing_and_keeps_what_is_there(service: Running) -> None:
    first, second = await long_video(service), await long_video(service)
    await watch(service, "bob", first.id, 20)
    assert not (await call(service, "bob", "ListHistory")).paused
    await call(service, "bob", "SetHistoryPaused", paused=True)
    await watch(service, "bob", first.id, 50)
    await watch(service, "bob", second.id, 50, watched=50)
    answer = await call(service, "bob", "ListHistory")
    assert answer.paused
    assert [(one.video.id, one.video.watched_to_seconds) for one in answer.viewings] == [(first.id, 20)]
    assert (await service.get(None, second.id)).view_count == 1
    await call(service, "bob", "SetHistoryPaused", paused=False)
    await watch(service, "bob", second.id, 50)
    assert await history(service, "bob") == [second.id, first.id]


async def test_history_is_forgotten_one_by_one_and_altogether(service: Running) -> None:
    videos = [(await long_video(service)).id for _ in range(3)]
    for video_id in videos:
        await watch(service, "bob", video_id)
        await watch(service, "eve", video_id)
    await call(service, "bob", "AddToWatchLater", video_id=videos[0])
    for _ in range(2):
        await call(service, "bob", "RemoveFromHistory", video_id=videos[1])
    assert await history(service, "bob") == [videos[2], videos[0]]
    await call(service, "bob", "ClearHistory")
    assert await history(service, "bob") == []
    assert not (await service.get("bob", videos[0])).HasField("watched_to_seconds")
    assert await later(service, "bob") == [videos[0]]
    assert len(await history(service, "eve")) == 3


async def test_watch_later_is_a_list_of_ones_own(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    videos = [(await long_video(service)).id for _ in range(3)]
    for video_id in (videos[0], videos[1], videos[0]):
        await call(service, "bob", "AddToWatchLater", video_id=video_id)
    assert await later(service, "bob") == [videos[1], videos[0]]
    assert [(await service.get(who, videos[0])).watch_later for who in ("bob", "ada", None)] == [
        True, False, False,
    ]  # fmt: skip
    monkeypatch.setattr("video_service.viewing.MAX_WATCH_LATER", 2)
    assert (await refused(call(service, "bob", "AddToWatchLater", video_id=videos[2])))[0] == "INVALID_INPUT"
    await call(service, "bob", "AddToWatchLater", video_id=videos[0])
    await call(service, "bob", "RemoveFromWatchLater", video_id=videos[0])
    assert await later(service, "bob") == [videos[1]]


async def test_what_was_watched_long_ago_is_forgotten(service: Running) -> None:
    old, new = await long_video(service), await long_video(service)
    for video in (old, new):
        await watch(service, "bob", video.id, 20)
    await service.fetch(
        "UPDATE viewings SET watched_at = now() - $1::interval WHERE video = $2", timedelta(days=8), old.id
    )
    assert service.settings.history_retention_seconds == timedelta(days=365).total_seconds()
    assert await forget_viewings(service.settings.history_retention_seconds) == 0
    assert await forget_viewings(timedelta(days=7).total_seconds()) == 1
    assert await history(service, "bob") == [new.id]


async def test_it_goes_with_the_person_and_with_the_video(service: Running) -> None:
    video, other = await long_video(service), await long_video(service, "eve")
    for one in (video, other):
        await watch(service, "bob", one.id, 20, watched=40)
        await call(service, "bob", "AddToWatchLater", video_id=one.id)
    # With its owner the video goes, and with it everybody's record of it.
    await service.owners.DeleteOwner(owner_pb2.DeleteOwnerRequest(id="eve"), metadata=service.as_gateway())
    assert await history(service, "bob") == await later(service, "bob") == [video.id]
    assert await service.fetchval("SELECT count(*) FROM view_counts") == 1
    await service.owners.DeleteOwner(owner_pb2.DeleteOwnerRequest(id="bob"), metadata=service.as_gateway())
    for table in ("viewings", "watch_later"):
        assert await service.fetchval(f"SELECT count(*) FROM {table}") == 0
    # A token may live for minutes more; nothing is recorded with it.
    assert (await refused(watch(service, "bob", video.id, 20)))[0] == "NOT_SIGNED_IN"
    assert (await refused(call(service, "bob", "AddToWatchLater", video_id=video.id)))[0] == "NOT_SIGNED_IN"
    assert await service.fetchval("SELECT count(*) FROM viewings") == 0
    assert (await service.get(None, video.id)).view_count == 1


async def test_lists_are_read_from_an_index_of_their_own(service: Running) -> None:
    connection = await asyncpg.connect(service.database_url)
    try:
        await connection.execute("SET enable_seqscan = off; SET enable_sort = off")
        for which, index in (("", "viewings_person"), ("AND NOT finished", "viewings_unfinished")):
            plan = await connection.fetch(
                f"EXPLAIN SELECT video, watched_at FROM viewings WHERE person = 'bob' {which}"
                " AND (watched_at, video) < (now(), 'x') ORDER BY watched_at DESC, video DESC LIMIT 25"
            )
            assert index in str(plan[1]), plan
    finally:
        await connection.close()
