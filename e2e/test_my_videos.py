"""A person's own videos: change, hide, delete, bring back, find."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import sign_in
from tests.support.clips import barcode_clip
from tests.support.stack import Person


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, size=(320, 180))


def test_editing_deleting_and_undoing(page: Page, person: Person, clip: Path) -> None:
    video_id = person.upload(clip, title="Draft", visibility="private")
    person.wait_for(video_id, "ready")
    sign_in(page, person)
    page.clock.install()
    page.goto("/my")
    page.get_by_role("button", name="Edit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Final cut")
    dialog.get_by_label("Visibility").select_option("public")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Final cut").first).to_be_visible()
    assert person.video(video_id)["visibility"] == "public"

    page.get_by_role("button", name="Delete").first.click()
    # What can be undone is offered for some seconds, in which a busy machine may not come to take it.
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.get_by_role("button", name="Delete video").click()
    page.get_by_role("button", name="Undo").wait_for()
    assert person.http.get(f"/api/videos/{video_id}").status_code == 404
    page.get_by_role("button", name="Undo").click()
    # What says that it was deleted names it, too.
    expect(page.get_by_role("row", name="Final cut")).to_be_visible()
    assert person.video(video_id)["title"] == "Final cut"


def test_who_may_watch_is_shown_as_it_is_where_a_change_of_it_is_not_saved(
    page: Page, person: Person, clip: Path
) -> None:
    # News of a video that is being made would draw it anew.
    person.wait_for(person.upload(clip, title="Holiday", visibility="public"), "ready")
    sign_in(page, person)
    page.goto("/my")
    page.route("**/*.VideoService/UpdateVideo", lambda route: route.abort())
    field = page.get_by_role("row", name="Holiday").get_by_role("combobox")
    expect(field).to_have_value("public")
    with page.expect_event("requestfailed"):
        field.select_option("private")
    expect(page.get_by_text("cannot be reached")).to_be_visible()
    expect(field).to_have_value("public")


def test_the_library_is_searched_as_one_types(page: Page, person: Person, clip: Path) -> None:
    titles = {"Quokka parade": "public", "Harbour at dawn": "public", "Quokka secret": "unlisted"}
    uploaded = [person.upload(clip, title=title, visibility=who) for title, who in titles.items()]
    for video_id in uploaded:
        person.wait_for(video_id, "ready")
    page.goto("/")
    expect(page.get_by_text("Harbour at dawn")).to_be_visible()
    page.get_by_role("searchbox").fill("quok")
    expect(page.get_by_text("Quokka parade")).to_be_visible()
    expect(page.get_by_text("Harbour at dawn")).to_have_count(0)
    expect(page.get_by_text("Quokka secret")).to_have_count(0)


def test_who_comes_back_to_the_library_finds_their_place(page: Page, person: Person, clip: Path) -> None:
    for number in range(3):
        person.wait_for(person.upload(clip, title=f"Place {number}", visibility="public"), "ready")
    sign_in(page, person)
    page.clock.install()
    page.set_viewport_size({"width": 500, "height": 400})
    page.goto("/")
    last = page.get_by_role("main").get_by_role("listitem").last
    # Less than what had been loaded, as where that was many videos.
    page.add_style_tag(content=".pending { display: none !important }")
    begun: list[Route] = []
    lists: list[Route] = []
    last.get_by_role("link").first.scroll_into_view_if_needed()
    place_px = page.evaluate("scrollY")
    assert place_px > 300
    page.route("**/*.ViewingService/ListUnfinished", lambda route: begun.append(route))
    page.route("**/*.VideoService/ListVideos", lambda route: lists.append(route))
    last.get_by_role("link").first.click()
    page.wait_for_url("**/videos/*")
    # Whoever waits for their place gives up after three seconds, which a busy machine may need.
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    with page.expect_request("**/*.ViewingService/ListUnfinished"):
        page.go_back()
    # On a slow line the page stays short for longer than browsers take to scroll.
    page.clock.run_for(500)
    assert page.evaluate("scrollY") < place_px
    begun.pop().continue_()
    page.wait_for_function("place_px => scrollY === place_px", arg=place_px)
    assert lists == [], "what had been loaded is there"
