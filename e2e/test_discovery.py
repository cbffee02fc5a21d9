"""How people find videos, and their way around in one: search, people, transcript, chapters, description."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import open_with_head, sign_in
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

SRT = (
    b"1\n00:00:00,200 --> 00:00:00,700\nIn the morning\n\n"
    b"2\n00:00:01,200 --> 00:00:01,700\nA quokka & its young\n\n"
    b"3\n00:00:02,400 --> 00:00:02,900\nThe quokkas sleep\n"
)
_SECONDS = "() => document.querySelector('vp-video')?.nativeEl?.currentTime ?? -1"


@dataclass(frozen=True)
class Library:
    person: Person
    quokkas: str
    other: str


@pytest.fixture(scope="module")
def library(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Two public videos of one person, one of them with captions and much to say."""
    person = Person(stack, "Quentin")
    folder = tmp_path_factory.mktemp("clips")
    clip = barcode_clip(folder / "clip.mp4", seconds=4, size=(320, 180))
    description = "Young ones from 0:02 on.\nMore at https://quokka.example/young?a=b, <b>really</b>."
    quokkas = person.upload(clip, title="Marsupials", description=description, visibility="public")
    other = person.upload(clip, title="Wombats of the night", visibility="public")
    for video_id in (quokkas, other):
        person.wait_for(video_id, "ready")
        changed = person.http.patch(f"/api/videos/{video_id}", json={"tags": ["Australia"]})
        assert changed.status_code == 200, changed.text
    stored = person.http.post(f"/api/videos/{quokkas}/captions?language=en", content=SRT)
    assert stored.status_code == 201, stored.text
    return Library(person, quokkas, other)


def expect_at(page: Page, seconds: float) -> None:
    """The player stands at this time."""
    page.wait_for_function(f"seconds => Math.abs(({_SECONDS})() - seconds) < 0.2", arg=seconds)


def test_words_in_captions_are_found_while_typing_and_lead_to_their_time(
    page: Page, library: Library
) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search videos").press_sequentially("youn quok")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("searchbox", name="Search videos").fill("its youn")
    hit = page.get_by_role("link", name="0:01 A quokka & its young")
    expect(hit).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    filters = page.get_by_role("search", name="Filters")
    filters.get_by_label("With captions").check()
    filters.get_by_label("Length").select_option("Under 4 minutes")
    expect(page).to_have_url(re.compile(r"q=its\+youn.*length=short.*captions=1"))
    page.reload()
    expect(filters.get_by_label("With captions")).to_be_checked()
    filters.get_by_label("Length").select_option("Over 20 minutes")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Search without filters").click()
    hit.click()
    expect(page).to_have_url(f"/videos/{library.quokkas}?t=1")
    expect_at(page, 1)


def test_the_document_of_a_public_video_brings_what_strangers_ask_first(page: Page, library: Library) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    open_with_head(page, f"/videos/{library.quokkas}", asked.clear)
    Player(page).wait_until_there()
    expect(page.get_by_role("heading", name="Marsupials")).to_be_visible()
    assert asked.count("master.m3u8") == 1
    assert not {"GetVideo", "GetPlayback"} & set(asked)
    # It is good once: whoever goes elsewhere and comes back asks.
    page.get_by_role("link", name="Playhead").first.click()
    page.get_by_role("link", name="Marsupials").first.click()
    Player(page).wait_until_there()
    assert {"GetVideo", "GetPlayback"} <= set(asked)


def test_the_transcript_seeks_is_searched_and_follows(page: Page, library: Library) -> None:
    page.goto(f"/videos/{library.quokkas}")
    Player(page).wait_until_there()
    page.get_by_role("button", name="Transcript").press("Enter")
    panel = page.get_by_role("region", name="Transcript")
    close = panel.get_by_role("button", name="Close the transcript")
    expect(close).to_be_focused()
    close.press("Escape")
    expect(page.get_by_role("button", name="Transcript")).to_be_focused()
    page.keyboard.press("Enter")
    lines = panel.get_by_role("list", name="What is said").get_by_role("button")
    expect(lines).to_have_text(
        [re.compile("In the morning"), re.compile("A quokka & its young"), re.compile("The quokkas sleep")]
    )
    lines.nth(2).click()
    expect_at(page, 2.4)
    expect(lines.nth(2)).to_have_attribute("aria-current", "true")
    search = panel.get_by_role("searchbox")
    search.fill("QUOKKA")
    expect(panel.get_by_role("status")).to_have_text("2 found")
    search.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("1 of 2")
    expect(lines.nth(1).locator("mark")).to_have_text("quokka")
    # With the keyboard alone: to the line that was found, and there.
    lines.nth(1).press("Enter")
    expect_at(page, 1.2)
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    expect(lines.nth(2)).not_to_have_attribute("aria-current", "true")
    lines.nth(1).press("ArrowUp")
    expect(lines.nth(0)).to_be_focused()
    panel.get_by_role("button", name="Close the transcript").click()
    expect(page.get_by_role("button", name="Transcript")).to_be_focused()


def test_descriptions_tags_and_people_lead_on(page: Page, library: Library) -> None:
    page.goto(f"/videos/{library.quokkas}")
    Player(page).wait_until_there()
    link = page.get_by_role("link", name="https://quokka.example/young?a=b", exact=True)
    expect(link).to_have_attribute("rel", "noopener nofollow ugc")
    expect(page.get_by_text("<b>really</b>.")).to_be_visible()
    page.get_by_role("link", name="0:02", exact=True).click()
    expect_at(page, 2)
    related = page.get_by_role("region", name="Related videos")
    expect(related.get_by_role("heading", level=3).first).to_have_text("Wombats of the night")
    page.get_by_role("list", name="Tags").get_by_role("link", name="Australia").click()
    expect(page).to_have_url("/?tag=Australia")
    expect(page.get_by_role("main").get_by_role("article")).to_have_count(2)
    page.get_by_role("link", name="Quentin").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quentin")
    expect(page.get_by_text("2 videos")).to_be_visible()
    expect(page.get_by_role("link", name="Marsupials")).to_be_visible()
    page.goto(f"/people/{'a' * 26}")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_owners_write_chapters_that_everybody_goes_along(page: Page, library: Library) -> None:
    sign_in(page, library.person)
    page.goto(f"/videos/{library.other}")
    Player(page).wait_until_there()
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Chapters", exact=True).click()
    field = dialog.get_by_role("textbox", name="Chapters")
    field.fill("0:00 Dusk\nlater Night")
    dialog.get_by_role("button", name="Save chapters").click()
    expect(dialog.get_by_text("Line 2 is not a time")).to_be_visible()
    expect(field).to_be_focused()
    field.fill("0:00 Dusk\n0:01.5 Night\n0:03 Dawn")
    dialog.get_by_role("button", name="Save chapters").click()
    dialog.get_by_role("button", name="Close").click()
    chapters = page.get_by_role("region", name="Chapters").get_by_role("link")
    expect(chapters).to_have_text([re.compile("Dusk"), re.compile("Night"), re.compile("Dawn")])
    chapters.nth(2).click()
    expect_at(page, 3)
    expect(chapters.nth(2)).to_have_attribute("aria-current", "true")
