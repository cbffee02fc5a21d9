"""Watching on where one stopped, with an account and without; history, watch later and views."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from e2e.conftest import sign_in
from e2e.player import Player
from playhead.video.v1 import viewing_pb2
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

#: Everything that moved on its own since the page was opened, as browsers count it.
_NOTES_SHIFTS = """window.shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(one => [
    one.value, ...one.sources.map(({node}) => node?.className ?? node?.nodeName),
]))).observe({type: 'layout-shift', buffered: true});"""
#: After half of it, it is a view; with less than ten seconds left it is seen.
SECONDS = 50


@pytest.fixture(scope="module")
def video_id(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everybody's, called “Long walk”."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    barcode_clip(path, seconds=SECONDS, size=(320, 180), rate=10)
    owner = Person(stack, "Owner")
    video_id = owner.upload(path, title="Long walk", visibility="public")
    owner.wait_for(video_id, "playable")
    return video_id


def watch_until(page: Page, seconds: float) -> float:
    """Watches, and stops where it returns. No faster than usual: of a page that does nothing for a moment it
    looks as if somebody had jumped over what was played meanwhile, and that would be a short moment."""
    player = Player(page)
    player.wait_until_playing()
    return player.watch(seconds).seconds


def waits_at(page: Page, seconds: float) -> None:
    """Returns when the player is there, or later, without being told to play."""
    player = Player(page)
    player.wait_until_there()
    player.wait_until_time(seconds)


def is_report(response: Response) -> bool:
    return response.url.endswith("/RecordViewing") and response.request.method == "POST"


def test_a_person_watches_on_where_they_stopped_and_decides_what_is_kept(
    page: Page, person: Person, video_id: str
) -> None:
    sign_in(page, person)
    page.goto(f"/videos/{video_id}")
    with page.expect_response(is_report, timeout=60_000):
        watch_until(page, 8)
    button = page.get_by_role("button", name="Watch later")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    with page.expect_response(is_report, timeout=60_000):
        page.get_by_role("link", name="Playhead, home").click()
    page.add_init_script(_NOTES_SHIFTS)
    page.reload()
    offered = page.get_by_role("region", name="Continue watching")
    expect(offered.get_by_text(re.compile("Watched: [1-6]"))).to_be_attached()
    expect(page.get_by_role("main").get_by_role("link", name="Long walk")).to_have_count(2)
    assert page.evaluate("shifts") == []
    offered.get_by_role("link", name="Long walk").click()
    waits_at(page, 7)
    page.reload()
    waits_at(page, 7)
    expect(page.get_by_role("status").get_by_text("Resumed at 0:0")).to_be_visible()
    again = page.get_by_role("button", name="Start over")
    again.press("Enter")
    expect(again).to_have_count(0)
    assert page.evaluate("() => document.querySelector('vp-video').currentTime") < 3
    page.goto(f"/videos/{video_id}?t=2")
    waits_at(page, 1.9)
    expect(again).to_have_count(0)
    # An address that names a time wins.
    assert page.evaluate("() => document.querySelector('vp-video').currentTime") < 3
    assert "playhead-positions" not in page.evaluate("() => Object.keys(localStorage)")

    page.get_by_role("button", name="Account").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("main").get_by_text(re.compile("Watched: [1-6]"))).to_be_attached()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("what you watch is not recorded")).to_be_visible()
    page.get_by_role("button", name="Record again").click()
    expect(page.get_by_text("what you watch is not recorded")).to_have_count(0)
    page.get_by_role("button", name="Remove from history").click()
    expect(page.get_by_text("Nothing watched yet")).to_be_visible()

    page.goto(f"/videos/{video_id}")
    with page.expect_response(is_report, timeout=60_000):
        watch_until(page, 5)
    page.goto("/history")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear history").click()
    expect(page.get_by_text("Nothing watched yet")).to_be_visible()

    page.goto("/watch-later")
    page.get_by_role("button", name="Remove from this list").click()
    expect(page.get_by_text("Nothing kept for later")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("article").get_by_text("Long walk")).to_be_visible()


def test_without_an_account_the_device_remembers_and_the_service_hears_of_a_view_only(
    new_page: Callable[[], Page], person: Person, video_id: str
) -> None:
    before = person.video(video_id)["view_count"]
    page = new_page()
    page.goto(f"/videos/{video_id}")
    # However much of what is played does not count, it is watched until it is a view.
    with page.expect_response(is_report, timeout=120_000) as recorded:
        Player(page).wait_until_playing()
    stopped_seconds = watch_until(page, SECONDS / 2)
    # Where they are is known to their device only.
    body = recorded.value.request.post_data_buffer
    assert body is not None
    told = viewing_pb2.RecordViewingRequest.FromString(body[5:])
    assert (told.video_id, told.HasField("position_seconds")) == (video_id, False)
    page.reload()
    waits_at(page, stopped_seconds - 1)
    assert person.video(video_id)["view_count"] == before + 1
    page.goto("/history")
    expect(page.get_by_role("heading", name="Sign in to see your history")).to_be_visible()
