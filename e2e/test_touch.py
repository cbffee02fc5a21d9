"""With a finger only, on a phone: from the list to the video, and everything the player does for touches."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.player import Player
from e2e.touch import WIDTH, Finger, box_of, phone
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

_VIDEO = "document.querySelector('vp-video')"
_SECONDS = 40


@pytest.fixture(scope="module")
def video(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    ada = Person(stack, "Finger")
    clip = barcode_clip(
        tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=_SECONDS, size=(640, 360), rate=10
    )
    video_id = ada.upload(clip, visibility="public", title="To be touched")
    ada.wait_for(video_id, "ready")
    for language in (b"en", b"de"):
        srt = b"1\n00:00:00,000 --> 00:00:40,000\nSaid in " + language + b"\n"
        ada.http.post(
            f"/api/videos/{video_id}/captions?language={language.decode()}", content=srt
        ).raise_for_status()
    return video_id


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    with phone(browser, stack) as page:
        yield page


@pytest.fixture
def finger(page: Page) -> Finger:
    return Finger(page)


def test_from_the_list_to_the_picture(page: Page, finger: Finger, video: str) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="To be touched").first.tap()
    page.wait_for_url(f"**/videos/{video}")
    player = Player(page)
    player.wait_until_there()
    # Playing by itself is up to the browser; a tap in the middle of a paused picture plays it.
    page.evaluate(f"{_VIDEO}.pause()")
    page.locator("media-play-button.big-play").tap()
    player.plays_on()


def test_two_quick_taps_at_a_side_jump_and_each_further_one_once_more(
    page: Page, finger: Finger, video: str
) -> None:
    page.goto(f"/videos/{video}")
    Player(page).wait_until_there()
    page.evaluate(f"{_VIDEO}.pause(); null")
    left, top, width, height = box_of(page.locator("media-controller"))
    right_side, left_side, y = left + width * 0.9, left + width * 0.1, top + height * 0.3
    finger.tap(right_side, y)
    finger.tap_again(right_side, y)
    expect(page.get_by_text("+10 s")).to_be_visible()
    finger.tap_again(right_side, y)
    expect(page.get_by_text("+20 s")).to_be_visible()
    assert page.evaluate(f"{_VIDEO}.currentTime") == pytest.approx(20, abs=0.1)
    finger.tap(left_side, y)
    finger.tap_again(left_side, y)
    expect(page.get_by_text("−10 s")).to_be_visible()
    assert page.evaluate(f"{_VIDEO}.currentTime") == pytest.approx(10, abs=0.1)
    # Two that are slow are two single ones, and one in the middle ends the row.
    finger.tap(right_side, y)
    finger.tap(right_side, y)
    finger.tap_again(left + width / 2, y)
    assert page.evaluate(f"{_VIDEO}.currentTime") == pytest.approx(10, abs=0.1)
    assert page.evaluate(f"{_VIDEO}.paused"), "a tap on the picture only shows what there is to touch"


def test_a_tap_shows_and_hides_what_there_is_to_touch(page: Page, finger: Finger, video: str) -> None:
    page.goto(f"/videos/{video}")
    Player(page).wait_until_playing()
    left, top, width, height = box_of(page.locator("media-controller"))
    bar = page.locator("media-controller:not([userinactive]) media-control-bar")
    hidden = page.locator("media-controller[userinactive]")
    hidden.wait_for(timeout=60_000)
    # By itself it goes after two seconds, in which a busy machine may not come to look.
    page.locator("media-controller").evaluate("controller => controller.setAttribute('autohide', '600')")
    finger.tap(left + width / 2, top + height * 0.25)
    expect(bar).to_be_visible()
    finger.tap(left + width / 2, top + height * 0.25)
    hidden.wait_for()
    assert not page.evaluate(f"{_VIDEO}.paused")


def test_dragging_along_the_bar_shows_pictures_and_jumps(page: Page, finger: Finger, video: str) -> None:
    page.goto(f"/videos/{video}?t=1s")
    player = Player(page)
    player.wait_until_playing()
    player.wait_until_thumbnails()
    page.evaluate(f"{_VIDEO}.pause(); null")
    left, top, width, height = box_of(page.locator("media-time-range"))
    finger.drag((left + width * 0.1, top + height / 2), (left + width * 0.5, top + height / 2))
    expect(page.locator('media-preview-thumbnail[slot="preview"]')).to_be_visible()
    finger.lift()
    page.wait_for_function(
        f"Math.abs({_VIDEO}.currentTime - {_SECONDS / 2}) < 1 && !{_VIDEO}.seeking && {_VIDEO}.paused"
    )


def test_menus_come_up_from_below_and_close_by_a_tap_beside(page: Page, finger: Finger, video: str) -> None:
    page.goto(f"/videos/{video}")
    Player(page).wait_until_there()
    page.evaluate(f"{_VIDEO}.pause(); null")
    page.get_by_role("button", name="Settings").tap()
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    left, _, width, _ = box_of(menu)
    assert (left, width) == pytest.approx((0, WIDTH), abs=17), "as wide as the phone"
    page.get_by_role("menuitem", name="Speed").tap()
    page.get_by_role("menuitemradio", name="1.5").tap()
    page.wait_for_function(f"{_VIDEO}.playbackRate === 1.5")
    if not menu.is_visible():
        page.get_by_role("button", name="Settings").tap()
    box = page.get_by_role("menu").bounding_box()
    assert box is not None
    finger.tap(WIDTH / 2, box["y"] / 2)
    expect(page.get_by_role("menu")).to_have_count(0)
    assert page.evaluate(f"{_VIDEO}.paused"), "the tap beside closes, and does no more"
    page.get_by_role("button", name="Captions").tap()
    expect(page.get_by_text("Said in en")).to_be_visible()


def test_all_there_is_to_touch_on_the_player_is_large_enough(page: Page, video: str) -> None:
    """WCAG 2.2, 2.5.5: 44 pixels; no button of the bar is narrower than a finger needs."""
    page.goto(f"/videos/{video}")
    Player(page).wait_until_there()
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('media-control-bar > *')]
            .filter(one => one.checkVisibility() && /BUTTON/i.test(one.tagName))
            .map(one => [one, one.getBoundingClientRect()])
            .map(([one, box]) => [one.localName, box.width, box.height])"""
    )
    assert len(sizes) >= 4
    assert [size for size in sizes if min(size[1:]) < 44] == []
