"""Delivery: playlists, segments and posters over HTTP, every byte authorised.

A plain ASGI application: a segment request must cost little more than reading the file.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, cast

from video_service.delivery.disposition import attachment
from video_service.delivery.ranges import ByteRange, RangeNotSatisfiable, not_modified, requested_range
from video_service.domain.access import PUBLIC, download_subject, needs_grant
from video_service.domain.errors import Unavailable
from video_service.domain.ports import Grants, MediaFacts, MediaIndex, ObjectInfo, Objects
from video_service.domain.substitutes import substitutes

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

#: How long a request waits for a segment that is being made; hls.js gives up a
#: request whose first byte takes longer than about 10 s.
WAIT_SECONDS = 8.0
_PIECE_BYTES = 256 * 1024

_PATH = re.compile(
    r"/media/(?P<grant>[A-Za-z0-9_-]{1,64})/(?P<video>[a-z2-7]{26})/(?P<revision>[a-z2-7]{26})/"
    r"(?P<file>master\.m3u8|(?:stills/\d/)?(?:poster\.jpg|poster\.webp|small\.webp)"
    r"|chapters\.json|captions/[a-z2-7]{26}/(?:index\.m3u8|00000\.vtt)"
    r"|storyboard\.vtt|storyboard/\d{3}\.jpg|preview\.webp|waveform\.json"
    r"|(?P<download>download/[a-z2-7]{26}\.mp4)"
    r"|(?P<rendition>[a-z][a-z0-9]{0,15})/(?:(?:index|iframes)\.m3u8|(?P<segment>\d{5})\.ts))",
    re.ASCII,
)
_CONTENT_TYPES = {
    "m3u8": b"application/vnd.apple.mpegurl",  # RFC 8216 section 10
    "ts": b"video/mp2t",
    "mp4": b"video/mp4",
    "jpg": b"image/jpeg",
    "webp": b"image/webp",
    "vtt": b"text/vtt; charset=utf-8",
    "json": b"application/json",
}
#: How long anything may be used again without asking (RFC 9111 section 5.2.2.1).
MAX_AGE_SECONDS = 60

#: Media is open to every origin but never with credentials: the URL itself is the right to it.
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"content-length, content-range, etag, retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True)
class _Target:
    """A media URL, taken apart."""

    grant: str
    video_id: str
    revision_id: str
    file: str
    rendition: str | None
    segment: int | None
    is_download: bool

    @property
    def prefix(self) -> str:
        return f"videos/{self.video_id}/{self.revision_id}"


@dataclass(frozen=True)
class _Found:
    """An object that answers the request."""

    key: str
    info: ObjectInfo
    substituted: bool


class _NotThere(Exception):
    """It does not exist, or the caller may not know that it does."""


class _NotYet(Exception):
    """It will exist, but not soon enough for this request."""


class Delivery:
    """Answers ``/media/{grant or "public"}/{video}/{revision}/…``."""

    def __init__(
        self,
        index: MediaIndex,
        objects: Objects,
        grants: Grants,
        *,
        anonymous_access: bool,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._index = index
        self._objects = objects
        self._grants = grants
        self._anonymous_access = anonymous_access
        self._wait_seconds = wait_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method = scope["method"]
        if method == "OPTIONS":
            await _respond(send, 204, _preflight())
        elif method not in ("GET", "HEAD"):
            await _problem(
                send, 405, "INVALID_INPUT", "Only GET and HEAD.", [(b"allow", b"GET, HEAD, OPTIONS")]
            )
        else:
            try:
                await self._get(scope, send, with_body=method == "GET")
            except _NotThere:
                await _problem(send, 404, "NOT_FOUND", "There is no such video, or it is private.", [])
            except _NotYet:
                headers = [(b"retry-after", b"1")]
                await _problem(send, 503, "UNAVAILABLE", "This part is being made. Try again.", headers)
            except Unavailable as away:  # before anything was sent: only what is looked up raises it
                await _problem(send, 503, "UNAVAILABLE", away.message, [(b"retry-after", b"2")])

    async def _get(self, scope: Scope, send: Send, *, with_body: bool) -> None:
        target = _parse(scope)
        media = await self._authorise(target)
        found = await self._find(target, media)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        await self._send(send, target, media, found, headers, with_body=with_body)

    async def _authorise(self, target: _Target) -> MediaFacts:
        epoch = None
        if target.grant == PUBLIC:
            if target.is_download:
                raise _NotThere
            media = await self._index.public_media(target.video_id)
        else:
            # The signature first: who forges one learns nothing, not even from the time it takes.
            subject = download_subject(target.video_id) if target.is_download else target.video_id
            epoch = self._grants.epoch_granted(target.grant, subject, datetime.now(UTC))
            if epoch is None:
                raise _NotThere
            media = await self._index.media(target.video_id)
        if media is None or media.access.deleted:
            raise _NotThere
        served = (media.revision_id, media.poster_id, *media.retired)
        if target.revision_id not in served:
            raise _NotThere
        if epoch is None:
            allowed = not needs_grant(media.access, anonymous_access=self._anonymous_access)
        else:
            allowed = epoch == media.access.epoch
        if not allowed:
            raise _NotThere
        return media

    async def _find(self, target: _Target, media: MediaFacts) -> _Found:
        key = f"{target.prefix}/{target.file}"
        info = await self._objects.head(key)
        if info is not None:
            return _Found(key, info, substituted=False)
        if target.rendition is None or target.segment is None:
            raise _NotThere
        plan = await self._index.plan(target.revision_id)
        if plan is None or target.segment >= plan.timeline.segment_count:
            raise _NotThere
        if target.rendition not in plan.rendition_names:
            raise _NotThere
        return await self._substitute_or_wait(target, media, substitutes(plan, target.rendition))

    async def _substitute_or_wait(
        self, target: _Target, media: MediaFacts, others: tuple[str, ...]
    ) -> _Found:
        rendition, segment = cast(str, target.rendition), cast(int, target.segment)

        async def first_that_exists() -> _Found | None:
            for name in (rendition, *others):
                key = f"{target.prefix}/{name}/{segment:05d}.ts"
                info = await self._objects.head(key)
                if info is not None:
                    return _Found(key, info, substituted=name != rendition)
            return None

        # Listening begins before the first look, so that nothing published in between is missed.
        async with self._index.changes(target.video_id) as changes:
            if found := await first_that_exists():
                return found
            if media.complete:
                raise _NotThere
            if not await self._index.demand(target.revision_id, rendition, segment):
                # Made just now, or given up for good.
                if found := await first_that_exists():
                    return found
                raise _NotThere
            try:
                async with asyncio.timeout(self._wait_seconds):
                    async for _ in changes:
                        # What changed may be who may see it.
                        await self._authorise(target)
                        if found := await first_that_exists():
                            return found
            except TimeoutError:
                pass
        raise _NotYet

    async def _send(
        self,
        send: Send,
        target: _Target,
        media: MediaFacts,
        found: _Found,
        headers: Mapping[str, str],
        *,
        with_body: bool,
    ) -> None:
        info = found.info
        answer: Headers = [
            *_CORS,
            (b"content-type", _CONTENT_TYPES[found.key.rpartition(".")[2]]),
            (b"cache-control", _cache_control(target, media, found)),
            (b"etag", info.etag.encode()),
            (b"last-modified", format_datetime(info.modified_at, usegmt=True).encode()),
            (b"accept-ranges", b"bytes"),
        ]
        if target.is_download:
            answer.append((b"content-disposition", attachment(media.title, ".mp4").encode()))
        if not_modified(headers, info):
            await _respond(send, 304, answer)
            return
        try:
            part = requested_range(headers, info)
        except RangeNotSatisfiable:
            await _respond(send, 416, [*_CORS, (b"content-range", f"bytes */{info.size_bytes}".encode())])
            return
        status, whole = 200, ByteRange(0, info.size_bytes)
        if part:
            status = 206
            last = part.start + part.length - 1
            answer.append((b"content-range", f"bytes {part.start}-{last}/{info.size_bytes}".encode()))
        part = part or whole
        answer.append((b"content-length", str(part.length).encode()))
        await send({"type": "http.response.start", "status": status, "headers": answer})
        if with_body:
            await self._send_bytes(send, found.key, part)
        else:
            await send({"type": "http.response.body", "body": b""})

    async def _send_bytes(self, send: Send, key: str, part: ByteRange) -> None:
        position, end = part.start, part.start + part.length
        while position < end:
            piece = await self._objects.read(key, position, min(_PIECE_BYTES, end - position))
            if not piece:
                # The object shrank or went while it was read. Ending without the promised
                # length makes the server cut the connection, so that no client takes it as whole.
                break
            position += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _parse(scope: Scope) -> _Target:
    # The raw path: a mount strips its prefix from `path`, and percent-encoding has no place here.
    raw = scope.get("raw_path") or scope["path"].encode()
    match = _PATH.fullmatch(raw.partition(b"?")[0].decode("latin-1"))
    if not match:
        raise _NotThere
    segment = match["segment"]
    return _Target(
        match["grant"],
        match["video"],
        match["revision"],
        match["file"],
        match["rendition"],
        int(segment) if segment else None,
        match["download"] is not None,
    )


def _cache_control(target: _Target, media: MediaFacts, found: _Found) -> bytes:
    """Whatever is kept anywhere is asked for again within a minute: a change of who may see a
    video is then felt everywhere. Asking again costs no bytes where nothing changed."""
    if found.substituted:
        return b"no-store"
    scope = "public" if target.grant == PUBLIC else "private"
    # The master is written again: with measured bit rates, when everything is complete, and with
    # each change of the captions.
    seconds = MAX_AGE_SECONDS if media.complete or target.rendition else 10
    return f"{scope}, max-age={seconds}, must-revalidate".encode()


def _preflight() -> Headers:
    return [
        *_CORS,
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"range, if-none-match, if-modified-since"),
        (b"access-control-max-age", b"86400"),
    ]


async def _problem(send: Send, status: int, reason: str, detail: str, headers: Headers) -> None:
    """RFC 9457 problem details."""
    body = json.dumps({"title": detail, "status": status, "reason": reason, "detail": detail}).encode()
    await _respond(
        send,
        status,
        [*_CORS, *headers, (b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")],
        body,
    )


async def _respond(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    if status not in (204, 304):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
