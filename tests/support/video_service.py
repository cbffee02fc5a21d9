"""The video service in the test's own process: real PostgreSQL, real sockets, both transports."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from playhead.video.v1 import (
    audit_pb2_grpc,
    captions_pb2_grpc,
    owner_pb2_grpc,
    sharing_pb2_grpc,
    upload_pb2,
    upload_pb2_grpc,
    video_pb2,
    video_pb2_grpc,
    viewing_pb2_grpc,
)
from shared.env import Environment
from shared.tokens import ALL_SCOPES, Scope, TokenSigner
from tests.support.stack import UNLIMITED, free_ports
from video_service.app import VideoService, http_server
from video_service.domain.extras import Extra
from video_service.domain.plan import AudioRendition, Chunk, Lane, Plan, Timeline, VideoRung
from video_service.domain.video import Rendition, RenditionKind
from video_service.publishing import ObjectPublisher
from video_service.repository.work import WorkRows
from video_service.settings import Settings, read_settings
from video_service.storage.objects import LocalObjects

Metadata = tuple[tuple[str, str], ...]


@dataclass
class Running:
    """A running video service, its clients, and a stand-in for the gateway's keys."""

    settings: Settings
    database_url: str
    service: VideoService
    signer: TokenSigner
    channel: grpc.aio.Channel
    videos: Any = field(init=False)
    uploads: Any = field(init=False)
    sharing: Any = field(init=False)
    owners: Any = field(init=False)
    audit: Any = field(init=False)
    captions: Any = field(init=False)
    viewings: Any = field(init=False)
    publisher: ObjectPublisher = field(init=False)
    work: WorkRows = field(init=False)

    def __post_init__(self) -> None:
        self.videos = video_pb2_grpc.VideoServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.uploads = upload_pb2_grpc.UploadServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.sharing = sharing_pb2_grpc.SharingServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.owners = owner_pb2_grpc.OwnerServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.captions = captions_pb2_grpc.CaptionServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.viewings = viewing_pb2_grpc.ViewingServiceStub(self.channel)  # type: ignore[no-untyped-call]
        self.publisher = ObjectPublisher(LocalObjects(self.settings.objects))
        self.work = WorkRows(self.publisher)
        self.audit = audit_pb2_grpc.AuditServiceStub(self.channel)  # type: ignore[no-untyped-call]

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def token(
        self,
        person: str,
        lifetime_seconds: float = 600,
        *,
        role: str = "user",
        scopes: Collection[Scope] = ALL_SCOPES,
    ) -> str:
        return self.signer.sign(person, person.title(), role, lifetime_seconds, scopes=scopes)[0]

    def as_(self, person: str, **token: Any) -> Metadata:
        """The metadata of somebody who is signed in."""
        return (("authorization", f"Bearer {self.token(person, **token)}"),)

    def as_gateway(self) -> Metadata:
        """The metadata with which the gateway speaks for itself."""
        return (("authorization", f"Bearer {self.signer.sign_service(600)}"),)

    async def create_upload(self, person: str, size_bytes: int, **fields: Any) -> upload_pb2.Upload:
        request = upload_pb2.CreateUploadRequest(size_bytes=size_bytes, **fields)
        return (await self.uploads.CreateUpload(request, metadata=self.as_(person))).upload

    async def append(
        self, person: str, upload_id: str, offset_bytes: int, *pieces: bytes, **head: Any
    ) -> upload_pb2.Upload:
        requests = [
            upload_pb2.AppendUploadRequest(
                head=upload_pb2.AppendUploadRequest.Head(id=upload_id, offset_bytes=offset_bytes, **head)
            ),
            *(upload_pb2.AppendUploadRequest(data=piece) for piece in pieces),
        ]
        return (await self.uploads.AppendUpload(iter(requests), metadata=self.as_(person))).upload

    async def complete(self, person: str, upload_id: str) -> video_pb2.Video:
        request = upload_pb2.CompleteUploadRequest(id=upload_id)
        return (await self.uploads.CompleteUpload(request, metadata=self.as_(person))).video

    async def uploaded(self, person: str, content: bytes = b"a film", **fields: Any) -> video_pb2.Video:
        """A video whose source is complete; no worker runs, so nothing happens to it by itself."""
        upload = await self.create_upload(person, len(content), **fields)
        await self.append(person, upload.id, 0, content)
        return await self.complete(person, upload.id)

    async def revision_of(self, video_id: str) -> str:
        return str(await self.fetchval("SELECT id FROM revisions WHERE video = $1", video_id))

    async def planned(self, person: str, **fields: Any) -> tuple[video_pb2.Video, str]:
        """A video whose plan stands, and its revision's id."""
        video = await self.uploaded(person, **fields)
        revision_id = await self.revision_of(video.id)
        await adopt(self.work, revision_id)
        return video, revision_id

    async def published(self, person: str, **fields: Any) -> tuple[video_pb2.Video, str]:
        """A video that is ready."""
        video, revision_id = await self.planned(person, **fields)
        for index in range(len(PLAN.chunks)):
            await self.work.chunk_done(revision_id, index)
        await self.work.finish(revision_id, [replace(one, complete=True) for one in RENDITIONS])
        return video, revision_id

    async def get(self, person: str | None, video_id: str) -> video_pb2.Video:
        metadata = self.as_(person) if person else ()
        return (await self.videos.GetVideo(video_pb2.GetVideoRequest(id=video_id), metadata=metadata)).video

    async def fetch(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        rows = await self.fetch(query, *arguments)
        return rows[0][0] if rows else None


@asynccontextmanager
async def running_service(database_url: str, data: Path, **settings: str) -> AsyncIterator[Running]:
    """The service on free ports, until the context ends."""
    signer = TokenSigner(Ed25519PrivateKey.generate())
    port, grpc_port = free_ports(2)
    with _key_server(signer) as gateway_url:
        values = {
            "PLAYHEAD_DATA": str(data),
            "VIDEO_PORT": str(port),
            "VIDEO_GRPC_PORT": str(grpc_port),
            "GATEWAY_URL": gateway_url,
            **UNLIMITED,
            **settings,
        }
        parsed = read_settings(Environment(values))
        service = VideoService(parsed, database_url)
        server = http_server(service)
        serving = asyncio.create_task(_serve(server))
        while not server.started:
            assert not serving.done(), serving.exception()
            await asyncio.wait({serving}, timeout=0.01)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
            yield Running(parsed, database_url, service, signer, channel)
        server.should_exit = True
        await serving


async def _serve(server: Any) -> None:
    # Not `serve`: that takes the test process's signals.
    await server._serve()


@contextmanager
def _key_server(signer: TokenSigner) -> Iterator[str]:
    import json

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(signer.key_set()).encode()
            self.send_response(200 if self.path == "/.well-known/jwks.json" else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def reason_of(error: grpc.aio.AioRpcError) -> tuple[str, dict[str, str]]:
    """What the error says to a client: its reason and its data."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None, error
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "playhead"
    return info.reason, dict(info.metadata)


def _rung(name: str, width: int, height: int) -> VideoRung:
    return VideoRung(
        name, width, height, Fraction(25), False, "avc1.64001f", "high", "3.1", 23, 1_000_000, 2_000_000
    )


#: Two seconds, two segments; v720 in the ladder, v360 express, one audio track.
PLAN = Plan(
    timeline=Timeline(Fraction(1, 25), True, (0, 25, 50), (25, 25)),
    rungs=(_rung("v720", 1280, 720), _rung("v360", 640, 360)),
    audio=(AudioRendition("a0", 1, "mp4a.40.2", 2, 128_000, "en", "English"),),
    chunks=(
        Chunk(Lane.EXPRESS, 0, 1, ("v360",)),
        Chunk(Lane.EXPRESS, 1, 1, ("v360",)),
        Chunk(Lane.AUDIO, 0, 2, ("a0",)),
        Chunk(Lane.LADDER, 0, 2, ("v720",)),
    ),
)
RENDITIONS = (
    Rendition("v720", RenditionKind.VIDEO, "avc1.64001f", 1280, 720, 25.0, 1_200_000, False),
    Rendition("v360", RenditionKind.VIDEO, "avc1.64001e", 640, 360, 25.0, 600_000, False),
    Rendition("a0", RenditionKind.AUDIO, "mp4a.40.2", 0, 0, 0.0, 130_000, False),
)


async def adopt(work: WorkRows, revision_id: str, extras: Collection[Extra] = ()) -> None:
    """As the probe job does, and the job after it."""
    await adopt_only(work, revision_id, extras)
    await work.enqueue_rest(revision_id)


async def adopt_only(
    work: WorkRows, revision_id: str, extras: Collection[Extra] = (), plan: Plan = PLAN
) -> None:
    await work.adopt_plan(
        revision_id, plan, duration_seconds=2.0, width=1280, height=720, renditions=RENDITIONS,
        warnings=(), extras=extras,
    )  # fmt: skip
