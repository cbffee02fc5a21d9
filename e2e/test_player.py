"""The player by itself: times in the address, captions, keys, menus, lost connections, what comes next."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

_TIME = "document.querySelector('vp-video').currentTime"
_PAUSED = "document.querySelector('vp-video').paused"


@pytest.fixture(scope="module")
def videos(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """One with a caption that is there all the time, and one to follow it."""
    person = Person(stack, "Playing")
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=4, size=(320, 180))
    ids = [person.upload(clip, visibility="public", title=title) for title in ("Second", "First")]
    for video_id in ids:
        person.wait_for(video_id, "ready")
    srt = b"1\n00:00:00,000 --> 00:00:04,000\nAlways said\n"
    person.http.post(f"/api/videos/{ids[1]}/captions?language=en", content=srt).raise_for_status()
    return ids[1], ids[0]


@pytest.fixture(scope="module")
def first(videos: tuple[str, str]) -> str:
    return f"/videos/{videos[0]}"


def test_a_link_begins_at_its_time_and_the_menu_makes_one(page: Page, first: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{first}?t=0m2s")
    Player(page).wait_until_there()
    assert page.evaluate(_TIME) == pytest.approx(2, abs=0.1)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"{first}?t=2")


def test_captions_stand_above_the_controls_in_the_chosen_style(page: Page, first: str) -> None:
    page.goto(first)
    Player(page).wait_until_there()
    said = page.get_by_text("Always said")
    expect(said).to_have_count(0)
    page.get_by_role("button", name="Captions").click()
    # Paused, so the controls stay.
    expect(said).to_be_visible()
    text, bar = said.bounding_box(), page.locator("media-time-range").bounding_box()
    assert text is not None
    assert bar is not None
    assert text["y"] + text["height"] <= bar["y"]
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name="Captions").click()
    page.get_by_role("menuitem", name="Style").click()
    page.get_by_role("menuitemradio", name="Yellow").click()
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Settings")).to_be_focused()
    page.reload()
    expect(said).to_have_css("color", "rgb(255, 229, 74)")


def test_keys_play_where_nobody_writes(page: Page, first: str) -> None:
    page.goto(first)
    Player(page).wait_until_there()
    page.keyboard.press("5")
    page.wait_for_function(f"{_TIME} > 1.9")
    page.keyboard.press("0")
    page.wait_for_function(f"{_TIME} < 0.1")
    # On the seek bar, arrows go as far as elsewhere: here, to the end.
    page.get_by_role("slider", name="seek").press("ArrowRight")
    page.wait_for_function(f"{_TIME} > 3.9")
    page.keyboard.press("0")
    page.wait_for_function(f"{_TIME} < 0.1")
    page.keyboard.press(".")
    # Pictures of 30 a second; the middle of the second one.
    page.wait_for_function(f"Math.abs({_TIME} - 0.05) < 0.01")
    search = page.get_by_role("searchbox")
    search.press_sequentially("mk5")
    expect(search).to_have_value("mk5")
    assert page.evaluate(_PAUSED)
    search.blur()
    page.keyboard.press("Control+k")
    assert page.evaluate(_PAUSED)
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Theatre mode")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.wait_for_function(f"!{_PAUSED}")
    page.reload()
    expect(page.get_by_role("button", name="Theatre mode")).to_have_attribute("aria-pressed", "true")


def test_a_lost_connection_recovers_by_itself(page: Page, first: str) -> None:
    def lose(route: Route) -> None:
        route.abort("connectionfailed")

    segments = re.compile(r"/media/.*\.ts$")
    page.route(segments, lose)
    page.goto(first)
    expect(page.get_by_text("No connection.")).to_be_visible()
    page.unroute(segments, lose)
    Player(page).wait_until_playing()


@pytest.fixture(scope="module")
def long(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """In 240p and 360p, and longer than what is loaded ahead."""
    person = Person(stack, "Lasting")
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "long.mp4", seconds=100, rate=5)
    video_id = person.upload(clip, visibility="public")
    person.wait_for(video_id, "ready")
    return f"/videos/{video_id}"


def test_a_gap_in_the_connection_costs_no_quality(page: Page, long: str) -> None:
    to_fail = ["v360"] * 3
    loaded: list[str] = []

    def lose(route: Route) -> None:
        rung = route.request.url.split("/")[-2]
        if rung in to_fail:
            to_fail.remove(rung)
            route.abort("connectionfailed")
        else:
            loaded.append(rung)
            route.continue_()

    page.route(re.compile(r"/media/.*/v\d+/.*\.ts$"), lose)
    page.goto(long)
    player = Player(page)
    player.wait_until_playing()
    player.wait_for_height(360)
    assert (loaded[0], to_fail) == ("v240", [])
    to_fail += ["v240"] * 3
    player.choose("Quality", "240p")
    player.seek(50)
    player.wait_for_height(240)
    assert not to_fail
    assert page.evaluate("document.querySelector('vp-video').choices.wantedRung") == 0, "it stays chosen"


def test_a_quality_that_failed_is_tried_again_later(page: Page, long: str) -> None:
    page.clock.install()
    missing = re.compile(r"/media/.*/v360/0000[3-9].*\.ts$")
    page.route(missing, lambda route: route.fulfill(status=404))
    with page.expect_response(re.compile("/v240/0000[3-9]")):
        page.goto(long)
    player = Player(page)
    player.wait_until_playing()
    page.unroute_all()
    # A request that is under way while the clock leaps tells of a line that is slow for good.
    player.wait_until_filled()
    page.clock.run_for(11_000)
    player.seek(90)
    player.wait_for_height(360)


def test_trouble_before_the_first_picture_does_not_lose_where_it_begins(page: Page, long: str) -> None:
    page.route(re.compile(r"/media/.*\.ts$"), lambda route: route.fulfill(status=410))
    page.goto(f"{long}?t=60")
    page.wait_for_function("document.querySelector('vp-video')?.engine")
    page.evaluate("""new Promise(given_up => {
        const { engine } = document.querySelector('vp-video');
        engine.on('hlsError', (_, error) => { if (error.fatal) given_up(null); });
    })""")
    page.unroute_all()
    player = Player(page)
    player.wait_until_there()
    assert page.evaluate(_TIME) == pytest.approx(60, abs=0.1)

    page.route(re.compile(r"\.m3u8$"), lambda route: route.fulfill(status=410))
    page.goto(f"{long}?t=70")
    again = page.get_by_role("button", name="Try again")
    again.wait_for()
    page.unroute_all()
    again.click()
    player.wait_until_there()
    assert page.evaluate(_TIME) == pytest.approx(70, abs=0.1)


@pytest.mark.parametrize("sound_seconds", [6.8, 9.5], ids=["copied", "encoded"])
def test_sound_that_goes_on_after_the_last_picture_is_heard_to_its_end(
    page: Page, stack: Stack, tmp_path: Path, sound_seconds: float
) -> None:
    pictures, both = barcode_clip(tmp_path / "pictures.mp4", seconds=5, sound=False), tmp_path / "both.mp4"
    sound = ["-f", "lavfi", "-i", f"anoisesrc=c=pink:d={sound_seconds}", "-c:a", "aac"]
    command = ["ffmpeg", "-v", "error", "-i", str(pictures), *sound, "-c:v", "copy", str(both)]
    subprocess.run(command, check=True, timeout=60)
    person = Person(stack, "Sounding")
    video = person.wait_for(person.upload(both, visibility="public"), "ready")
    assert video["duration_seconds"] == pytest.approx(sound_seconds, abs=0.1)
    page.goto(f"/videos/{video['id']}")
    player = Player(page)
    player.wait_until_playing()
    page.evaluate(f"{_TIME} = 4.5")
    player.wait_until_time(sound_seconds - 0.2)
    page.evaluate(f"{_TIME} = {sound_seconds - 0.5}")  # once more, into what has no picture of its own
    player.wait_until_time(sound_seconds, timeout_seconds=20)


def test_the_next_video_follows_unless_somebody_says_no(
    new_page: Callable[[], Page], videos: tuple[str, str], first: str
) -> None:
    page = new_page()
    page.goto(first)
    Player(page).wait_until_playing()
    page.keyboard.press("9")
    up_next = page.get_by_role("region", name="Up next")
    expect(up_next).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(up_next).to_have_count(0)
    page.keyboard.press("9")
    page.keyboard.press("k")
    expect(up_next).to_be_visible()
    page.wait_for_url(re.compile(r"/videos/(?!" + videos[0] + ")"))
    following = Player(page)
    following.wait_until_there()
    following.wait_until_time(0.5)


def test_the_next_video_does_not_follow_by_itself_while_somebody_writes_or_is_in_full_screen(
    page: Page, videos: tuple[str, str], first: str
) -> None:
    page.clock.install()
    page.goto(first)
    Player(page).wait_until_playing()
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    up_next = page.locator(".player-next")

    def stays() -> None:
        up_next.wait_for()
        page.clock.run_for(20_000)
        expect(up_next).to_be_visible()
        assert page.url.endswith(first)

    stays()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("searchbox").focus()
    stays()
    page.get_by_role("searchbox").blur()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement")
    stays()
    expect(up_next.get_by_role("link", name="Play now")).to_be_visible()
    page.evaluate("document.exitFullscreen()")
    page.clock.run_for(10_000)
    page.wait_for_url(re.compile(r"/videos/(?!" + videos[0] + ")"))
