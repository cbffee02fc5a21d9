"""What people type and how they call their files is text, whatever it looks like; and the pages keep
within their policy. These pages run with it, unlike those of the other tests."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import sign_in
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

#: Each would set `window.hacked` where it is taken as markup, as script or as an address.
HOSTILE = (
    "<img src=x onerror=hacked=1>",
    "<script>hacked=1</script>",
    '"><svg/onload=hacked=1>',
    "&lt;img src=x onerror=hacked=1&gt;",
    "%3Cimg%20src%3Dx%20onerror%3Dhacked%3D1%3E",
    "javascript:hacked=1",
    "{{constructor.constructor('hacked=1')()}}",
    "${hacked=1}",
    "' onmouseover=hacked=1 x='",
)
_NOTES_VIOLATIONS = """
    window.violations = [];
    addEventListener('securitypolicyviolation', event =>
        violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
_PLAYING = """() => new Promise(playing => {
    const video = document.querySelector('vp-video').shadowRoot.querySelector('video');
    video.muted = true;
    video.play();
    video.requestVideoFrameCallback(() => playing(true));
})"""
_FRAMED = """url => new Promise(loaded => {
    const frame = document.createElement('iframe');
    frame.onload = () => loaded();
    frame.src = url;
    document.body.replaceChildren(frame);
})"""
_SUBMITTED = """() => new Promise(stopped => {
    addEventListener('securitypolicyviolation', event => stopped(event.effectiveDirective));
    document.forms[document.forms.length - 1].submit();
})"""


@pytest.fixture
def strict_page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page with its content security policy, whose violations it notes."""
    context = browser.new_context(base_url=stack.gateway_url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.add_init_script(_NOTES_VIOLATIONS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=4)


def assert_clean(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("window.violations") == []


def test_hostile_text_is_shown_as_it_was_typed(strict_page: Page, stack: Stack, clip: Path) -> None:
    page, person = strict_page, Person(stack, "<b>Eve</b><img src=x onerror=hacked=1>")
    with clip.open("rb") as body:
        name = "<img src=x onerror=hacked=1>\";'.mp4"
        answer = person.http.post("/upload", files={"file": (name, body)}, data={"visibility": "public"})
    assert answer.status_code == 201, answer.text
    video_id = answer.json()["id"]
    person.wait_for(video_id, "ready")
    sign_in(page, person)
    for hostile in HOSTILE:
        changes = {"title": hostile, "description": f"{hostile}\n{hostile}", "tags": [hostile[:50]]}
        changed = person.http.patch(f"/api/videos/{video_id}", json=changes)
        assert changed.status_code == 200, changed.text
        for path in (f"/videos/{video_id}", "/", "/my"):
            page.goto(path)
            expect(page.get_by_text(hostile, exact=True).first).to_be_visible()
            assert_clean(page)
    page.goto(f"/?q={HOSTILE[0]}")
    page.goto(f"/nowhere/{HOSTILE[0]}")
    expect(page.locator("main")).to_be_visible()
    assert_clean(page)
    person.http.delete(f"/api/videos/{video_id}")


def test_every_page_and_the_player_keep_within_their_policy(
    strict_page: Page, stack: Stack, clip: Path
) -> None:
    page, person = strict_page, Person(stack, "Strict")
    video_id = person.upload(clip, visibility="public")
    person.wait_for(video_id, "ready")
    for path in ("/", "/login", "/register", "/nowhere"):
        page.goto(path)
        expect(page.locator("main")).to_be_visible()
        assert_clean(page)
    sign_in(page, person)
    for path in ("/upload", "/my"):
        page.goto(path)
        expect(page.locator("main")).to_be_visible()
        assert_clean(page)
    page.goto(f"/videos/{video_id}")
    page.locator("vp-video").wait_for(state="attached")
    assert page.evaluate(_PLAYING)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name="Speed").click()
    page.get_by_role("menuitemradio", name="Normal").click()
    page.locator("media-time-range").hover()
    page.locator("media-mute-button").hover()
    assert_clean(page)
    # The player's own styles count: without them its shadow roots would be unstyled.
    styled = "document.querySelector('media-control-bar').shadowRoot.querySelector('style').sheet !== null"
    assert page.evaluate(styled)
    person.http.delete(f"/api/videos/{video_id}")


def test_the_policy_stops_what_markup_would_do(strict_page: Page) -> None:
    """The last line of defence, if text became markup after all."""
    page = strict_page
    page.goto("/login")
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend', `
                <img src=x onerror=hacked=1> <img src=https://evil.example/x.png>
                <p style="position:fixed;inset:0">covered</p> <style>body{display:none}</style>
                <iframe src="javascript:parent.hacked=1"></iframe>
                <iframe src="https://evil.example/"></iframe> <object data=/x></object>
                <form action="https://evil.example"></form> <base href="https://evil.example/">`);
            const script = document.createElement('script');
            script.textContent = 'hacked=1';
            document.body.append(script);
        }"""
    )
    page.evaluate("() => fetch('https://evil.example').catch(() => null)")
    assert page.evaluate("window.hacked") is None
    expect(page.locator("body")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('p[style]')).position") == "static"
    stopped = {re.split(" ", said)[0] for said in page.evaluate("window.violations")}
    assert stopped >= {
        "script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem", "img-src", "object-src",
        "frame-src", "base-uri", "connect-src",
    }  # fmt: skip
    assert page.evaluate(_SUBMITTED) == "form-action"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another site, whose pages allow everything."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_no_other_page_frames_ours(browser: Browser, stack: Stack, elsewhere: str) -> None:
    page = browser.new_page()
    page.goto(elsewhere)
    for url, framed in (
        (f"{elsewhere}/other", True),
        (f"{stack.gateway_url}/login", False),
        (f"{stack.gateway_url}/api/docs", False),
        (f"{stack.gateway_url}/config.json", False),
    ):
        page.evaluate(_FRAMED, url)
        assert (page.frames[-1].url == url) is framed, url
    page.close()
