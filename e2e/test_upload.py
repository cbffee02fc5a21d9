"""Uploading in the browser: drop, watch it go, pause, reload, continue, cancel."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import sign_in
from e2e.player import Player
from tests.support.clips import barcode_clip
from tests.support.stack import Person


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "My holiday.mp4", seconds=6)


@pytest.fixture(scope="module")
def large_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than two of the 8 MiB pieces in which the page uploads; a `free` box, skipped by players."""
    path = barcode_clip(tmp_path_factory.mktemp("clips") / "large.mp4", seconds=2)
    padding = 20 * 2**20
    path.write_bytes(path.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


def test_a_dropped_file_becomes_a_video_one_can_watch(page: Page, person: Person, clip: Path) -> None:
    sign_in(page, person)
    page.goto("/upload")
    page.get_by_label("Video files").set_input_files(clip)
    page.get_by_role("link", name="Watch").click(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("My holiday")
    player = Player(page)
    player.wait_until_playing()
    first = player.picture()
    player.wait_until_time(first.seconds + 1)
    assert player.picture().number > first.number
    # While it plays, a browser that is busy looks at a later picture than it was told of.
    for seconds in (0.5, 1.5):
        picture = player.seek(seconds)
        assert picture.number == pytest.approx(round(picture.seconds * 30), abs=1)


def hold_second_piece(page: Page) -> None:
    """Lets the first piece through and keeps later ones waiting, as a slow line would."""

    def handle(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers.get("upload-offset") != "0":
            return  # neither continued nor failed: on its way
        route.continue_()

    page.route("**/api/uploads/**", handle)


def test_an_upload_pauses_and_resumes_after_a_reload(page: Page, person: Person, large_clip: Path) -> None:
    sign_in(page, person)
    page.goto("/upload")
    hold_second_piece(page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.status == 204):
        page.get_by_label("Video files").set_input_files(large_clip)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.unroute("**/api/uploads/**")
    page.reload()
    stands: list[str] = []
    offsets: list[str] = []
    page.on(
        "response",
        lambda told: stands.append(told.headers["upload-offset"]) if told.request.method == "HEAD" else None,
    )
    page.on(
        "request",
        lambda sent: offsets.append(sent.headers["upload-offset"]) if sent.method == "PATCH" else None,
    )
    page.get_by_label("Continue large.mp4").set_input_files(large_clip)
    expect(page.get_by_role("link", name="Watch")).to_be_visible(timeout=60_000)
    # Of the piece that was held back, some bytes may have left when the page was reloaded.
    assert int(stands[0]) >= 8 * 2**20, "an acknowledged byte was lost"
    assert offsets[0] == stands[0], "it goes on where the upload stands"


def test_an_upload_goes_on_where_it_stands_when_the_service_was_away(
    page: Page, person: Person, large_clip: Path
) -> None:
    sign_in(page, person)
    page.goto("/upload")
    away = {"PATCH": [503], "HEAD": [503, 429]}
    sent: list[str] = []

    def handle(route: Route) -> None:
        request = route.request
        sent.append(request.headers.get("upload-offset", "") if request.method == "PATCH" else request.method)
        if sent[-1] != "0" and (answers := away.get(request.method)):
            route.fulfill(status=answers.pop(0))
        else:
            route.continue_()

    page.route("**/api/uploads{,/**}", handle)
    page.get_by_label("Video files").set_input_files(large_clip)
    expect(page.get_by_role("link", name="Watch")).to_be_visible(timeout=60_000)
    first, second, third = (str(n * 8 * 2**20) for n in range(3))
    assert sent == ["POST", first, second, "HEAD", "HEAD", "HEAD", second, third]


def test_an_upload_can_be_paused_and_cancelled_while_the_service_is_away(
    page: Page, person: Person, large_clip: Path
) -> None:
    sign_in(page, person)
    page.goto("/upload")
    asked: list[str] = []

    def handle(route: Route) -> None:
        request = route.request
        if request.method == "HEAD" or request.headers.get("upload-offset", "0") != "0":
            asked.append(request.method)
            route.fulfill(status=503)
        else:
            route.continue_()

    page.route("**/api/uploads/**", handle)
    with page.expect_response(lambda answer: answer.request.method == "HEAD"):
        page.get_by_label("Video files").set_input_files(large_clip)
    page.get_by_role("button", name="Pause").click()
    asked_before = list(asked)
    with page.expect_response(lambda answer: answer.request.method == "HEAD"):
        page.get_by_role("button", name="Resume").click()
    assert asked == [*asked_before, "HEAD"], "nothing is asked while it is paused"
    page.get_by_role("button", name="Cancel").first.click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Cancel upload").click()
    expect(page.get_by_text("large.mp4")).to_have_count(0)


def test_an_upload_that_is_gone_is_created_anew_as_it_was_wanted_first(
    page: Page, person: Person, large_clip: Path
) -> None:
    sign_in(page, person)
    page.goto("/upload")
    page.get_by_label("Who may watch").select_option("private")
    hold_second_piece(page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.status == 204):
        page.get_by_label("Video files").set_input_files(large_clip)
    page.get_by_role("button", name="Pause").click()
    page.reload()
    page.get_by_label("Continue large.mp4").wait_for(state="attached")
    page.get_by_label("Who may watch").select_option("public")
    page.unroute("**/api/uploads/**")
    page.route(
        "**/api/uploads/**",
        lambda route: route.fulfill(status=404) if route.request.method == "HEAD" else route.continue_(),
    )
    with page.expect_response(lambda answer: answer.url.endswith("/api/uploads")) as created:
        page.get_by_label("Continue large.mp4").set_input_files(large_clip)
    told = created.value.request.headers["upload-metadata"].split(",")
    assert f"visibility {base64.b64encode(b'private').decode()}" in told
    row = page.get_by_role("article", name="large.mp4")
    expect(row.get_by_label("Visibility")).to_have_value("private")
    video_id = created.value.headers["playhead-video-id"]
    assert person.video(video_id)["visibility"] == "private"


def test_a_cancelled_upload_is_gone(page: Page, person: Person, large_clip: Path) -> None:
    sign_in(page, person)
    page.goto("/upload")
    hold_second_piece(page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.status == 204):
        page.get_by_label("Video files").set_input_files(large_clip)
    page.get_by_role("button", name="Cancel").first.click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Cancel upload").click()
    expect(page.get_by_text("large.mp4")).to_have_count(0)
    assert person.http.get("/api/videos", params={"owner": "me"}).json()["videos"] == []


def test_a_broken_file_says_why(page: Page, person: Person, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    sign_in(page, person)
    page.goto("/upload")
    page.get_by_label("Video files").set_input_files(broken)
    video = wait_for_failure(person)
    assert video["failure"]["message"].startswith("This file cannot be read as a video.")
    expect(page.get_by_text("This file cannot be read as a video.")).to_be_visible()
    page.goto("/my?lang=de")
    expect(page.get_by_text("Diese Datei lässt sich nicht als Video lesen.")).to_be_visible()


def wait_for_failure(person: Person) -> dict[str, dict[str, str]]:
    while not (videos := person.http.get("/api/videos", params={"owner": "me"}).json()["videos"]):
        continue
    return person.wait_for(videos[0]["id"], "failed")
