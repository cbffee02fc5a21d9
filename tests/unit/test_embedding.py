"""Whose pages may frame a video: what an owner may write, and what becomes of a request for the frame."""

import pytest

from gateway.elsewhere.frames import Frame, frame_for
from gateway.video_records import Embedding as Told
from video_service.domain.embedding import MAX_SITES, Embedding, checked_embedding
from video_service.domain.errors import InvalidInput

OURS = "https://video.example.org"


@pytest.mark.parametrize(
    ("site", "stored"),
    [
        ("example.org", "example.org"),
        (" HTTPS://Example.ORG/ ", "https://example.org"),
        ("*.example.org", "*.example.org"),
        ("http://*.example.org:8080", "http://*.example.org:8080"),
        ("localhost:3000", "localhost:3000"),
        ("192.0.2.7", "192.0.2.7"),
        ("Bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_site_is_stored_as_browsers_compare_it(site: str, stored: str) -> None:
    assert checked_embedding(Embedding(False, (site, site))) == Embedding(False, (stored,))


@pytest.mark.parametrize(
    "site",
    [
        "", "*", "https://", "https:", "example.org/path", "example.org;", "example.org; script-src *",
        "example.org 'none'", "a b.example", "example.org,evil.example", "'self'", "ftp://example.org",
        "javascript:alert(1)", "example..org", "-example.org", "example.org:0", "example.org:65536",
        "example.org:8080x", "*.*.example.org", "ex*mple.org", "[::1]", "user@example.org", "x" * 300,
        "example.org\n", "example.org\r\nSet-Cookie: a=b", "example.org?x", "example.org#x", "%2e.example",
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused(site: str) -> None:
    if site == "example.org\n":  # around it, white space is nothing
        assert checked_embedding(Embedding(False, (site,))).sites == ("example.org",)
        return
    with pytest.raises(InvalidInput):
        checked_embedding(Embedding(False, (site,)))


def test_there_are_so_many_sites_and_none_beside_everybody() -> None:
    many = tuple(f"{number}.example" for number in range(MAX_SITES + 1))
    with pytest.raises(InvalidInput):
        checked_embedding(Embedding(False, many))
    assert len(checked_embedding(Embedding(False, many[1:])).sites) == MAX_SITES
    assert checked_embedding(Embedding(True, ("; *",))) == Embedding(True)


def framed(*sites: str, referer: str = "", destination: str = "iframe", ours: str = OURS) -> Frame:
    return frame_for(Told(False, list(sites)), ours, referer, destination)


def test_everybody_may_frame_what_anybody_may() -> None:
    assert frame_for(Told(True), OURS, "https://anywhere.example/", "iframe") == Frame(None)


@pytest.mark.parametrize(
    ("site", "embedder", "welcome"),
    [
        # By CSP level 3, section 6.7.2.8, on a page of https.
        ("example.org", "https://example.org/a/page", True),
        ("example.org", "https://EXAMPLE.org", True),
        ("example.org", "http://example.org", False),
        ("example.org", "https://www.example.org", False),
        ("example.org", "https://example.org:8443", False),
        ("example.org", "https://example.org.evil.example", False),
        ("example.org:8443", "https://example.org:8443", True),
        ("*.example.org", "https://www.example.org", True),
        ("*.example.org", "https://a.b.example.org", True),
        ("*.example.org", "https://example.org", False),
        ("*.example.org", "https://evilexample.org", False),
        ("http://example.org", "https://example.org", True),
        ("https://example.org", "http://example.org", False),
    ],
)
def test_who_is_welcome(site: str, embedder: str, welcome: bool) -> None:
    expected = Frame(site) if welcome else Frame(None, "site")
    assert framed(site, referer=embedder) == expected


@pytest.mark.parametrize("referer", ["", "nonsense", "about:blank", "https://[", f"{OURS}/videos/x"])
def test_of_an_unknown_page_the_browser_decides(referer: str) -> None:
    assert framed("example.org", "*.example.net", referer=referer) == Frame("example.org *.example.net")


def test_nobody_is_told_so_in_a_frame_and_kept_out_elsewhere() -> None:
    assert framed() == Frame(None, "site")
    assert framed(destination="document") == Frame("'none'")
    assert framed(destination="") == Frame("'none'"), "of an old browser nothing is known"


def test_a_page_that_is_opened_by_itself_is_no_frame() -> None:
    assert framed("example.org", referer="https://other.example", destination="document") == Frame(
        "example.org"
    )
