"""Watching: the right picture at the right time, while processing and after."""

import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import RECORDINGS, sign_in
from e2e.player import Player
from tests.support.boxes import wiped
from tests.support.clips import NOISY, barcode_clip
from tests.support.stack import Person, Stack

FRAME_RATE = 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=12, noise=NOISY)


def player_of(page: Page, video_id: str) -> Player:
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    return player


def test_every_quality_shows_the_same_picture(page: Page, stack: Stack, clip: Path) -> None:
    person = Person(stack, "Quality")
    video_id = person.upload(clip)
    video = person.wait_for(video_id, "ready")
    heights = [rendition["height"] for rendition in video["renditions"] if rendition["kind"] == "video"]
    assert len(heights) > 1
    player = player_of(page, video_id)
    for height in heights:
        player.switch_to(height)
        for seconds in (9.5, 0.5, 5.02):
            picture = player.seek(seconds)
            player.wait_for_height(height)
            assert picture.number == pytest.approx(seconds * FRAME_RATE, abs=1), (height, seconds)


@pytest.mark.alone
def test_a_jump_while_the_quality_changes_ends_on_its_own_picture(
    page: Page, stack: Stack, clip: Path
) -> None:
    ada = Person(stack, "Jumper")
    video_id = ada.upload(clip)
    ada.wait_for(video_id, "ready")
    player = player_of(page, video_id)
    offered = player.heights()
    assert len(offered) > 1
    heights = itertools.cycle(offered)
    for after_ms in range(0, 40, 2):  # the browser reads ahead to the target for about that long
        player.switch_to(next(heights), after_ms=after_ms)
        assert player.seek(9.5).number == pytest.approx(9.5 * FRAME_RATE, abs=1), after_ms
        player.seek(0.5)


@pytest.mark.alone
def test_the_quality_menu_switches(page: Page, stack: Stack, clip: Path) -> None:
    person = Person(stack, "Menu")
    video_id = person.upload(clip)
    # The menu closes with the bar, seconds after the last movement of the mouse.
    person.wait_for(video_id, "surrounded")
    player = player_of(page, video_id)
    player.choose("Quality", "240p")
    player.seek(8.5)
    player.wait_for_height(240)


def test_a_video_plays_and_seeks_anywhere_while_it_is_processed(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    rate = 15
    clip = barcode_clip(tmp_path / "long.mp4", seconds=60, codec="mpeg4", size=(1280, 720), rate=rate)
    person = Person(stack, "Early")
    video_id = person.upload(clip, visibility="public")
    person.wait_for(video_id, "playable")
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    assert player.duration_seconds() == pytest.approx(60, abs=0.2)
    # The seek bar shows what is ready.
    expect(page.locator("media-time-range")).to_have_attribute("style", re.compile("linear-gradient"))
    expect(page.get_by_text("Processing").first).to_be_visible()
    for seconds in (50.0, 20.0, 41.0):
        picture = player.seek(seconds)
        assert picture.number == pytest.approx(seconds * rate, abs=1), seconds
    assert person.video(video_id)["state"] == "processing", "the clip is too short for this test"
    person.http.delete(f"/api/videos/{video_id}")


def test_a_private_video_is_not_found_by_another_person(
    new_page: Callable[[], Page], stack: Stack, clip: Path
) -> None:
    owner, other = Person(stack, "Owner"), Person(stack, "Other")
    video_id = owner.upload(clip, visibility="private", title="Diary")
    owner.wait_for(video_id, "playable")
    mine = new_page()
    sign_in(mine, owner)
    mine.goto(f"/videos/{video_id}")
    Player(mine).wait_until_playing()
    for page in (new_page(), new_page()):
        if page is not None:
            page.goto(f"/videos/{video_id}")
            expect(page.get_by_text("private").first).to_be_visible()
            expect(page.get_by_text("Diary")).to_have_count(0)
        sign_in(page, other)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the real recordings are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "upright"),
    [("bigbuckbunny-720p-5s.mp4", False), ("phone-portrait-4k60-rot90.mp4", True)],
)
def test_real_recordings_play(page: Page, stack: Stack, name: str, upright: bool) -> None:
    person = Person(stack, "Real")
    video_id = person.upload(RECORDINGS / name)
    person.wait_for(video_id, "playable")
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    width, height = player.size()
    assert (height > width) is upright
    player.wait_until_time(min(1.5, player.duration_seconds() - 0.05))
    person.http.delete(f"/api/videos/{video_id}")


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the real recordings are not beside the checkout")
def test_av1_plays_and_seeks_before_its_ladder_is_done(page: Page, stack: Stack, tmp_path: Path) -> None:
    cut = tmp_path / "av1-30s.mp4"
    source = RECORDINGS / "long-1080p60-6min-av1.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(source), "-t", "30", "-c", "copy", str(cut)],
        check=True,
        timeout=60,
    )
    person = Person(stack, "Modern")
    video_id = person.upload(cut)
    person.wait_for(video_id, "playable")
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    shown = player.seek(25.0)
    assert shown.seconds == pytest.approx(25.0, abs=0.05)
    person.http.delete(f"/api/videos/{video_id}")


def test_who_waits_sees_what_is_left_of_a_damaged_video(page: Page, person: Person, tmp_path: Path) -> None:
    """It begins as a copy, which breaks off at the damage; another revision takes its place."""
    rate = 15
    clip = barcode_clip(tmp_path / "copied.mp4", seconds=16, size=(320, 180), rate=rate, noise=NOISY)
    video_id = person.upload(wiped(clip, 0.6))
    page.goto(f"/videos/{video_id}")
    video = person.wait_for(video_id, "ready")
    assert "damaged" in "".join(video["warnings"])
    player = Player(page)
    player.wait_until_playing()
    assert player.seek(14.5).number == pytest.approx(14.5 * rate, abs=1)
    expect(page.get_by_role("alert")).to_have_count(0)
