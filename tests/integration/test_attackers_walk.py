"""An attacker's walk over the whole product: another person's private video is nowhere to be found.

Eve knows everything that could ever be known of Ada's video: she copied its ids, addresses and pages
while it was public. Then Ada makes it private. From then on each answer to Eve must be the one that
she gets for a video that never was.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import grpc
import httpx
import pytest

from playhead.video.v1 import video_pb2, video_pb2_grpc
from tests.integration.test_grpc_web import HEADERS, framed, unframed
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack, running_stack
from video_service.domain.video import new_id

TITLE = "Quetzalcoatlus diary"
#: Differ between any two answers, whatever was asked for.
_EACH_ANSWERS_OWN = {"date", "x-request-id"}
_TUS = {"Tus-Resumable": "1.0.0"}
_RPC = "/playhead.video.v1.VideoService/"


@dataclass
class Walk:
    """What Eve copied."""

    stack: Stack
    ada: Person
    eve: Person
    nobody: httpx.Client
    video_id: str
    upload_id: str
    media: list[str]
    """Every address of the video's media: playlists, a segment, the poster."""

    def strangers(self) -> dict[str, httpx.Client]:
        return {"signed in": self.eve.http, "anonymous": self.nobody}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, size=(320, 180))
    with running_stack() as stack:
        ada, eve = Person(stack, "Ada"), Person(stack, "Eve")
        created = ada.http.post(
            "/api/uploads",
            headers={
                **_TUS,
                "Upload-Length": str(clip.stat().st_size),
                "Upload-Metadata": f"title {_base64(TITLE)},visibility {_base64('public')}",
                "Content-Type": "application/offset+octet-stream",
            },
            content=clip.read_bytes(),
        )
        video_id = created.headers["Playhead-Video-Id"]
        ada.wait_for(video_id, "ready")
        with httpx.Client(base_url=stack.gateway_url, timeout=30) as nobody:
            _wait_for_poster(ada, video_id)
            media = _media(eve.video(video_id))
            assert len(media) >= 5
            assert TITLE in eve.http.get("/api/videos").text
            assert ada.http.patch(f"/api/videos/{video_id}", json={"visibility": "unlisted"}).is_success
            # While it is unlisted, Eve's addresses carry grants.
            media += _media(eve.video(video_id))
            assert ada.http.patch(f"/api/videos/{video_id}", json={"visibility": "private"}).is_success
            upload_id = created.headers["Location"].rpartition("/")[2]
            yield Walk(stack, ada, eve, nobody, video_id, upload_id, media)


def _wait_for_poster(person: Person, video_id: str) -> None:
    """It may come after everything else."""
    deadline = time.monotonic() + 90
    while not person.video(video_id)["poster_url"]:
        assert time.monotonic() < deadline, person.stack.log_tail("worker")
        time.sleep(0.1)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _media(video: dict[str, Any]) -> list[str]:
    """Everything that a player would load, and the poster; all of it is there."""
    found = [video["hls_url"], video["poster_url"]]
    for url in found:
        answer = httpx.get(url)
        assert answer.status_code == 200, url
        if "mpegurl" in answer.headers["content-type"]:
            lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
            lines += re.findall(r'URI="([^"]+)"', answer.text)
            found += [urljoin(url, line) for line in lines[:3]]
    return found


def plain(answer: httpx.Response, *own: str) -> tuple[Any, ...]:
    """All of an answer but what each answer has of its own, and the ids that were asked for."""
    headers = {name: text for name, text in answer.headers.items() if name not in _EACH_ANSWERS_OWN}
    body = re.sub(r'"request_id": *"[^"]*"', "", answer.text)
    for text in own:
        body = body.replace(text, "ID")
        headers = {name: value.replace(text, "ID") for name, value in headers.items()}
    return answer.status_code, headers, body


def test_it_is_found_by_no_rest_address(walk: Walk) -> None:
    missing = new_id()
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/api/videos/{id}", None),
        ("PATCH", "/api/videos/{id}", {"title": "Mine"}),
        ("PATCH", "/api/videos/{id}", {"visibility": "public"}),
        ("DELETE", "/api/videos/{id}", None),
        ("POST", "/api/videos/{id}/undelete", {}),
        ("POST", "/api/videos/{id}/reprocess", {}),
        ("POST", "/api/videos/{id}/cancel", {}),
        ("GET", "/api/videos/{id}/shares", None),
        ("POST", "/api/videos/{id}/shares/people", {"email": walk.eve.email}),
        ("POST", "/api/videos/{id}/shares/people", {"email": "nobody@example.org"}),
        ("DELETE", "/api/videos/{id}/shares/people/x", None),
        ("POST", "/api/videos/{id}/shares/links", {"label": "Mine"}),
        ("DELETE", "/api/videos/{id}/shares/links/x", None),
        ("POST", "/api/videos/{id}/open", {"secret": new_id(), "password": "1234"}),
        ("GET", "/videos/{id}/master.m3u8", None),
        ("GET", "/api/videos/{id}/download", None),
        ("GET", "/api/videos/{id}/download?audio=a0&share=" + new_id(), None),
        ("GET", "/videos/{id}/master.m3u8?share=" + new_id(), None),
        ("GET", "/videos/{id}", None),
    ]
    for who, client in walk.strangers().items():
        for method, path, body in requests:
            for headers in ({}, {"Playhead-Share": "A" * 100}, {"Accept": "application/x-mpegurl"}):
                options = {"json": body} if body is not None else {}
                theirs, nothing = (
                    client.request(method, path.format(id=video_id), headers=headers, **options)
                    for video_id in (walk.video_id, missing)
                )
                asked = f"{who}: {method} {path}"
                assert plain(theirs, walk.video_id) == plain(nothing, missing), asked
                if path != "/videos/{id}":
                    assert theirs.status_code in (401, 404), asked
                assert TITLE not in theirs.text, asked


def test_it_is_in_no_list_and_no_search(walk: Walk) -> None:
    ada_id = walk.ada.http.get("/api/auth/me").json()["id"]
    lists = [{}, {"query": "Quetzalcoatlus"}, {"query": "quetz"}, {"owner": ada_id}, {"owner": "shared"}]
    lists += [{"owner": ada_id, "query": "diary"}, {"owner": "me", "query": "diary"}]
    for who, client in walk.strangers().items():
        for query in lists:
            answer = client.get("/api/videos", params=query)
            if who == "anonymous" and query.get("owner") in ("me", "shared"):
                assert answer.status_code == 401
            else:
                assert answer.json() == {"videos": [], "hits": [], "next_page_token": ""}, (who, query)
    assert TITLE in walk.ada.http.get("/api/videos", params={"owner": "me"}).text


def test_no_page_token_leads_to_it(walk: Walk) -> None:
    ada_id = walk.ada.http.get("/api/auth/me").json()["id"]
    other = walk.ada.http.post("/upload", files={"file": ("x.mp4", b"no film")}, data={"title": "Other"})
    adas = walk.ada.http.get("/api/videos", params={"owner": "me", "page_size": 1}).json()
    assert adas["next_page_token"], "the private video is on the next page"
    for query in ({"owner": "me"}, {"owner": ada_id}, {}, {"owner": "shared"}):
        params = {**query, "page_size": 1, "page_token": adas["next_page_token"]}
        for client in walk.strangers().values():
            answer = client.get("/api/videos", params=params)
            assert TITLE not in answer.text
            assert answer.status_code in (400, 401)
    # The tokens are not secret: Eve makes one for Ada's list herself. It leads to Eve's own videos.
    place = json.dumps(["2999-01-01T00:00:00+00:00", "z" * 26]).encode()
    for whose in ([ada_id, False, []], [ada_id, False, [], None], [ada_id, True, [], None]):
        binding = hashlib.blake2b(
            json.dumps(whose).encode() + b"\0" + place, digest_size=16, person=b"page token"
        ).digest()
        token = base64.urlsafe_b64encode(binding + place).rstrip(b"=").decode()
        for owner in ("me", ada_id, "", "shared"):
            answer = walk.eve.http.get("/api/videos", params={"owner": owner, "page_token": token})
            assert TITLE not in answer.text
    walk.ada.http.delete(f"/api/videos/{other.json()['id']}")


def test_no_media_address_that_was_copied_still_works(walk: Walk) -> None:
    for url in walk.media:
        nothing = url.replace(walk.video_id, new_id())
        theirs, missing = httpx.get(url), httpx.get(nothing)
        assert theirs.status_code == 404, url
        assert plain(theirs) == plain(missing), url
    # Nor with a grant of Eve's own video, nor with a pass or nothing in its place.
    clip_id = walk.eve.http.post("/upload", files={"file": ("x.mp4", b"no film")}).json()["id"]
    public = next(url for url in walk.media if "/media/public/" in url)
    for grant in ("A" * 39, clip_id, "public%00", "..", "public/..", "PUBLIC", "-"):
        assert httpx.get(public.replace("/media/public/", f"/media/{grant}/")).status_code == 404, grant


def test_native_grpc_and_watch_streams_tell_nothing(walk: Walk) -> None:
    """Over gRPC-Web, which the world can reach, and over the native port, if someone left it open."""
    missing = new_id()
    rpc = httpx.Client(base_url=walk.stack.video_url, timeout=30)
    for authorization in ({}, {"authorization": walk.eve.http.headers["authorization"]}):
        answers = []
        for video_id in (walk.video_id, missing):
            body = framed(video_pb2.GetVideoRequest(id=video_id))
            answer = rpc.post(f"{_RPC}GetVideo", content=body, headers={**HEADERS, **authorization})
            messages, trailers = unframed(answer.content)
            answers.append((plain(answer), messages, trailers))
        assert answers[0] == answers[1]
        assert answers[0][2]["grpc-status"] == "5"
    with grpc.insecure_channel(walk.stack.environment["VIDEO_GRPC_URL"]) as channel:
        videos = video_pb2_grpc.VideoServiceStub(channel)  # type: ignore[no-untyped-call]
        metadata = (("authorization", walk.eve.http.headers["authorization"]),)
        cursors = [
            video_pb2.WatchVideosRequest.Cursor(id=one, known_version=version)
            for one in (walk.video_id, missing)
            for version in (0,)
        ]
        stream = videos.WatchVideos(video_pb2.WatchVideosRequest(videos=cursors), metadata=metadata)
        assert {next(stream).gone_id for _ in cursors} == {walk.video_id, missing}
        stream.cancel()


def test_no_upload_id_leads_to_it(walk: Walk) -> None:
    missing = new_id()
    headers = {**_TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    for who, client in walk.strangers().items():
        for method in ("HEAD", "PATCH", "DELETE"):
            content = b"evil" if method == "PATCH" else None
            theirs, nothing = (
                client.request(method, f"/api/uploads/{upload_id}", headers=headers, content=content)
                for upload_id in (walk.upload_id, missing)
            )
            assert plain(theirs) == plain(nothing), f"{who}: {method}"
            assert theirs.status_code in (401, 404, 410), f"{who}: {method}"
    assert walk.ada.video(walk.video_id)["state"] == "ready"


def test_a_link_opens_it_and_leaves_no_trace_in_a_log(walk: Walk) -> None:
    ada, path = walk.ada, f"/api/videos/{walk.video_id}"
    made = ada.http.post(f"{path}/shares/links", json={"label": "Jury", "password": "sésame ouvre"}).json()
    guess = walk.nobody.post(f"{path}/open", json={"secret": made["secret"], "password": "wrong"})
    assert (guess.status_code, guess.json()["needs"]) == (403, "password")
    opened = walk.nobody.post(
        f"{path}/open", json={"secret": made["secret"], "password": "sésame ouvre"}
    ).json()
    with_pass = {"Playhead-Share": opened["pass"]}
    video = walk.nobody.get(path, headers=with_pass).json()
    assert (video["title"], video["editable"]) == (TITLE, False)
    media = _media(video)
    assert len(media) >= 5
    assert made["url"] == f"{walk.stack.gateway_url}/videos/{walk.video_id}#share={made['secret']}"
    assert made["player_url"] is None

    bare = ada.http.post(f"{path}/shares/links", json={"expires_at": "2999-01-01T02:00:00+02:00"}).json()
    for field, wrong in (("expires_at", "2020-01-01T00:00:00Z"), ("expires_at", "2999-01-01T00:00:00")):
        refused = ada.http.post(f"{path}/shares/links", json={field: wrong})
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert bare["expires_at"] == "2999-01-01T00:00:00.000Z"
    assert httpx.get(bare["player_url"], follow_redirects=True).text.startswith("#EXTM3U")
    listed = ada.http.get(f"{path}/shares").json()
    assert [link["id"] for link in listed["links"]] == [bare["id"], made["id"]]
    assert not {made["secret"], bare["secret"]} & set(json.dumps(listed).split('"'))

    for link in (made, bare):
        assert ada.http.delete(f"{path}/shares/links/{link['id']}").status_code == 204
    assert walk.nobody.get(path, headers=with_pass).status_code == 404
    assert httpx.get(bare["player_url"]).status_code == 404
    assert {httpx.get(url).status_code for url in media} == {404}
    grants = {url.split("/media/")[1].split("/")[0] for url in [*walk.media, *media]} - {"public"}
    assert len(grants) >= 2
    secrets = {made["secret"], bare["secret"], opened["pass"], "sésame ouvre", *grants}
    secrets |= {str(person.http.headers["authorization"])[7:] for person in (walk.ada, walk.eve)}
    for log in Path(walk.stack.data).glob("*.log"):
        text = log.read_text()
        assert "request" in text or "call" in text or "worker" in text
        for secret in secrets:
            assert secret not in text, (log.name, secret)


def test_a_named_person_is_found_by_address_and_only_by_who_may_share(walk: Walk) -> None:
    path = f"/api/videos/{walk.video_id}/shares/people"
    bob = Person(walk.stack, "Bob")
    added = walk.ada.http.post(path, json={"email": f"  {bob.email.upper()} "})
    assert (added.status_code, added.json()["name"]) == (201, "Bob")
    assert bob.video(walk.video_id)["title"] == TITLE
    assert TITLE in bob.http.get("/api/videos", params={"owner": "shared"}).text
    for nobody in ("nobody@example.org", "", "a\0b", "x" * 5000, walk.ada.email):
        answer = walk.ada.http.post(path, json={"email": nobody})
        assert (answer.status_code, answer.json()["field"]) == (400, "email"), nobody
    # Bob sees the video, and may still not learn through it who has an account.
    for address in (walk.eve.email, "nobody@example.org"):
        assert bob.http.post(path, json={"email": address}).status_code == 403
    assert walk.ada.http.delete(f"{path}/{added.json()['id']}").status_code == 204
    assert bob.http.get(f"/api/videos/{walk.video_id}").status_code == 404
