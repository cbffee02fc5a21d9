"""Whether time tells a private or deleted video from one that never was.

    python -m tests.benchmarks.access_timing [requests]

On each face, somebody who is signed in but may see none of them asks about private videos, deleted
ones and ones that never were, by turns in random order, a fresh id each time. Prints the medians;
exits with 1 where one differs by 5 % or more from that of what never was.

More of what never was is the control: where its own median differs by more than half of that, the
machine was too busy to tell. Such a face, and one that seems to tell, is measured again, three times
at most; then the median of its differences counts.
"""

import asyncio
import gc
import http.client
import random
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import grpc

from playhead.video.v1 import sharing_pb2, sharing_pb2_grpc, video_pb2, video_pb2_grpc
from tests.integration.test_grpc_web import HEADERS, framed
from tests.support.stack import Person, Stack, running_stack
from video_service.domain.video import new_id

_REQUESTS = 2000
_MOST_DIFFERENCE = 0.05
_NEVER = "never was"
_CONTROL = "control"
_KINDS = ("private", "deleted", _CONTROL, _NEVER)
_MOST_ROUNDS = 4

Ask = Callable[[str], int]
Ids = Mapping[str, list[str]]


def main(requests: int = _REQUESTS) -> int:
    with running_stack("gateway", "video") as stack:
        database_url = stack.environment["VIDEO_DATABASE_URL"]
        ids = asyncio.run(_hidden_videos(database_url, requests))
        eve = Person(stack, "Eve")
        failed = []
        print(f"{requests} requests a kind; medians in ms, and how much they differ from {_NEVER!r}")
        with grpc.insecure_channel(stack.environment["VIDEO_GRPC_URL"]) as channel:
            for face, ask in _faces(stack, eve, channel).items():
                again = face.endswith("again")
                failed += _measured(
                    face, ask, {kind: ids[kind][:1] for kind in _KINDS} if again else ids, requests
                )
    if failed:
        print("time tells them apart: " + ", ".join(failed))
    return 1 if failed else 0


async def _hidden_videos(database_url: str, count: int) -> dict[str, list[str]]:
    """Writes them down by hand: as many cannot be uploaded in a sensible time."""
    ids = {kind: [new_id() for _ in range(count * _MOST_ROUNDS)] for kind in _KINDS}
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("INSERT INTO owners (id, name) VALUES ('ada', 'Ada')")
        for kind, visibility in (("private", "private"), ("deleted", "public")):
            await connection.execute(
                """INSERT INTO videos (id, owner, title, description, tags, visibility, state, playable,
                       progress, version, access_epoch, filename, renditions, has_poster, warnings,
                       created_at, updated_at, deleted_at, revision_id)
                   SELECT id, 'ada', 'Film', '', '{}', $2, 'ready', true, 1, 1, 1, '', '[]', true, '{}',
                       now(), now(), CASE WHEN $3 THEN now() END, id
                   FROM unnest($1::varchar[]) AS id""",
                ids[kind], visibility, kind == "deleted",
            )  # fmt: skip
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return ids


def _faces(stack: Stack, eve: Person, channel: grpc.Channel) -> dict[str, Ask]:
    token = str(eve.http.headers["authorization"])
    metadata = (("authorization", token),)
    videos = video_pb2_grpc.VideoServiceStub(channel)  # type: ignore[no-untyped-call]
    sharing = sharing_pb2_grpc.SharingServiceStub(channel)  # type: ignore[no-untyped-call]
    gateway, video = _connection(stack.gateway_url), _connection(stack.video_url)
    headers = {"Authorization": token}
    tus = {**headers, "Tus-Resumable": "1.0.0"}

    def get(connection: http.client.HTTPConnection, path: str, sent: Mapping[str, str]) -> Ask:
        return lambda video_id: _status(connection, "GET", path.format(id=video_id), None, sent)

    def rpc(video_id: str) -> int:
        body = framed(video_pb2.GetVideoRequest(id=video_id))
        sent = {**HEADERS, **headers}
        return _status(video, "POST", "/playhead.video.v1.VideoService/GetVideo", body, sent)

    def guess(video_id: str) -> sharing_pb2.OpenShareLinkRequest:
        return sharing_pb2.OpenShareLinkRequest(video_id=video_id, secret="a" * 26, password="1234")

    return {
        "REST": get(gateway, "/api/videos/{id}", headers),
        "REST, shares": get(gateway, "/api/videos/{id}/shares", headers),
        "playlist redirect": get(gateway, "/videos/{id}/master.m3u8", headers),
        "upload id": lambda id: _status(gateway, "HEAD", f"/api/uploads/{id}", None, tus),
        "gRPC GetVideo": lambda id: _code(videos.GetVideo, video_pb2.GetVideoRequest(id=id), metadata),
        "gRPC GetPlayback": lambda id: _code(
            videos.GetPlayback, video_pb2.GetPlaybackRequest(id=id), metadata
        ),
        "gRPC OpenShareLink": lambda id: _code(sharing.OpenShareLink, guess(id), metadata),
        "gRPC-Web GetVideo": rpc,
        "media": get(video, "/media/public/{id}/{id}/v360/00000.ts", {}),
        "media again": get(video, "/media/public/{id}/{id}/v360/00000.ts", {}),
        "media, forged grant": get(video, f"/media/{'A' * 39}/{{id}}/{{id}}/poster.jpg", {}),
    }  # fmt: skip


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(str(parts.hostname), parts.port)


def _status(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> int:
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _code(method: Any, request: Any, metadata: Any) -> int:
    try:
        method(request, metadata=metadata)
    except grpc.RpcError as error:
        return int(error.code().value[0])
    return 0


def _measured(face: str, ask: Ask, ids: Ids, requests: int) -> list[str]:
    rounds: dict[str, list[float]] = {kind: [] for kind in _KINDS if kind != _NEVER}
    for round_number in range(_MOST_ROUNDS):
        # Others than before: what was asked about is answered from memory.
        first = round_number * requests
        fresh = {kind: ids[kind][first : first + requests] or ids[kind] for kind in _KINDS}
        medians = _medians(face, ask, fresh, requests)
        for kind, differences in rounds.items():
            differences.append(medians[kind] / medians[_NEVER] - 1)
        figures = "  ".join(f"{kind} {differences[-1]:+.1%}" for kind, differences in rounds.items())
        print(f"{face:20} {medians[_NEVER]:7.3f} ms   {figures}", flush=True)
        quiet = abs(rounds[_CONTROL][-1]) <= _MOST_DIFFERENCE / 2
        if quiet and all(abs(differences[-1]) < _MOST_DIFFERENCE for differences in rounds.values()):
            return []
    del rounds[_CONTROL]
    by = {kind: median(differences) for kind, differences in rounds.items()}
    return [f"{face} ({kind} {by[kind]:+.1%})" for kind in by if abs(by[kind]) >= _MOST_DIFFERENCE]


def _medians(face: str, ask: Ask, ids: Ids, requests: int) -> dict[str, float]:
    """In milliseconds."""
    seconds: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    answers: dict[str, set[int]] = {kind: set() for kind in _KINDS}
    order = list(_KINDS)
    for _ in range(50):  # connections and prepared statements
        ask(new_id())
    gc.disable()
    for number in range(requests):
        random.shuffle(order)
        for kind in order:
            video_id = ids[kind][number % len(ids[kind])]
            begun = time.perf_counter()
            answers[kind].add(ask(video_id))
            seconds[kind].append(time.perf_counter() - begun)
    gc.enable()
    assert all(given == answers[_NEVER] for given in answers.values()), (face, answers)
    return {kind: median(values) * 1000 for kind, values in seconds.items()}


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
