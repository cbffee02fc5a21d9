"""Whose pages may frame a video's player, and which ones are told in the frame that they may not."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gateway.site.policy import NOBODY
from gateway.video_records import Embedding

#: Of Sec-Fetch-Dest (Fetch Metadata Request Headers, section 2.1).
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Frame:
    ancestors: str | None
    """Of ``frame-ancestors``, which browsers enforce; ``None``: everybody."""
    refusal: str = ""
    """Why there is no player in it. Such a page is harmless, so it can be framed by everybody."""


def frame_for(embedding: Embedding, own_origin: str, referer: str, destination: str) -> Frame:
    """``referer`` and ``destination``: what the browser said. They only decide whether the refusal is
    ours, with a link, or the browser's."""
    if embedding.anywhere:
        return Frame(None)
    embedder = _origin(referer)
    if embedder is not None and f"{embedder.scheme}://{embedder.netloc}".lower() == own_origin.lower():
        embedder = None  # the frame went from one of our pages to the other
    unwelcome = embedder is not None and not _among(embedding.sites, embedder, own_origin)
    if destination in _FRAMES and (unwelcome or not embedding.sites):
        return Frame(None, "site")
    return Frame(" ".join(embedding.sites) or NOBODY)


def _origin(referer: str) -> SplitResult | None:
    try:
        parts = urlsplit(referer)
        valid = parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if valid else None


def _among(sites: Iterable[str], embedder: SplitResult, own_origin: str) -> bool:
    """As CSP level 3 matches a URL with host-sources (section 6.7.2.8)."""
    own_scheme = urlsplit(own_origin).scheme
    return any(_matches(site, embedder, own_scheme) for site in sites)


def _matches(site: str, embedder: SplitResult, own_scheme: str) -> bool:
    scheme, _, rest = site.rpartition("://")
    host, _, port = rest.partition(":")
    wanted, name = scheme or own_scheme, embedder.hostname or ""
    same_scheme = embedder.scheme == wanted or (wanted, embedder.scheme) == ("http", "https")
    same_host = name.endswith(host[1:]) if host.startswith("*.") else name == host
    usual = _PORTS[embedder.scheme]
    return same_scheme and same_host and (embedder.port or usual) == int(port or usual)
