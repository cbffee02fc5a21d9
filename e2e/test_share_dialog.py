"""Sharing a private video: with people by name, and with whoever has a link."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from e2e.conftest import sign_in
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=4)


@pytest.fixture
def video_id(person: Person, clip: Path) -> str:
    """A private video of the person's that plays."""
    video_id = person.upload(clip, title="Rough cut", visibility="private")
    person.wait_for(video_id, "playable")
    return video_id


def share_dialog(page: Page, person: Person, video_id: str) -> Locator:
    """As its owner, on the watch page."""
    sign_in(page, person)
    page.goto(f"/videos/{video_id}")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="New link")).to_be_visible()
    return dialog


def create_link(dialog: Locator, label: str, password: str = "") -> str:
    """The address that is shown once."""
    dialog.get_by_role("button", name="New link").click()
    dialog.get_by_role("textbox", name="Label").fill(label)
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Create link").click()
    return dialog.get_by_label("The new link").input_value()


def revoke_link(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Revoke {label}").click()
    page.get_by_role("button", name="Revoke link").click()
    expect(page.get_by_role("button", name=f"Revoke {label}")).to_have_count(0)


def test_whom_it_is_shared_with_finds_and_watches_it(
    new_page: Callable[[], Page], stack: Stack, person: Person, video_id: str
) -> None:
    mine, theirs = new_page(), new_page()
    friend = Person(stack, "Friend")
    sign_in(theirs, friend)
    theirs.goto(f"/videos/{video_id}")
    expect(theirs.get_by_role("heading", name="This video is not here")).to_be_visible()

    dialog = share_dialog(mine, person, video_id)
    dialog.get_by_label("Email").fill("nobody@example.org")
    dialog.get_by_role("button", name="Add person").click()
    expect(dialog.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Email").fill(friend.email.upper())
    dialog.get_by_role("button", name="Add person").click()
    expect(dialog.get_by_role("button", name="Remove Friend")).to_be_visible()

    theirs.goto("/")
    theirs.get_by_role("link", name="Shared with me").click()
    theirs.get_by_role("link", name="Rough cut").click()
    Player(theirs).wait_until_playing()
    expect(theirs.get_by_role("button", name="Share")).to_have_count(0)

    dialog.get_by_role("button", name="Remove Friend").click()
    expect(dialog.get_by_text("Nobody yet.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("heading", name="This video is not here")).to_be_visible()
    theirs.goto("/shared")
    expect(theirs.get_by_text("Nothing is shared with you yet")).to_be_visible()


def test_a_link_with_a_password_opens_it_for_strangers_until_it_is_revoked(
    new_page: Callable[[], Page], person: Person, video_id: str
) -> None:
    mine, theirs, others = new_page(), new_page(), new_page()
    url = create_link(share_dialog(mine, person, video_id), "For the jury", "open sesame")
    secret = url.partition("#share=")[2]
    assert len(secret) >= 26

    asked: list[Request] = []
    theirs.on("request", lambda request: asked.append(request))
    theirs.goto(url)
    expect(theirs.get_by_role("heading", name="This video needs a password")).to_be_visible()
    theirs.get_by_label("Password").fill("wrong")
    theirs.get_by_role("button", name="Watch").click()
    expect(theirs.get_by_text("This is not the password of this link.")).to_be_visible()
    theirs.get_by_label("Password").fill("open sesame")
    theirs.get_by_role("button", name="Watch").click()
    Player(theirs).wait_until_playing()
    assert "#" not in theirs.url, "the secret stays out of the address bar"
    # A reload needs neither the link nor the password again.
    theirs.reload()
    Player(theirs).wait_until_playing()
    assert not [request.url for request in asked if secret in request.url.partition("#")[0]]
    with_pass = {request.url.rpartition("/")[2] for request in asked if "playhead-share" in request.headers}
    about_this_video = {"GetVideo", "GetPlayback", "WatchVideos", "ListRelatedVideos", "RecordViewing"}
    assert {"GetVideo", "GetPlayback"} <= with_pass <= about_this_video
    # Another tab knows nothing of it.
    others.goto(f"/videos/{video_id}")
    expect(others.get_by_role("heading", name="This video is not here")).to_be_visible()

    revoke_link(mine, "For the jury")
    theirs.reload()
    expect(theirs.get_by_role("heading", name="This link has ended")).to_be_visible()
    others.goto(url)
    expect(others.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_its_owner_needs_no_password_for_a_link_of_their_own(
    page: Page, person: Person, video_id: str
) -> None:
    url = create_link(share_dialog(page, person, video_id), "Mine", "open sesame")
    page.goto("/")
    page.goto(url)
    Player(page).wait_until_playing()
    expect(page.get_by_role("button", name="Share")).to_be_visible()
