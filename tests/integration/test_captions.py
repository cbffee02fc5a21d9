"""Captions over native gRPC and over the media routes: whose they are, what is published, races, search."""

import asyncio
import json
import re
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from playhead.video.v1 import captions_pb2, video_pb2
from tests.support.video_service import RENDITIONS, Running, adopt, reason_of
from video_service.domain.caption_stores import EmbeddedCaption, NewCaption
from video_service.domain.captions import CaptionKind
from video_service.domain.cues import SpokenLine
from video_service.domain.video import new_id
from video_service.purging import purge
from video_service.repository.removal import PurgeableRows
from video_service.storage.objects import LocalObjects

SRT = "1\n00:00:00,500 --> 00:00:01,000\n<i>Quokka</i> &amp; friends\n".encode("utf-16")
PUBLIC, PRIVATE = video_pb2.VISIBILITY_PUBLIC, video_pb2.VISIBILITY_PRIVATE


async def refused(call: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return reason_of(caught.value)


async def call(service: Running, person: str, method: str, video_id: str, **fields: Any) -> Any:
    request = getattr(captions_pb2, f"{method}CaptionsRequest")(video_id=video_id, **fields)
    return await getattr(service.captions, f"{method}Captions")(request, metadata=service.as_(person))


async def upload(service: Running, video_id: str, language: str = "en", **fields: Any) -> Any:
    added = await call(service, "ada", "Upload", video_id, language=language, **{"file": SRT, **fields})
    return added.captions


async def listed(service: Running, video_id: str) -> list[Any]:
    return list((await call(service, "ada", "List", video_id)).captions)


async def fetched(service: Running, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(service.url + path)


async def master(service: Running, video_id: str) -> str:
    request = video_pb2.GetPlaybackRequest(id=video_id)
    playback = await service.videos.GetPlayback(request, metadata=service.as_("ada"))
    return str(playback.hls_path)


async def subtitles(service: Running, path: str) -> dict[str, str]:
    """Where the text tracks of a master playlist are, by their names."""
    text = (await fetched(service, path)).text
    lines = [line for line in text.splitlines() if "TYPE=SUBTITLES" in line]
    assert (
        all('SUBTITLES="captions"' in line for line in text.splitlines() if "STREAM-INF" in line) or not lines
    )
    return {
        re.findall('NAME="(.*?)"', line)[0]: path.replace("master.m3u8", re.findall('URI="(.*?)"', line)[0])
        for line in lines
    }


async def test_captions_of_a_ready_video_are_offered_at_once(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PRIVATE)
    assert (await upload(service, video.id, "DE-at", kind=captions_pb2.CAPTION_KIND_CAPTIONS)).label
    added = await upload(service, video.id, label=' My "own"  ')
    assert (added.language, added.label, added.embedded) == ("en", 'My "own"', False)
    path = await master(service, video.id)
    found = await subtitles(service, path)
    assert list(found) == ["German (AT) (captions)", "My own"]
    line = next(line for line in (await fetched(service, path)).text.splitlines() if '"de-AT"' in line)
    assert "public.accessibility.describes-music-and-sound" in line
    playlist = await fetched(service, found["My own"])
    assert "#EXTINF:2.000000,\n00000.vtt\n#EXT-X-ENDLIST" in playlist.text
    file = await fetched(service, found["My own"].replace("index.m3u8", "00000.vtt"))
    assert (file.headers["content-type"], file.headers["cache-control"]) == (
        "text/vtt; charset=utf-8",
        "private, max-age=60, must-revalidate",
    )
    assert file.text == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"
        "00:00:00.500 --> 00:00:01.000\n<i>Quokka</i> &amp; friends\n"
    )
    open_path = re.sub("/media/[^/]+/", "/media/public/", found["My own"])
    assert (await fetched(service, open_path)).status_code == 404, "no grant, no captions"


async def test_replaced_renamed_downloaded_deleted(service: Running) -> None:
    video, revision_id = await service.published("ada")
    added = await upload(service, video.id)
    content = b"WEBVTT\n\n00:00.000 --> 00:01.500\nWombat\n\n00:02 --> 00:01\nno\n"
    replaced = await call(service, "ada", "Replace", video.id, id=added.id, file=content)
    assert (replaced.captions.id, replaced.ignored) == (added.id, 1)
    await call(service, "ada", "Rename", video.id, id=added.id, label="Director's")
    path = await master(service, video.id)
    found = await subtitles(service, path)
    assert list(found) == ["Director's"]
    file_path = found["Director's"].replace("index.m3u8", "00000.vtt")
    assert "Wombat" in (await fetched(service, file_path)).text
    plain = await call(service, "ada", "Download", video.id, id=added.id)
    assert plain.file == b"WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nWombat\n"
    form = captions_pb2.CAPTION_FORMAT_SUBRIP
    assert (await call(service, "ada", "Download", video.id, id=added.id, format=form)).file == (
        b"1\n00:00:00,000 --> 00:00:01,500\nWombat\n"
    )
    await call(service, "ada", "Delete", video.id, id=added.id)
    assert await subtitles(service, path) == {}
    assert (await fetched(service, file_path)).status_code == 404
    objects = LocalObjects(service.settings.objects)
    assert not await objects.sizes(f"videos/{video.id}/{revision_id}/captions")
    assert (await refused(call(service, "ada", "Delete", video.id, id=added.id)))[0] == "NOT_FOUND"
    noted = await service.fetch("SELECT action, details FROM audit_events ORDER BY id")
    assert [row["action"].removeprefix("captions.") for row in noted] == [
        "add",
        "replace",
        "rename",
        "delete",
    ]
    assert {row["details"] for row in noted} == {'{"language": "en"}'}


async def test_what_does_not_fit_is_refused_by_name(service: Running) -> None:
    video, _ = await service.published("ada", visibility=PUBLIC)
    await upload(service, video.id)
    wrong: tuple[tuple[dict[str, str], dict[str, Any]], ...] = (
        ({"field": "language", "code": "NOT_A_LANGUAGE"}, {"language": "english please"}),
        ({"field": "language", "code": "LANGUAGE_TAKEN"}, {"language": "en"}),
        ({"field": "file", "code": "NOT_CAPTIONS"}, {"language": "fr", "file": b"no captions"}),
        ({"field": "label", "code": "TOO_LONG", "most": "60"}, {"language": "fr", "label": "x" * 61}),
        ({"field": "kind"}, {"language": "fr", "kind": 9}),
    )
    for told, fields in wrong:
        assert await refused(upload(service, video.id, **fields)) == ("INVALID_INPUT", told)
    await upload(service, video.id, "en", kind=captions_pb2.CAPTION_KIND_CAPTIONS)
    for method in ("List", "Upload", "Replace", "Rename", "Download", "Delete"):
        assert (await refused(call(service, "bob", method, video.id)))[0] == "NOT_ALLOWED"
        assert (await refused(call(service, "ada", method, new_id())))[0] == "NOT_FOUND"
    other, _ = await service.published("ada")
    theirs = await upload(service, other.id)
    for method in ("Replace", "Rename", "Download", "Delete"):
        fields = {"file": SRT} if method == "Replace" else {}
        for caption_id in (theirs.id, new_id(), "", "\0"):
            asked = call(service, "ada", method, video.id, id=caption_id, **fields)
            assert (await refused(asked))[0] == "NOT_FOUND"
    assert len(await listed(service, other.id)) == 1


async def test_captions_come_before_the_plan_and_stay_through_every_revision(service: Running) -> None:
    video = await service.uploaded("ada")
    await upload(service, video.id)
    revision_id = await service.revision_of(video.id)
    await adopt(service.work, revision_id)
    path = await master(service, video.id)
    assert list(await subtitles(service, path)) == ["English"]
    await service.work.finish(revision_id, RENDITIONS)
    request = video_pb2.ReprocessVideoRequest(id=video.id)
    await service.videos.ReprocessVideo(request, metadata=service.as_("ada"))
    new = await service.fetchval("SELECT successor_id FROM videos")
    await upload(service, video.id, "fr")
    await adopt(service.work, new)
    await upload(service, video.id, "de")
    assert len(await subtitles(service, path)) == 3
    await service.work.finish(new, RENDITIONS)
    path = await master(service, video.id)
    assert new in path
    assert list(await subtitles(service, path)) == ["English", "French", "German"]


async def test_a_master_of_many_changes_at_once_holds_them_all(service: Running) -> None:
    video, revision_id = await service.planned("ada")
    measured = [
        type(one)(**{**vars(one), "bandwidth_bps": one.bandwidth_bps + 7, "average_bps": 500_000})
        for one in RENDITIONS
    ]
    languages = ("en", "de", "fr", "it", "es", "pt", "nl", "pl")
    await asyncio.gather(
        *(upload(service, video.id, language) for language in languages[:4]),
        service.work.finish(revision_id, measured),
        *(upload(service, video.id, language) for language in languages[4:]),
    )
    path = await master(service, video.id)
    text = (await fetched(service, path)).text
    assert set(re.findall('TYPE=SUBTITLES.*?LANGUAGE="(..)"', text)) == set(languages)
    assert text.count("AVERAGE-BANDWIDTH=1000000") == 2, "measured: picture and sound"
    assert f"BANDWIDTH={1_200_007 + 130_007}," in text


async def test_what_the_source_holds_gives_way_to_what_its_owner_made_of_it(service: Running) -> None:
    video, revision_id = await service.planned("ada")

    def embedded(index: int, text: str) -> EmbeddedCaption:
        said = (SpokenLine(0, text),)
        vtt = f"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n{text}\n"
        return EmbeddedCaption(index, NewCaption("en", CaptionKind.SUBTITLES, "English", vtt, said))

    await service.work.embedded_captions(revision_id, [embedded(2, "one"), embedded(3, "two")])
    assert list(await subtitles(service, await master(service, video.id))) == ["English", "English 2"]
    first, second = await listed(service, video.id)
    assert first.embedded
    await call(service, "ada", "Replace", video.id, id=first.id, file=SRT)
    await service.work.embedded_captions(revision_id, [embedded(2, "three"), embedded(3, "four")])
    files = [(await call(service, "ada", "Download", video.id, id=one.id)).file for one in (first, second)]
    assert [b"Quokka" in files[0], b"four" in files[1]] == [True, True]
    await call(service, "ada", "Delete", video.id, id=second.id)
    await service.work.embedded_captions(revision_id, [embedded(2, "five"), embedded(3, "six")])
    assert [one.id for one in await listed(service, video.id)] == [first.id], "it does not come back"
    assert list(await subtitles(service, await master(service, video.id))) == ["English"]


async def test_words_in_captions_are_found(service: Running) -> None:
    video, _ = await service.published("ada", title="Animals", visibility=PUBLIC)
    hidden, _ = await service.published("ada", visibility=PRIVATE)
    added = await upload(service, video.id)
    await upload(service, hidden.id)

    async def found(query: str) -> list[str]:
        listing = await service.videos.ListVideos(video_pb2.ListVideosRequest(query=query))
        return [one.id for one in listing.videos]

    assert await found("quokka fri") == [video.id]
    assert await found("animals") == [video.id]
    assert await found("quokka zebra") == []
    await call(service, "ada", "Replace", video.id, id=added.id, file=SRT.replace(b"Q\0", b"K\0"))
    assert await found("quokka") == []
    assert await found("kuokka") == [video.id]
    await call(service, "ada", "Delete", video.id, id=added.id)
    assert await found("kuokka") == []


async def test_purging_takes_captions(service: Running) -> None:
    video, _ = await service.published("ada")
    await upload(service, video.id)
    await service.videos.DeleteVideo(video_pb2.DeleteVideoRequest(id=video.id), metadata=service.as_("ada"))
    assert (await refused(upload(service, video.id, "fr")))[0] == "NOT_FOUND"
    objects = LocalObjects(service.settings.objects)
    await purge(video.id, PurgeableRows(), objects, undo_seconds=0)
    assert not await objects.sizes(f"videos/{video.id}")
    assert await service.fetchval("SELECT count(*) FROM captions") == 0


async def test_chapters_are_the_owners_the_descriptions_or_the_sources(service: Running) -> None:
    video, _ = await service.published("ada")

    async def change(**fields: Any) -> list[str]:
        request = video_pb2.UpdateVideoRequest(
            video=video_pb2.Video(id=video.id, **fields), update_mask=FieldMask(paths=list(fields))
        )
        changed = (await service.videos.UpdateVideo(request, metadata=service.as_("ada"))).video
        return [one.title for one in changed.chapters]

    path = await master(service, video.id)
    assert "chapters" not in (await fetched(service, path)).text
    assert await change(description="0:00 A\n0:01 B\n0:02 after the end") == ["A", "B"]
    text = (await fetched(service, path)).text
    assert '#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="chapters.json"' in text
    listed = json.loads((await fetched(service, path.replace("master.m3u8", "chapters.json"))).text)
    assert [(one["start-time"], one["duration"]) for one in listed] == [(0, 1), (1, 1)]
    own = [video_pb2.Chapter(start_seconds=0.25, title="Mine")]
    assert await change(chapters=own) == ["Mine"]
    assert await change(chapters=[]) == ["A", "B"]
    wrong = [video_pb2.Chapter(start_seconds=1, title="a"), video_pb2.Chapter(start_seconds=0, title="b")]
    told = {"field": "chapters", "code": "CHAPTERS_UNORDERED"}
    assert await refused(change(chapters=wrong)) == ("INVALID_INPUT", told)
    assert await change(description="") == []
    assert "chapters" not in (await fetched(service, path)).text
