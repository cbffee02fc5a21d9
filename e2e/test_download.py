"""Downloading: with a click, and with curl, which goes on where it broke off."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import sign_in
from tests.support.clips import barcode_clip, read_barcodes
from tests.support.stack import Person, Stack

SECONDS, RATE = 4, 30


@pytest.fixture(scope="module")
def offered(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, str]:
    """A ready video, whose settings nobody touched, and its owner."""
    clip = barcode_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=SECONDS)
    owner = Person(stack, "Offers")
    video_id = owner.upload(clip, title='Hafen "bei" Nacht', visibility="public")
    assert owner.wait_for(video_id, "ready")["downloadable"] is True
    return owner, video_id


def curl(folder: Path, *arguments: str) -> None:
    command = ["curl", "--silent", "--show-error", "--fail", "--location", "--retry", "30", *arguments]
    subprocess.run(command, cwd=folder, timeout=60, check=True)


def test_curl_has_the_file_made_and_goes_on_where_it_broke_off(
    stack: Stack, offered: tuple[Person, str], tmp_path: Path
) -> None:
    url = f"{stack.gateway_url}/api/videos/{offered[1]}/download?audio=a0"
    curl(tmp_path, "--remote-name", "--remote-header-name", url)
    file = tmp_path / "Hafen bei Nacht.mp4"
    assert read_barcodes(file) == list(range(SECONDS * RATE))
    whole = file.read_bytes()
    part = tmp_path / "part.mp4"
    part.write_bytes(whole[:10_000])
    curl(tmp_path, "--continue-at", "-", "--output", "part.mp4", url)
    assert part.read_bytes() == whole
    first, again = (httpx.get(url).headers["location"] for _ in range(2))
    etag = httpx.head(first).headers["etag"]
    rest = httpx.get(again, headers={"Range": "bytes=500-", "If-Range": etag})
    assert (rest.status_code, rest.content) == (206, whole[500:])
    assert httpx.get(f"{url}9").json()["reason"] == "INVALID_INPUT"


def test_whoever_may_watch_downloads_until_the_owner_says_no(
    stack: Stack, offered: tuple[Person, str], new_page: Callable[[], Page], tmp_path: Path
) -> None:
    owner, video_id = offered
    page = new_page()
    page.goto(f"/videos/{video_id}")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as started:
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    assert started.value.suggested_filename == "Hafen bei Nacht.mp4"
    started.value.save_as(tmp_path / "file.mp4")
    shown = ["-show_entries", "stream=codec_type", "-count_packets", "-of", "json"]
    told = subprocess.run(["ffprobe", "-v", "error", *shown, str(tmp_path / "file.mp4")], capture_output=True)
    assert [stream["codec_type"] for stream in json.loads(told.stdout)["streams"]] == ["video", "audio"]
    expect(page.get_by_role("dialog")).to_have_count(0)

    mine = new_page()
    sign_in(mine, owner)
    mine.goto(f"/videos/{video_id}")
    mine.get_by_role("button", name="Edit").click()
    mine.get_by_label("Whoever may watch it may download it").uncheck()
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_text("Saved.")).to_be_visible()
    expect(mine.get_by_role("button", name="Download")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Share")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    refused = httpx.get(f"{stack.gateway_url}/api/videos/{video_id}/download")
    assert (refused.status_code, refused.json()["reason"]) == (403, "NOT_ALLOWED")
    answer = owner.http.get(f"/api/videos/{video_id}/download")
    assert answer.status_code == 307
    # A range beyond the end, of a file that is still there for its owner.
    beyond = httpx.get(answer.headers["location"], headers={"Range": "bytes=999999999-"})
    assert beyond.status_code == 416
