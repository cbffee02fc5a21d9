"""What the gateway tells of people, and who did what."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from playhead.video.v1 import audit_pb2, owner_pb2, sharing_pb2, video_pb2
from tests.integration.test_catalog import delete, listed, refused, undelete, update
from tests.integration.test_sharing import make_link, revoke, share, shares, unshare, with_master
from tests.integration.test_watch import event, watch
from tests.support.video_service import Running
from video_service.domain.sharing_stores import Leftover
from video_service.purging import sweep
from video_service.storage.objects import LocalObjects

PRIVATE, PUBLIC = video_pb2.VISIBILITY_PRIVATE, video_pb2.VISIBILITY_PUBLIC


async def rename(service: Running, person: str, name: str) -> None:
    request = owner_pb2.RenameOwnerRequest(id=person, name=name)
    await service.owners.RenameOwner(request, metadata=service.as_gateway())


async def delete_owner(service: Running, person: str) -> None:
    request = owner_pb2.DeleteOwnerRequest(id=person)
    await service.owners.DeleteOwner(request, metadata=service.as_gateway())


async def audit(service: Running, **request: Any) -> list[Any]:
    answer = await service.audit.ListAuditEvents(
        audit_pb2.ListAuditEventsRequest(**request), metadata=service.as_("root", role="admin")
    )
    return list(answer.events)


async def test_a_new_name_shows_everywhere_and_an_older_token_does_not_undo_it(service: Running) -> None:
    video = await with_master(service, visibility=PUBLIC)
    await share(service, video.id, "bob")
    await rename(service, "ada", "Ada Lovelace")
    await rename(service, "bob", "Robert")
    await rename(service, "carol", "Caroline")
    assert (await service.get("bob", video.id)).owner.name == "Ada Lovelace"
    assert [one.person.name for one in (await shares(service, video.id)).people] == ["Robert"]
    # The tokens of these say "Ada" and "Carol".
    for person, name in (("ada", "Ada Lovelace"), ("carol", "Caroline")):
        later = await service.uploaded(person)
        assert (await service.get(person, later.id)).owner.name == name


async def test_an_account_that_ends_leaves_nothing_behind(service: Running) -> None:
    ready = await with_master(service, visibility=PUBLIC)
    processing, revision_id = await service.planned("ada")
    trashed = await with_master(service)
    await delete(service, "ada", trashed.id)
    upload = await service.create_upload("ada", 100)
    await service.append("ada", upload.id, 0, b"some bytes")
    theirs = await with_master(service, "bob")
    request_by_bob = service.as_("bob")
    await service.sharing.AddPerson(_add_person(theirs.id, "ada"), metadata=request_by_bob)
    path = f"/media/public/{ready.id}/{await service.revision_of(ready.id)}/master.m3u8"
    stream = watch(service, "bob", {ready.id: 0})
    await event(stream)
    async with httpx.AsyncClient(base_url=service.url) as client:
        assert (await client.get(path)).status_code == 200
        await delete_owner(service, "ada")
        await delete_owner(service, "ada")
        assert await event(stream) == ready.id
        stream.cancel()
        assert (await client.get(path)).status_code == 404

    for table in ("videos", "uploads", "revisions", "chunks"):
        column = "owner" if table in ("videos", "uploads") else None
        where = f"WHERE {column} = 'ada'" if column else "WHERE true"
        left = await service.fetchval(f"SELECT count(*) FROM {table} {where}")
        assert left == (1 if table == "revisions" else 0), table  # Bob's
    assert await service.fetchval("SELECT count(*) FROM owners WHERE id = 'ada'") == 0
    assert await service.fetchval("SELECT count(*) FROM shares") == 0
    # Those that were finished without a worker left theirs; what was being made has none any more.
    waiting = "SELECT payload FROM pgqueuer WHERE entrypoint LIKE 'chunk%'"
    assert revision_id not in str([bytes(row["payload"]) for row in await service.fetch(waiting)])
    assert not list((service.settings.objects / "staging").iterdir())

    # The job that a worker runs: now, and again when what still ran now is over.
    sweeps = await service.fetch(
        "SELECT payload, execute_after > now() + interval '50 minutes' AS later FROM pgqueuer"
        " WHERE entrypoint = 'sweep' ORDER BY execute_after"
    )
    assert [row["later"] for row in sweeps] == [False, True]
    objects = LocalObjects(service.settings.objects)
    for _ in range(2):
        await sweep(Leftover(**json.loads(sweeps[0]["payload"])), objects)
    kept = await objects.sizes("videos") | await objects.sizes("sources")
    assert len(kept) == 2
    assert any(theirs.id in key for key in kept)
    assert processing.id not in str(kept)
    assert not list((service.settings.objects / "videos" / ready.id).rglob("*.m3u8"))


async def test_who_has_left_makes_nothing_new(service: Running) -> None:
    """A token of theirs may live for minutes more."""
    await service.uploaded("ada")
    video = await service.uploaded("bob")
    await delete_owner(service, "ada")
    assert (await refused(service.create_upload("ada", 5)))[0] == "NOT_SIGNED_IN"
    call = service.sharing.AddPerson(_add_person(video.id, "ada"), metadata=service.as_("bob"))
    assert (await refused(call))[0] == "NOT_SIGNED_IN"
    await rename(service, "ada", "Back again")
    assert await service.fetchval("SELECT count(*) FROM owners WHERE id = 'ada'") == 0
    assert not list((service.settings.objects / "staging").iterdir())


async def test_uploads_that_race_with_the_end_of_the_account_leave_nothing(service: Running) -> None:
    await service.uploaded("ada")
    results = await asyncio.gather(
        *(service.create_upload("ada", 5) for _ in range(10)),
        delete_owner(service, "ada"),
        *(service.create_upload("ada", 5) for _ in range(10)),
        return_exceptions=True,
    )
    assert results[10] is None, results[10]
    for table, column in (("videos", "owner"), ("uploads", "owner"), ("owners", "id")):
        assert await service.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = 'ada'") == 0


async def test_only_the_gateway_speaks_of_people(service: Running) -> None:
    video = await service.uploaded("ada")
    request = owner_pb2.DeleteOwnerRequest(id="ada")
    for metadata in ((), service.as_("ada"), service.as_("root", role="admin")):
        assert (await refused(service.owners.DeleteOwner(request, metadata=metadata)))[0] == "NOT_SIGNED_IN"
    # And the gateway's own token is nobody's elsewhere.
    call = service.videos.GetVideo(video_pb2.GetVideoRequest(id=video.id), metadata=service.as_gateway())
    assert (await refused(call))[0] == "NOT_SIGNED_IN"
    assert (await service.get("ada", video.id)).id == video.id
    for wrong in ({"id": "ada", "name": ""}, {"id": "ada", "name": "x" * 81}, {"id": "", "name": "x"}):
        assert (await refused(rename(service, wrong["id"], wrong["name"])))[0] == "INVALID_INPUT"


async def test_who_did_what_is_noted(service: Running) -> None:
    video = await with_master(service, visibility=PUBLIC)
    await update(service, "ada", video.id, title="No event of its own")
    await update(service, "ada", video.id, visibility=PRIVATE)
    await update(service, "ada", video.id, visibility=PRIVATE)
    await share(service, video.id, "bob")
    await unshare(service, video.id, "bob")
    made = await make_link(service, video.id, label="Jury", password="secret word")
    await revoke(service, video.id, made.link.id)
    await delete(service, "ada", video.id)
    await undelete(service, "ada", video.id)
    await update(service, "ada", video.id, visibility=PUBLIC)
    request = video_pb2.DeleteVideoRequest(id=video.id)
    await service.videos.DeleteVideo(request, metadata=service.as_("mo", role="moderator"))
    await delete_owner(service, "ada")
    events = await audit(service)
    assert [(one.action, one.actor_id, dict(one.details)) for one in reversed(events)] == [
        ("video.visibility", "ada", {"from": "public", "to": "private"}),
        ("share.person.add", "ada", {"person": "bob"}),
        ("share.person.remove", "ada", {"person": "bob"}),
        ("share.link.create", "ada", {"link": made.link.id, "label": "Jury"}),
        ("share.link.revoke", "ada", {"link": made.link.id}),
        ("video.delete", "ada", {}),
        ("video.undelete", "ada", {}),
        ("video.visibility", "ada", {"from": "private", "to": "public"}),
        ("moderation.delete", "mo", {}),
        ("owner.delete", "", {"videos": "1"}),
    ]
    assert {one.subject_id for one in events[1:]} == {video.id}
    assert made.secret not in str(events)
    assert "secret word" not in str(events)


async def test_events_are_read_page_by_page_and_filtered(service: Running) -> None:
    video = await service.uploaded("ada")
    for _ in range(3):
        await update(service, "ada", video.id, visibility=PRIVATE)
        await update(service, "ada", video.id, visibility=PUBLIC)
    await delete(service, "ada", video.id)
    everything = await audit(service)
    assert len(everything) == 7
    assert everything == sorted(everything, key=lambda one: -one.id)
    paged: list[Any] = []
    while page := await audit(service, page_size=2, before_time=paged[-1].time if paged else None):
        paged += page
    assert paged == everything
    assert [one.action for one in await audit(service, action_prefix="video.del")] == ["video.delete"]
    assert not await audit(service, actor_id="bob")
    # Events of one moment come together, or a page would lose some.
    await service.fetch("UPDATE audit_events SET time = (SELECT min(time) FROM audit_events)")
    assert len(await audit(service, page_size=2)) == 7


async def test_only_admins_read_events(service: Running) -> None:
    request = audit_pb2.ListAuditEventsRequest()
    assert (await refused(service.audit.ListAuditEvents(request)))[0] == "NOT_SIGNED_IN"
    for metadata in (service.as_("ada"), service.as_("mo", role="moderator")):
        call = service.audit.ListAuditEvents(request, metadata=metadata)
        assert (await refused(call))[0] == "NOT_ALLOWED"
    call = service.audit.ListAuditEvents(request, metadata=service.as_gateway())
    assert (await refused(call))[0] == "NOT_SIGNED_IN"
    for fields in ({"page_size": 201}, {"page_size": -1}, {"actor_id": "a\0"}):
        assert (await refused(audit(service, **fields)))[0] == "INVALID_INPUT"


async def test_a_refused_change_is_not_noted(service: Running) -> None:
    video = await with_master(service, visibility=PUBLIC)
    await refused(update(service, "bob", video.id, visibility=PRIVATE))
    await refused(delete(service, "bob", video.id))
    assert await audit(service) == []


async def test_a_deletion_that_is_too_old_is_not_undone(service: Running) -> None:
    video = await service.uploaded("ada")
    await delete(service, "ada", video.id)
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    await service.fetch("UPDATE videos SET deleted_at = $1", long_ago)
    assert (await refused(undelete(service, "ada", video.id)))[0] == "NOT_FOUND"
    assert not (await listed(service, "ada", owner="me")).videos


def _add_person(video_id: str, person: str) -> Any:
    return sharing_pb2.AddPersonRequest(
        video_id=video_id, person=video_pb2.Owner(id=person, name=person.title())
    )
