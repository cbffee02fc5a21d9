"""The web app's files, as its build left them in one folder."""

import asyncio
import json
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response

from gateway.problems import not_found
from gateway.requests import PublicUrls
from gateway.site.policy import NOBODY, WORKER_POLICY, app_policy, document_policy

#: Vite names these files by their content.
_FOREVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_REVALIDATE = "no-cache"
#: Content coding to the extension of a file that was compressed at build time, best first.
_CODINGS = {"br": ".br", "gzip": ".gz"}
#: Pages that the app knows; other addresses get its shell too, as its own "not found" page.
KNOWN_PAGES = (
    "/",
    "/shared",
    "/login",
    "/register",
    "/forgot",
    "/reset",
    "/upload",
    "/my",
    "/history",
    "/watch-later",
    "/settings",
    "/admin",
    "/admin/invitations",
    "/admin/audit",
)
#: Addresses of the library: its page has a document of its own, which loads its code at once.
_HOME = ("/", "/shared")
#: What a page of its own head replaces (see frontend/index.html).
_TITLE = re.compile(rb"<title>.*?</title>", re.DOTALL)
_DESCRIPTION = re.compile(rb'<meta name="description"[^>]*>\s*')
_NOT_BUILT = b"<!doctype html><title>Playhead</title><p>The web app is not built yet."


@dataclass(frozen=True)
class _File:
    body: bytes
    coding: str | None


class Pages:
    def __init__(self, folder: Path, urls: PublicUrls) -> None:
        self._folder = folder.resolve()
        self._urls = urls

    async def shell(self, request: Request[Any, Any, Any], *, status: int = 200) -> Response[bytes]:
        """The app's page."""
        own = ("home.html",) if request.scope["path"] in _HOME else ()
        return await self._page(request, (*own, "index.html"), status=status)

    async def watch(self, request: Request[Any, Any, Any], vary: str, head: str) -> Response[bytes]:
        """The app's page that loads the player at once. ``head`` takes the place of its title and
        description; empty: the general ones."""
        return await self._page(request, ("watch.html", "index.html"), vary=vary, head=head)

    async def embed(
        self, request: Request[Any, Any, Any], vary: str, ancestors: str | None, refusal: str, status: int
    ) -> Response[bytes]:
        """The player alone. ``ancestors``: whose pages may frame it; ``refusal``: why it shows nothing."""
        head = f'<title>Playhead</title><meta name="playhead-refusal" content="{refusal}" />'
        return await self._page(
            request,
            ("embed.html",),
            vary=vary,
            head=head if refusal else "",
            ancestors=ancestors,
            status=status,
        )

    async def _page(
        self, request: Request[Any, Any, Any], names: Sequence[str], *, status: int = 200,
        vary: str = "", head: str = "", ancestors: str | None = NOBODY,
    ) -> Response[bytes]:  # fmt: skip
        vary = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
        styles = await asyncio.to_thread(self._style_hashes)
        video = self._urls.video(request.scope)
        policy = {
            "Content-Security-Policy": app_policy(video, styles, ancestors),
            # The first script asks there: the connection is open by then (RFC 8288; HTML, 4.6.7).
            "Link": f"<{video}>; rel=preconnect; crossorigin",
        }
        for name in names:
            # A page of its own head is small, and not worth compressing each time.
            file = await asyncio.to_thread(self._read, name, frozenset() if head else _accepted(request))
            if file:
                if head:
                    file = _File(_with_head(file.body, head), None)
                return _response(file, "text/html", _REVALIDATE, vary, status, policy)
        return _response(_File(_NOT_BUILT, None), "text/html", "no-store", vary, max(status, 503), policy)

    async def file(self, request: Request[Any, Any, Any], path: str) -> Response[bytes]:
        """One of the other files. Raises :class:`gateway.problems.Problem`."""
        file = await asyncio.to_thread(self._read, path.lstrip("/"), _accepted(request))
        if file is None:
            raise not_found("There is nothing here.")
        media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        caching = _FOREVER if path.startswith("/assets/") else _AN_HOUR
        policy = await asyncio.to_thread(self._policy, path)
        return _response(file, media_type, caching, "Accept-Encoding", 200, policy)

    def _policy(self, path: str) -> dict[str, str]:
        """For the few files that do something in a browser; the others may do nothing."""
        if path == "/service-worker.js":
            return {"Content-Security-Policy": WORKER_POLICY}
        if path == "/offline.html" and (page := self._read("offline.html", frozenset())):
            style = re.search(rb"<style>(.*?)</style>", page.body, re.DOTALL)
            return {"Content-Security-Policy": document_policy(style[1].decode() if style else "")}
        return {}

    def _style_hashes(self) -> list[str]:
        """What the build found in media-chrome (see docs/decisions/0007); none without a build."""
        file = self._read("styles.json", frozenset())
        found = json.loads(file.body) if file else []
        return [one for one in found if re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", one)]

    def _read(self, name: str, accepted: frozenset[str]) -> _File | None:
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder) or not path.is_file():
                return None
        except (OSError, ValueError):  # longer than a name may be, or with a zero in it
            return None
        for coding, extension in _CODINGS.items():
            compressed = path.with_name(path.name + extension)
            if coding in accepted and compressed.is_file():
                return _File(compressed.read_bytes(), coding)
        return _File(path.read_bytes(), None)


def _with_head(page: bytes, head: str) -> bytes:
    return _TITLE.sub(lambda _: head.encode(), _DESCRIPTION.sub(b"", page, count=1), count=1)


def _accepted(request: Request[Any, Any, Any]) -> frozenset[str]:
    """Content codings the client takes (RFC 9110 section 12.5.3); ``q=0`` refuses one."""
    entries = request.headers.get("accept-encoding", "").lower().split(",")
    parts = [entry.partition(";") for entry in entries]
    return frozenset(
        name.strip() for name, _, weight in parts if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    )


def _response(
    file: _File, media_type: str, caching: str, vary: str, status: int, more: Mapping[str, str] | None = None
) -> Response[bytes]:
    headers = {"Cache-Control": caching, "Vary": vary, **(more or {})}
    if file.coding:
        headers["Content-Encoding"] = file.coding
    return Response(file.body, status_code=status, media_type=media_type, headers=headers)
