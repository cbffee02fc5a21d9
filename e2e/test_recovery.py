"""Crashes cost time, never bytes and never a video."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from e2e.conftest import media_playlists
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.stack import Person, Stack, running_stack

FRAME_RATE = 30


@pytest.fixture
def own_stack() -> Iterator[Stack]:
    """A stack of this test's own, since it will be broken."""
    with running_stack() as stack:
        yield stack


def test_a_worker_killed_while_it_works_loses_nothing(own_stack: Stack, tmp_path: Path) -> None:
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=30, codec="mpeg4")
    person = Person(own_stack, "Crash")
    video_id = person.upload(clip)
    person.wait_for(video_id, "playable")
    working: set[int] = set()
    while not working:  # between two programs there is none for a moment
        assert person.video(video_id)["state"] != "ready", "the worker has nothing to lose"
        working = running_ffmpeg(own_stack)
    own_stack.stop_work(signal.SIGKILL)
    own_stack.resume_work()
    video = person.wait_for(video_id, "ready", seconds=120)
    for variant, segments in media_playlists(video).items():
        whole = tmp_path / "whole.ts"
        whole.write_bytes(b"".join(httpx.get(url).content for url in segments))
        assert read_barcodes(whole) == list(range(30 * FRAME_RATE)), variant
    assert not working & running_ffmpeg(own_stack), "it outlived its worker"


def running_ffmpeg(stack: Stack) -> set[int]:
    """Process ids."""
    done = subprocess.run(
        ["pgrep", "-f", f"ffmpeg.*{stack.data}"], capture_output=True, text=True, check=False
    )
    return set(map(int, done.stdout.split()))


def test_a_segment_asked_for_before_it_exists_is_the_right_stretch(own_stack: Stack, tmp_path: Path) -> None:
    rate = 15
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=40, codec="mpeg4", size=(1280, 720), rate=rate)
    person = Person(own_stack, "Seeker")
    video_id = person.upload(clip)
    person.wait_for(video_id, "planned")
    playlists = media_playlists(person.video(video_id))
    last_segments = [segments[-1] for segments in playlists.values()]
    answers = []
    for url in last_segments:
        answer = httpx.get(url, timeout=20)
        while answer.status_code == 503:  # as a player does, told by Retry-After
            answer = httpx.get(url, timeout=20)
        answers.append(answer)
    assert person.video(video_id)["state"] == "processing", "the clip is too short for this test"
    assert any(answer.headers["cache-control"] == "no-store" for answer in answers), "nothing was substituted"
    for answer in answers:
        assert answer.status_code == 200
        part = tmp_path / "part.ts"
        part.write_bytes(answer.content)
        seen = read_barcodes(part)
        assert seen == list(range(seen[0], 40 * rate))


def test_everything_restarted_in_the_middle_of_an_upload(own_stack: Stack, tmp_path: Path) -> None:
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=4)
    body = clip.read_bytes()
    person = Person(own_stack, "Patient")
    tus = {"Tus-Resumable": "1.0.0"}
    created = person.http.post("/api/uploads", headers={**tus, "Upload-Length": str(len(body))})
    upload, video_id = created.headers["Location"], created.headers["Playhead-Video-Id"]
    patch = {**tus, "Content-Type": "application/offset+octet-stream"}
    half = len(body) // 2
    answer = person.http.patch(upload, content=body[:half], headers={**patch, "Upload-Offset": "0"})
    assert answer.headers["Upload-Offset"] == str(half)
    for name in list(own_stack.processes):
        own_stack.kill(name, signal.SIGKILL)
    for name in ("gateway", "video"):
        own_stack.launch(name)
    own_stack.resume_work()
    own_stack.wait_until_ready()
    offset = int(person.http.head(upload, headers=tus).headers["Upload-Offset"])
    assert offset == half, "an acknowledged byte was lost"
    answer = person.http.patch(upload, content=body[offset:], headers={**patch, "Upload-Offset": str(offset)})
    assert answer.status_code == 204
    assert person.wait_for(video_id, "ready")["state"] == "ready"
