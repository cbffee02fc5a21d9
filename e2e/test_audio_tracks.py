"""Audio tracks: whoever chooses another hears it, playing goes on, and it stays chosen."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import RECORDINGS
from e2e.player import Player
from tests.support.clips import NOISY, barcode_clip
from tests.support.stack import Person, Stack

ENGLISH_HZ, GERMAN_HZ = 300, 1200


@pytest.fixture(scope="module")
def two_tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tracks")
    silent = barcode_clip(folder / "silent.mp4", seconds=30, rate=10, sound=False, noise=NOISY)
    tones = [
        part
        for hz in (ENGLISH_HZ, GERMAN_HZ)
        for part in ("-f", "lavfi", "-i", f"sine=frequency={hz}:sample_rate=48000:duration=30")
    ]
    languages = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"]
    chosen = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "aac", *languages]
    default = ["-disposition:a:0", "default", "-disposition:a:1", "0"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(silent), *tones, *chosen, *default]
    subprocess.run([*command, str(folder / "two.mkv")], check=True, timeout=60)
    return folder / "two.mkv"


@pytest.fixture(scope="module")
def video_id(stack: Stack, two_tracks: Path) -> str:
    person = Person(stack, "Tracks")
    video_id = person.upload(two_tracks)
    video = person.wait_for(video_id, "ready")
    tracks = [one for one in video["renditions"] if one["kind"] == "audio"]
    assert [(one["title"], one["language"]) for one in tracks] == [("English", "en"), ("German", "de")]
    return video_id


def test_another_track_is_heard_while_playing_goes_on(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    player.listen()
    player.wait_until_heard(ENGLISH_HZ)
    player.choose("Audio track", "German")
    player.wait_until_heard(GERMAN_HZ)
    player.plays_on()
    heights = player.heights()
    assert len(heights) > 1
    for height in (heights[0], heights[-1]):
        player.switch_to(height)
        player.wait_for_height(height)
        player.plays_on()
        player.wait_until_heard(GERMAN_HZ)
    player.choose("Audio track", "English")
    player.wait_until_heard(ENGLISH_HZ)
    player.plays_on()


def test_a_choice_between_one_track_is_none(page: Page, stack: Stack, tmp_path: Path) -> None:
    person = Person(stack, "Single")
    video_id = person.upload(barcode_clip(tmp_path / "clip.mp4", seconds=2))
    person.wait_for(video_id, "ready")
    page.goto(f"/videos/{video_id}")
    Player(page).wait_until_playing()
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("menuitem", name="Speed")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Audio track")).to_have_count(0)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the real recordings are not beside the checkout")
def test_a_recording_of_nothing_but_sound_plays(page: Page, stack: Stack) -> None:
    person = Person(stack, "Sound")
    video_id = person.upload(RECORDINGS / "audio-only-with-cover.flac")
    person.wait_for(video_id, "ready")
    page.goto(f"/videos/{video_id}")
    player = Player(page)
    player.wait_until_playing()
    assert player.size() == (370, 320)
