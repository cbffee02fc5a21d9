"""Access as a state machine: owners change who may see their videos, and after each step everybody
tries to see everything, over REST, gRPC-Web, native gRPC and in the media themselves.

The oracle is a model of three lines; the system is the whole product with videos that were processed.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from playhead.video.v1 import video_pb2, video_pb2_grpc
from tests.fuzz.secrets import Secrets
from tests.integration.test_grpc_web import HEADERS, PATH, framed, unframed
from tests.support.stack import Person, Stack

VISIBILITIES = ("public", "unlisted", "private")
PEOPLE = ("ada", "bob", None)
PATIENCE_SECONDS = 20.0
#: Each look hands out new ones; the last of each kind are among so many.
_MOST_ADDRESSES = 12


@dataclass
class House:
    """The product, who uses it, and videos that play: two of Ada's and one of Bob's."""

    stack: Stack
    people: dict[str, Person]
    secrets: Secrets
    videos: list[tuple[str, str]] = field(default_factory=list)
    """Owner and id."""

    def __post_init__(self) -> None:
        self.channel = grpc.insecure_channel(self.stack.environment["VIDEO_GRPC_URL"])
        self.native = video_pb2_grpc.VideoServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.nobody = httpx.Client(base_url=self.stack.gateway_url, timeout=60)
        self.media = httpx.Client(base_url=self.stack.video_url, timeout=60)

    def http(self, name: str | None) -> httpx.Client:
        return self.nobody if name is None else self.people[name].http

    def authorization(self, name: str | None) -> dict[str, str]:
        return {} if name is None else {"authorization": self.people[name].http.headers["authorization"]}

    def close(self) -> None:
        self.channel.close()
        self.nobody.close()
        self.media.close()


class Access(RuleBasedStateMachine):
    """The model: of each video its visibility, and whether it is deleted."""

    house: House

    @initialize()
    def everything_is_private(self) -> None:
        count = len(self.house.videos)
        self.visibility, self.deleted = ["private"] * count, [False] * count
        #: Whose addresses they are, and how often that video's visibility had changed by then.
        self.media: dict[str, tuple[int, int]] = {}
        self.changes = [0] * count
        for number in range(count):
            self.undelete(number)
            self.make("private", number)

    def may_see(self, name: str | None, number: int) -> bool:
        if self.deleted[number]:
            return False
        return name == self.house.videos[number][0] or self.visibility[number] != "private"

    numbers = st.integers(0, 2)

    @rule(visibility=st.sampled_from(VISIBILITIES), number=numbers)
    def make(self, visibility: str, number: int) -> None:
        owner, video_id = self.house.videos[number]
        answer = self.house.http(owner).patch(f"/api/videos/{video_id}", json={"visibility": visibility})
        assert answer.status_code == (404 if self.deleted[number] else 200), answer.text
        if self.deleted[number]:
            return
        if self.visibility[number] == visibility:
            self.forget_grants(number)
        else:
            self.visibility[number] = visibility
            self.changes[number] += 1

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        owner, video_id = self.house.videos[number]
        answer = self.house.http(owner).delete(f"/api/videos/{video_id}")
        assert answer.status_code == (404 if self.deleted[number] else 200)
        self.deleted[number] = True

    @rule(number=numbers)
    def undelete(self, number: int) -> None:
        owner, video_id = self.house.videos[number]
        assert self.house.http(owner).post(f"/api/videos/{video_id}/undelete").status_code == 200
        self.deleted[number] = False
        self.forget_grants(number)

    def forget_grants(self, number: int) -> None:
        """Whether what was handed out before is still good, or good again, nobody promises."""
        self.media = {url: of for url, of in self.media.items() if of[0] != number or "/public/" in url}

    @rule(name=st.sampled_from(PEOPLE), number=numbers, visibility=st.sampled_from(VISIBILITIES))
    def somebody_else_tries_to_change_it(self, name: str | None, number: int, visibility: str) -> None:
        owner, video_id = self.house.videos[number]
        if name == owner:
            return
        http, path = self.house.http(name), f"/api/videos/{video_id}"
        refused = 401 if name is None else 403 if self.may_see(name, number) else 404
        assert http.patch(path, json={"visibility": visibility}).status_code == refused
        assert http.delete(path).status_code == refused
        assert http.post(f"{path}/reprocess").status_code == refused
        assert http.post(f"{path}/cancel").status_code == refused
        assert http.post(f"{path}/undelete").status_code == (401 if name is None else 404)

    @invariant()
    def everybody_sees_what_they_may(self) -> None:
        if not hasattr(self, "media"):
            return
        for name in PEOPLE:
            for number, (_, video_id) in enumerate(self.house.videos):
                self.look(name, number, video_id)
            self.look_through_lists(name)
        self.look_at_media()

    def look(self, name: str | None, number: int, video_id: str) -> None:
        house, seen = self.house, self.may_see(name, number)
        answer = house.http(name).get(f"/api/videos/{video_id}")
        assert answer.status_code == (200 if seen else 404), (name, number)
        if seen:
            assert answer.json()["id"] == video_id
            for url in filter(None, (answer.json()["hls_url"], answer.json()["poster_url"])):
                self.media[house.secrets.of_url(url)] = number, self.changes[number]
        message = video_pb2.GetPlaybackRequest(id=video_id)
        metadata = tuple(house.authorization(name).items())
        if seen:
            assert video_id in house.native.GetPlayback(message, metadata=metadata).hls_path
        else:
            with pytest.raises(grpc.RpcError) as caught:
                house.native.GetPlayback(message, metadata=metadata)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        web = house.media.post(
            f"{PATH}GetVideo", headers=HEADERS | house.authorization(name),
            content=framed(video_pb2.GetVideoRequest(id=video_id)),
        )  # fmt: skip
        assert unframed(web.content)[1]["grpc-status"] == ("0" if seen else "5")

    def look_through_lists(self, name: str | None) -> None:
        house = self.house
        ours = {video_id: number for number, (_, video_id) in enumerate(house.videos)}
        listed = house.http(name).get("/api/videos", params={"query": "fuzzed", "page_size": 100}).json()
        found = {video["id"] for video in listed["videos"]} & set(ours)
        public = [not self.deleted[n] and self.visibility[n] == "public" for n in range(len(ours))]
        assert found == {video_id for video_id, number in ours.items() if public[number]}
        if name is not None:
            mine = house.http(name).get("/api/videos", params={"owner": "me", "page_size": 100}).json()
            assert {video["id"] for video in mine["videos"]} & set(ours) == {
                video_id
                for video_id, number in ours.items()
                if house.videos[number][0] == name and not self.deleted[number]
            }

    def look_at_media(self) -> None:
        """Every address that was handed out: it opens the bytes until the video's visibility changes
        or it is deleted. Delivery hears of that a moment later, so each is asked until it has."""
        for url, (number, changes) in list(self.media.items())[-_MOST_ADDRESSES:]:
            good = changes == self.changes[number] and not self.deleted[number]
            if "/public/" in url:
                good = self.visibility[number] == "public" and not self.deleted[number]
            expected = 200 if good else 404
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (answer := self.house.media.get(url)).status_code != expected:
                assert time.monotonic() < deadline, (url, answer.status_code, expected)


@pytest.fixture(scope="module")
def house(stack: Stack, secrets: Secrets, ada: Person, bob: Person, clip: Path) -> Any:
    house = House(stack, {"ada": ada, "bob": bob}, secrets)
    for owner in ("ada", "ada", "bob"):
        house.videos.append((owner, house.people[owner].upload(clip, title="Fuzzed")))
    for owner, video_id in house.videos:
        house.people[owner].wait_for(video_id, "ready")
    yield house
    house.close()


def test_nobody_ever_sees_what_they_may_not(house: House) -> None:
    quick = settings(
        max_examples=5, stateful_step_count=8, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine: Any = type("Machine", (Access,), {"house": house})
    seed(20261124)(machine)
    run_state_machine_as_test(machine, settings=quick)
