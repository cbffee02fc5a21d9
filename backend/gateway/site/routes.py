"""Routes of the web app and of the operator: pages, configuration, keys, health and metrics."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.database import database_answers
from gateway.requests import PublicUrls, is_id
from gateway.settings import Settings
from gateway.site.pages import KNOWN_PAGES, Pages
from gateway.video_client import VideoClient
from shared.tokens import JsonWebKeySet, TokenSigner

#: Of addresses: what is left when somebody cuts off the end. The router knows them, so to it they are not
#: anything else.
_BEGINNINGS = ("/videos", "/people", "/embed")
_NOT_READY = ResponseSpec(dict[str, bool], description="A part is away: which one.", generate_examples=False)
#: Verifiers may keep the public keys this long.
_KEYS_MAX_AGE_SECONDS = 300


def site_routes(
    settings: Settings, urls: PublicUrls, pages: Pages, client: VideoClient, signer: TokenSigner
) -> list[HTTPRouteHandler]:
    @get("/config.json", summary="What the web app must know", tags=["Site"])
    async def config(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        answer = {
            "video_url": urls.video(request.scope),
            "max_upload_bytes": settings.max_upload_bytes,
            "registration": settings.registration,
            "mail": settings.smtp_url is not None,
            "anonymous_access": settings.anonymous_access,
        }
        return Response(answer, headers={"Cache-Control": "no-cache"})

    @get("/.well-known/jwks.json", summary="Public keys of access tokens", tags=["Accounts"])
    async def keys() -> Response[JsonWebKeySet]:
        caching = f"public, max-age={_KEYS_MAX_AGE_SECONDS}"
        return Response(signer.key_set(), headers={"Cache-Control": caching})

    @get(list(KNOWN_PAGES), include_in_schema=False)
    async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await pages.shell(request)

    @get("/people/{person_id:str}", include_in_schema=False)
    async def person_page(request: Request[Any, Any, Any], person_id: str) -> Response[bytes]:
        """The same whether there is such a person: the app finds out."""
        return await pages.shell(request, status=200 if is_id(person_id) else 404)

    @get(["/{path:path}", *_BEGINNINGS], include_in_schema=False)
    async def anything_else(request: Request[Any, Any, Any]) -> Response[bytes]:
        """A file of the app, or its own "not found" page for somebody who reads pages."""
        path = str(request.scope["path"])
        last_name = path.rsplit("/", 1)[-1]
        if path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
            return await pages.file(request, path)
        if path.startswith("/assets/") or "." in last_name:
            return await pages.file(request, path)
        return await pages.shell(request, status=404)

    @get("/healthz", summary="Whether the process lives", tags=["Operation"])
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", summary="Whether everything that is needed answers", tags=["Operation"],
         responses={503: _NOT_READY})  # fmt: skip
    async def readyz() -> Response[dict[str, bool]]:
        parts = {"database": await database_answers(), "video_service": await client.healthy()}
        headers = {"Cache-Control": "no-store"}
        return Response(parts, status_code=200 if all(parts.values()) else 503, headers=headers)

    @get("/metrics", summary="Metrics for Prometheus", tags=["Operation"], media_type="text/plain")
    async def metrics() -> Response[bytes]:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [config, keys, page, person_page, anything_else, healthz, readyz, metrics]
