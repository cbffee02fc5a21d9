"""Sharing over native gRPC: named people, links with an end and a password, and moderators."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
import pytest

from playhead.video.v1 import sharing_pb2, video_pb2
from tests.integration.test_catalog import delete, listed, refused, undelete, update
from tests.integration.test_watch import event, watch
from tests.support.video_service import Metadata, Running, running_service
from video_service.domain.access import OpenedLink
from video_service.domain.video import new_id
from video_service.repository.videos import VideoRows
from video_service.storage.keys import HmacPasses
from video_service.storage.objects import LocalObjects

PRIVATE, UNLISTED, PUBLIC = (
    video_pb2.VISIBILITY_PRIVATE,
    video_pb2.VISIBILITY_UNLISTED,
    video_pb2.VISIBILITY_PUBLIC,
)


async def share(service: Running, video_id: str, person: str, owner: str = "ada") -> None:
    request = sharing_pb2.AddPersonRequest(
        video_id=video_id, person=video_pb2.Owner(id=person, name=person.title())
    )
    await service.sharing.AddPerson(request, metadata=service.as_(owner))


async def unshare(service: Running, video_id: str, person: str) -> None:
    request = sharing_pb2.RemovePersonRequest(video_id=video_id, person_id=person)
    await service.sharing.RemovePerson(request, metadata=service.as_("ada"))


async def make_link(service: Running, video_id: str, **fields: Any) -> Any:
    request = sharing_pb2.CreateShareLinkRequest(video_id=video_id, **fields)
    return await service.sharing.CreateShareLink(request, metadata=service.as_("ada"))


async def revoke(service: Running, video_id: str, link_id: str) -> None:
    request = sharing_pb2.RevokeShareLinkRequest(video_id=video_id, link_id=link_id)
    await service.sharing.RevokeShareLink(request, metadata=service.as_("ada"))


async def open_link(
    service: Running, video_id: str, secret: str, password: str = "", metadata: Metadata = ()
) -> Any:
    request = sharing_pb2.OpenShareLinkRequest(video_id=video_id, secret=secret, password=password)
    return await service.sharing.OpenShareLink(request, metadata=metadata)


async def pass_of(service: Running, video_id: str, secret: str, password: str = "") -> Metadata:
    """The metadata of a stranger who opened the link."""
    opened = await open_link(service, video_id, secret, password)
    return (("playhead-share", getattr(opened, "pass")),)


async def get_with(service: Running, video_id: str, metadata: Metadata) -> video_pb2.Video:
    return (await service.videos.GetVideo(video_pb2.GetVideoRequest(id=video_id), metadata=metadata)).video


async def playback(service: Running, video_id: str, metadata: Metadata) -> Any:
    return await service.videos.GetPlayback(video_pb2.GetPlaybackRequest(id=video_id), metadata=metadata)


async def shares(service: Running, video_id: str) -> Any:
    request = sharing_pb2.ListSharesRequest(video_id=video_id)
    return await service.sharing.ListShares(request, metadata=service.as_("ada"))


async def with_master(service: Running, person: str = "ada", visibility: Any = PRIVATE) -> video_pb2.Video:
    """A video that is ready, with a playlist that can be fetched."""
    video, revision_id = await service.published(person, visibility=visibility)
    objects = LocalObjects(service.settings.objects)
    await objects.create(f"videos/{video.id}/{revision_id}/master.m3u8", b"#EXTM3U\n")
    return video


async def fetched(service: Running, path: str) -> int:
    async with httpx.AsyncClient(base_url=service.url) as client:
        return (await client.get(path)).status_code


async def test_a_named_person_sees_the_video_until_it_is_unshared(service: Running) -> None:
    video = await with_master(service)
    bob = service.as_("bob")
    stream = watch(service, "bob", {video.id: 0})
    assert await event(stream) == video.id
    await share(service, video.id, "bob")
    await share(service, video.id, "bob")
    assert (await event(stream)).id == video.id
    seen = await service.get("bob", video.id)
    assert (seen.id, seen.editable, seen.filename) == (video.id, False, "")
    assert [one.id for one in (await listed(service, "bob", owner="shared")).videos] == [video.id]
    assert not (await listed(service, "eve", owner="shared")).videos
    assert not (await listed(service, "bob")).videos
    assert [one.person.name for one in (await shares(service, video.id)).people] == ["Bob"]
    path = (await playback(service, video.id, bob)).hls_path
    assert await fetched(service, path) == 200

    await unshare(service, video.id, "bob")
    await unshare(service, video.id, "bob")
    assert await event(stream) == video.id
    stream.cancel()
    assert (await refused(service.get("bob", video.id)))[0] == "NOT_FOUND"
    assert (await refused(playback(service, video.id, bob)))[0] == "NOT_FOUND"
    assert not (await listed(service, "bob", owner="shared")).videos
    assert not (await shares(service, video.id)).people
    assert await fetched(service, path) == 404


async def test_the_shared_list_leaves_out_what_cannot_be_watched(service: Running) -> None:
    video, _ = await service.planned("ada", visibility=PRIVATE)
    gone = await with_master(service)
    for one in (video.id, gone.id):
        await share(service, one, "bob")
    await delete(service, "ada", gone.id)
    assert not (await listed(service, "bob", owner="shared")).videos
    assert (await refused(listed(service, None, owner="shared")))[0] == "NOT_SIGNED_IN"


async def test_a_link_opens_its_video_until_it_is_revoked(service: Running) -> None:
    video, other = await with_master(service), await with_master(service)
    made = await make_link(service, video.id, label="For the jury")
    stranger = await pass_of(service, video.id, made.secret)
    assert (await get_with(service, video.id, stranger)).id == video.id
    path = (await playback(service, video.id, stranger)).hls_path
    assert await fetched(service, path) == 200
    stream = watch(service, None, {video.id: 0}, metadata=stranger)
    assert (await event(stream)).id == video.id
    assert (await refused(get_with(service, other.id, stranger)))[0] == "NOT_FOUND"
    assert (await refused(open_link(service, other.id, made.secret)))[0] == "NOT_FOUND"

    await revoke(service, video.id, made.link.id)
    await revoke(service, video.id, made.link.id)
    assert await event(stream) == video.id
    stream.cancel()
    assert (await refused(get_with(service, video.id, stranger)))[0] == "NOT_FOUND"
    assert (await refused(open_link(service, video.id, made.secret)))[0] == "NOT_FOUND"
    assert await fetched(service, path) == 404


async def test_a_link_ends_at_its_time_and_takes_passes_and_grants_along(service: Running) -> None:
    video = await with_master(service)
    end = datetime.now(UTC) + timedelta(hours=1)
    made = await make_link(service, video.id, expire_time=end)
    opened = await open_link(service, video.id, made.secret)
    assert opened.expire_time.ToDatetime(tzinfo=UTC) == end
    stranger = (("playhead-share", getattr(opened, "pass")),)
    granted = await playback(service, video.id, stranger)
    assert granted.expire_time.ToDatetime(tzinfo=UTC) == end
    # Its owner and those who see it anyway are not bound to the link's time.
    await share(service, video.id, "bob")
    for metadata in (service.as_("ada") + stranger, service.as_("bob") + stranger):
        ends = (await playback(service, video.id, metadata)).expire_time.ToDatetime(tzinfo=UTC)
        assert ends > end + timedelta(hours=4)

    await service.fetch("UPDATE share_links SET expires_at = now()")
    assert (await refused(get_with(service, video.id, stranger)))[0] == "NOT_FOUND"
    assert (await refused(open_link(service, video.id, made.secret)))[0] == "NOT_FOUND"
    assert not (await shares(service, video.id)).links
    # The next link takes the place of those that have ended.
    await make_link(service, video.id)
    assert await service.fetchval("SELECT count(*) FROM share_links") == 1


async def test_a_link_may_ask_for_a_password(service: Running) -> None:
    video = await with_master(service)
    made = await make_link(service, video.id, password="sésame")
    assert made.link.has_password
    for wrong in ("", "sesame", "s\0", "x" * 5000):
        answer = await refused(open_link(service, video.id, made.secret, wrong))
        assert answer == ("NOT_ALLOWED", {"needs": "password"})
    assert await pass_of(service, video.id, made.secret, "sésame")
    stored = await service.fetchval("SELECT password_hash FROM share_links")
    assert stored.startswith("$argon2id$")
    # Who does not know the secret does not learn that there is a password.
    assert (await refused(open_link(service, video.id, new_id(), "sésame")))[0] == "NOT_FOUND"


async def test_a_secret_is_nowhere_in_the_database(service: Running) -> None:
    video = await with_master(service)
    made = await make_link(service, video.id, label="x", password="correct horse")
    tables = await service.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    everything = "".join(
        [repr(await service.fetch(f'SELECT * FROM "{table["tablename"]}"')) for table in tables]
    )
    assert made.link.id in everything
    assert made.secret not in everything
    assert "correct horse" not in everything


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"label": "x" * 81}, "label"),
        ({"label": "a\nb"}, "label"),
        ({"password": "abc"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"expire_time": datetime(2020, 1, 1, tzinfo=UTC)}, "expire_time"),
    ],
)
async def test_a_link_that_makes_no_sense_is_refused(
    service: Running, fields: dict[str, Any], named: str
) -> None:
    video = await service.uploaded("ada")
    reason, data = await refused(make_link(service, video.id, **fields))
    assert (reason, data["field"]) == ("INVALID_INPUT", named)


async def test_people_and_links_are_bounded_also_in_a_race(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("video_service.sharing.MAX_PEOPLE", 3)
    monkeypatch.setattr("video_service.sharing.MAX_LINKS", 3)
    video = await service.uploaded("ada")
    for calls in (
        [share(service, video.id, f"friend{n}") for n in range(8)],
        [make_link(service, video.id) for _ in range(8)],
    ):
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(not isinstance(result, grpc.aio.AioRpcError) for result in results) == 3
    now = await shares(service, video.id)
    assert (len(now.people), len(now.links)) == (3, 3)


async def test_only_its_owner_shares_a_video(service: Running) -> None:
    video = await with_master(service, visibility=PUBLIC)
    made = await make_link(service, video.id)
    calls = {
        "ListShares": sharing_pb2.ListSharesRequest(video_id=video.id),
        "AddPerson": sharing_pb2.AddPersonRequest(video_id=video.id, person=video_pb2.Owner(id="eve")),
        "RemovePerson": sharing_pb2.RemovePersonRequest(video_id=video.id, person_id="bob"),
        "CreateShareLink": sharing_pb2.CreateShareLinkRequest(video_id=video.id),
        "RevokeShareLink": sharing_pb2.RevokeShareLinkRequest(video_id=video.id, link_id=made.link.id),
    }
    for name, request in calls.items():
        method = getattr(service.sharing, name)
        assert (await refused(method(request)))[0] == "NOT_SIGNED_IN", name
        for role in ("user", "moderator", "admin"):
            metadata = service.as_("eve", role=role)
            assert (await refused(method(request, metadata=metadata)))[0] == "NOT_ALLOWED", name
    await update(service, "ada", video.id, visibility=PRIVATE)
    await share(service, video.id, "bob")
    for name, request in calls.items():
        method = getattr(service.sharing, name)
        assert (await refused(method(request, metadata=service.as_("eve", role="admin"))))[0] == "NOT_FOUND"
        assert (await refused(method(request, metadata=service.as_("bob"))))[0] == "NOT_ALLOWED", name
    myself = sharing_pb2.AddPersonRequest(video_id=video.id, person=video_pb2.Owner(id="ada"))
    assert (await refused(service.sharing.AddPerson(myself, metadata=service.as_("ada"))))[1] == {
        "field": "person",
        "code": "NOT_ONESELF",
    }


async def test_a_pass_that_was_tampered_with_or_is_a_grant_opens_nothing(service: Running) -> None:
    video, other = await with_master(service), await with_master(service)
    made = await make_link(service, video.id)
    [(key, genuine)] = await pass_of(service, video.id, made.secret)
    grant = (await playback(service, video.id, service.as_("ada"))).hls_path.split("/")[2]
    # A link's id is no secret: only the signature keeps strangers from making a pass of it.
    opened, later = OpenedLink(video.id, made.link.id), datetime.now(UTC) + timedelta(hours=1)
    strangers = HmacPasses(b"x" * 32).issue(opened, later)
    flipped = genuine[:40] + ("A" if genuine[40] != "A" else "B") + genuine[41:]
    for forged in (strangers, flipped, genuine[:-4], genuine + "AAAA", grant, made.secret, "", "x" * 4000):
        metadata = ((key, forged),)
        assert (await refused(get_with(service, video.id, metadata)))[0] == "NOT_FOUND", forged
        assert (await refused(get_with(service, other.id, metadata)))[0] == "NOT_FOUND", forged
    revision = await service.revision_of(video.id)
    assert await fetched(service, f"/media/{genuine[:64]}/{video.id}/{revision}/master.m3u8") == 404


async def test_without_anonymous_access_a_link_asks_to_sign_in(video_databases: Any, tmp_path: Any) -> None:
    async with (
        video_databases.fresh() as url,
        running_service(url, tmp_path, ANONYMOUS_ACCESS="false") as service,
    ):
        video = await with_master(service)
        made = await make_link(service, video.id)
        assert (await refused(open_link(service, video.id, made.secret)))[0] == "NOT_SIGNED_IN"
        bob = service.as_("bob")
        opened = await open_link(service, video.id, made.secret, metadata=bob)
        stranger = (("playhead-share", getattr(opened, "pass")),)
        assert (await refused(get_with(service, video.id, stranger)))[0] == "NOT_SIGNED_IN"
        assert (await get_with(service, video.id, bob + stranger)).id == video.id


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_moderators_hide_and_delete_what_is_offered_to_everybody(service: Running, role: str) -> None:
    video = await with_master(service, visibility=PUBLIC)
    mo = service.as_("mo", role=role)
    seen = await get_with(service, video.id, mo)
    assert (seen.moderatable, seen.editable, seen.filename) == (True, False, "")
    assert not (await service.get("bob", video.id)).moderatable
    assert not (await service.get("ada", video.id)).moderatable

    async def change(**fields: Any) -> Any:
        request = video_pb2.UpdateVideoRequest(video=video_pb2.Video(id=video.id, **fields))
        request.update_mask.paths.extend(fields)
        return await service.videos.UpdateVideo(request, metadata=mo)

    for fields in ({"title": "Mine"}, {"title": "Mine", "visibility": PRIVATE}):
        assert (await refused(change(**fields)))[0] == "NOT_ALLOWED"
    path = (await playback(service, video.id, mo)).hls_path
    hidden = (await change(visibility=PRIVATE)).video
    assert hidden.visibility == PRIVATE
    assert await fetched(service, path) == 404
    # What is private, a moderator sees no more than anybody.
    assert (await refused(get_with(service, video.id, mo)))[0] == "NOT_FOUND"
    assert (await refused(change(visibility=PUBLIC)))[0] == "NOT_FOUND"

    await update(service, "ada", video.id, visibility=UNLISTED)
    request = video_pb2.DeleteVideoRequest(id=video.id)
    await service.videos.DeleteVideo(request, metadata=mo)
    assert (await refused(service.get("ada", video.id)))[0] == "NOT_FOUND"
    # Otherwise its owner would undo what the moderator did.
    assert (await refused(undelete(service, "ada", video.id)))[0] == "NOT_FOUND"


async def test_a_change_between_the_decision_and_the_reading_makes_no_grant(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a stranger would get a grant of the new epoch, decided about in the old one."""
    video = await with_master(service, visibility=UNLISTED)
    bob = service.as_("bob")
    assert (await playback(service, video.id, bob)).hls_path
    read = VideoRows.get

    async def hide_and_read(rows: VideoRows, video_id: str) -> Any:
        hide = "UPDATE videos SET visibility = 'private', access_epoch = access_epoch + 1"
        await service.fetch(f"{hide} WHERE visibility <> 'private'")
        return await read(rows, video_id)

    monkeypatch.setattr(VideoRows, "get", hide_and_read)
    assert (await refused(playback(service, video.id, bob)))[0] == "NOT_FOUND"
