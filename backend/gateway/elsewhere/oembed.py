"""oEmbed 1.0 (oembed.com): how other systems turn a link to a video into a player."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, Schema
from litestar.params import Parameter

from gateway.elsewhere.lookup import Lookup
from gateway.elsewhere.player_code import player_markup, player_size, player_url, thumbnail
from gateway.problems import not_found
from gateway.requests import PublicUrls
from gateway.video_client import VideoClient
from gateway.video_records import Video

#: Who asks may keep the answer so long.
_CACHE_SECONDS = 3600
_URL = Parameter(
    description="The address of a video's page.",
    max_length=2000,
    examples=[Example(value="http://127.0.0.1:8000/videos/abcdefghijklmnopqrstuvwxyz")],
)
_FORMAT = Parameter(query="format")
_WIDTH = Parameter(description="In pixels.", ge=1, le=100_000)
_PATH = re.compile(r"/(?:videos|embed)/([a-z2-7]{26})/?")
#: Whatever the player may take for a time.
_START = re.compile(r"[0-9hms.]{1,20}")
#: XML 1.0 section 2.2 has no place for these, however they are written.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class OEmbedOperation(Operation):
    """The same answer in two forms."""

    def __post_init__(self) -> None:
        content = (self.responses or {})["200"].content  # type: ignore[union-attr]
        if content is not None:
            content["text/xml"] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))


@dataclass(frozen=True)
class OEmbed:
    """What is not there is absent."""

    type: Literal["video", "link"]
    """`link` where no other page may show the player."""
    version: str
    title: str
    author_name: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None


def oembed_route(client: VideoClient, urls: PublicUrls) -> HTTPRouteHandler:
    lookup = Lookup(client)

    @get("/oembed", summary="A player for a link (oEmbed)", tags=["Videos"], operation_class=OEmbedOperation)
    async def oembed(
        request: Request[Any, Any, Any],
        url: Annotated[str, _URL],
        response_format: Annotated[Literal["json", "xml"], _FORMAT] = "json",
        maxwidth: Annotated[int | None, _WIDTH] = None,
        maxheight: Annotated[int | None, _WIDTH] = None,
    ) -> Response[OEmbed]:
        """Of public and unlisted videos; 404 for everything else."""
        gateway_url = urls.gateway(request.scope)
        video_id, start = _named(url, gateway_url)
        video = await lookup.video(video_id)
        facts = _facts(video, gateway_url, start, maxwidth, maxheight)
        facts |= _thumbnail(video, urls.video(request.scope), maxwidth, maxheight)
        body = facts if response_format == "json" else _xml(facts)
        media_type = "application/json" if response_format == "json" else "text/xml"
        headers = {"Cache-Control": "no-cache"}
        return cast(Response[OEmbed], Response(body, media_type=media_type, headers=headers))

    return oembed


def _named(url: str, gateway_url: str) -> tuple[str, str]:
    """The video that an address of ours names, and where it should begin. Raises
    :class:`gateway.problems.Problem`."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise not_found() from error
    path = _PATH.fullmatch(parts.path)
    ours = parts.netloc.lower() == urlsplit(gateway_url).netloc.lower()
    if path is None or not ours or parts.scheme not in ("http", "https"):
        raise not_found()
    start = parse_qs(parts.query).get("t", [""])[0]
    return path[1], start if _START.fullmatch(start) else ""


def _facts(
    video: Video, gateway_url: str, start: str, most_width: int | None, most_height: int | None
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": video.title,
        "author_name": video.owner.name,
        "provider_name": "Playhead",
        "provider_url": gateway_url,
        "cache_age": _CACHE_SECONDS,
    }
    if not video.embedding.anywhere and not video.embedding.sites:
        return facts
    width, height = player_size(video, most_width, most_height)
    html = player_markup(player_url(gateway_url, video.id, start), video.title, width, height)
    return facts | {"type": "video", "html": html, "width": width, "height": height}


def _thumbnail(
    video: Video, video_url: str, most_width: int | None, most_height: int | None
) -> dict[str, Any]:
    """None that is larger than was asked for."""
    picture = thumbnail(video)
    if picture is None or picture.width > (most_width or picture.width):
        return {}
    if picture.height > (most_height or picture.height):
        return {}
    return {
        "thumbnail_url": video_url + picture.path,
        "thumbnail_width": picture.width,
        "thumbnail_height": picture.height,
    }


def _xml(facts: dict[str, Any]) -> bytes:
    elements = (f"<{name}>{escape(_NO_XML.sub('', str(value)))}</{name}>" for name, value in facts.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}\n<oembed>{''.join(elements)}</oembed>".encode()
