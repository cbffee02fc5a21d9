"""Whether AAC in a transport stream changes is told from its own headers, however it arrives."""

import subprocess
from pathlib import Path

import pytest

from tests.support.clips import barcode_clip
from video_service.domain.adts import SoundWatch
from video_service.domain.transport_stream import transport_stride

#: What ffmpeg calls the first sound of a program, in a transport stream and in one for discs.
SOUND = {"0": 0x101, "1": 0x1100}


def stream(folder: Path, *options: str, kind: str = "ts", seconds: float = 6) -> bytes:
    """Frames of AAC that begin PES packets, beside pictures."""
    clip = barcode_clip(folder / "clip.mp4", seconds=seconds, size=(320, 180))
    made = folder / f"made.{kind}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(clip), "-c:v", "copy", "-c:a", "aac"]
    subprocess.run([*command, *options, "-f", "mpegts", str(made)], check=True, timeout=60)
    return made.read_bytes()


def changing(content: bytes, piece_bytes: int = 1 << 20) -> frozenset[int]:
    watch = SoundWatch(SOUND.values())
    for at in range(0, len(content), piece_bytes):
        watch.look(content[at : at + piece_bytes])
    return frozenset(filter(watch.has_changed, SOUND.values()))


@pytest.mark.parametrize("piece_bytes", [187, 5_003, 1 << 20])
@pytest.mark.parametrize("m2ts", ["0", "1"])
@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (("-ac", "2"), False),
        (("-ac", "2", "-b:a", "96k"), False),
        (("-ac", "1"), True),
        (("-af", "pan=5.1|FC=c0"), True),
        (("-ac", "2", "-ar", "44100"), True),
    ],
    ids=["same", "other-bitrate", "mono", "surround", "rate"],
)
def test_a_change_of_layout_or_rate_is_seen(
    tmp_path: Path, m2ts: str, after: tuple[str, ...], changes: bool, piece_bytes: int
) -> None:
    mode = ("-mpegts_m2ts_mode", m2ts)
    content = stream(tmp_path, "-ac", "2", *mode) + stream(tmp_path, *after, *mode)
    assert transport_stride(content) == (192 if m2ts == "1" else 188)
    assert changing(content, piece_bytes) == (frozenset([SOUND[m2ts]]) if changes else frozenset())


def test_one_damaged_header_is_no_change(tmp_path: Path) -> None:
    content = bytearray(stream(tmp_path))
    # Each PES packet of the sound begins with its own header, and then with that of a frame.
    headers = [at for at in range(len(content) - 4) if content[at : at + 2] == b"\xff\xf1"]
    content[headers[len(headers) // 2] + 3] ^= 0x40
    assert changing(bytes(content)) == frozenset()


def test_what_is_no_transport_stream_changes_nothing() -> None:
    assert changing(bytes(range(256)) * 4000) == frozenset()
    assert changing(b"\x47\x41\x01\x30" * 100_000) == frozenset()
    assert changing(b"") == frozenset()
