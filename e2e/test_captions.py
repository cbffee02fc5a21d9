"""Captions and chapters as a viewer sees them and as an owner makes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import sign_in
from e2e.firefox import Firefox
from e2e.player import Page as AnyPage
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

SRT = "1\n00:00:01,500 --> 00:00:02,500\n<i>Quokka</i> & co\n".encode("utf-16")
_VIDEO = "document.querySelector('vp-video').nativeEl"
_TRACK = f"[...{_VIDEO}.textTracks].find(track => track.kind === 'subtitles')"
#: What the text track that shows holds, once it is loaded.
_CUES = f"""async () => {{
    const end = performance.now() + 30000;
    while (!{_TRACK}?.cues?.length) {{
        if (performance.now() > end) throw new Error('no cues');
        await new Promise(again => setTimeout(again, 20));
    }}
    return [...{_TRACK}.cues].map(cue => [cue.startTime, cue.endTime, cue.text]);
}}"""
#: Resolves once these lines, and no others, stand on the picture.
_DRAWN = """async lines => {
    const drawn = () => [...document.querySelectorAll('.captions p')].map(line => line.textContent);
    const end = performance.now() + 30000;
    while (String(drawn()) !== String(lines)) {
        if (performance.now() > end) throw new Error(`${drawn()} instead of ${lines}`);
        await new Promise(again => setTimeout(again, 20));
    }
    return null;
}"""
#: The chapters have been told that sound, once all of it is loaded, ends a little after the picture.
_CHAPTERS_REACH_THE_END = f"""async () => {{
    const end = performance.now() + 30000;
    const cues = () => [...{_VIDEO}.textTracks].find(track => track.kind === 'chapters').cues;
    while ({_VIDEO}.duration < 4.01 || [...cues()].at(-1).endTime !== {_VIDEO}.duration) {{
        if (performance.now() > end) throw new Error([{_VIDEO}.duration, [...cues()].at(-1).endTime]);
        await new Promise(again => setTimeout(again, 20));
    }}
    return null;
}}"""


@pytest.fixture(scope="module")
def captioned(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, str]:
    """A ready video with captions that were added when it was ready, and chapters in its description."""
    person = Person(stack, "Captions")
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=4, size=(320, 180))
    video_id = person.upload(clip, description="0:00 Arrival\n0:01 Feeding\n0:03 Night")
    person.wait_for(video_id, "ready")
    stored = person.http.post(f"/api/videos/{video_id}/captions?language=en", content=SRT)
    assert stored.status_code == 201, stored.text
    return person, video_id


def assert_on_time(page: AnyPage, player: Player) -> None:
    [[start_seconds, end_seconds, text]] = page.evaluate(_CUES)
    assert text == "<i>Quokka</i> &amp; co"
    assert abs(start_seconds - 1.5) <= 0.05
    assert abs(end_seconds - 2.5) <= 0.05
    # Pictures of 30 a second, half of one before and after the times.
    for seconds, drawn in ((1.45, []), (1.55, ["Quokka & co"]), (2.45, ["Quokka & co"]), (2.55, [])):
        player.seek(seconds)
        page.evaluate(_DRAWN, drawn)


def test_captions_are_chosen_in_the_menu_and_appear_on_time(
    page: Page, captioned: tuple[Person, str]
) -> None:
    page.goto(f"/videos/{captioned[1]}")
    player = Player(page)
    player.wait_until_playing()
    player.choose("Captions", "English")
    assert_on_time(page, player)


@pytest.mark.alone
def test_captions_appear_on_time_in_firefox(
    firefox: Firefox, stack: Stack, captioned: tuple[Person, str]
) -> None:
    page = firefox.new_page()
    page.goto(f"{stack.gateway_url}/videos/{captioned[1]}")
    player = Player(page)
    player.wait_until_playing()
    page.evaluate(f"() => {{ document.querySelector('vp-video').chooseCaption({_TRACK}); return null; }}")
    assert_on_time(page, player)
    page.close()


def test_chapters_show_in_the_seek_bar(page: Page, captioned: tuple[Person, str]) -> None:
    page.goto(f"/videos/{captioned[1]}")
    player = Player(page)
    player.wait_until_playing()
    player.seek(0.5)
    bar = page.locator("media-time-range")
    box = bar.bounding_box()
    assert box is not None
    for part, title in ((0.1, "Arrival"), (0.5, "Feeding"), (0.9, "Night")):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
        expect(page.locator("media-preview-chapter-display[slot=preview]")).to_have_text(title)
    page.evaluate(_CHAPTERS_REACH_THE_END)


def test_an_owner_adds_renames_and_deletes_captions(
    new_page: Callable[[], Page], captioned: tuple[Person, str], tmp_path: Path
) -> None:
    person, video_id = captioned
    page = new_page()
    sign_in(page, person)
    page.goto(f"/videos/{video_id}")
    page.get_by_role("button", name="Edit").click()
    page.locator("summary", has_text="Captions").click()
    expect(page.get_by_role("button", name="Rename English")).to_be_visible()
    file = tmp_path / "de.vtt"
    file.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n")
    page.get_by_label("Language").fill("xx-nonsense-")
    page.get_by_label("File (.srt or .vtt)").set_input_files(file)
    page.get_by_role("button", name="Add captions").click()
    expect(page.get_by_label("Language")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Language").fill("de")
    page.get_by_role("button", name="Add captions").click()
    page.get_by_role("button", name="Rename German").click()
    page.get_by_label("Name of German").fill("Deutsch")
    page.get_by_role("button", name="Rename", exact=True).click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download Deutsch as srt").click()
    assert started.value.path().read_text() == "1\n00:00:01,000 --> 00:00:02,000\nHallo\n"
    file.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nServus\n")
    page.get_by_label("Replace Deutsch").set_input_files(file)
    expect(page.get_by_text("Deutsch replaced.")).to_be_attached()

    def stored() -> dict[str, Any]:
        found = person.http.get(f"/api/videos/{video_id}/captions").json()["captions"]
        return {one["label"]: one for one in found}

    found = stored()
    assert "Servus" in person.http.get(f"/api/videos/{video_id}/captions/{found['Deutsch']['id']}").text
    page.get_by_role("button", name="Delete Deutsch").click()
    page.get_by_role("button", name="Delete captions").click()
    expect(page.get_by_text("Deutsch deleted.")).to_be_attached()
    expect(page.get_by_role("button", name="Rename Deutsch")).to_have_count(0)
    assert list(stored()) == ["English"]
