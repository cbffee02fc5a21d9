"""Somebody who uploads with tus, and somebody who watches over HTTP with a clock in hand."""

import struct
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
import psutil

from playhead.video.v1 import video_pb2
from tests.benchmarks.sources import Source
from tests.support.stack import Person, Stack

#: What is held back until the clock starts: small enough that sending it costs nothing.
_LAST_BYTES = 64 * 1024
_PIECE_BYTES = 8 << 20
_TUS = {"Tus-Resumable": "1.0.0"}
#: Of gRPC-Web, before each message: what it is, and its length.
_FRAME = struct.Struct(">BI")


class _StaysSignedIn(httpx.Auth):
    """Access tokens end after ten minutes, and measuring takes longer."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        answer = yield request
        if answer.status_code == 401:
            account = {"email": self._person.email, "password": self._person.password}
            url = f"{self._person.stack.gateway_url}/api/auth/login"
            signed_in = yield httpx.Request("POST", url, json=account)
            signed_in.read()
            token = f"Bearer {signed_in.json()['access_token']}"
            self._person.http.headers["authorization"] = request.headers["authorization"] = token
            yield request


def somebody(stack: Stack, name: str = "Bench") -> Person:
    person = Person(stack, name)
    person.http.auth = _StaysSignedIn(person)
    return person


@dataclass(frozen=True)
class HeldUpload:
    """All has arrived but the last bytes."""

    person: Person
    url: str
    video_id: str
    offset: int
    rest: bytes

    @classmethod
    def of(cls, person: Person, source: Source) -> "HeldUpload":
        size = source.path.stat().st_size
        created = person.http.post("/api/uploads", headers={**_TUS, "Upload-Length": str(size)})
        assert created.status_code == 201, created.text
        url, held_from = created.headers["Location"], max(size - _LAST_BYTES, 0)
        with source.path.open("rb") as file:
            offset = 0
            while offset < held_from:
                piece = file.read(min(_PIECE_BYTES, held_from - offset))
                _append(person, url, offset, piece)
                offset += len(piece)
            return cls(person, url, created.headers["Playhead-Video-Id"], offset, file.read())

    def complete(self) -> float:
        """Sends the rest; when the clock started."""
        started = time.perf_counter()
        _append(self.person, self.url, self.offset, self.rest)
        return started

    def delete(self) -> None:
        """Returns when nothing is made of it any more: to interrupt what runs takes its worker a moment."""
        self.person.http.delete(f"/api/videos/{self.video_id}")
        # What a program reads is named after the upload, or of a copy after the video.
        names = {self.video_id, self.url.rpartition("/")[2]}
        while any(name in command for command in commands(self.person.stack) for name in names):
            time.sleep(0.05)


def _append(person: Person, url: str, offset: int, data: bytes) -> None:
    headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    assert person.http.patch(url, content=data, headers=headers).status_code == 204


@contextmanager
def uploaded(person: Person, source: Source) -> Iterator[tuple[str, float]]:
    """A video whose last byte has just arrived, and when; deleted afterwards, so that nothing else runs."""
    upload = HeldUpload.of(person, source)
    try:
        yield upload.video_id, upload.complete()
    finally:
        upload.delete()
        wait_until_idle(person.stack)


def wait_until_idle(stack: Stack) -> None:
    while any(commands(stack)):
        time.sleep(0.1)


def commands(stack: Stack) -> Iterator[str]:
    """Of the programs that workers run."""
    for name, worker in stack.processes.items():
        for program in psutil.Process(worker.pid).children() if "worker" in name else ():
            with suppress(psutil.Error):  # over already
                yield " ".join(program.cmdline())


class Watching:
    """The playlists of a video, known as soon as its plan is."""

    def __init__(self, person: Person, video_id: str) -> None:
        self.client = httpx.Client(timeout=60)
        _wait_for_plan(person, video_id)
        playlist = person.video(video_id)["hls_url"]
        lines = self.client.get(playlist).text.splitlines()
        pictures = [line for line in lines if line and not line.startswith("#")]
        sound = [line.split('URI="')[1].split('"')[0] for line in lines if "TYPE=AUDIO" in line]
        self.renditions = [self._segments(urljoin(playlist, name)) for name in (pictures[0], *sound)]

    def _segments(self, url: str) -> list[str]:
        lines = self.client.get(url).text.splitlines()
        return [urljoin(url, line) for line in lines if not line.startswith("#")]

    def wait_for(self, segment: int) -> None:
        """Until picture and sound of a segment have arrived, asked for side by side, as hls.js does."""
        with ThreadPoolExecutor(len(self.renditions)) as asking:
            list(asking.map(self._wait_for, (urls[segment] for urls in self.renditions)))

    def _wait_for(self, url: str) -> None:
        while (status := self.client.get(url).status_code) == 503:
            continue
        assert status == 200, (status, url)


def _wait_for_plan(person: Person, video_id: str) -> None:
    """As the page does, by gRPC-Web: to ask again and again would take from who makes it."""
    person.http.get("/api/auth/me")  # signs in again, where that is due
    request = video_pb2.WatchVideosRequest(videos=[{"id": video_id}]).SerializeToString()
    url = f"{person.stack.video_url}/playhead.video.v1.VideoService/WatchVideos"
    framed, told = _FRAME.pack(0, len(request)) + request, b""
    headers = {"content-type": "application/grpc-web+proto"}
    with person.http.stream("POST", url, content=framed, headers=headers) as answer:
        for piece in answer.iter_raw():
            told += piece
            while len(told) >= _FRAME.size:
                kind, length = _FRAME.unpack_from(told)
                message, rest = told[_FRAME.size :][:length], told[_FRAME.size + length :]
                assert kind == 0, message  # else the stream has ended
                if len(message) < length:
                    break
                told = rest
                if video_pb2.WatchVideosResponse.FromString(message).video.HasField("duration_seconds"):
                    return
    raise AssertionError("the stream broke off")


def first_segments_seconds(person: Person, source: Source) -> float:
    """From the last byte until the first segment of picture and of sound have arrived at a client."""
    with uploaded(person, source) as (video_id, started):
        Watching(person, video_id).wait_for(0)
        return time.perf_counter() - started
