"""Playing in Chromium and in Firefox: upright, in the source's colours, without a gap or a stall."""

import random
import signal
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser

from e2e.conftest import media_playlists
from e2e.firefox import Firefox
from e2e.line import Line, open_line
from e2e.player import Page, Picture, Player, Viewing
from tests.support.charts import TILES_ACROSS, TILES_DOWN, chart, chart_clip
from tests.support.clips import NOISY, barcode_clip
from tests.support.stack import Person, Stack, running_stack

pytestmark = pytest.mark.alone

FRAME_RATE = 30
HEIGHTS = [720, 240, 480, 360]
#: Between the chart and what is seen of it. Browsers compute BT.709 with six bits of fraction (libyuv),
#: which costs blue up to 10; the other matrix costs 31, the other range 17 and everything 8 on average.
MOST_OFF, MEAN_OFF = 12, 3


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with open_line() as line:
        yield line


@pytest.fixture(scope="module")
def stack(line: Line) -> Iterator[Stack]:
    """All media come over the line."""
    with running_stack(VIDEO_PUBLIC_URL=line.url) as stack:
        line.target_port = int(stack.video_url.rpartition(":")[2])
        yield stack


@pytest.fixture(params=["chromium", "firefox"])
def tab(request: pytest.FixtureRequest) -> Iterator[Page]:
    """Its policy stays on: nothing here needs more than a person has."""
    yield from page_of_size(request, 1280, 800)


@pytest.fixture(params=["chromium", "firefox"])
def phone(request: pytest.FixtureRequest) -> Iterator[Page]:
    """Of a phone's size."""
    yield from page_of_size(request, 390, 844)


def page_of_size(request: pytest.FixtureRequest, width: int, height: int) -> Iterator[Page]:
    if request.param == "firefox":
        firefox: Firefox = request.getfixturevalue("firefox")
        page = firefox.new_page(width, height)
        yield page
        page.close()
    else:
        browser: Browser = request.getfixturevalue("browser")
        context = browser.new_context(viewport={"width": width, "height": height})
        yield context.new_page()
        context.close()


def watch_page(tab: Page, stack: Stack, video_id: str) -> Player:
    tab.goto(f"{stack.gateway_url}/videos/{video_id}")
    player = Player(tab)
    player.wait_until_there()
    return player


@pytest.fixture(scope="module")
def charts(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Videos of the chart, by what is hard about their source."""
    folder, person = tmp_path_factory.mktemp("charts"), Person(stack, "Painter")
    clips = {
        "turned": chart_clip(
            folder / "turned.mp4", size=(1280, 720), matrix="bt709", clockwise=90, codec="libx265"
        ),
        "full-range": chart_clip(folder / "full.mp4", size=(640, 480), matrix="smpte170m", full_range=True),
        "copied-untagged": chart_clip(folder / "copied.mp4", size=(1280, 720), matrix="bt709", tagged=False),
    }
    videos = {name: person.upload(clip) for name, clip in clips.items()}
    for video_id in videos.values():
        person.wait_for(video_id, "ready")
    return videos


@pytest.mark.parametrize("name", ["turned", "full-range", "copied-untagged"])
def test_every_rung_is_upright_and_has_the_colours_of_the_source(
    tab: Page, stack: Stack, charts: dict[str, str], name: str
) -> None:
    player = watch_page(tab, stack, charts[name])
    for height in player.heights():
        player.switch_to(height)
        player.seek(0.2)
        player.wait_for_height(height)
        # The middles of the tiles.
        seen = player.tiles(3 * TILES_ACROSS, 3 * TILES_DOWN)[1::3, 1::3]
        off = np.abs(seen - chart())
        assert off.max() <= MOST_OFF, (height, off.max())
        assert off.mean() <= MEAN_OFF, (height, off.mean())


@pytest.fixture(scope="module")
def copied(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A finished video of barcodes whose best rung is the source itself."""
    folder = tmp_path_factory.mktemp("clips")
    clip = barcode_clip(folder / "copied.mp4", seconds=8, size=(1280, 720), noise=NOISY)
    person = Person(stack, "Copied")
    video_id = person.upload(clip)
    # Whether bytes arrive twice is not to depend on how busy the machine is with extras.
    video = person.wait_for(video_id, "surrounded")
    assert {r["height"] for r in video["renditions"] if r["kind"] == "video"} == set(HEIGHTS)
    return video_id


def assert_flawless(viewing: Viewing) -> None:
    assert viewing.errors == ()
    assert viewing.stalls_seconds == ()
    assert viewing.holes == ()
    # Which picture belongs to which time, a busy browser tells late; jumps while paused tell it exactly.
    numbers = [picture.number for picture in viewing.pictures]
    assert numbers == sorted(numbers)
    segments = [segment.number for segment in viewing.segments]
    assert segments == sorted(set(segments)), "a segment was loaded twice"


def assert_shown(picture: Picture, seconds: float) -> None:
    # Firefox may tell of a picture one step early.
    assert picture.number == pytest.approx(seconds * FRAME_RATE, abs=1.01)


def test_each_segment_in_another_rung(tab: Page, stack: Stack, copied: str) -> None:
    player = watch_page(tab, stack, copied)
    viewing = player.watch(heights=HEIGHTS)
    assert_flawless(viewing)
    assert viewing.seconds == pytest.approx(8, abs=0.1)
    heights = [segment.height for segment in viewing.segments]
    assert heights == HEIGHTS[: len(heights)], "each segment in the rung that was asked for"
    assert len(heights) > 2
    # On both sides of each cut, from what is buffered now: pictures that are easily missed in passing.
    for segment in viewing.segments:
        for number in (
            round(segment.start_seconds * FRAME_RATE),
            round(segment.end_seconds * FRAME_RATE) - 1,
        ):
            seconds = (number + 0.5) / FRAME_RATE
            picture = player.seek(seconds)
            assert picture.number == pytest.approx(number, abs=1), segment
            assert picture.height == segment.height, segment


def test_fifty_jumps_show_the_right_picture(tab: Page, stack: Stack, copied: str) -> None:
    player = watch_page(tab, stack, copied)
    whither = random.Random(4)
    for _ in range(50):
        seconds = whither.uniform(0, 7.9)
        assert_shown(player.seek(seconds), seconds)


#: Where the player and its buttons end, and the page.
_RIGHT_EDGES_PX = """() => {
    const bar = document.querySelector('media-control-bar');
    const ends = [bar, ...bar.children].map(one => one.getBoundingClientRect().right);
    return [Math.max(...ends), document.documentElement.scrollWidth, innerWidth];
}"""


def test_a_jump_after_another_quality_was_chosen_while_the_browser_is_busy(
    tab: Page, stack: Stack, copied: str
) -> None:
    player = watch_page(tab, stack, copied)
    # That their playlists are loaded is not to come between.
    for height in HEIGHTS[:2]:
        player.switch_to(height)
        player.seek(1)
    player.switch_to_with_late_events(HEIGHTS[0])
    assert_shown(player.seek(3), 3)


def test_it_plays_and_jumps_on_a_screen_of_a_phone_s_size(phone: Page, stack: Stack, copied: str) -> None:
    player = watch_page(phone, stack, copied)
    viewing = player.watch(2)
    assert (viewing.errors, viewing.stalls_seconds, viewing.holes) == ((), (), ())
    assert len({picture.number for picture in viewing.pictures}) > FRAME_RATE / 2
    for seconds in (6.5, 0.5, 3.98):
        assert_shown(player.seek(seconds), seconds)
    buttons_px, page_px, screen_px = phone.evaluate(_RIGHT_EDGES_PX)
    assert max(buttons_px, page_px) <= screen_px


@pytest.fixture(scope="module")
def half_made(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A video whose worker died when the express rung and some of the ladder were there.

    Last in this file: nothing is processed after it. Its one key frame keeps it from being copied.
    """
    clip = barcode_clip(
        tmp_path_factory.mktemp("clips") / "half.mp4", seconds=20, size=(1280, 720),
        options=["-g", "9999", "-keyint_min", "9999"],
    )  # fmt: skip
    person = Person(stack, "Half")
    video_id = person.upload(clip)
    playlists = media_playlists(person.wait_for(video_id, "playable"))

    def is_there(url: str) -> bool:
        answer = httpx.head(url, timeout=20)
        return answer.status_code == 200 and answer.headers["cache-control"] != "no-store"

    rungs = {url.split("/")[-2]: segments for url, segments in playlists.items()}
    sound = [url.replace("/v360/", "/a0/") for url in rungs["v360"]]
    # In this order: asking for a later part first would have it made first.
    firsts = [segment for segments in rungs.values() for segment in segments[:3]]
    while not all(map(is_there, [*sound, *rungs["v360"], *firsts])):
        assert person.video(video_id)["state"] == "processing", "the clip is too short for this test"
    stack.stop_work(signal.SIGKILL)
    return video_id


def test_a_slow_line_plays_own_and_substituted_segments_without_a_stall(
    tab: Page, stack: Stack, line: Line, half_made: str
) -> None:
    line.down_bps = 1_500_000
    try:
        viewing = watch_page(tab, stack, half_made).watch(8)
    finally:
        line.down_bps = None
    assert_flawless(viewing)
    assert {segment.substituted for segment in viewing.segments} == {True, False}


def test_fifty_jumps_while_it_is_processed(tab: Page, stack: Stack, half_made: str) -> None:
    player = watch_page(tab, stack, half_made)
    whither = random.Random(5)
    for _ in range(50):
        seconds = whither.uniform(0, 19.9)
        assert_shown(player.seek(seconds), seconds)
