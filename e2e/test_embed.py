"""A video on pages of other sites, and the dialog that gives it to them. The browser enforces who may."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from e2e.conftest import open_with_head, sign_in
from e2e.player import Player
from e2e.test_hostile_text import _NOTES_VIOLATIONS
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

_SRT = b"1\n00:00:00,000 --> 00:00:04,000\nServus\n"
TITLE = 'Harbour "at" <b>dawn</b>'


class Sites:
    """Two sites with the same pages: one is called localhost, the other by its number."""

    def __init__(self, port: int) -> None:
        self.friend, self.other = f"localhost:{port}", f"127.0.0.1:{port}"
        self.pages: dict[str, str] = {}


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html>{two.pages.get(self.path, '')}".encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    two = Sites(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    yield two
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """With every policy in force, unlike those of other tests."""
    context = browser.new_context(base_url=stack.gateway_url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.add_init_script(_NOTES_VIOLATIONS)
    yield context.new_page()
    context.close()


def framed(page: Page, site: str, path: str) -> Frame:
    """What a page of a site has in its only frame."""
    page.goto(f"http://{site}{path}")
    return page.frames[1]


def test_other_sites_show_a_video_where_its_owner_lets_them(
    page: Page, browser: Browser, stack: Stack, sites: Sites, tmp_path: Path
) -> None:
    owner = Person(stack, "Ada")
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=4)
    video_id = owner.upload(clip, title=TITLE, visibility="public")
    owner.wait_for(video_id, "playable")
    for language in ("en", "de-AT"):
        captions = f"/api/videos/{video_id}/captions?language={language}"
        assert owner.http.post(captions, content=_SRT).status_code == 201
    address = f"{stack.gateway_url}/videos/{video_id}"
    told = httpx.get(f"{stack.gateway_url}/oembed", params={"url": f"{address}?t=2"}).json()
    sites.pages["/post"] = told["html"].replace("?t=2", "?t=2&amp;autoplay=1&amp;captions=de")
    sites.pages["/secretive"] = f'<meta name="referrer" content="no-referrer">{told["html"]}'

    frame = framed(page, sites.friend, "/post")
    Player(frame).wait_until_there()
    Player(frame).wait_until_time(2.2)
    # By itself, without sound, and from where the address says.
    began = "() => (video => [video.muted, video.played.start(0)])(document.querySelector('vp-video'))"
    muted, started_seconds = frame.evaluate(began)
    assert (muted, started_seconds >= 2) == (True, True)
    Player(frame).wait_until_shown("de-AT")
    expect(frame.get_by_role("link", name=TITLE)).to_have_attribute("href", f"/videos/{video_id}")
    # hls.js gives its captions an empty file (`data:,WEBVTT`), which the policy stops and nobody needs.
    assert set(frame.evaluate("window.violations")) <= {"media-src data "}
    # The page of the video itself is framed by nobody.
    assert page.evaluate("window.violations") == []

    # A stranger takes its address from the dialog, its owner says there who may embed it.
    open_with_head(page, f"/videos/{video_id}")
    Player(page).wait_until_there()
    page.evaluate("() => { document.querySelector('vp-video').currentTime = 2; return null; }")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Link", exact=True)).to_have_value(address)
    dialog.get_by_label(re.compile("Start at")).check()
    expect(dialog.get_by_label("Link", exact=True)).to_have_value(f"{address}?t=2")
    dialog.get_by_text("QR code").click()
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    dialog.get_by_text("Embed", exact=True).click()
    expect(dialog.get_by_label("Embed code", exact=True)).to_have_value(re.compile(f"/embed/{video_id}"))
    expect(dialog.get_by_role("group", name="Who may embed it")).to_have_count(0)
    expect(dialog.get_by_role("button", name="New link")).to_have_count(0)
    page.keyboard.press("Escape")
    # What the document said of its address is not said of the next page.
    canonical = page.locator('link[rel="canonical"]')
    expect(canonical).to_have_attribute("href", address)
    page.get_by_role("link", name="Playhead, home").click()
    expect(canonical).to_have_count(0)
    assert page.evaluate("window.violations") == []

    mine = browser.new_page(base_url=stack.gateway_url)
    sign_in(mine, owner)
    mine.goto(f"/videos/{video_id}")
    mine.get_by_role("button", name="Share").click()
    mine.get_by_text("Embed", exact=True).click()
    mine.get_by_label("These sites only").check()
    mine.get_by_label("Sites", exact=True).fill("not a site; *")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_label("Sites", exact=True)).to_have_attribute("aria-invalid", "true")
    mine.get_by_label("Sites", exact=True).fill(sites.friend)
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_text("Saved.")).to_be_visible()
    mine.close()

    Player(framed(page, sites.friend, "/post")).wait_until_playing()
    refused = framed(page, sites.other, "/post")
    expect(refused.get_by_role("heading", name="This video is not shown here")).to_be_visible()
    expect(refused.get_by_role("link")).to_have_attribute("href", f"/videos/{video_id}")
    # Who does not say where it is gets nothing of ours: the browser keeps the page out.
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        framed(page, sites.other, "/secretive")
    expect(page.frame_locator("iframe").locator("vp-video")).to_have_count(0)
    Player(framed(page, sites.friend, "/secretive")).wait_until_there()

    assert owner.http.patch(f"/api/videos/{video_id}", json={"visibility": "private"}).status_code == 200
    hidden = framed(page, sites.other, "/post")
    expect(hidden.get_by_role("heading", name="This video is not here")).to_be_visible()
    owner.http.delete(f"/api/videos/{video_id}")
