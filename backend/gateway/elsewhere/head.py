"""The head of a video's page, for those who read pages without running them: search engines (JSON-LD
by schema.org), and programs that show previews of links (Open Graph, Twitter cards, oEmbed); and, so that a
public video plays sooner, what a stranger's page would ask the video service for first."""

import json
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from urllib.parse import urlencode

from gateway.elsewhere.player_code import player_size, player_url, thumbnail
from gateway.times import rfc3339
from gateway.video_records import Opening, Video

_MOST_DESCRIPTION_CHARACTERS = 300
#: Of a player in a preview.
_MOST_WIDTH, _MOST_HEIGHT = 1280, 720


def video_head(video: Video, opening: Opening | None, *, gateway_url: str, video_url: str) -> str:
    """Of a video that everybody may see; the two origins are without a trailing slash."""
    told = _opening(video, opening, video_url) if opening else ()
    return "\n    ".join((*_elements(video, gateway_url, video_url), *told))


def _elements(video: Video, gateway_url: str, video_url: str) -> Iterator[str]:
    url, description = f"{gateway_url}/videos/{video.id}", _description(video)
    yield f"<title>{escape(video.title)} · Playhead</title>"
    yield _meta("name", "description", description)
    yield f'<link rel="canonical" href="{escape(url)}" />'
    if video.visibility != "public":
        yield _meta("name", "robots", "noindex")
    yield from _open_graph(video, url, description, gateway_url, video_url)
    yield from _twitter(video, description, gateway_url)
    for kind in ("json", "xml"):
        about = escape(f"{gateway_url}/oembed?{urlencode({'format': kind, 'url': url})}")
        mime = "application/json" if kind == "json" else "text/xml"
        yield f'<link rel="alternate" type="{mime}+oembed" href="{about}" title="{escape(video.title)}" />'
    facts = _json_ld(video, description, gateway_url, video_url)
    yield f'<script type="application/ld+json">{facts}</script>'


def _open_graph(video: Video, url: str, description: str, gateway_url: str, video_url: str) -> Iterator[str]:
    """ogp.me; the player only where everybody's pages may frame it."""
    facts = [
        ("og:site_name", "Playhead"),
        ("og:type", "video.other"),
        ("og:title", video.title),
        ("og:description", description),
        ("og:url", url),
        ("video:release_date", rfc3339(video.created_at)),
        *(("video:tag", tag) for tag in video.tags),
    ]
    if video.duration_seconds is not None:
        facts.append(("video:duration", str(_whole_seconds(video.duration_seconds))))
    picture = thumbnail(video)
    if picture:
        facts += [
            ("og:image", video_url + picture.path),
            ("og:image:type", picture.content_type),
            ("og:image:width", str(picture.width)),
            ("og:image:height", str(picture.height)),
            ("og:image:alt", video.title),
        ]
    if _plays_anywhere(video):
        player, (width, height) = player_url(gateway_url, video.id), _preview_size(video)
        facts.append(("og:video", player))
        if player.startswith("https://"):
            facts.append(("og:video:secure_url", player))
        facts += [
            ("og:video:type", "text/html"),
            ("og:video:width", str(width)),
            ("og:video:height", str(height)),
        ]
    yield from (_meta("property", name, value) for name, value in facts)


def _twitter(video: Video, description: str, gateway_url: str) -> Iterator[str]:
    """Pictures are taken from Open Graph."""
    facts = {"twitter:card": "summary_large_image"}
    if _plays_anywhere(video):
        width, height = _preview_size(video)
        facts = {
            "twitter:card": "player",
            "twitter:player": player_url(gateway_url, video.id),
            "twitter:player:width": str(width),
            "twitter:player:height": str(height),
        }
    facts |= {"twitter:title": video.title, "twitter:description": description}
    yield from (_meta("name", name, value) for name, value in facts.items())


def _json_ld(video: Video, description: str, gateway_url: str, video_url: str) -> str:
    """schema.org/VideoObject. Nothing in it ends the element that it stands in."""
    picture = thumbnail(video)
    facts = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": video.title,
        "description": description,
        "uploadDate": rfc3339(video.created_at),
        "url": f"{gateway_url}/videos/{video.id}",
        "author": {"@type": "Person", "name": video.owner.name},
        "keywords": list(video.tags) or None,
        "thumbnailUrl": [video_url + picture.path] if picture else None,
        "duration": _iso_duration(video.duration_seconds) if video.duration_seconds is not None else None,
        "embedUrl": player_url(gateway_url, video.id) if _plays_anywhere(video) else None,
        "width": video.width,
        "height": video.height,
    }
    known = {name: value for name, value in facts.items() if value is not None}
    return json.dumps(known).replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _opening(video: Video, opening: Opening, video_url: str) -> Iterator[str]:
    """For frontend/src/api/opening.ts. The playlist is fetched while the code is (HTML, 4.6.8.13)."""
    playlist = escape(video_url + opening.hls_path)
    yield f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{playlist}" />'
    answers = {
        "id": video.id,
        "video": b64encode(opening.video).decode(),
        "playback": b64encode(opening.playback).decode(),
    }
    yield f'<script type="application/json" id="opening">{json.dumps(answers)}</script>'


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}" />'


def _plays_anywhere(video: Video) -> bool:
    return video.playable and video.embedding.anywhere


def _preview_size(video: Video) -> tuple[int, int]:
    return player_size(video, _MOST_WIDTH, _MOST_HEIGHT)


def _description(video: Video) -> str:
    """On one line, as previews show it."""
    text = " ".join(video.description.split()) or f"A video by {video.owner.name}."
    if len(text) <= _MOST_DESCRIPTION_CHARACTERS:
        return text
    return text[: _MOST_DESCRIPTION_CHARACTERS - 1].rstrip() + "…"


def _whole_seconds(seconds: float) -> int:
    return max(1, round(seconds))


def _iso_duration(seconds: float) -> str:
    """ISO 8601: ``PT1H2M3S``."""
    minutes, seconds = divmod(_whole_seconds(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{seconds}S" if hours else f"PT{minutes}M{seconds}S"
