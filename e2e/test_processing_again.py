"""A video's owner stops its processing, tries again, and has it made anew while it plays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import media_playlists, sign_in
from tests.support.clips import NOISY, barcode_clip, read_barcodes
from tests.support.stack import Person, Stack

SECONDS, FRAME_RATE = 3, 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=SECONDS, noise=NOISY)


@contextmanager
def nobody_works(stack: Stack) -> Iterator[None]:
    """As long as it lasts, whatever is begun stays as it is."""
    stack.stop_work()
    try:
        yield
    finally:
        stack.resume_work()


def heard_and_seen(video: dict[str, object], folder: Path) -> dict[str, list[int]]:
    """The numbers of the pictures of every variant, by the variant's place below its revision."""
    numbers = {}
    for variant, segments in media_playlists(video).items():
        whole = folder / "whole.ts"
        answers = [httpx.get(url) for url in segments]
        assert {answer.status_code for answer in answers} == {200}
        whole.write_bytes(b"".join(answer.content for answer in answers))
        numbers["/".join(variant.split("/")[-2:])] = read_barcodes(whole)
    return numbers


def test_what_was_there_plays_until_the_new_is_complete_and_after(
    stack: Stack, person: Person, clip: Path, tmp_path: Path
) -> None:
    video_id = person.upload(clip, visibility="private")
    before = person.wait_for(video_id, "ready")
    path = f"/api/videos/{video_id}"
    every_picture = list(range(SECONDS * FRAME_RATE))
    assert len(media_playlists(before)) > 1
    with nobody_works(stack):
        begun = person.http.post(f"{path}/reprocess")
        assert begun.status_code == 202
        assert begun.json()["reprocessing"] == {"progress": 0.0, "seconds_left": None}
        assert begun.json()["state"] == "ready"
        assert person.http.post(f"{path}/reprocess").json()["reason"] == "NOT_READY"
        assert set(map(tuple, heard_and_seen(before, tmp_path).values())) == {tuple(every_picture)}
    after = person.wait_for(video_id, "final")
    old, new = (httpx.URL(str(video["hls_url"])) for video in (before, after))
    # /media/{grant}/{video}/{revision}/master.m3u8
    differing = [n for n, pair in enumerate(zip(*(url.path.split("/") for url in (old, new)), strict=True))
                 if len(set(pair)) == 2]  # fmt: skip
    assert differing[-1] == 4
    assert set(differing) <= {2, 4}, "another grant, another revision"
    assert httpx.get(old).text == httpx.get(new).text
    for video in (before, after):
        assert heard_and_seen(video, tmp_path) == {
            f"{rendition['name']}/index.m3u8": every_picture
            for rendition in after["renditions"]
            if rendition["kind"] == "video"
        }
    assert after["warnings"] == []


def test_stopping_trying_again_and_making_anew(page: Page, stack: Stack, person: Person, clip: Path) -> None:
    with nobody_works(stack):
        video_id = person.upload(clip, title="Regatta", visibility="private")
        sign_in(page, person)
        page.goto("/my")
        row = page.get_by_role("row", name="Regatta")
        bar = row.get_by_role("progressbar", name="Processing of Regatta")
        expect(bar).to_have_attribute("aria-valuetext", "0%")
        row.get_by_role("button", name="Cancel processing of Regatta").click()
        page.get_by_role("button", name="Keep going").click()
        assert person.video(video_id)["state"] == "processing"
        row.get_by_role("button", name="Cancel processing of Regatta").click()
        page.get_by_role("button", name="Stop processing").click()
        expect(row.get_by_text("Processing was stopped.")).to_be_visible()
        expect(bar).to_have_count(0)
        assert person.video(video_id)["failure"]["reason"] == "CANCELLED"
        row.get_by_role("button", name="Try again to process Regatta").click()
        expect(bar).to_be_visible()
    expect(row.get_by_text("Ready")).to_be_visible(timeout=60_000)
    first = person.video(video_id)["hls_url"]
    with nobody_works(stack):
        # By the keyboard alone.
        row.get_by_role("button", name="More for Regatta").press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Process again").press("Enter")
        expect(row.get_by_text("Processing again")).to_be_visible()
        page.goto(f"/videos/{video_id}")
        panel = page.get_by_text("It plays as before until that is done.")
        expect(panel).to_be_visible()
        page.wait_for_function("document.querySelector('vp-video')?.duration > 0")
        page.get_by_role("button", name="Cancel processing of Regatta").click()
        page.get_by_role("button", name="Stop processing").click()
        expect(panel).to_have_count(0)
        assert person.video(video_id)["reprocessing"] is None
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("button", name="Process again").click()
        page.get_by_role("dialog").get_by_role("button", name="Process again").click()
        expect(panel).to_be_visible()
    expect(panel).to_have_count(0, timeout=60_000)
    assert person.wait_for(video_id, "final")["hls_url"] != first
