"""What people do with their own account: passwords, sessions, tokens, and leaving."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import link_in_log, sign_in
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack

NEW_PASSWORD = "another long password"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2)


def settings_of(page: Page) -> None:
    """Goes there as a person does: by the account menu."""
    page.get_by_role("button", name="Account").click()
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def expect_signed_out(page: Page) -> None:
    page.goto("/my")
    expect(page.get_by_role("heading", name="Sign in to see your videos")).to_be_visible()


def test_changing_the_password_ends_the_sessions_of_other_browsers(
    new_page: Callable[[], Page], person: Person
) -> None:
    here, elsewhere = new_page(), new_page()
    sign_in(here, person)
    sign_in(elsewhere, person)
    settings_of(here)
    here.get_by_label("Current password").fill("not the password")
    here.get_by_label("New password").fill(NEW_PASSWORD)
    here.get_by_role("button", name="Change password").click()
    wrong = here.get_by_label("Current password")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_focused()
    wrong.fill(person.password)
    here.get_by_role("button", name="Change password").click()
    expect(here.get_by_text("Your password is changed")).to_be_visible()
    expect_signed_out(elsewhere)
    here.reload()
    expect(here.get_by_text("This browser", exact=True)).to_be_visible()
    person.password = NEW_PASSWORD
    sign_in(elsewhere, person)


def test_a_session_is_seen_and_ended_from_another_browser(
    new_page: Callable[[], Page], person: Person
) -> None:
    here, elsewhere = new_page(), new_page()
    sign_in(here, person)
    sign_in(elsewhere, person)
    settings_of(here)
    # Registering over the API was a sign-in too.
    rows = here.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    expect(rows).to_have_count(3)
    rows.filter(has_text="Chrome").get_by_role("button", name="Sign out").click()
    expect(rows).to_have_count(2)
    expect_signed_out(elsewhere)
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(rows).to_have_count(1)
    expect(rows.get_by_text("This browser")).to_be_visible()


def test_a_token_works_in_scripts_until_it_is_revoked(
    page: Page, stack: Stack, person: Person, clip: Path
) -> None:
    sign_in(page, person)
    settings_of(page)
    page.get_by_role("button", name="New token").click()
    page.get_by_label("Name of the token").fill("Script")
    page.get_by_role("checkbox", name="Upload").uncheck()
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Choose at least one.")).to_be_visible()
    page.get_by_role("checkbox", name="Read").check()
    page.get_by_role("checkbox", name="Upload").check()
    page.get_by_role("button", name="Create token").click()
    value = page.get_by_label("Value of “Script”").input_value()
    assert value.startswith("ph_")
    page.reload()
    expect(page.get_by_role("button", name="Revoke Script")).to_be_visible()
    assert value not in page.content()

    script = httpx.Client(
        base_url=stack.gateway_url, headers={"Authorization": f"Bearer {value}"}, timeout=60
    )
    with clip.open("rb") as body:
        uploaded = script.post("/upload", files={"file": ("clip.mp4", body)}, data={"visibility": "private"})
    assert uploaded.status_code == 201, uploaded.text
    video = f"/api/videos/{uploaded.json()['id']}"
    assert script.get(video).json()["owner"]["name"] == person.name
    assert script.delete(video).status_code == 403, "the token may not manage"
    page.get_by_role("button", name="Revoke Script").click()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("No tokens.")).to_be_visible()
    assert script.get(video).status_code in (401, 404)
    assert script.get("/api/videos", params={"owner": "me"}).status_code == 401


def test_a_forgotten_password_is_replaced_through_the_mail(
    new_page: Callable[[], Page], stack: Stack, person: Person
) -> None:
    elsewhere, page = new_page(), new_page()
    sign_in(elsewhere, person)
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(person.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    link = link_in_log(stack, "/reset#token=")
    page.goto(link)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    assert "token" not in page.url, "the token stays out of the address bar"
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    person.password = NEW_PASSWORD
    sign_in(page, person)
    expect_signed_out(elsewhere)

    again = new_page()
    again.goto(link)
    again.get_by_label("New password").fill("yet another long password")
    again.get_by_role("button", name="Change password").click()
    expect(again.get_by_text("This link does not work any more")).to_be_visible()


def test_a_new_name_is_shown_everywhere(page: Page, person: Person) -> None:
    sign_in(page, person)
    settings_of(page)
    page.get_by_label("Name", exact=True).fill("Countess")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Your name is changed.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Countess")


def test_leaving_takes_everything_along(page: Page, stack: Stack, person: Person, clip: Path) -> None:
    video_id = person.upload(clip, title="Left behind", visibility="public")
    sign_in(page, person)
    settings_of(page)
    expect(page.get_by_role("region", name="Storage").get_by_text("Stored")).to_be_visible()
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill("not the password")
    dialog.get_by_role("button", name="Delete everything").click()
    expect(dialog.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Your password").fill(person.password)
    dialog.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()

    page.goto("/login")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The email or the password is wrong.")).to_be_visible()
    # The video service hears of it a moment later.
    deadline = time.monotonic() + 30
    while (answer := httpx.get(f"{stack.gateway_url}/api/videos/{video_id}")).status_code != 404:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
