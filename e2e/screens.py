"""Pictures of every page in every state, for docs/screens: `just screens`.

Everything is real: services, clips (painted by FFmpeg on the spot), people and their videos. Only the line
between browser and services is held or cut, where a page is to be seen loading or in trouble.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, Route, expect, sync_playwright

from e2e.conftest import launch_browser, link_in_log
from e2e.player import Player
from e2e.studio import Scene, Studio, cut, heading, hold, seen
from tests.support.clips import barcode_clip
from tests.support.stack import Person, running_stack
from tools.processes import ROOT

FOLDER = ROOT / "docs/screens"
_SRT = (
    b"1\n00:00:00,500 --> 00:00:03,000\nWater finds the shortest way down.\n\n"
    b"2\n00:00:03,000 --> 00:00:06,000\nHere it turns, and takes the bank along.\n\n"
    b"3\n00:00:06,000 --> 00:00:09,500\nWhat is left is a lake in the shape of a bow.\n"
)


def _painted(path: Path, source: str, seconds: int = 10) -> Path:
    """A moving picture that FFmpeg paints, with a quiet chord."""
    sound = f"aevalsrc=0.1*sin(220*2*PI*t)+0.1*sin(277*2*PI*t)+0.1*sin(330*2*PI*t):d={seconds}"
    inputs = ["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", sound, "-t", str(seconds)]
    h264 = "-c:v libx264 -preset ultrafast -crf 20 -g 50 -keyint_min 50 -sc_threshold 0 -pix_fmt yuv420p"
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, *h264.split(), "-c:a", "aac", str(path)]
    subprocess.run(command, check=True, timeout=300)
    return path


def _colours(*colours: str, speed: float = 0.03) -> str:
    named = ":".join(f"c{n}=0x{colour}" for n, colour in enumerate(colours))
    return f"gradients=s=640x360:r=25:n={len(colours)}:{named}:speed={speed}:x0=100:y0=50:x1=550:y1=325"


#: Title, description, tags, and how it is painted.
_VIDEOS = [
    (
        "Why rivers meander",
        "Filmed over one summer.\n\n0:00 The source\n0:03 The bend\n0:07 The oxbow lake\n"
        "\nMore about it at https://example.org/rivers",
        ["Geography", "Water"],
        _colours("0b3d4f", "1f8a8a", "d8e3b0", "123a2b"),
    ),
    (
        "Board meeting, March",
        "Minutes are in the shared folder.",
        ["Meetings"],
        _colours("20232b", "49536b", "a8b0c2"),
    ),
    (
        "Safety in the workshop",
        "Watch this before you use the lathe.",
        ["Training"],
        _colours("5a1a0a", "e07a2f", "f4d28a", speed=0.05),
    ),
    ("Night sky, one hour in ten seconds", "", ["Sky"], _colours("02030a", "101a4a", "3a2a6a", "0a0a20")),
    (
        "Welcome to the library",
        "Opening hours, the quiet room, and how to borrow.",
        ["Library"],
        _colours("e9efe2", "8fbf9f", "2f6f5f"),
    ),
    (
        "The game of life",
        "Conway's, from a random start.",
        ["Mathematics"],
        "life=s=320x180:r=12:mold=8:ratio=0.12:seed=7:life_color=0x7df0c0:death_color=0x0b3d4f:mold_color=0x06201f,"
        "scale=640:360:flags=neighbor",
    ),
]


def renew(person: Person) -> None:
    """Access tokens last ten minutes; on a busy machine that is not enough."""
    account = {"email": person.email, "password": person.password}
    token = person.http.post("/api/auth/login", json=account).raise_for_status().json()["access_token"]
    person.http.headers["authorization"] = f"Bearer {token}"


def playing(page: Page) -> None:
    """Stopped a few seconds in, so that there is something to see."""
    player = Player(page)
    player.wait_until_there()
    player.seek(4.2)


def empty(studio: Studio, ada: Person) -> None:
    studio.chapter("Nothing there yet")
    studio.show("home-empty", "Home without a video", "/", heading("The first video is yours"))
    studio.show(
        "home-empty-phone-dark",
        "The same on a phone, dark",
        "/",
        heading("The first video is yours"),
        phone=True,
        dark=True,
    )
    for name, path, said in (
        ("my-videos-empty", "/my", "No videos yet"),
        ("history-empty", "/history", "Nothing watched yet"),
        ("watch-later-empty", "/watch-later", "Nothing kept for later"),
        ("shared-empty", "/shared", "Nothing is shared with you"),
    ):
        studio.show(
            name, said, path, lambda page: expect(page.locator("main .empty").first).to_be_visible(), ada
        )
    studio.show("upload-empty", "Upload, before anything is chosen", "/upload", heading("Upload"), ada)


def libraries(studio: Studio, ada: Person, videos: dict[str, str]) -> None:
    listed = seen("main article")
    studio.chapter("Home and search")
    studio.show("home-full", "Home", "/", listed)
    studio.show("home-full-dark", "Home, dark", "/", listed, dark=True)
    studio.show("home-full-phone", "Home on a phone", "/", listed, phone=True)
    studio.show(
        "home-loading",
        "Home, while the list is on its way",
        "/",
        seen(".skeleton"),
        before=hold("ListVideos$"),
    )
    studio.show(
        "home-error",
        "Home, when the service cannot be reached",
        "/",
        seen("main [role=alert]"),
        before=cut("ListVideos$"),
    )
    studio.show(
        "search-found",
        "Search: a line of captions is found, and leads to its time",
        "/?q=lake",
        seen("main .hit"),
    )
    studio.show("search-nothing", "Search without a find", "/?q=quokka", heading("Nothing found"))
    studio.show(
        "search-filters-phone",
        "Filters, on a phone",
        "/?q=lake&captions=1",
        seen("form[role=search]"),
        phone=True,
    )
    studio.show(
        "person", "Everything of one person", f"/people/{ada.http.get('/api/auth/me').json()['id']}", listed
    )


def watching(studio: Studio, ada: Person, videos: dict[str, str]) -> None:
    path = f"/videos/{videos['Why rivers meander']}"
    studio.chapter("Watching")
    studio.show("watch", "The watch page", path, playing)
    studio.show("watch-dark", "The same, dark", path, playing, dark=True)
    studio.show("watch-phone", "On a phone", path, playing, phone=True)
    studio.show(
        "watch-loading",
        "While the video is on its way",
        path,
        seen(".skeleton"),
        ada,
        before=hold("GetVideo$"),
    )
    studio.show(
        "watch-missing",
        "A video that is gone or private: nobody learns which",
        f"/videos/{'a' * 26}",
        heading("This video is not here"),
    )
    studio.show(
        "watch-error",
        "When the service cannot be reached",
        path,
        seen("main [role=alert]"),
        ada,  # a stranger need not ask
        before=cut("GetVideo$"),
    )
    studio.show(
        "player-offline",
        "A lost connection: it goes on by itself",
        path,
        lambda page: expect(page.get_by_text("No connection.")).to_be_visible(),
        before=cut(r"/media/.*\.ts$"),
    )

    def opened(button: str, then: Scene) -> Scene:
        def until(page: Page) -> None:
            playing(page)
            page.get_by_role("button", name=button, exact=True).click()
            then(page)

        return until

    studio.show("player-menu", "The player's menu", path, opened("Settings", seen("[role=menu]")))
    studio.show(
        "player-menu-phone", "The same on a phone", path, opened("Settings", seen("[role=menu]")), phone=True
    )
    studio.show(
        "transcript",
        "Transcript beside the player",
        path,
        opened("Transcript", seen("section ol button, section ul button")),
    )
    studio.show("captions", "Captions above the controls", path, opened("Captions", seen(".captions p")))
    studio.show("share", "Share", path, opened("Share", seen("dialog[open]")), ada)
    studio.show(
        "share-phone-dark",
        "Share on a phone, dark",
        path,
        opened("Share", seen("dialog[open]")),
        ada,
        phone=True,
        dark=True,
    )
    studio.show("edit", "Edit", path, opened("Edit", seen("dialog[open] form")), ada)

    def shortcuts(page: Page) -> None:
        playing(page)
        page.keyboard.press("?")
        seen("dialog[open]")(page)

    studio.show("shortcuts", "The keys of the player", path, shortcuts)

    def ended(page: Page) -> None:
        Player(page).wait_until_there()
        page.evaluate("() => { const v = document.querySelector('vp-video'); v.muted = true; v.play(); }")
        page.keyboard.press("9")
        seen(".player-next")(page)

    studio.show("up-next", "What comes next", path, ended)

    def resumed(page: Page) -> None:
        Player(page).wait_until_there()
        expect(page.get_by_role("button", name="Start over")).to_be_visible()

    def stopped(page: Page) -> None:
        kept = json.dumps(json.dumps([[videos["Long walk"], 12]]))
        page.add_init_script(f"localStorage.setItem('playhead-positions', {kept})")

    studio.show(
        "watch-resumed",
        "Going on where one stopped",
        f"/videos/{videos['Long walk']}",
        resumed,
        before=stopped,
    )
    studio.chapter("On other pages")
    studio.show("embed", "The player alone, for frames", f"/embed/{videos['Why rivers meander']}", playing)
    studio.show(
        "embed-missing",
        "A frame whose video is gone",
        f"/embed/{'a' * 26}",
        heading("This video is not here"),
    )


def kept(studio: Studio, ada: Person, videos: dict[str, str]) -> None:
    listed = seen("main article")
    with studio.page(ada) as page:
        for title in ("Night sky, one hour in ten seconds", "Long walk"):
            page.goto(f"/videos/{videos[title]}")
            player = Player(page)
            player.wait_until_playing()
            with page.expect_response(lambda told: told.url.endswith("/RecordViewing") and told.ok):
                player.watch(8, rate=4)
            with page.expect_response(lambda told: told.url.endswith("/RecordViewing") and told.ok):
                page.get_by_role("link", name="Playhead, home").click()
    studio.chapter("One's own")
    studio.show("continue-watching", "Home goes on where one stopped", "/", heading("Continue watching"), ada)
    studio.show("history", "History", "/history", listed, ada)
    studio.show(
        "history-phone-dark", "History on a phone, dark", "/history", listed, ada, phone=True, dark=True
    )
    studio.show("my-videos", "My videos", "/my", seen("main table a"), ada)
    studio.show("my-videos-phone", "My videos on a phone", "/my", seen("main table a"), ada, phone=True)
    studio.show(
        "my-videos-error",
        "My videos, when the service cannot be reached",
        "/my",
        seen("main [role=alert]"),
        ada,
        before=cut("ListVideos$"),
    )


def on_the_way_and_out_of_reach(studio: Studio, ada: Person, videos: dict[str, str]) -> None:
    """What the other pages show before their answer is there, and when there is none."""
    studio.chapter("Before the answer is there, and without one")
    person_id = ada.video(videos["Why rivers meander"])["owner"]["id"]
    pages = (
        ("person", "A person's page", f"/people/{person_id}", "GetPerson$"),
        ("history", "History", "/history", "/ListHistory$"),
        ("watch-later", "Watch later", "/watch-later", "/ListWatchLater$"),
        ("my-videos", "My videos", "/my", "ListVideos$"),
        ("settings", "Settings", "/settings", "/api/(usage|auth/(sessions|tokens))$"),
        ("admin-people", "People", "/admin", "/api/admin/"),
    )

    def refused(page: Page) -> None:
        told = page.locator("main :is(.notice, .trouble)[role=alert]").first
        expect(told).to_be_visible()
        told.scroll_into_view_if_needed()

    for name, caption, path, asked in pages:
        studio.show(
            f"{name}-loading", f"{caption}, on the way", path, seen("main .skeleton"), ada, before=hold(asked)
        )
        if name != "my-videos":
            studio.show(
                f"{name}-error", f"{caption}, out of reach", path, refused, ada,
                before=cut(asked),
            )  # fmt: skip


def uploading(studio: Studio, ada: Person, folder: Path) -> None:
    """With a worker that stands still: a video stays as it is while it is looked at."""
    renew(ada)
    studio.chapter("Upload and processing")
    large = barcode_clip(folder / "Harvest.mp4", seconds=2)
    padding = 24 * 2**20  # a `free` box, which players skip
    large.write_bytes(large.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))

    def second_piece(page: Page) -> None:
        def handle(route: Route) -> None:
            if route.request.method == "PATCH" and route.request.headers.get("upload-offset") != "0":
                return
            route.continue_()

        page.route("**/api/uploads/**", handle)

    for phone in (False, True):
        with studio.page(ada, phone=phone) as page:
            page.goto("/upload")
            second_piece(page)
            with page.expect_response(lambda told: told.request.method == "PATCH" and told.status == 204):
                page.get_by_label("Video files").set_input_files(large)
            expect(page.get_by_role("button", name="Pause")).to_be_visible()
            words = ("upload-going-phone", "The same on a phone") if phone else ("upload-going", "An upload")
            studio.take(page, *words)
            page.get_by_role("button", name="Cancel").first.click()
            page.unroute("**/api/uploads/**")
            page.get_by_role("button", name="Cancel upload").click()
            expect(page.get_by_text("Harvest.mp4")).to_have_count(0)
    broken = folder / "Holiday.mp4"
    broken.write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    with studio.page(ada) as page:
        page.goto("/upload")
        page.get_by_label("Video files").set_input_files(broken)
        expect(page.get_by_text("cannot be read as a video")).to_be_visible()
        studio.take(page, "upload-failed", "A file that is no video says why")
    failed = ada.http.get("/api/videos", params={"owner": "me"}).json()["videos"][0]["id"]
    studio.show(
        "watch-failed",
        "The page of a video that could not be made",
        f"/videos/{failed}",
        heading("This video could not be made"),
        ada,
    )

    long = barcode_clip(folder / "long.mp4", seconds=90, codec="mpeg4")
    going = ada.upload(long, title="The whole afternoon", visibility="public")
    ada.wait_for(going, "playable")
    while ada.video(going)["progress"] < 0.15:
        time.sleep(0.2)
    studio.stack.stop_work()
    waiting = ada.upload(folder / "clip-1.mp4", title="Just arrived", visibility="public")

    def begun(page: Page) -> None:
        Player(page).wait_until_there()

    def unready(page: Page) -> None:
        Player(page).wait_until_there()
        page.evaluate("() => { document.querySelector('vp-video').currentTime = 85; }")
        expect(page.get_by_text("still being made")).to_be_visible()

    studio.show(
        "watch-waiting",
        "Before the first seconds are there",
        f"/videos/{waiting}",
        heading("Almost there"),
        ada,
    )
    studio.show(
        "watch-processing",
        "Playing while it is processed: the seek bar shows what is ready",
        f"/videos/{going}",
        begun,
        ada,
    )
    studio.show("watch-processing-phone", "The same on a phone", f"/videos/{going}", begun, ada, phone=True)
    studio.show("player-being-made", "A jump to a part that is not there yet", f"/videos/{going}", unready)
    studio.show(
        "my-videos-processing", "My videos: ready, being made, failed", "/my", seen("main table a"), ada
    )
    studio.stack.resume_work()
    for video_id in (going, waiting, failed):
        ada.http.delete(f"/api/videos/{video_id}")


def accounts(studio: Studio, ada: Person) -> None:
    studio.chapter("Accounts")
    studio.show("sign-in", "Sign in", "/login", heading("Welcome back"))
    studio.show(
        "sign-in-phone-dark",
        "Sign in on a phone, dark",
        "/login",
        heading("Welcome back"),
        phone=True,
        dark=True,
    )
    with studio.page() as page:
        page.goto("/login")
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        studio.take(page, "sign-in-error", "A wrong password")
    with studio.page() as page:
        page.goto("/register")
        page.get_by_label("Name").fill("Grace")
        page.get_by_label("Email").fill(ada.email)
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("main").get_by_role("button", name="Create account").click()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        studio.take(page, "register-error", "What is wrong stands where it is wrong")
    studio.show("settings", "Settings", "/settings", heading("Settings"), ada)
    studio.show(
        "settings-german-phone",
        "Settings, in German, on a phone",
        "/settings?lang=de",
        heading("Einstellungen"),
        ada,
        phone=True,
    )
    studio.chapter("Administration, and what is not there")
    studio.show("admin-people", "People", "/admin", seen("main ul li"), ada)
    studio.show("admin-audit", "Who did what", "/admin/audit", seen("main ol li"), ada)
    studio.show("missing", "No such page", "/no/such/page", heading("There is nothing here"))


def offline(studio: Studio) -> None:
    context = studio.browser.new_context(
        base_url=studio.stack.gateway_url, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto("/")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    studio.stack.kill("gateway")
    page.goto("/upload")
    heading("You are offline")(page)
    studio.take(page, "offline-phone", "Offline")
    context.close()
    studio.stack.launch("gateway")
    studio.stack.wait_until_ready()


def main() -> None:
    with TemporaryDirectory() as scratch, running_stack() as stack, sync_playwright() as playwright:
        folder = Path(scratch)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        browser = launch_browser(playwright)
        studio = Studio(browser, stack, FOLDER)
        setup = link_in_log(stack, r"/register\?setup=").rpartition("=")[2]
        ada = Person(stack, "Ada Lovelace", setup=setup)
        empty(studio, ada)
        videos = {}
        for number, (title, description, tags, source) in enumerate(_VIDEOS):
            clip = _painted(folder / f"clip-{number}.mp4", source)
            videos[title] = ada.upload(clip, title=title, description=description, visibility="public")
            ada.http.patch(f"/api/videos/{videos[title]}", json={"tags": tags}).raise_for_status()
        grace = Person(stack, "Grace Hopper")
        walk = _painted(folder / "walk.mp4", _colours("16324f", "6f8fbf", "e9efe2", speed=0.01), 60)
        videos["Long walk"] = grace.upload(walk, title="Long walk", visibility="public")
        captions = f"/api/videos/{videos['Why rivers meander']}/captions?language=en"
        ada.wait_for(videos["Why rivers meander"], "playable")
        ada.http.post(captions, content=_SRT).raise_for_status()
        for video_id in videos.values():
            ada.wait_for(video_id, "ready", 300)
        ada.wait_for(videos["Why rivers meander"], "surrounded", 300)
        renew(ada)
        libraries(studio, ada, videos)
        watching(studio, ada, videos)
        kept(studio, ada, videos)
        on_the_way_and_out_of_reach(studio, ada, videos)
        uploading(studio, ada, folder)
        accounts(studio, ada)
        offline(studio)
        studio.write_index()
        browser.close()


if __name__ == "__main__":
    main()
