"""A chunk is decoded from the last key frame from which its first picture can be reached."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.test_exactness import trimmed_hevc
from video_service.domain.planning import make_plan
from video_service.pipeline.commands import encode_video
from video_service.pipeline.probe import probe
from video_service.pipeline.sandbox import PLAIN


def first_packet(path: Path, at: str) -> float:
    """When what ffmpeg's demuxer finds for a time is shown, in seconds."""
    return packets(path, "-read_intervals", f"{at}%+#1")[0][0]


def packets(path: Path, *options: str) -> list[tuple[float, bool]]:
    shown = ["-select_streams", "v", *options, "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *shown, str(path)], check=True, capture_output=True, text=True, timeout=60
    )
    fields = (line.split(",") for line in done.stdout.split())
    return [(float(time), "K" in flags) for time, flags, *_ in fields]


@pytest.mark.parametrize("gop", [30, 6])
async def test_open_key_frames_behind_an_edit_list_are_found(tmp_path: Path, gop: int) -> None:
    path = trimmed_hevc(gop)(tmp_path)
    facts = await probe(PLAIN, path)
    plan = make_plan(facts)
    keys = [time for time, is_key in packets(path) if is_key]
    begins = plan.timeline.start_seconds
    looked_at = 0
    for first in range(1, plan.timeline.segment_count):
        command = encode_video(facts, plan, list(plan.rungs), first, 1, str(path), report_seconds=1).arguments
        wanted = max(key for key in keys if key <= begins(first) + 1e-3)
        found = first_packet(path, command[command.index("-ss") + 1])
        if gop == 30:
            assert found == pytest.approx(wanted, abs=1e-3)
        else:  # as near to each other as pictures are delayed: the one before may do, the next one not
            assert found <= wanted + 1e-3
        looked_at += 1
    assert looked_at
