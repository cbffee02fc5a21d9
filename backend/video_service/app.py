"""The video service put together: its parts, its HTTP routes, its start and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import uvicorn
from litestar import Litestar, MediaType, Response, asgi, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.browser_rules import BrowserRules
from shared.client_address import Forwarded
from shared.http_server import bounded_protocol
from shared.tokens import SERVICE_AUDIENCE, TokenVerifier
from video_service.authority import Authority
from video_service.captions import CaptionDesk
from video_service.catalog import Catalog
from video_service.delivery.app import Delivery
from video_service.discovery import Discovery
from video_service.domain.viewing import ViewGate
from video_service.downloading import Downloading
from video_service.intake import Intake, expire_regularly
from video_service.people import People
from video_service.posters import Posters
from video_service.publishing import ObjectPublisher
from video_service.repository.access import AccessRows
from video_service.repository.audit import AuditRows
from video_service.repository.captions import CaptionRows
from video_service.repository.database import database_answers, open_database
from video_service.repository.downloads import DownloadRows
from video_service.repository.events import VideoEvents
from video_service.repository.finds import FindRows
from video_service.repository.media_index import MediaRows
from video_service.repository.owners import OwnerRows
from video_service.repository.posters import PosterRows
from video_service.repository.shares import ShareRows
from video_service.repository.sitemap import SitemapRows
from video_service.repository.uploads import UploadRows
from video_service.repository.videos import VideoRows
from video_service.repository.viewings import ViewingRows
from video_service.rpc.audit_servicer import AuditServicer
from video_service.rpc.calls import Calls
from video_service.rpc.caption_servicer import CaptionServicer
from video_service.rpc.cors import Cors
from video_service.rpc.grpc_web import GrpcWeb
from video_service.rpc.identity import Identities, ServiceIdentities, keys_from
from video_service.rpc.limits import WebLimits
from video_service.rpc.native import WEB_SERVICES, Servicers, native_server
from video_service.rpc.owner_servicer import OwnerServicer
from video_service.rpc.poster_servicer import PosterServicer
from video_service.rpc.sharing_servicer import SharingServicer
from video_service.rpc.sitemap_servicer import SitemapServicer
from video_service.rpc.streams import Streams
from video_service.rpc.upload_servicer import UploadServicer
from video_service.rpc.video_servicer import VideoServicer
from video_service.rpc.viewing_servicer import ViewingServicer
from video_service.settings import Settings
from video_service.sharing import Sharing
from video_service.sitemap import Sitemap
from video_service.storage.keys import HmacGrants, HmacPasses, load_or_create_key
from video_service.storage.link_passwords import LinkPasswords
from video_service.storage.objects import LocalObjects
from video_service.storage.staging import LocalStaging
from video_service.viewing import ViewingDesk

_EXPIRE_INTERVAL_SECONDS = 300.0
#: Calls that run when the service is told to stop get this long, over HTTP and then over native gRPC.
_GRACE_SECONDS = 2
_ALIVE = {"status": "ok"}


class VideoService:
    """The parts of the service, wired. :meth:`running` starts them."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self._database_url = database_url
        self.events = VideoEvents()
        objects = LocalObjects(settings.objects)
        key = load_or_create_key(settings.data / "keys" / "grants")
        grants, passes = HmacGrants(key), HmacPasses(key)
        publisher = ObjectPublisher(objects)
        videos, viewings = VideoRows(publisher), ViewingRows()
        authority = Authority(AccessRows(), anonymous_access=settings.anonymous_access)
        catalog = Catalog(
            videos, viewings, authority, self.events, grants,
            undo_seconds=settings.delete_undo_seconds, downloadable=settings.downloadable,
        )  # fmt: skip
        discovery = Discovery(videos, FindRows(), authority, catalog)
        downloading = Downloading(catalog, DownloadRows(), self.events, grants)
        staging = LocalStaging(settings.objects, objects)
        self.intake = Intake(UploadRows(), videos, staging, expiry_seconds=settings.upload_expiry_seconds)
        self.posters = Posters(PosterRows(), videos, authority, catalog, self.events, objects)
        limits = WebLimits(settings.list_rate, settings.api_rate)
        keys = keys_from(settings.gateway_url)
        calls = Calls(Identities(TokenVerifier(keys), passes), limits)
        service_calls = Calls(ServiceIdentities(TokenVerifier(keys, SERVICE_AUDIENCE)), limits)
        self._servicers = Servicers(
            VideoServicer(catalog, discovery, downloading, calls, Streams()),
            UploadServicer(self.intake, catalog, calls),
            SharingServicer(
                Sharing(
                    ShareRows(), authority, self.events, passes, LinkPasswords(settings.password_memory_bytes)
                ),
                calls,
            ),
            PosterServicer(self.posters, calls),
            OwnerServicer(People(OwnerRows(), staging), service_calls),
            AuditServicer(AuditRows(), calls),
            CaptionServicer(CaptionDesk(CaptionRows(publisher), authority), calls),
            ViewingServicer(ViewingDesk(viewings, videos, authority, catalog, ViewGate()), calls),
            SitemapServicer(Sitemap(SitemapRows(), authority), calls),
        )
        self._grpc_web = GrpcWeb()
        self._servicers.videos.add_to(self._grpc_web)
        self._servicers.captions.add_to(self._grpc_web)
        self._servicers.viewings.add_to(self._grpc_web)
        self.media_index = MediaRows(self.events)
        self._delivery = Delivery(
            self.media_index, objects, grants, anonymous_access=settings.anonymous_access
        )

    def http(self) -> Litestar:
        return Litestar(
            route_handlers=[
                *(
                    _mounted(f"/{name}", Cors(self._grpc_web, self.settings.allowed_origins))
                    for name in WEB_SERVICES
                ),
                _mounted("/media", self._delivery),
                _alive,
                _metrics,
                self._ready_route(),
            ],
            lifespan=[lambda _: self.running()],
            openapi_config=None,
            logging_config=None,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Raises OSError or asyncpg.PostgresError where the database cannot be reached, and
        PortInUse where the native port is taken."""
        settings = self.settings
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(open_database(self._database_url))
            await stack.enter_async_context(_background(self.events.run()))
            await stack.enter_async_context(
                _background(expire_regularly(self.intake, _EXPIRE_INTERVAL_SECONDS))
            )
            address = f"{settings.grpc_host}:{settings.grpc_port}"
            native = await native_server(address, self._servicers)
            await native.start()
            stack.push_async_callback(native.stop, _GRACE_SECONDS)
            # First of all at the end: streams would otherwise keep everything waiting.
            stack.callback(self.events.stop)
            yield

    def _ready_route(self) -> Any:
        @get("/readyz", media_type=MediaType.JSON)
        async def ready() -> Response[dict[str, bool]]:
            parts = {"database": await database_answers(), "events": self.events.connected}
            return Response(parts, status_code=200 if all(parts.values()) else 503)

        return ready


class Server(uvicorn.Server):
    """Ends watch streams before it waits for the connections that carry them."""

    def __init__(self, config: uvicorn.Config, events: VideoEvents) -> None:
        super().__init__(config)
        self._events = events

    async def shutdown(self, sockets: Any = None) -> None:
        self._events.stop()
        await super().shutdown(sockets)


def http_server(service: VideoService) -> Server:
    config = uvicorn.Config(
        Forwarded(
            BrowserRules(service.http(), https=service.settings.https), service.settings.trusted_proxies
        ),
        host=service.settings.host,
        port=service.settings.port,
        http=bounded_protocol(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # Forwarded reads them, and trusts nobody by default
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws="none",
    )
    return Server(config, service.events)


@get("/healthz", media_type=MediaType.JSON, sync_to_thread=False)
def _alive() -> dict[str, str]:
    return _ALIVE


@get("/metrics", sync_to_thread=False)
def _metrics() -> Response[bytes]:
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})


def _mounted(path: str, application: Any) -> Any:
    @asgi(path, is_mount=True, copy_scope=True)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        # Litestar strips the mount from `path`; these applications route by the whole.
        await application({**scope, "path": scope["raw_path"].decode("latin-1")}, receive, send)

    return mounted


@asynccontextmanager
async def _background(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
