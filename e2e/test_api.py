"""What a person does with curl, ffprobe and any tus client."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from e2e.conftest import RECORDINGS
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=6)


def ffprobe(url: str, *options: str) -> dict[str, object]:
    command = ["ffprobe", "-v", "error", *options, "-of", "json", url]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return dict(json.loads(done.stdout))


def test_an_upload_by_form_becomes_a_ready_video_that_ffprobe_reads(stack: Stack, clip: Path) -> None:
    person = Person(stack, "Curl")
    video_id = person.upload(clip, title="By form", description="from the shell")
    video = person.wait_for(video_id, "ready")
    assert (video["title"], video["visibility"], video["progress"]) == ("By form", "unlisted", 1)
    assert video["owner"]["name"] == "Curl"
    assert video["created_at"].endswith("Z")
    assert {rendition["kind"] for rendition in video["renditions"]} == {"video", "audio"}
    # The page's own address, as pasted into a player: ffprobe's agent is redirected to the playlist.
    seen = ffprobe(f"{stack.gateway_url}/videos/{video_id}", "-show_format", "-show_streams")
    assert float(seen["format"]["duration"]) == pytest.approx(6, abs=0.1)  # type: ignore[index]
    poster = httpx.get(video["poster_url"])
    assert poster.headers["content-type"] == "image/jpeg"
    assert poster.content[:2] == b"\xff\xd8"


def test_an_upload_by_tus_continues_where_it_stands(stack: Stack, clip: Path) -> None:
    person = Person(stack, "Tus")
    body = clip.read_bytes()
    metadata = ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in {"filename": "clip.mp4", "title": "By tus", "visibility": "public"}.items()
    )
    tus = {"Tus-Resumable": "1.0.0"}
    created = person.http.post(
        "/api/uploads", headers={**tus, "Upload-Length": str(len(body)), "Upload-Metadata": metadata}
    )
    assert created.status_code == 201, created.text
    video_id, upload = created.headers["Playhead-Video-Id"], created.headers["Location"]
    assert person.video(video_id)["state"] == "uploading"

    def append(offset: int, data: bytes, **headers: str) -> httpx.Response:
        patch = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return person.http.patch(upload, content=data, headers={**tus, **patch, **headers})

    half = len(body) // 2
    assert append(0, body[:half]).headers["Upload-Offset"] == str(half)
    assert append(0, body).status_code == 409, "bytes do not continue where the upload stands"
    wrong = base64.b64encode(hashlib.sha1(b"other").digest()).decode()
    assert append(half, body[half:], **{"Upload-Checksum": f"sha1 {wrong}"}).status_code == 460
    head = person.http.head(upload, headers=tus)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (str(half), str(len(body)))
    right = base64.b64encode(hashlib.sha1(body[half:]).digest()).decode()
    last = append(half, body[half:], **{"Upload-Checksum": f"sha1 {right}"})
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(body)))
    assert person.wait_for(video_id, "ready")["title"] == "By tus"
    assert person.http.delete(upload, headers=tus).status_code == 410
    assert person.video(video_id)["state"] == "ready", "deleting an upload never deletes a video"


def test_a_broken_file_fails_with_a_reason(stack: Stack, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    person = Person(stack, "Broken")
    video = person.wait_for(person.upload(broken), "failed")
    assert video["failure"]["reason"] == "UNSUPPORTED_MEDIA"
    assert len(video["failure"]["message"]) > 20
    assert "/" not in video["failure"]["message"], "no path of ours in what a person reads"


def test_a_private_video_does_not_exist_for_others(stack: Stack, clip: Path) -> None:
    owner, other, nobody = Person(stack, "Owner"), Person(stack, "Other"), httpx.Client()
    video_id = owner.upload(clip, visibility="private")
    video = owner.wait_for(video_id, "ready")
    for client in (other.http, nobody):
        for path in (f"/api/videos/{video_id}", f"/videos/{video_id}/master.m3u8"):
            missing = client.get(urljoin(stack.gateway_url, path.replace(video_id, "a" * 26)))
            refused = client.get(urljoin(stack.gateway_url, path))
            assert refused.status_code == missing.status_code == 404
            assert strip_ids(refused.json()) == strip_ids(missing.json())
    shell = nobody.get(f"{stack.gateway_url}/videos/{video_id}")
    assert (shell.status_code, shell.headers["content-type"].partition(";")[0]) == (200, "text/html")
    granted = httpx.get(video["hls_url"])
    assert granted.status_code == 200
    public = video["hls_url"].split("/media/")[0] + "/media/public/" + video["hls_url"].split("/", 5)[5]
    assert httpx.get(public).status_code == 404
    assert owner.http.patch(f"/api/videos/{video_id}", json={"visibility": "public"}).status_code == 200
    assert httpx.get(video["hls_url"]).status_code == 404, "a change of visibility ends older grants"
    assert nobody.get(f"{stack.gateway_url}/api/videos/{video_id}").status_code == 200


def strip_ids(problem: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in problem.items() if name not in ("request_id", "instance")}


def test_deleting_hides_at_once_and_can_be_undone(stack: Stack, clip: Path) -> None:
    person = Person(stack, "Undo")
    video_id = person.upload(clip, visibility="public")
    playlist = person.wait_for(video_id, "ready")["hls_url"]
    assert person.http.delete(f"/api/videos/{video_id}").status_code in (200, 204)
    assert person.http.get(f"/api/videos/{video_id}").status_code == 404
    assert httpx.get(playlist).status_code == 404
    assert person.http.post(f"/api/videos/{video_id}/undelete").status_code == 200
    assert httpx.get(person.video(video_id)["hls_url"]).status_code == 200


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the real recordings are not beside the checkout")
def test_an_independent_judge_finds_no_error_in_what_is_delivered(stack: Stack) -> None:
    source = RECORDINGS / "bigbuckbunny-720p-5s.mp4"
    person = Person(stack, "Judge")
    video = person.wait_for(person.upload(source), "ready", seconds=180)
    judge = RECORDINGS.parent / "tools" / "hlscheck.py"
    command = ["python3", str(judge), video["hls_url"], "--source", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
