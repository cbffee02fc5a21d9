"""Uploads that are copied while they arrive, in the whole product: with workers that die, and people who
give up."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.test_workers_that_die import until
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.stack import Person, Stack, running_stack
from video_service.domain.early_copies import LEAST_BYTES

_TUS = {"Tus-Resumable": "1.0.0"}
_SECONDS, _PICTURES = 12, 360


@pytest.fixture(scope="module")
def broadcast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled up with null packets to a constant rate, as broadcasts are."""
    folder = tmp_path_factory.mktemp("clips")
    clip = barcode_clip(folder / "clip.mp4", seconds=_SECONDS)
    path = folder / "broadcast.ts"
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-i",
        str(clip),
        "-c",
        "copy",
        "-muxrate",
        "60M",
        str(path),
    ]
    subprocess.run(command, check=True, timeout=60)
    assert path.stat().st_size > LEAST_BYTES
    return path


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


class Uploading:
    """Somebody whose upload has got three quarters of the way."""

    def __init__(self, stack: Stack, source: Path) -> None:
        self.person = Person(stack, "Ada")
        self.content = source.read_bytes()
        size = str(len(self.content))
        created = self.person.http.post("/api/uploads", headers={**_TUS, "Upload-Length": size})
        self.url, self.video_id = created.headers["Location"], created.headers["Playhead-Video-Id"]
        self.upload_id = self.url.rpartition("/")[2]
        self.sent = 0
        self.send(len(self.content) * 3 // 4)

    def send(self, to: int) -> None:
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(self.sent)}
        answer = self.person.http.patch(
            self.url, content=self.content[self.sent : to], headers={**_TUS, **kind}
        )
        assert answer.status_code == 204, answer.text
        self.sent = to

    def give_up(self) -> httpx.Response:
        return self.person.http.delete(self.url, headers=_TUS)


def growing(stack: Stack) -> list[Path]:
    """Copies that workers are writing."""
    return [*(stack.data / "scratch").glob("*/*/source.mkv")]


def numbers(stack: Stack, video_id: str, tmp_path: Path) -> list[int]:
    """What its largest rendition shows."""
    folders = (stack.data / "objects" / "videos" / video_id).glob("*/v*")
    largest = max(folders, key=lambda folder: int(folder.name.strip("vcp").split("-")[0] or 0))
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in sorted(largest.glob("*.ts"))))
    return read_barcodes(whole)


def test_the_copy_is_there_with_the_last_byte(stack: Stack, broadcast: Path, tmp_path: Path) -> None:
    stack.launch("worker")
    upload = Uploading(stack, broadcast)
    until(lambda: bool(growing(stack)), lambda: stack.log_tail("worker"))
    [copy] = growing(stack)
    inode = copy.stat().st_ino
    upload.send(len(upload.content))
    objects = stack.data / "objects"
    place = objects / "work" / upload.video_id
    until(lambda: bool([*place.glob("*/source.mkv")]), lambda: stack.log_tail("worker"))
    [used] = place.glob("*/source.mkv")
    assert used.stat().st_ino == inode
    video = upload.person.wait_for(upload.video_id, "surrounded")
    assert video["warnings"] == []
    assert numbers(stack, upload.video_id, tmp_path) == list(range(_PICTURES))
    kept = objects / "sources" / upload.upload_id

    def left() -> list[str]:
        return [path.name for folder in (place, kept) for path in folder.glob("*")]

    until(lambda: left() == ["original"], lambda: f"{left()} {stack.log_tail('worker')}")
    stack.kill("worker", signal.SIGTERM)


@pytest.mark.parametrize("fall", [signal.SIGKILL, signal.SIGTERM], ids=lambda fall: fall.name)
def test_a_worker_that_falls_while_it_copies_costs_the_copy_alone(
    stack: Stack, broadcast: Path, fall: signal.Signals, tmp_path: Path
) -> None:
    first, second = f"first-{fall.name}", f"second-{fall.name}"
    stack.launch(first, "worker")
    upload = Uploading(stack, broadcast)
    until(lambda: bool(growing(stack)), lambda: stack.log_tail(first))
    stack.kill(first, fall)
    upload.send(len(upload.content))
    stack.launch(second, "worker")
    upload.person.wait_for(upload.video_id, "ready")
    assert numbers(stack, upload.video_id, tmp_path) == list(range(_PICTURES))
    stack.kill(second, signal.SIGTERM)


def test_nothing_is_left_of_an_upload_that_is_given_up(stack: Stack, broadcast: Path) -> None:
    stack.launch("worker")
    upload = Uploading(stack, broadcast)
    until(lambda: bool(growing(stack)), lambda: stack.log_tail("worker"))
    assert upload.give_up().status_code == 204
    scratch = stack.data / "scratch"
    until(lambda: not [*scratch.glob("*/*")], lambda: stack.log_tail("worker"))
    assert not (stack.data / "objects" / "sources" / upload.upload_id).exists()
    stack.kill("worker", signal.SIGTERM)
