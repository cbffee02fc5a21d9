"""Players of others, on a finished video as it is served: they play it to its end without complaint."""

import os
import shutil
import subprocess
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.support.clips import NOISY, barcode_clip
from tests.support.decoding import BARCODE_BITS
from tests.support.stack import Person, Stack
from tools.processes import ROOT

pytestmark = pytest.mark.alone

SECONDS, RATE = 5, 30
#: The only build that says what it thinks.
SHAKA = ROOT / "frontend/node_modules/shaka-player/dist/shaka-player.compiled.debug.js"
#: This page has no worker for it.
NO_WORKER = "Transmuxer worker URL is not configured"
#: Sound outlasts the picture by 64 ms and more, lest WebKit never report the end. Shaka cuts what it expects
#: of the last segment to the shortest of the streams, whatever its playlist says, and finds it too long.
TOO_LONG = "Possible encoding problem detected! Unexpected buffered range"
LAST_SOUND = "/a0/00001.ts"
#: Of GStreamer, whose other parts complain of hardware that is not there.
GST_PARTS = ("hlsdemux2", "adaptivedemux2", "tsdemux", "mpegtsbase", "h264parse", "aacparse", "playbin3")

_PLAY_EVERY_RUNG = """async ([master, bits]) => {
    const video = document.querySelector('video'), player = new shaka.Player();
    const errors = [], rungs = [];
    player.addEventListener('error', event => errors.push(String(event.detail)));
    await player.attach(video);
    // Shaka compares to 30 ms what was appended with what it expects. Chromium's own parser of MPEG-TS,
    // which it would use, keeps the last pictures back until more comes, so Shaka takes them apart itself.
    player.configure({abr: {enabled: false}, mediaSource: {forceTransmux: true}});
    await player.load(master);
    // What a Chromium plays first at four times the speed, it now and then plays to its end without saying
    // so: its sound, for which there is no card, is only being opened then.
    await video.play();
    while (video.currentTime < 0.5) await new Promise(again => setTimeout(again, 20));
    video.pause();
    for (const track of player.getVariantTracks()) {
        player.selectVariantTrack(track, true);
        video.currentTime = 0;
        video.playbackRate = 4;
        const ended = new Promise((done, failed) => {
            video.addEventListener('ended', done, {once: true});
            const where = () => [track.height, video.currentTime, video.duration, video.readyState,
                player.getBufferedInfo(), errors];
            setTimeout(() => failed(new Error(JSON.stringify(where()))), 60_000);
        });
        await video.play();
        await ended;
        const context = new OffscreenCanvas(bits, 1).getContext('2d');
        context.drawImage(video, 0, video.videoHeight * 0.04, video.videoWidth, 1, 0, 0, bits, 1);
        const pixels = context.getImageData(0, 0, bits, 1).data;
        let last = 0;
        for (let bit = 0; bit < bits; bit++) if (pixels[4 * bit + 1] > 127) last += 2 ** bit;
        rungs.push({asked: track.height, shown: video.videoHeight, last});
    }
    return {rungs, errors, duration: video.duration};
}"""


@pytest.fixture(scope="module")
def master(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("clips")
    clip = barcode_clip(folder / "clip.mp4", seconds=SECONDS, size=(854, 480), noise=NOISY)
    person = Person(stack, "Others")
    video_id = person.upload(clip)
    # Also of its extras: nothing is made any more while others play it.
    return str(person.wait_for(video_id, "surrounded")["hls_url"])


def test_shaka_plays_every_rung_to_the_end(page: Page, stack: Stack, master: str) -> None:
    page.goto(f"{stack.gateway_url}/healthz")
    page.set_content("<video muted></video>")
    page.add_script_tag(path=SHAKA)
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type not in ("warning", "error") or message.text.startswith(NO_WORKER):
            return
        about = str([argument.json_value() for argument in message.args])
        if not (message.text.startswith(TOO_LONG) and LAST_SOUND in about):
            said.append(about)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    told: dict[str, Any] = page.evaluate(_PLAY_EVERY_RUNG, [master, BARCODE_BITS])
    assert (told["errors"], said) == ([], [])
    assert sorted(rung["asked"] for rung in told["rungs"]) == [240, 360, 480]
    for rung in told["rungs"]:
        assert rung["shown"] == rung["asked"]
        # At four times the speed a browser leaves pictures out, but it knows where the end is.
        assert rung["last"] == pytest.approx(SECONDS * RATE - 1, abs=4)
    assert told["duration"] == pytest.approx(SECONDS, abs=0.1)


def played(*command: str, **environment: str) -> str:
    """All that a player says of it."""
    done = subprocess.run(
        command, capture_output=True, timeout=60, check=True, env={**os.environ, **environment}
    )
    return done.stdout.decode() + done.stderr.decode()


def test_ffmpeg_plays_all_of_it_without_a_word(master: str) -> None:
    assert played("ffmpeg", "-nostdin", "-v", "warning", "-i", master, "-map", "0", "-f", "null", "-") == ""


@pytest.mark.skipif(not shutil.which("mpv"), reason="mpv is not installed")
def test_mpv_plays_it_without_a_word(master: str) -> None:
    # As fast as it can: on a busy machine it would complain that it is late.
    untimed = ["--vo=null", "--untimed", "--ao=null", "--ao-null-untimed"]
    assert played("mpv", "--no-config", *untimed, "--msg-level=all=warn", master) == ""


@pytest.mark.skipif(not shutil.which("gst-launch-1.0"), reason="GStreamer is not installed")
def test_gstreamer_plays_it_without_a_warning(master: str) -> None:
    sinks = ["video-sink=fakesink sync=false", "audio-sink=fakesink sync=false"]
    warnings = ",".join(f"{part}:2" for part in GST_PARTS)
    said = played("gst-launch-1.0", "--messages", "playbin3", f"uri={master}", *sinks, GST_DEBUG=warnings)
    assert "EOS" in said
    assert not [
        line for line in said.splitlines() if "WARN" in line or "ERROR" in line or "(warning)" in line
    ]
