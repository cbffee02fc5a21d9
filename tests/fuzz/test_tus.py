"""Uploads as a state machine: whatever clients do, in whatever order, no acknowledged byte is lost, none
is taken twice, and the source is the file."""

import base64
import hashlib
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.support.stack import Person, Stack

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
FILE = random.Random(20261124).randbytes(300_000)
PARTS = st.integers(1, 120_000)


class Uploading(RuleBasedStateMachine):
    """One file and the people who send it. The model: how many bytes are acknowledged."""

    stack: Stack
    ada: Person
    bob: Person

    @initialize(size=st.sampled_from([1, 1000, 65_536, 200_000, len(FILE)]))
    def create(self, size: int) -> None:
        answer = self.ada.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(size)})
        assert answer.status_code == 201
        self.size, self.acknowledged, self.given_up = size, 0, False
        self.path, self.video_id = answer.headers["location"], answer.headers["playhead-video-id"]

    def send(self, person: Person, offset: int, body: bytes, **headers: str) -> httpx.Response:
        sent = {**BYTES, "Upload-Offset": str(offset), **headers}
        return person.http.patch(self.path, content=body, headers=sent)

    def took(self, answer: httpx.Response, offset: int) -> None:
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset))
        self.acknowledged = offset

    @property
    def complete(self) -> bool:
        return self.acknowledged == self.size

    @property
    def over(self) -> bool:
        """Asked within the rules: as their precondition it would have to be the same each time, and
        how many bytes come through a connection that breaks is not."""
        return self.given_up or self.complete

    @rule(length=PARTS)
    def append(self, length: int) -> None:
        if self.over:
            return
        end = min(self.acknowledged + length, self.size)
        self.took(self.send(self.ada, self.acknowledged, FILE[self.acknowledged : end]), end)

    @rule(length=PARTS, algorithm=st.sampled_from(["sha1", "sha256"]))
    def append_with_a_checksum(self, length: int, algorithm: str) -> None:
        if self.over:
            return
        end = min(self.acknowledged + length, self.size)
        body = FILE[self.acknowledged : end]
        digest = base64.b64encode(hashlib.new(algorithm, body).digest()).decode()
        answer = self.send(self.ada, self.acknowledged, body, **{"Upload-Checksum": f"{algorithm} {digest}"})
        self.took(answer, end)

    @rule(length=PARTS)
    def append_what_was_damaged_on_its_way(self, length: int) -> None:
        if self.over:
            return
        digest = base64.b64encode(hashlib.sha256(b"something else").digest()).decode()
        body = FILE[self.acknowledged : min(self.acknowledged + length, self.size)]
        answer = self.send(self.ada, self.acknowledged, body, **{"Upload-Checksum": f"sha256 {digest}"})
        assert answer.status_code == 460

    @rule(offset=st.integers(0, len(FILE)), length=PARTS)
    def append_elsewhere(self, offset: int, length: int) -> None:
        if offset == self.acknowledged and not self.complete:
            return
        answer = self.send(self.ada, offset, FILE[offset : offset + length])
        assert answer.status_code == (404 if self.given_up else 409)

    @rule(more=PARTS)
    def append_too_much(self, more: int) -> None:
        if self.over:
            return
        rest = FILE[self.acknowledged : self.size]
        assert self.send(self.ada, self.acknowledged, rest + bytes(more)).status_code == 413
        self.resume()

    @rule(length=PARTS, checksummed=st.booleans())
    def two_clients_race(self, length: int, checksummed: bool) -> None:
        """Two tabs send the same file from the same offset, and a third asks where it stands: what one of
        them is told stays true."""
        if self.over:
            return
        offset = self.acknowledged
        end = min(offset + length, self.size)
        body = FILE[offset:end]
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"Upload-Checksum": f"sha256 {digest}"} if checksummed else {}
        told = [offset]
        with ThreadPoolExecutor(2) as pool:
            tabs = [pool.submit(self.send, self.ada, offset, body, **headers) for _ in range(2)]
            while not all(tab.done() for tab in tabs):
                told.append(self.standing())
            answers = [tab.result() for tab in tabs]
        assert told == sorted(told)
        told += [int(a.headers["upload-offset"]) for a in answers if a.status_code == 204]
        # 503: the newer request has taken over, and this one's client asks where it stands.
        assert {answer.status_code for answer in answers} <= {204, 409, 503}
        self.resume()
        assert all(self.acknowledged >= one for one in told)

    @rule(length=PARTS, sent=st.floats(0, 1))
    def the_connection_breaks(self, length: int, sent: float) -> None:
        if self.over:
            return
        end = min(self.acknowledged + length, self.size)
        body = FILE[self.acknowledged : end]
        url = urlsplit(str(self.ada.http.base_url))
        lines = {
            "Host": url.netloc, "Authorization": self.ada.http.headers["authorization"], **BYTES,
            "Upload-Offset": str(self.acknowledged), "Content-Length": str(len(body)),
        }  # fmt: skip
        head = f"PATCH {self.path} HTTP/1.1\r\n" + "".join(
            f"{name}: {text}\r\n" for name, text in lines.items()
        )
        with socket.create_connection((url.hostname, url.port)) as connection:
            connection.sendall(head.encode() + b"\r\n" + body[: int(sent * (len(body) - 1))])
        self.resume()

    def resume(self) -> None:
        """As a client does: asks where the upload stands, and goes on from there until that is accepted,
        which ends whatever else may still be on its way."""
        while True:
            offset = self.standing()
            assert self.acknowledged <= offset <= self.size
            if offset == self.size:
                self.acknowledged = offset
                return
            answer = self.send(self.ada, offset, FILE[offset : offset + 1])
            if answer.status_code == 204:
                self.took(answer, offset + 1)
                return
            assert answer.status_code in (409, 503)

    def standing(self) -> int:
        answer = self.ada.http.head(self.path, headers=TUS)
        assert (answer.status_code, answer.headers["upload-length"]) == (200, str(self.size))
        return int(answer.headers["upload-offset"])

    @rule(method=st.sampled_from(["HEAD", "PATCH", "DELETE"]))
    def somebody_else_tries(self, method: str) -> None:
        answer = self.bob.http.request(
            method, self.path, headers={**BYTES, "Upload-Offset": str(self.acknowledged)}
        )
        assert answer.status_code == (410 if method == "DELETE" else 404)

    @rule()
    def give_up(self) -> None:
        answer = self.ada.http.delete(self.path, headers=TUS)
        if self.given_up or self.complete:
            assert answer.status_code == 410
        else:
            assert answer.status_code == 204
            self.given_up = True

    @invariant()
    def it_stands_where_the_model_stands(self) -> None:
        if not hasattr(self, "path"):
            return
        if self.given_up:
            assert self.ada.http.head(self.path, headers=TUS).status_code == 404
            assert self.ada.http.get(f"/api/videos/{self.video_id}").status_code == 404
        else:
            assert self.standing() == self.acknowledged
            uploading = self.ada.video(self.video_id)["state"] == "uploading"
            assert uploading is not self.complete

    @rule()
    def finish(self) -> None:
        if self.given_up:
            return
        while not self.complete:
            self.append(120_000)
        upload_id = self.path.rsplit("/", 1)[1]
        source = self.stack.data / "objects" / "sources" / upload_id / "original"
        assert source.read_bytes() == FILE[: self.size]


@pytest.fixture
def machine(stack: Stack, ada: Person, bob: Person) -> Any:
    return type("Machine", (Uploading,), {"stack": stack, "ada": ada, "bob": bob})


def test_uploads_keep_what_they_acknowledge(machine: Any) -> None:
    quick = settings(
        max_examples=15, stateful_step_count=15, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    seed(20261124)(machine)
    run_state_machine_as_test(machine, settings=quick)
