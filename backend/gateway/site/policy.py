"""What our own pages may do: content security policies (CSP level 3)."""

import base64
import hashlib
from collections.abc import Iterable

#: Framed by no page at all.
NOBODY = "'none'"


def app_policy(video_origin: str, style_hashes: Iterable[str], ancestors: str | None = NOBODY) -> str:
    """For the web app: its own code, and media from the video service.

    ``style_hashes``: of the style elements that media-chrome has in its shadow roots. ``ancestors``:
    whose pages may frame it; ``None``: everybody's, files and apps included, which ``*`` would not be.
    """
    framed = () if ancestors is None else (f"frame-ancestors {ancestors}",)
    styles = "".join(f" '{one}'" for one in style_hashes)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # hls.js makes its worker from its own code; the service worker is a file.
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            f"style-src 'self'{styles}",
            f"img-src 'self' {video_origin}",
            f"connect-src 'self' {video_origin}",
            f"media-src blob: {video_origin}",
            "form-action 'self'",
            *framed,
            "base-uri 'none'",
        )
    )


#: For the service worker: it fetches the page that it keeps, and what it passes on.
WORKER_POLICY = "default-src 'none'; connect-src 'self'"


def document_policy(style: str) -> str:
    """For a page that is text with one style element and no more."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"
