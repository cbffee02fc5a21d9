"""For search engines: where they need not look, and what there is (sitemaps.org)."""

import re
from collections.abc import Iterable
from itertools import product
from string import ascii_lowercase
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.problems import not_found
from gateway.requests import PublicUrls
from gateway.sitemap_client import SitemapClient
from gateway.times import rfc3339
from gateway.video_client import VideoClient

#: Of ids.
_CHARACTERS = ascii_lowercase + "234567"
#: Pages that show nothing to strangers. Unlisted videos are not named here: they say so themselves.
_PRIVATE_PAGES = ("/admin", "/my", "/settings", "/shared", "/upload", "/reset")
_HEADERS = {"Cache-Control": "no-cache"}


def sitemap_routes(client: VideoClient, urls: PublicUrls) -> list[HTTPRouteHandler]:
    sitemaps = SitemapClient(client)

    @get("/robots.txt", include_in_schema=False, media_type="text/plain")
    async def robots(request: Request[Any, Any, Any]) -> Response[str]:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _PRIVATE_PAGES)]
        lines.append(f"Sitemap: {urls.gateway(request.scope)}/sitemap.xml")
        return Response("\n".join(lines) + "\n", headers=_HEADERS, media_type="text/plain")

    @get("/sitemap.xml", include_in_schema=False)
    async def sitemap(request: Request[Any, Any, Any]) -> Response[bytes]:
        origin, part = urls.gateway(request.scope), await sitemaps.part("")
        if part.prefix_characters == 0:
            return _pages([(f"{origin}/", None), *_videos(origin, part.videos)])
        prefixes = map("".join, product(_CHARACTERS, repeat=part.prefix_characters))
        parts = "".join(f"<sitemap><loc>{origin}/sitemap/{prefix}.xml</loc></sitemap>" for prefix in prefixes)
        return _xml("sitemapindex", parts)

    @get("/sitemap/{name:str}", include_in_schema=False)
    async def sitemap_part(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
        match = re.fullmatch(r"([a-z2-7]{1,2})\.xml", name)
        if match is None:
            raise not_found("There is nothing here.")
        part = await sitemaps.part(match[1])
        return _pages(_videos(urls.gateway(request.scope), part.videos))

    return [robots, sitemap, sitemap_part]


def _videos(origin: str, videos: Iterable[Any]) -> list[tuple[str, str | None]]:
    return [(f"{origin}/videos/{video.id}", rfc3339(video.updated_at)) for video in videos]


def _pages(pages: Iterable[tuple[str, str | None]]) -> Response[bytes]:
    entries = (
        f"<url><loc>{url}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
        for url, changed in pages
    )
    return _xml("urlset", "".join(entries))


def _xml(element: str, inside: str) -> Response[bytes]:
    """Addresses of ours hold nothing that XML would have to escape."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = f'{head}\n<{element} xmlns="{namespace}">{inside}</{element}>\n'
    return Response(body.encode(), media_type="application/xml", headers=_HEADERS)
