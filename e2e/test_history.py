"""Watching on where one stopped, with an account and without; history, watch later and views."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import sign_in
from e2e.player import Player
from playhead.video.v1 import viewing_pb2
from tests.support.clips import barcode_clip
from tests.support.stack import Person

SECONDS = 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return barcode_clip(path, seconds=SECONDS, size=(320, 180), rate=10)


def watch_until(page: Page, seconds: float) -> Player:
    """Watches, four times as fast as usual, and stops."""
    player = Player(page)
    player.wait_until_playing()
    player.watch(seconds, rate=4)
    return player


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has_text=title)


def test_a_person_watches_on_where_they_stopped_and_finds_it_in_their_history(
    page: Page, person: Person, clip: Path
) -> None:
    video_id = person.upload(clip, title="Long walk", visibility="public")
    person.wait_for(video_id, "ready")
    sign_in(page, person)
    page.goto(f"/videos/{video_id}")
    watch_until(page, 8)
    page.reload()
    # It waits there, without being told to play.
    Player(page).wait_until_time(7)

    # The same from the start page, where it is offered.
    watch_until(page, 10)
    with page.expect_response(lambda response: "RecordViewing" in response.url):
        page.get_by_role("link", name="Playhead, home").click()
    offered = page.get_by_role("region", name="Continue watching")
    expect(card(offered.page, "Long walk").first.get_by_text("Watched: 4")).to_be_attached()
    offered.get_by_role("link", name="Long walk").click()
    Player(page).wait_until_time(9)
    button = page.get_by_role("button", name="Watch later")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert "playhead-positions" not in page.evaluate("() => Object.keys(localStorage)")

    page.get_by_role("button", name="Account").click()
    page.get_by_role("link", name="History").click()
    expect(card(page, "Long walk").get_by_text("Watched: 4")).to_be_attached()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("what you watch is not recorded")).to_be_visible()
    page.get_by_role("button", name="Record again").click()
    expect(page.get_by_text("what you watch is not recorded")).to_have_count(0)
    page.get_by_role("button", name="Remove from history").click()
    expect(page.get_by_text("Nothing watched yet")).to_be_visible()

    page.goto("/watch-later")
    page.get_by_role("button", name="Remove from this list").click()
    expect(page.get_by_text("Nothing kept for later")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(card(page, "Long walk")).to_be_visible()


def test_a_history_is_cleared(page: Page, person: Person, clip: Path) -> None:
    titles = ("First walk", "Second walk")
    ids = [person.upload(clip, title=title) for title in titles]
    sign_in(page, person)
    for video_id in ids:
        person.wait_for(video_id, "ready")
        page.goto(f"/videos/{video_id}")
        watch_until(page, 3)
    page.goto("/history")
    for title in titles:
        expect(card(page, title)).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear history").click()
    expect(page.get_by_text("Nothing watched yet")).to_be_visible()
    page.goto(f"/videos/{ids[0]}")
    player = Player(page)
    player.wait_until_there()
    assert player.picture().seconds == 0


def test_without_an_account_the_device_remembers_and_a_reload_is_no_view(
    new_page: Callable[[], Page], person: Person, clip: Path
) -> None:
    video_id = person.upload(clip, title="Short walk", visibility="public")
    person.wait_for(video_id, "ready")
    page = new_page()
    page.goto(f"/videos/{video_id}")
    expect(page.get_by_text("0 views")).to_be_visible()
    with page.expect_response(lambda response: "RecordViewing" in response.url) as recorded:
        watch_until(page, SECONDS - 11)
    # Where they are is known to their device only: the message has no field 2.
    body = recorded.value.request.post_data_buffer
    assert body is not None
    told = viewing_pb2.RecordViewingRequest.FromString(body[5:])
    assert (told.video_id, told.HasField("position_seconds")) == (video_id, False)
    page.reload()
    Player(page).wait_until_time(SECONDS - 12.5)
    expect(page.get_by_text("1 view", exact=False)).to_be_visible()
    page.evaluate("() => localStorage.clear()")
    page.reload()
    with page.expect_response(lambda response: "RecordViewing" in response.url):
        watch_until(page, SECONDS - 11)
    page.reload()
    expect(page.get_by_text("1 view", exact=False)).to_be_visible()
    assert person.video(video_id)["view_count"] == 1
    page.goto("/history")
    expect(page.get_by_role("heading", name="Sign in to see your history")).to_be_visible()
