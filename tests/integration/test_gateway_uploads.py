"""Uploads through the gateway into a real video service. No worker runs: videos stay unprocessed."""

import base64
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from gateway.accounts.signing_key import load_signing_key
from shared.tokens import LEEWAY_SECONDS, TokenSigner
from tests.support.stack import Person, Stack, running_stack

BODY = bytes(range(256)) * 8192  # 2 MiB: more than one message
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video", MAX_UPLOAD_SIZE="3MB") as stack:
        yield stack


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    person = Person(stack, "Ada")
    yield person
    person.http.close()


def create(person: Person, size_bytes: int = len(BODY), **headers: str) -> httpx.Response:
    return person.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(size_bytes), **headers})


def append(person: Person, upload: str, offset_bytes: int, body: bytes) -> httpx.Response:
    return person.http.patch(upload, content=body, headers={**BYTES, "Upload-Offset": str(offset_bytes)})


def head(person: Person, upload: str) -> httpx.Response:
    return person.http.head(upload, headers=TUS)


def test_options_tell_what_is_supported_to_anyone(stack: Stack) -> None:
    answer = httpx.options(f"{stack.gateway_url}/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == "3000000"
    assert {"creation", "creation-with-upload", "termination", "checksum", "expiration"} == set(
        answer.headers["tus-extension"].split(",")
    )


def test_creating_with_all_bytes_completes_at_once(person: Person) -> None:
    title = base64.b64encode("Käfer".encode()).decode()
    answer = person.http.post(
        "/api/uploads",
        content=BODY,
        headers={**BYTES, "Upload-Length": str(len(BODY)), "Upload-Metadata": f"title {title}"},
    )
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(BODY)))
    video = person.video(answer.headers["playhead-video-id"])
    assert (video["title"], video["state"], video["visibility"]) == ("Käfer", "processing", "unlisted")
    assert (video["hls_url"], video["poster_url"], video["duration_seconds"]) == (None, None, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "3000001"}, 413),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Metadata": "title ???"}, 400),
        ({"Upload-Metadata": "visibility " + base64.b64encode(b"secret").decode()}, 400),
        ({"Authorization": ""}, 401),
    ],
)
def test_what_cannot_be_created(person: Person, headers: dict[str, str], status: int) -> None:
    answer = create(person, len(BODY), **headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 413:
        assert (answer.json()["reason"], answer.json()["limit_bytes"]) == ("TOO_LARGE", 3_000_000)


def test_every_answer_names_the_version_of_tus(person: Person) -> None:
    path = create(person, 1000).headers["location"]
    answers = [
        head(person, path),
        append(person, path, 5, b"x"),
        append(person, path, 0, bytes(1001)),
        person.http.patch(path, content=b"x", headers={**TUS, "Upload-Offset": "0"}),
        person.http.patch(path, headers={"Tus-Resumable": "0.2.2"}),
        person.http.head(path, headers={**TUS, "Authorization": ""}),
        person.http.put(path, headers=TUS),
        head(person, f"{path}/elsewhere"),
        person.http.delete(path, headers=TUS),
        person.http.delete(path, headers=TUS),
        head(person, path),
    ]
    statuses = [200, 409, 413, 415, 412, 401, 405, 404, 204, 410, 404]
    assert [answer.status_code for answer in answers] == statuses
    assert [answer.headers.get_list("tus-resumable") for answer in answers] == [["1.0.0"]] * len(answers)
    assert "tus-resumable" not in person.http.get("/api/videos").headers


def test_metadata_is_told_again_as_it_was_said(person: Person) -> None:
    said = "title SyQxMjM=,relativePath bnVsbA==, is_confidential"
    path = create(person, len(BODY), **{"Upload-Metadata": said}).headers["location"]
    assert head(person, path).headers["upload-metadata"] == said
    assert append(person, path, 0, BODY).status_code == 204
    assert head(person, path).headers["upload-metadata"] == said
    assert "upload-metadata" not in head(person, create(person).headers["location"]).headers


def test_bytes_that_are_no_ascii_are_no_base64(person: Person) -> None:
    name = create(person, len(BODY), **{"Upload-Metadata": "ti\ttle YQ=="})
    assert (name.status_code, name.json()["field"]) == (400, "Upload-Metadata")
    hostile: dict[str, Any] = {"Upload-Metadata": b"title \xe9", "Upload-Checksum": b"sha1 \xe9"}
    upload = create(person).headers["location"]
    answers = [
        create(person, **{"Upload-Metadata": hostile["Upload-Metadata"]}),
        person.http.patch(upload, content=BODY, headers={**BYTES, "Upload-Offset": "0", **hostile}),
    ]
    assert [(answer.status_code, answer.json()["field"]) for answer in answers] == [
        (400, "Upload-Metadata"),
        (400, "Upload-Checksum"),
    ]


def test_an_upload_is_its_owners(stack: Stack, person: Person) -> None:
    upload = create(person).headers["location"]
    other = Person(stack, "Other")
    assert head(other, upload).status_code == 404
    assert append(other, upload, 0, BODY).status_code == 404
    assert head(person, upload).headers["upload-offset"] == "0"


def test_giving_up_takes_the_video_along(person: Person) -> None:
    created = create(person)
    upload, video_id = created.headers["location"], created.headers["playhead-video-id"]
    assert person.http.delete(upload, headers=TUS).status_code == 204
    assert person.http.get(f"/api/videos/{video_id}").status_code == 404
    assert head(person, upload).status_code == 404
    assert person.http.delete(upload, headers=TUS).status_code == 410


def test_more_bytes_than_declared_are_refused(person: Person) -> None:
    upload = create(person, 1000).headers["location"]
    assert append(person, upload, 0, bytes(1001)).status_code == 413


def test_methods_that_a_network_blocks_are_sent_as_post(person: Person) -> None:
    upload = create(person).headers["location"]
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = person.http.post(upload, content=BODY[:1000], headers=headers)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "1000")
    given_up = person.http.post(upload, headers={**TUS, "X-HTTP-Method-Override": "DELETE"})
    assert given_up.status_code == 204
    assert head(person, upload).status_code == 404
    elsewhere = person.http.post("/api/auth/me", headers={"X-HTTP-Method-Override": "GET"})
    assert elsewhere.status_code == 405


def leave_in_the_middle(
    person: Person, method: str, path: str, headers: dict[str, str], body: bytes, sees: Callable[[], bool]
) -> None:
    """Sends less than it promises, waits until that is seen, and is gone."""
    url = urlsplit(str(person.http.base_url))
    lines = {"Host": url.netloc, "Authorization": person.http.headers["authorization"], **headers}
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        wait_until(sees)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():  # each asks a service, which takes its time
        assert time.monotonic() < deadline, "it never came"


def test_what_arrived_before_the_connection_broke_is_kept(person: Person) -> None:
    created = create(person)
    upload, half = created.headers["location"], len(BODY) // 2
    headers = {**BYTES, "Upload-Offset": "0", "Content-Length": str(len(BODY))}
    leave_in_the_middle(person, "PATCH", upload, headers, BODY[:half], lambda: True)

    def arrived() -> bool:
        return int(head(person, upload).headers["upload-offset"]) > 0

    wait_until(arrived)
    offset_bytes = int(head(person, upload).headers["upload-offset"])
    answer = append(person, upload, offset_bytes, BODY[offset_bytes:])
    if answer.status_code == 409:  # more of it was still on its way
        offset_bytes = int(head(person, upload).headers["upload-offset"])
        answer = append(person, upload, offset_bytes, BODY[offset_bytes:])
    assert answer.status_code == 204
    assert person.video(created.headers["playhead-video-id"])["state"] == "processing"


def test_bytes_sent_after_the_service_has_refused_them_are_a_conflict(person: Person) -> None:
    """The refusal ends the call to the service while the request's body still comes."""
    created = create(person)
    upload = created.headers["location"]
    url = urlsplit(str(person.http.base_url))
    lines = {
        "Host": url.netloc,
        "Authorization": person.http.headers["authorization"],
        "Content-Length": str(len(BODY)),
        **BYTES,
        "Upload-Offset": "5",
    }
    request = f"PATCH {upload} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(request.encode() + b"\r\n" + BODY[:1])
        for _ in range(10):  # on the same connection to the service, behind the refusal
            assert head(person, upload).headers["upload-offset"] == "0"
        connection.sendall(BODY[1:2])
        assert connection.recv(65536).startswith(b"HTTP/1.1 409 ")


def test_a_wrong_offset_is_a_conflict_however_the_refusal_and_the_bytes_meet(person: Person) -> None:
    upload = create(person).headers["location"]
    for _ in range(20):
        answer = append(person, upload, 1000, BODY)
        assert (answer.status_code, answer.json()["reason"]) == (409, "UPLOAD_OFFSET_MISMATCH")


def form(*parts: tuple[str, bytes]) -> tuple[dict[str, str], bytes]:
    """RFC 7578, written by hand: the order of parts is ours."""
    body = b""
    for name, value in parts:
        filename = '; filename="holiday.mp4"' if name == "file" else ""
        body += f'--x\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode()
        body += value + b"\r\n"
    return {"Content-Type": "multipart/form-data; boundary=x"}, body + b"--x--\r\n"


@pytest.mark.parametrize("first", ["fields", "file"])
def test_fields_of_a_form_count_before_and_after_the_file(person: Person, first: str) -> None:
    fields = [("title", "Über".encode()), ("description", b"words"), ("visibility", b"private")]
    file = ("file", BODY + b"\r\n--y- almost a boundary")
    headers, body = form(*fields, file) if first == "fields" else form(file, ("other", b"x"), *fields)
    answer = person.http.post("/upload", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    video = person.video(answer.json()["id"])
    assert (video["title"], video["description"], video["visibility"]) == ("Über", "words", "private")
    assert answer.headers["location"] == answer.json()["url"] == video["url"]
    assert video["state"] == "processing"


def test_without_a_title_the_files_name_is_taken(person: Person) -> None:
    headers, body = form(("file", BODY))
    answer = person.http.post("/upload", content=body, headers=headers)
    assert person.video(answer.json()["id"])["title"] == "holiday"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([("title", b"no file")], 400),
        ([("file", b"")], 400),
        ([("file", b"one"), ("file", b"two")], 400),
        ([("file", BODY), ("visibility", b"secret")], 400),
        ([("title", b"\xff"), ("file", BODY)], 400),
        ([("title", b"x" * 70_000), ("file", BODY)], 400),
        ([("file", BODY + BODY)], 413),
    ],
)
def test_a_form_that_cannot_be_taken_leaves_nothing(
    person: Person, parts: list[tuple[str, bytes]], status: int
) -> None:
    headers, body = form(*parts)
    answer = person.http.post("/upload", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert person.http.get("/api/videos", params={"owner": "me"}).json()["videos"] == []


def test_a_form_cut_short_or_none_at_all_is_refused(person: Person) -> None:
    headers, body = form(("file", BODY))
    assert person.http.post("/upload", content=body[:-20], headers=headers).status_code == 400
    assert (
        person.http.post("/upload", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    )
    assert (
        person.http.post("/upload", content=b"x", headers={**headers, "Authorization": ""}).status_code == 401
    )
    assert person.http.get("/api/videos", params={"owner": "me"}).json()["videos"] == []


def test_a_form_whose_sender_leaves_is_given_up(person: Person) -> None:
    headers, body = form(("file", BODY))

    def mine() -> list[object]:
        return list(person.http.get("/api/videos", params={"owner": "me"}).json()["videos"])

    promised = {**headers, "Content-Length": str(len(body))}
    leave_in_the_middle(person, "POST", "/upload", promised, body[: len(body) // 2], lambda: len(mine()) == 1)
    wait_until(lambda: mine() == [])


def short_lived(person: Person, life_seconds: int) -> dict[str, str]:
    """A token of the person's that is taken for so long, or a second less."""
    token = person.http.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    signer = TokenSigner(load_signing_key(person.stack.data))
    token, _ = signer.sign(
        claims["sub"], "Ada", "user", life_seconds - LEEWAY_SECONDS, session_id=claims["sid"]
    )
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def begun(stack: Stack) -> tuple[Person, list[httpx.Response]]:
    """A person, and the answers to an upload of theirs in parts and to two forms, each begun while their
    token was taken and ended when it was not."""
    # Within two seconds a busy machine may not have come to all of them: whom it refuses at the beginning has
    # begun nothing. Of a body that brings nothing for 30 s the gateway takes no more.
    for life_seconds in (3, 15):
        person = Person(stack, "Ada")
        answers = ended_late(person, short_lived(person, life_seconds), life_seconds)
        if all(answer.status_code != 401 for answer in answers):
            break
    return person, answers


def ended_late(person: Person, token: dict[str, str], life_seconds: int) -> list[httpx.Response]:
    upload = create(person).headers["location"]
    form_headers, taken = form(("file", BODY), ("title", b"Late"))
    _, refused = form(("file", BODY), ("visibility", b"secret"))

    def until_expired(body: bytes) -> Iterator[bytes]:
        yield body[: len(BODY) // 2]
        deadline = time.monotonic() + life_seconds + 60
        while person.http.get("/api/usage", headers=token).status_code != 401:
            assert time.monotonic() < deadline
        yield body[len(BODY) // 2 :]

    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return person.http.request(method, path, content=until_expired(body), headers=headers | token)

    with ThreadPoolExecutor() as pool:
        patch = pool.submit(send, "PATCH", upload, BODY, {**BYTES, "Upload-Offset": "0"})
        posts = [pool.submit(send, "POST", "/upload", body, form_headers) for body in (taken, refused)]
    return [patch.result(), *(post.result() for post in posts)]


def test_what_a_token_began_is_finished_when_it_has_expired(
    begun: tuple[Person, list[httpx.Response]],
) -> None:
    person, (patched, taken, refused) = begun
    assert (patched.status_code, patched.headers.get("upload-offset")) == (204, str(len(BODY)))
    assert (taken.status_code, refused.status_code) == (201, 400)
    assert person.video(taken.json()["id"])["title"] == "Late"
    # What was refused is given up, at once.
    videos = person.http.get("/api/videos", params={"owner": "me"}).json()["videos"]
    assert [video["state"] for video in videos] == ["processing", "processing"]


def test_videos_are_changed_listed_deleted_and_brought_back(stack: Stack, person: Person) -> None:
    headers, body = form(("file", BODY), ("title", b"First"))
    video_id = person.http.post("/upload", content=body, headers=headers).json()["id"]
    path = f"/api/videos/{video_id}"
    changed = person.http.patch(path, json={"title": "Second", "tags": ["a", "b"], "visibility": "private"})
    assert changed.status_code == 200
    assert (changed.json()["title"], changed.json()["tags"]) == ("Second", ["a", "b"])
    assert person.http.patch(path, json={"title": ""}).json()["errors"][0]["field"] == "title"
    assert person.http.patch(path, json={"visibility": "secret"}).status_code == 400
    assert person.http.patch(path, json={}).status_code == 400
    listed = person.http.get("/api/videos", params={"owner": "me"}).json()
    assert [video["id"] for video in listed["videos"]] == [video_id]
    assert listed["next_page_token"] == ""
    for query, found in (("second", 1), ("third", 0)):
        page = person.http.get("/api/videos", params={"query": query, "owner": "me", "page_size": 5})
        assert (page.status_code, len(page.json()["videos"])) == (200, found)
    assert listed["videos"][0]["hls_url"] == f"{stack.gateway_url}/videos/{video_id}/master.m3u8"
    assert httpx.get(f"{stack.gateway_url}/api/videos").json()["videos"] == []
    assert Person(stack, "Eve").http.patch(path, json={"title": "Mine"}).status_code == 404
    not_ready = person.http.get(f"/videos/{video_id}/master.m3u8")
    assert (not_ready.status_code, not_ready.json()["reason"]) == (409, "NOT_READY")
    assert int(not_ready.headers["retry-after"]) > 0
    assert person.http.get("/api/videos", params={"page_size": 101}).status_code == 400
    for narrowed, found in (({"tag": "A"}, 1), ({"tag": "c"}, 0), ({"captioned": "true"}, 0),
                            ({"min_duration": "1"}, 0), ({"created_after": "2999-01-01T00:00:00Z"}, 0),
                            ({"created_after": "2020-01-01T00:00:00+01:00"}, 1)):  # fmt: skip
        page = person.http.get("/api/videos", params={"owner": "me", **narrowed})
        assert (page.status_code, len(page.json()["videos"])) == (200, found), narrowed
    for wrong in ({"created_after": "2020-01-01T00:00:00"}, {"min_duration": "-1"}, {"tag": "x" * 51}):
        assert person.http.get("/api/videos", params=wrong).status_code == 400, wrong
    assert person.http.get(f"{path}/related").json() == {"videos": []}
    assert person.http.get(f"{path}/related", params={"page_size": 51}).status_code == 400
    owner = listed["videos"][0]["owner"]
    assert person.http.get(f"/api/people/{owner['id']}").json() == {**owner, "video_count": 0}
    for unseen in (f"{path}/related", f"/api/people/{owner['id']}"):
        assert httpx.get(stack.gateway_url + unseen).status_code == 404
    deleted = person.http.delete(path)
    assert deleted.json()["undo_until"].endswith("Z")
    assert person.http.get(path).status_code == 404
    assert person.http.post(f"{path}/undelete").json()["title"] == "Second"


def test_captions_and_chapters_are_changed_over_rest(person: Person) -> None:
    upload = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": "3"})
    video = f"/api/videos/{upload.headers['playhead-video-id']}"
    file = "1\n00:00:00,000 --> 00:00:01,000\nGrüße\n".encode("cp1252")
    stored = person.http.post(f"{video}/captions?language=de", content=file)
    assert stored.status_code == 201, stored.text
    captions = stored.json()["captions"]
    assert (stored.json()["ignored"], captions["label"], captions["kind"]) == (0, "German", "subtitles")
    assert person.http.get(video).json()["captioned"]
    said = person.http.get("/api/videos", params={"owner": "me", "query": "grüß"}).json()
    video_id = video.rsplit("/", 1)[-1]
    assert said["hits"] == [{"video_id": video_id, "start_seconds": 0, "text": "Grüße", "language": "de"}]
    refused = person.http.post(f"{video}/captions?language=de", content=file)
    assert (refused.status_code, refused.json()["reason"], refused.json()["field"]) == (
        400, "INVALID_INPUT", "language",
    )  # fmt: skip
    large = person.http.post(f"{video}/captions?language=en", content=b"x" * 1_500_000)
    assert (large.status_code, large.json()["reason"]) == (413, "TOO_LARGE")
    one = f"{video}/captions/{captions['id']}"
    assert person.http.put(one, content=file.replace(b"Gr", b"Kr")).json()["captions"]["id"] == captions["id"]
    assert person.http.patch(one, json={"label": "Deutsch"}).json()["label"] == "Deutsch"
    subrip = person.http.get(one, params={"format": "srt"})
    assert subrip.text == "1\n00:00:00,000 --> 00:00:01,000\nKrüße\n"
    assert subrip.headers["content-disposition"] == 'attachment; filename="de-subtitles.srt"'
    assert person.http.get(one).text.startswith("WEBVTT\n")
    assert [each["id"] for each in person.http.get(f"{video}/captions").json()["captions"]] == [
        captions["id"]
    ]
    assert httpx.get(str(person.http.base_url.join(one))).status_code == 401
    assert person.http.delete(one).status_code == 204
    assert person.http.get(one).status_code == 404
    chapters = [{"start_seconds": 0.5, "title": "Arrival"}]
    changed = person.http.patch(video, json={"chapters": chapters})
    assert changed.json()["chapters"] == chapters, changed.text
    assert person.http.patch(video, json={"chapters": chapters * 2}).json()["field"] == "chapters"
