"""Pictures around a video as people meet them: in the seek bar, on cards, and where they choose one."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import sign_in
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=14, size=(320, 180))


@pytest.fixture(scope="module")
def video(stack: Stack, clip: Path) -> tuple[Person, str]:
    """With everything that is made around it."""
    person = Person(stack, "Pia")
    video_id = person.upload(clip, title="Storyboarded", visibility="public")
    person.wait_for(video_id, "ready")
    # They are made with what the machine has left, so this says nothing on how long they take.
    deadline = time.monotonic() + 240
    while person.video(video_id)["preview"] is None:
        assert time.monotonic() < deadline, stack.log_tail("worker")
        time.sleep(0.1)
    return person, video_id


def test_the_seek_bar_shows_what_is_there(page: Page, video: tuple[Person, str]) -> None:
    page.goto(f"/videos/{video[1]}")
    player = Player(page)
    player.wait_until_playing()
    player.wait_until_thumbnails()
    bar = page.locator("media-time-range")
    box = bar.bounding_box()
    assert box
    thumbnail = page.locator("media-preview-thumbnail[slot=preview]")
    with page.expect_response(lambda response: response.url.endswith("/storyboard/000.jpg")) as answer:
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
        page.mouse.move(box["x"] + box["width"] * 0.65, box["y"] + box["height"] / 2)
    assert answer.value.status == 200
    expect(thumbnail).to_be_visible()
    # A key frame every two seconds, five in a row of the sheet: 9.1 s lies in the fifth, 0.7 s in the first.
    expect(thumbnail).to_have_attribute("mediapreviewcoords", "960 0 240 136")
    page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + box["height"] / 2)
    expect(thumbnail).to_have_attribute("mediapreviewcoords", "0 0 240 136")


def test_a_card_moves_while_it_is_pointed_at_unless_somebody_wants_it_still(
    page: Page, video: tuple[Person, str]
) -> None:
    page.goto("/")
    card = page.get_by_role("article").filter(has_text="Storyboarded")
    moving = card.locator("img.moving")
    expect(card.locator("img").first).to_be_visible()
    assert card.locator("img").first.evaluate("img => img.currentSrc").endswith("small.webp")
    expect(moving).to_have_count(0)
    card.hover()
    expect(moving).to_have_class(re.compile(r"\bmoving\b.*\bloaded\b"))
    page.mouse.move(0, 0)
    expect(moving).to_have_count(0)
    card.get_by_role("link", name="Storyboarded").focus()
    expect(moving).to_have_count(1)
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    card.hover()
    card.get_by_role("link", name="Storyboarded").focus()
    expect(moving).to_have_count(0)


def test_an_owner_chooses_a_still_and_then_a_picture_of_their_own(
    page: Page, video: tuple[Person, str], tmp_path: Path
) -> None:
    person, video_id = video
    before = person.video(video_id)["poster_url"]
    sign_in(page, person)
    page.goto("/my")
    page.get_by_role("button", name="Edit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Use picture 4 of 5").click()
    current = dialog.get_by_alt_text("As it is now")
    expect(current).not_to_have_attribute("src", before)
    still = person.video(video_id)["poster_url"]
    expect(current).to_have_attribute("src", still)
    own = tmp_path / "own.png"
    source = ("-f", "lavfi", "-i", "testsrc2=s=800x600:d=1:r=1", "-frames:v", "1", str(own))
    subprocess.run(["ffmpeg", "-v", "error", *source], check=True, timeout=30)
    dialog.get_by_label("Use my own").set_input_files(own)
    expect(current).not_to_have_attribute("src", still)
    expect(current).to_have_js_property("naturalWidth", 800)
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"#EXTM3U\n")
    dialog.get_by_label("Use my own").set_input_files(fake)
    expect(dialog.get_by_role("alert").filter(has_text="JPEG, PNG and WebP")).to_be_visible()
    dialog.get_by_role("button", name="Choose for me").click()
    expect(current).to_have_attribute("src", before)
