"""Finding videos over native gRPC: ranks, filters, places in captions, related videos, people."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from playhead.video.v1 import captions_pb2, video_pb2
from tests.integration.test_catalog import PRIVATE, PUBLIC, UNLISTED, delete, listed, refused, update
from tests.support.video_service import Running
from video_service.domain.finding import Filters, Match
from video_service.domain.stores import Selection
from video_service.domain.video import new_id
from video_service.repository.finds import FindRows
from video_service.repository.videos import VideoRows

SRT = (
    "1\n00:00:00,250 --> 00:00:00,500\nAnd the <i>reef</i>\n\n"
    "2\n00:00:00,750 --> 00:00:01,000\nThe reef holds\nfive anemones &amp; a crab\n\n"
    "3\n00:00:01,500 --> 00:00:01,750\nfive anemones\n"
)


async def caption(service: Running, person: str, video_id: str, text: str = SRT, language: str = "en") -> str:
    request = captions_pb2.UploadCaptionsRequest(video_id=video_id, language=language, file=text.encode())
    answer = await service.captions.UploadCaptions(request, metadata=service.as_(person))
    return str(answer.captions.id)


async def titles(service: Running, person: str | None = None, **request: Any) -> list[str]:
    return [video.title for video in (await listed(service, person, **request)).videos]


async def related(service: Running, person: str | None, video_id: str, page_size: int = 0) -> list[str]:
    request = video_pb2.ListRelatedVideosRequest(id=video_id, page_size=page_size)
    metadata = service.as_(person) if person else ()
    return [one.title for one in (await service.videos.ListRelatedVideos(request, metadata=metadata)).videos]


async def person(service: Running, viewer: str | None, person_id: str) -> tuple[str, int]:
    request = video_pb2.GetPersonRequest(id=person_id)
    answer = await service.videos.GetPerson(request, metadata=service.as_(viewer) if viewer else ())
    return answer.person.name, answer.video_count


async def test_titles_and_tags_come_first_then_descriptions_then_captions(service: Running) -> None:
    said, _ = await service.published("ada", title="Tide", visibility=PUBLIC)
    await caption(service, "ada", said.id)
    await service.published("ada", title="The reef and anemones", visibility=PUBLIC)
    tagged, _ = await service.published("ada", title="Night", visibility=PUBLIC)
    await update(service, "ada", tagged.id, tags=["Reef", "anemones"])
    await service.published("ada", title="A reef", description="With anemones", visibility=PUBLIC)
    both, _ = await service.published("ada", title="Reef anemones again", visibility=PUBLIC)
    await caption(service, "ada", both.id)
    ranked = ["Reef anemones again", "Night", "The reef and anemones", "A reef", "Tide"]
    assert await titles(service, query="reef anemo") == ranked
    paged, token = list[str](), ""
    for _ in ranked:
        page = await listed(service, query="reef anemo", page_size=1, page_token=token)
        paged += [video.title for video in page.videos]
        token = page.next_page_token
    assert (paged, token) == (ranked, "")


async def test_hits_tell_where_most_of_the_words_are_said(service: Running) -> None:
    video, _ = await service.published("ada", title="Tide", visibility=PUBLIC)
    await caption(service, "ada", video.id)
    await service.published("ada", title="Five anemones", visibility=PUBLIC)
    hidden, _ = await service.published("ada", title="Hidden", visibility=PRIVATE)
    await caption(service, "ada", hidden.id)
    found = await listed(service, query="five reef anemo")
    assert [(hit.video_id, hit.start_seconds, hit.text, hit.language) for hit in found.hits] == [
        (video.id, 0.75, "The reef holds five anemones & a crab", "en")
    ]
    # Words that are only said apart from each other are found too.
    assert [hit.start_seconds for hit in (await listed(service, query="and crab")).hits] == [0.25]
    assert not (await listed(service)).hits
    own = (await listed(service, "ada", owner="me", query="crab")).hits
    assert {hit.video_id for hit in own} == {video.id, hidden.id}


async def test_replaced_and_deleted_captions_are_said_no_more(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    caption_id = await caption(service, "ada", video.id)
    assert (await service.get(None, video.id)).captioned
    replacement = captions_pb2.ReplaceCaptionsRequest(
        video_id=video.id, id=caption_id, file=b"WEBVTT\n\n00:01.000 --> 00:01.500\nWombat\n"
    )
    await service.captions.ReplaceCaptions(replacement, metadata=service.as_("ada"))
    assert not (await listed(service, query="crab")).videos
    assert [hit.start_seconds for hit in (await listed(service, query="womb")).hits] == [1.0]
    request = captions_pb2.DeleteCaptionsRequest(video_id=video.id, id=caption_id)
    await service.captions.DeleteCaptions(request, metadata=service.as_("ada"))
    assert not (await listed(service, query="womb")).videos
    assert not (await service.get(None, video.id)).captioned
    assert await service.fetchval("SELECT count(*) FROM caption_lines") == 0


async def test_filters_narrow_every_list(service: Running) -> None:
    old, _ = await service.published("ada", title="Old", visibility=PUBLIC)
    long, _ = await service.published("ada", title="Long", visibility=PUBLIC)
    said, _ = await service.published("bob", title="Said", visibility=PUBLIC)
    await caption(service, "bob", said.id)
    await update(service, "ada", long.id, tags=["Over  the Sea", "x"])
    await service.fetch("UPDATE videos SET duration_seconds = 600 WHERE id = $1", long.id)
    await service.fetch("UPDATE videos SET created_at = '2020-01-02Z' WHERE id = $1", old.id)
    since = Timestamp()
    since.FromDatetime(datetime(2020, 1, 2, tzinfo=UTC))
    later = Timestamp()
    later.FromDatetime(datetime(2020, 1, 2, tzinfo=UTC) + timedelta(seconds=1))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["Said", "Long", "Old"]),
        ({"min_duration_seconds": 600}, ["Long"]),
        ({"max_duration_seconds": 600}, ["Said", "Old"]),
        ({"min_duration_seconds": 2, "max_duration_seconds": 2.5}, ["Said", "Old"]),
        ({"created_after_time": since}, ["Said", "Long", "Old"]),
        ({"created_after_time": later}, ["Said", "Long"]),
        ({"captioned": True}, ["Said"]),
        ({"tag": "over the SEA"}, ["Long"]),
        ({"tag": "over"}, []),
        ({"owner": "ada", "created_after_time": later}, ["Long"]),
        ({"query": "sea", "max_duration_seconds": 601}, ["Long"]),
        ({"query": "crab", "captioned": True}, ["Said"]),
        ({"query": "crab", "min_duration_seconds": 600}, []),
    ]
    for asked, expected in cases:
        assert await titles(service, **asked) == expected, asked
    mine = await titles(service, "ada", owner="me", tag="X")
    assert mine == ["Long"]
    token = (await listed(service, page_size=1, tag="")).next_page_token
    assert await refused(listed(service, page_size=1, captioned=True, page_token=token)) == (
        "INVALID_INPUT",
        {"field": "page_token"},
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"min_duration_seconds": -1}, {"field": "min_duration_seconds"}),
        ({"max_duration_seconds": float("nan")}, {"field": "max_duration_seconds"}),
        ({"min_duration_seconds": float("inf")}, {"field": "min_duration_seconds"}),
        ({"created_after_time": Timestamp(seconds=1 << 50)}, {"field": "created_after_time"}),
        ({"tag": "x" * 51}, {"field": "tag"}),
        ({"tag": "a\0"}, {"field": "tag"}),
    ],
)
async def test_filters_that_make_no_sense_are_named(
    service: Running, asked: dict[str, Any], told: dict[str, str]
) -> None:
    assert await refused(listed(service, **asked)) == ("INVALID_INPUT", told)


async def test_a_tag_is_there_once_whatever_its_case(service: Running) -> None:
    video = await service.uploaded("ada")
    after = await update(service, "ada", video.id, tags=[" Sea ", "SEA", "Deep   blue", "deep blue", "null"])
    assert list(after.tags) == ["Sea", "Deep blue", "null"]
    assert await titles(service, "ada", owner="me", tag="NULL") == [video.title]


async def test_related_are_public_and_the_closest_come_first(service: Running) -> None:
    async def make(owner: str, title: str, tags: Collection[str] = (), **fields: Any) -> str:
        video, _ = await service.published(owner, title=title, **{"visibility": PUBLIC, **fields})
        await update(service, owner, video.id, tags=list(tags))
        return video.id

    await make("eve", "Tagged alike", ["reef", "SEA"])
    await make("bob", "Tagged a little", ["sea"])
    await make("bob", "Harbour by night")
    await make("ada", "Something else")
    await make("bob", "Unrelated")
    await make("bob", "Reef of somebody", ["Reef", "Sea"], visibility=UNLISTED)
    await make("bob", "Private", ["Reef", "Sea"], visibility=PRIVATE)
    gone = await make("bob", "Gone", ["Reef", "Sea"])
    await delete(service, "bob", gone)
    this = await make("ada", "The harbour", ["Reef", "Sea"], visibility=PRIVATE)
    assert await related(service, "ada", this) == [
        "Tagged alike",
        "Tagged a little",
        "Harbour by night",
        "Something else",
        "Unrelated",
    ]
    assert await related(service, "ada", this, 1) == ["Tagged alike"]
    for viewer, video_id in (("bob", this), (None, new_id()), (None, gone)):
        assert (await refused(related(service, viewer, video_id)))[0] == "NOT_FOUND"
    assert await refused(related(service, "ada", this, 51)) == ("INVALID_INPUT", {"field": "page_size"})


async def test_people_are_who_published_something(service: Running) -> None:
    await service.published("ada", visibility=PUBLIC)
    await service.published("ada", visibility=PUBLIC)
    await service.published("ada", visibility=UNLISTED)
    await service.published("bob", visibility=UNLISTED)
    assert await person(service, None, "ada") == ("Ada", 2)
    assert await person(service, "bob", "bob") == ("Bob", 0)
    assert await person(service, "new", "new") == ("New", 0)
    answers = [await refused(person(service, "eve", one)) for one in ("bob", "nobody", "", "\0")]
    assert answers == [("NOT_FOUND", {})] * 4


async def test_lists_and_search_never_read_a_whole_table(service: Running) -> None:
    connection = await asyncpg.connect(service.database_url)
    try:
        await connection.execute("INSERT INTO owners SELECT 'o' || n, 'N' FROM generate_series(1, 200) n")
        await connection.execute(
            """INSERT INTO videos (id, owner, title, description, tags, visibility, state, playable, progress,
                   version, access_epoch, filename, renditions, has_poster, warnings, created_at, updated_at)
               SELECT lpad(n::text, 26, 'a'), 'o' || (n % 200 + 1), 'film ' || md5(n::text), '',
                   ARRAY['all', 'tag' || n % 2000], CASE WHEN n % 3 = 0 THEN 'private' ELSE 'public' END,
                   'ready', true, 1, 1, 1, '', '[]', false, '{}', now() - n * interval '1 second', now()
               FROM generate_series(1, 20000) n"""
        )
        await connection.execute(
            """INSERT INTO captions (id, video, language, kind, label, webvtt, touched, created_at,
                   updated_at, search)
               SELECT lpad(n::text, 26, 'a'), lpad(n::text, 26, 'a'), 'en', 'subtitles', 'English', '', true,
                   now(), now(), to_tsvector('simple', 'the ' || md5(n::text))
               FROM generate_series(1, 20000, 10) n"""
        )
        await connection.execute(
            """INSERT INTO caption_lines (caption, position, start_ms, text)
               SELECT lpad(n::text, 26, 'a'), line, line * 1000, 'the line ' || md5(n::text || line)
               FROM generate_series(1, 20000, 10) n, generate_series(1, 10) line"""
        )
        # As autovacuum does: new entries of an index of words wait in a list.
        await connection.execute("VACUUM ANALYZE")
        rare = "c4ca4238a0b923820dcc509a6f75849b"
        lists: list[tuple[Selection, list[Match] | list[None]]] = [
            (Selection(None, True, ()), [None]),
            (Selection("o7", True, ()), [None]),
            (Selection("o7", False, ()), [None]),
            (Selection(None, True, (), filters=Filters(tag="Tag7")), [None]),
            (Selection(None, True, (), filters=Filters(captioned=True)), [None]),
            (Selection(None, True, (), filters=Filters(min_duration_seconds=3600)), [None]),
            # In all titles, in all tags, in all captions, in one video and its captions. The next match
            # is only looked at where the one before it did not fill the page.
            (Selection(None, True, ("film",)), [Match.TITLE]),
            (Selection(None, True, ("all",)), [Match.TITLE]),
            (Selection(None, True, ("the",)), [*Match]),
            (Selection(None, True, (rare,)), [*Match]),
            (Selection("o7", False, ("film", rare)), [*Match]),
        ]
        rows = VideoRows(service.publisher)
        queries = [
            *(rows.list_query(selection, match, None, 25) for selection, of in lists for match in of),
            FindRows.hits_query(("the", "line"), ["a" * 25 + "1", "a" * 24 + "11"]),
            FindRows.related_query("a" * 25 + "1", "'film':AB", "o7", ["all", "tag1"], 12),
        ]
        for query in queries:
            template, arguments = query.querystrings[0].compile_string()
            plan = await connection.fetch(f"EXPLAIN {template}", *arguments)
            text = "\n".join(row[0] for row in plan)
            for table in ("videos", "captions", "caption_lines"):
                assert f"Seq Scan on {table}" not in text, f"{template}\n{arguments}\n{text}"
    finally:
        await connection.close()
