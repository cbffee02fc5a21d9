"""Everything put together: one Litestar application and the server that runs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, ControllerRouterHandler

from gateway.accounts.access_tokens import AccessTokens
from gateway.accounts.caller import Callers
from gateway.accounts.registration import offer_first_admin
from gateway.accounts.routes import account_routes
from gateway.accounts.signing_key import load_signing_key
from gateway.admin.routes import admin_routes
from gateway.audit.routes import audit_routes
from gateway.audit.trail import Trail
from gateway.background import Chores, in_background
from gateway.database import open_database
from gateway.elsewhere.embed import embed_route
from gateway.elsewhere.oembed import oembed_route
from gateway.elsewhere.sitemap import sitemap_routes
from gateway.limits import Limits
from gateway.mail.mailer import Mailer
from gateway.outbox.delivery import Delivery
from gateway.problems import EXCEPTION_HANDLERS
from gateway.requests import PublicUrls, Surrounded
from gateway.settings import Settings
from gateway.site.documentation import DocumentationPage, documentation_router, openapi_json
from gateway.site.pages import Pages
from gateway.site.routes import site_routes
from gateway.uploads.form import form_routes
from gateway.uploads.tus import PATH as UPLOADS_PATH
from gateway.uploads.tus import VERSION as TUS_VERSION
from gateway.uploads.tus import tus_routes
from gateway.uploads.usage import usage_routes
from gateway.video_client import VideoClient
from gateway.videos.captions import caption_routes
from gateway.videos.finding import finding_routes
from gateway.videos.posters import poster_routes
from gateway.videos.routes import video_routes
from gateway.videos.sharing import sharing_routes
from gateway.videos.watch import watch_routes
from shared.browser_rules import BrowserRules
from shared.client_address import Forwarded
from shared.http_server import bounded_protocol
from shared.tokens import JsonWebKeySet, TokenSigner, TokenVerifier

#: Requests that run when the process is told to stop get this long.
_GRACE_SECONDS = 3
#: Of JSON bodies; uploads count for themselves.
_MOST_BODY_BYTES = 2**20
_OPENAPI = OpenAPIConfig(
    title="Playhead",
    version="1",
    description="Upload a video, watch it seconds later. Errors are RFC 9457 problem details.",
    openapi_router=documentation_router(),
    render_plugins=[DocumentationPage()],
    components=Components(
        security_schemes={"token": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
    ),
    security=[{}, {"token": []}],
)


def gateway(settings: Settings, database_url: str) -> ASGIApp:
    """The application. Make it inside the running loop; its lifespan opens and closes what it uses.

    Raises :class:`gateway.accounts.signing_key.SigningKeyError`.
    """
    signer = TokenSigner(load_signing_key(settings.data))
    client = VideoClient(settings.video_grpc_url)
    urls = PublicUrls(settings)
    limits = Limits(settings.rates)
    chores, mailer = Chores(), Mailer(settings)
    delivery = Delivery(client, signer)
    trail = Trail(client, settings.audit_retention_seconds)

    async def own_keys() -> JsonWebKeySet:
        return signer.key_set()

    @asynccontextmanager
    async def resources(_: Litestar) -> AsyncIterator[None]:
        try:
            async with open_database(database_url):
                await offer_first_admin(urls)
                async with in_background(chores.run, delivery.run, trail.forget_old_events):
                    yield
        finally:
            await client.close()

    access_tokens = AccessTokens(signer, settings.access_token_lifetime_seconds)
    callers = Callers(
        TokenVerifier(own_keys), access_tokens, limits, anonymous_access=settings.anonymous_access
    )
    pages = Pages(settings.frontend_dist, urls)
    handlers: list[ControllerRouterHandler] = [
        account_routes(settings, access_tokens, callers, chores, mailer, urls, delivery, limits),
        admin_routes(settings, callers, chores, mailer, urls),
        audit_routes(trail, callers),
        tus_routes(settings, client, callers, limits),
        form_routes(settings, client, callers, urls, limits),
        video_routes(client, callers, urls),
        *finding_routes(client, callers, urls, limits),
        poster_routes(client, callers, urls),
        sharing_routes(client, callers, urls, limits),
        caption_routes(client, callers),
        usage_routes(settings, client, callers),
        *watch_routes(client, callers, urls, pages, limits),
        embed_route(client, urls, pages),
        oembed_route(client, urls),
        *sitemap_routes(client, urls),
        openapi_json,
        *site_routes(settings, urls, pages, client, signer),
    ]
    application = Litestar(
        route_handlers=handlers,
        guards=[limits.every],
        lifespan=[resources],
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=_MOST_BODY_BYTES,
        openapi_config=_OPENAPI,
        logging_config=None,
    )
    surrounded = Surrounded(application, tus_path=UPLOADS_PATH, tus_version=TUS_VERSION)
    ruled = BrowserRules(surrounded, https=settings.secure_cookies)
    return Forwarded(ruled, settings.trusted_proxies)


def http_server(application: ASGIApp) -> uvicorn.Server:
    """Serves on sockets that are given to it; stops within the grace when told to."""
    config = uvicorn.Config(
        application,
        loop="none",  # the caller runs uvloop
        http=bounded_protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # Forwarded reads them, and trusts nobody by default
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return uvicorn.Server(config)
