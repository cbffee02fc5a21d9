"""Making an account, signing in and out, in the browser."""

import re
import time

from playwright.sync_api import Page, expect

from e2e.conftest import sign_in
from tests.support.stack import Person


def register(page: Page, name: str) -> None:
    page.goto("/register")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(f"{name.lower()}-{time.monotonic_ns()}@example.org")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url(lambda url: "/register" not in url)


def test_a_new_person_registers_and_stays_signed_in_after_a_reload(page: Page) -> None:
    register(page, "Grace")
    expect(page.get_by_role("link", name="Upload").first).to_be_visible()
    page.reload()
    page.goto("/my")
    expect(page).to_have_url(page_at("/my"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_wrong_password_is_refused_with_words(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page).to_have_url(page_at("/login"))


def test_signing_in_leads_back_to_where_one_was(page: Page, person: Person) -> None:
    page.goto("/upload")
    page.get_by_role("main").get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(page_at("/upload"))


def test_who_cannot_be_known_for_a_moment_is_not_signed_out(page: Page, person: Person) -> None:
    sign_in(page, person)
    page.route("**/api/auth/refresh", lambda route: route.abort())
    # It is also tried again after a while: here that never comes, however long a busy machine takes.
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.goto("/my")
    sign_in_hint = page.get_by_role("main").get_by_role("link", name="Sign in")
    expect(sign_in_hint).to_be_visible()
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", name="My videos")).to_be_visible()
    expect(sign_in_hint).to_have_count(0)


def test_the_access_token_is_kept_out_of_reach_of_scripts(page: Page, person: Person) -> None:
    sign_in(page, person)
    stored = page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")
    assert "eyJ" not in stored
    assert "refresh" not in stored
    cookies = [cookie for cookie in page.context.cookies() if "refresh" in cookie["name"]]
    assert [(cookie["httpOnly"], cookie["sameSite"], cookie["path"]) for cookie in cookies] == [
        (True, "Strict", "/api/auth")
    ]


def page_at(path: str) -> re.Pattern[str]:
    return re.compile(rf"^[^?]*{re.escape(path)}(\?.*)?$")
