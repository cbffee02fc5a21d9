"""A house by invitation: its first admin, whom they let in, and whom they put out."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import link_in_log
from tests.support.clips import barcode_clip
from tests.support.stack import Stack, running_stack

PASSWORD = "a long enough password"


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A new installation for each test: only once is an admin the first."""
    with running_stack("gateway", "video", REGISTRATION="invite") as stack:
        yield stack


def make_account(page: Page, link: str, name: str) -> str:
    """Through the form that the link leads to; the email."""
    email = f"{name.lower()}-{time.monotonic_ns()}@example.org"
    page.goto(link)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url(lambda url: "/register" not in url)
    expect(page.get_by_role("button", name="Account")).to_be_visible()
    return email


def invite(page: Page, role: str = "user") -> str:
    """As an admin; the address that is shown once."""
    page.goto("/admin/invitations")
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Create invitation").click()
    return page.get_by_label("The invitation for").input_value()


def test_the_first_admin_invites_somebody_and_blocks_them(new_page: Callable[[], Page], stack: Stack) -> None:
    admin, guest = new_page(), new_page()
    setup = link_in_log(stack, r"/register\?setup=")
    make_account(admin, setup, "Grace")
    guest.goto("/register")
    expect(guest.get_by_text("New accounts are by invitation here.")).to_be_visible()
    guest.goto(setup)
    guest.get_by_label("Name").fill("Eve")
    guest.get_by_label("Email").fill("eve@example.org")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account").click()
    expect(guest.get_by_role("alert")).to_contain_text("This link")

    admin.get_by_role("button", name="Account").click()
    admin.get_by_role("link", name="Administration").click()
    admin.get_by_role("link", name="Invitations").click()
    email = make_account(guest, invite(admin), "Bob")
    guest.goto("/admin")
    expect(guest.get_by_role("heading", name="This page is for admins")).to_be_visible()

    admin.get_by_role("link", name="People").click()
    admin.get_by_role("searchbox", name="Search people").fill("bob")
    admin.get_by_role("button", name="Block Bob").click()
    admin.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(admin.get_by_text("Blocked", exact=True)).to_be_visible()
    guest.goto("/login")
    guest.get_by_label("Email").fill(email)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(guest.get_by_role("alert")).to_contain_text("This account is blocked.")

    admin.get_by_role("link", name="Audit log").click()
    expect(admin.get_by_text("Grace blocked Bob")).to_be_visible()
    expect(admin.get_by_text("Somebody failed to sign in as Bob")).to_be_visible()
    admin.get_by_label("Show").select_option("Administration")
    expect(admin.get_by_text("Grace blocked Bob")).to_be_visible()
    expect(admin.get_by_text("failed to sign in")).to_have_count(0)


def test_a_moderator_hides_a_video_of_somebody_else(
    new_page: Callable[[], Page], stack: Stack, tmp_path: Path
) -> None:
    admin, moderator = new_page(), new_page()
    email = make_account(admin, link_in_log(stack, r"/register\?setup="), "Grace")
    make_account(moderator, invite(admin, "moderator"), "Marie")
    owner = httpx.Client(base_url=stack.gateway_url, timeout=60)
    signed_in = owner.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()
    owner.headers["authorization"] = f"Bearer {signed_in['access_token']}"
    clip = barcode_clip(tmp_path / "clip.mp4", seconds=2)
    with clip.open("rb") as body:
        fields = {"title": "Noise", "visibility": "public"}
        video_id = owner.post("/upload", files={"file": (clip.name, body)}, data=fields).json()["id"]

    moderator.goto(f"/videos/{video_id}")
    expect(moderator.get_by_role("button", name="Edit")).to_have_count(0)
    moderator.get_by_role("button", name="Hide").click()
    moderator.get_by_role("button", name="Hide video").click()
    expect(moderator.get_by_text("“Noise” is hidden.")).to_be_visible()
    moderator.goto(f"/videos/{video_id}")
    expect(moderator.get_by_role("heading", name="This video is not here")).to_be_visible()
    assert owner.get(f"/api/videos/{video_id}").json()["visibility"] == "private"
    admin.goto("/admin/audit")
    expect(admin.get_by_text("Marie made a video of somebody else private")).to_be_visible()
