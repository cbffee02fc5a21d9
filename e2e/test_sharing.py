"""Watching goes on while the owner changes who may see the video, and ends for whom it shall end."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from e2e.conftest import sign_in
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

FRAME_RATE = 30
_VIDEO = "(outer => (outer.shadowRoot ?? outer).querySelector('video'))(document.querySelector('vp-video'))"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=60)


def buffer_little(page: Page) -> None:
    """From the beginning, so that segments are left that have to be asked for."""
    page.add_init_script(
        """const waiting = setInterval(() => {
            const engine = document.querySelector('vp-video')?.engine;
            if (!engine) return;
            clearInterval(waiting);
            Object.assign(engine.config, {maxBufferLength: 8, maxMaxBufferLength: 8});
        }, 1)"""
    )


@pytest.mark.alone
def test_its_owner_watches_on_while_the_visibility_changes(page: Page, stack: Stack, clip: Path) -> None:
    owner = Person(stack, "Owner")
    video_id = owner.upload(clip, visibility="private")
    owner.wait_for(video_id, "ready")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/media/" in answer.url else None)
    sign_in(page, owner)
    buffer_little(page)
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    page.evaluate(
        f"""() => {{
            const engine = document.querySelector('vp-video').engine;
            window.hitches = [];
            // Where it gives up, what came before may hide that it had to be started again.
            engine.on('hlsError', (_, error) => {{
                if (error.fatal) window.hitches.push(['fatal', error.details]);
            }});
            const video = {_VIDEO};
            for (const name of ['waiting', 'error', 'pause'])
                video.addEventListener(name, () => window.hitches.push([name, video.currentTime]));
            document.querySelector('vp-video')
                .addEventListener('vperror', event => window.hitches.push(['vperror', event.detail]));
        }}"""
    )
    for visibility in ("unlisted", "private"):
        ended = owner.video(video_id)["hls_url"]
        answers.clear()
        assert owner.http.patch(f"/api/videos/{video_id}", json={"visibility": visibility}).is_success
        assert httpx.get(ended).status_code == 404, "the grants of before are over"
        buffered = page.evaluate(f"() => {{ const b = {_VIDEO}.buffered; return b.end(b.length - 1); }}")
        player.wait_until_time(min(buffered + 2, 50))
        statuses = [answer.status for answer in answers]
        assert 404 in statuses, "no request met the end of the grant: this test shows nothing"
        assert 200 in statuses[statuses.index(404) :]
    assert page.evaluate("() => window.hitches") == []
    # And to media that need no grant at all.
    assert owner.http.patch(f"/api/videos/{video_id}", json={"visibility": "public"}).is_success
    assert player.seek(2.5).number == pytest.approx(2.5 * FRAME_RATE, abs=1)
    assert player.seek(58.5).number == pytest.approx(58.5 * FRAME_RATE, abs=1)


def test_who_is_no_longer_shared_with_sees_no_further(
    new_page: Callable[[], Page], stack: Stack, clip: Path
) -> None:
    owner, friend = Person(stack, "Owner"), Person(stack, "Friend")
    video_id = owner.upload(clip, visibility="private", title="For friends")
    owner.wait_for(video_id, "ready")
    people = f"/api/videos/{video_id}/shares/people"
    added = owner.http.post(people, json={"email": friend.email})
    assert added.status_code == 201, added.text
    page = new_page()

    def is_media_of(url: str) -> bool:
        return "/media/" in url and f"/{video_id}/" in url

    loaded: list[str] = []
    page.on("response", lambda answer: loaded.append(answer.url) if is_media_of(answer.url) else None)
    sign_in(page, friend)
    buffer_little(page)
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    assert {httpx.get(url).status_code for url in loaded} == {200}
    assert owner.http.delete(f"{people}/{added.json()['id']}").status_code == 204
    # A page that follows the video hears of it; one whose video is finished when it asks for more.
    page.evaluate(f"() => {{ if (document.querySelector('vp-video')) {_VIDEO}.currentTime = 50; }}")
    gone = page.get_by_role("heading", name="This video is not here")
    gone.wait_for()
    expect(page.locator("vp-video")).to_have_count(0)
    assert {httpx.get(url).status_code for url in loaded} == {404}, "nor without the page"
    with page.expect_response(lambda answer: "GetVideo" in answer.url):
        page.reload()
    gone.wait_for()
    assert page.get_by_text("For friends").count() == 0
