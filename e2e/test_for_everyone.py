"""Every page for everyone: WCAG 2.2 AA, narrow and zoomed, mirrored, in another language, by keyboard."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import link_in_log, sign_in
from tests.support.clips import barcode_clip
from tests.support.stack import Person, Stack, running_stack
from tools.processes import ROOT

#: WCAG 2.2 level AA, and what axe-core's makers think is good besides.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
#: 320 px are what WCAG 1.4.10 asks for, and 1280 px at 400 %; 640 px are those at 200 %.
_NARROW_PX, _ZOOMED_PX, _WIDE_PX = 320, 640, 1280

#: What reaches beyond the page, unless it is in something that scrolls by itself.
_OVERFLOW = """() => {
    const root = document.documentElement, wide = root.clientWidth;
    if (root.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll('*')].filter(node => {
        const {left, right, width} = node.getBoundingClientRect();
        return width > 0 && (right > wide + 1 || left < -1);
    });
    return [root.scrollWidth, ...out.slice(0, 8).map(node => `${node.tagName} ${node.className}`)];
}"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Person:
    link = link_in_log(stack, r"/register\?setup=")
    return Person(stack, "Ada Lovelace, Countess", setup=link.rpartition("=")[2])


@pytest.fixture(scope="module")
def video_id(admin: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, size=(320, 180))
    video_id = admin.upload(
        clip,
        visibility="public",
        title="Donaudampfschifffahrtsgesellschaftskapitänsmütze und alles, was dazugehört",
        description="https://example.org/a/very/long/address/that/nobody/would/ever/type/by/hand/at/all",
    )
    admin.wait_for(video_id, "ready")
    # A title on one line is a smaller target than one on two.
    admin.wait_for(admin.upload(clip, visibility="public", title="Tea"), "playable")
    return video_id


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def follow(name: str) -> Callable[[Page], None]:
    """To the page that has this name too."""

    def opener(page: Page) -> None:
        page.get_by_role("main").get_by_role("link", name=name).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)

    return opener


#: Address, and what is opened on it.
Pages = dict[str, tuple[str, Callable[[Page], None] | None]]

PAGES: Pages = {
    "home": ("/", None),
    "nothing found": ("/?q=quokka", None),
    "shared": ("/shared", None),
    "upload": ("/upload", None),
    "my videos": ("/my", None),
    "settings": ("/settings", None),
    "new token": ("/settings", press("New token")),
    "delete account": ("/settings", press("Delete my account")),
    "people": ("/admin", None),
    "invitations": ("/admin/invitations", None),
    "audit log": ("/admin/audit", None),
    "missing": ("/no/such/page", None),
    "missing video": (f"/videos/{'a' * 26}", None),
    "history": ("/history", None),
    "watch later": ("/watch-later", None),
    "watch": ("/videos/{video}", None),
    "settings of the player": ("/videos/{video}", press("Settings")),
    "edit": ("/videos/{video}", press("Edit")),
    "share": ("/videos/{video}", press("Share")),
}
SIGNED_OUT: Pages = {
    "home, signed out": ("/", None),
    "embed": ("/embed/{video}", None),
    "embed of nothing": (f"/embed/{'a' * 26}", None),
    "sign in": ("/login", None),
    "register": ("/register", None),
    "forgot": ("/forgot", None),
    "somebody's videos": ("/videos/{video}", follow("Ada Lovelace, Countess")),
    "found": ("/?q=Donau", None),
    "reset": ("/reset#token=x", None),
    "upload, signed out": ("/upload", None),
}


def arrive(page: Page, path: str, opener: Callable[[Page], None] | None) -> None:
    """On a page that is there: nothing of it is on its way any more."""
    page.goto(path)
    expect(page.locator("main").locator("h1, h2").first).to_be_attached()
    expect(page.locator(".skeleton")).to_have_count(0)
    if opener:
        opener(page)
        expect(page.locator(".skeleton")).to_have_count(0)


def show(page: Page, width_px: int, scheme: Literal["dark", "light"]) -> None:
    """As it looks when all that moves has arrived."""
    page.set_viewport_size({"width": width_px, "height": 700})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(
        """async () => {
            await new Promise(requestAnimationFrame);
            await Promise.allSettled(document.getAnimations().map(one => one.finished));
        }"""
    )


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=_AXE)
    options = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}
    run = "async options => (await axe.run(options)).violations"
    found: list[dict[str, Any]] = page.evaluate(run, options)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]


def check(page: Page, pages: Pages, video_id: str) -> list[str]:
    wrong: list[str] = []
    for name, (path, opener) in pages.items():
        show(page, _WIDE_PX, "dark")
        arrive(page, path.format(video=video_id), opener)
        wrong += [f"{name}, wide and dark: {one}" for one in violations(page)]
        for width_px in (_ZOOMED_PX, _NARROW_PX):
            show(page, width_px, "light")
            if beyond := page.evaluate(_OVERFLOW):
                wrong.append(f"{name}, {width_px} px wide: {json.dumps(beyond)}")
        wrong += [f"{name}, narrow and light: {one}" for one in violations(page)]
    return wrong


def test_every_page_meets_wcag_and_fits(page: Page, admin: Person, video_id: str) -> None:
    wrong = check(page, SIGNED_OUT, video_id)
    sign_in(page, admin)
    wrong += check(page, PAGES, video_id)
    assert not wrong, "\n".join(wrong)


def test_every_page_fits_from_right_to_left_too(page: Page, admin: Person, video_id: str) -> None:
    sign_in(page, admin)
    wrong: list[str] = []
    for name, (path, _) in PAGES.items():
        mark = "&" if "?" in path else "?"
        arrive(page, f"{path.format(video=video_id)}{mark}lang=x-rtl", None)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        brand, navigation = page.locator("header .brand"), page.locator("header nav")
        for width in (_WIDE_PX, _NARROW_PX):
            page.set_viewport_size({"width": width, "height": 700})
            right, left = brand.bounding_box(), navigation.bounding_box()
            assert right
            assert left
            if right["x"] < left["x"]:
                wrong.append(f"{name}, {width} px: not mirrored, {right}, {left}")
            if found := page.evaluate(_OVERFLOW):
                wrong.append(f"{name}, {width} px wide: {found}")
    assert not wrong, "\n".join(wrong)


def test_a_browser_gets_its_language_and_keeps_the_one_that_is_chosen(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.gateway_url, locale="de-AT", service_workers="block")
    page = context.new_page()
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", name="Willkommen zurück")).to_be_visible()
    expect(page).to_have_title("Anmelden · Playhead")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    context.close()


def test_the_keyboard_skips_to_the_content_and_follows_navigation(page: Page, video_id: str) -> None:
    page.goto("/")
    title = page.get_by_role("main").get_by_role("link", name="Tea")
    expect(title).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Filters")).to_be_focused()
    page.keyboard.press("Tab")
    expect(title).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Tea"))
    expect(page.get_by_role("main")).to_be_focused()


def test_a_page_is_fetched_before_its_link_is_followed(page: Page, video_id: str) -> None:
    page.goto("/")
    with (
        page.expect_request(re.compile(r"/WatchPage-.*\.js$")),
        page.expect_request(re.compile("GetVideo$")),
        page.expect_request(re.compile("GetPlayback$")),
    ):
        page.get_by_role("main").get_by_role("link", name=re.compile("Donau")).hover()


def test_whoever_is_offline_is_told_so(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.gateway_url)
    page = context.new_page()
    page.goto("/")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    stack.kill("gateway")
    page.goto("/upload")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    stack.launch("gateway")
    stack.wait_until_ready()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Sign in to upload")).to_be_visible()
    context.close()
