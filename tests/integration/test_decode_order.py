"""Decode times, as ffmpeg sets them on packets in orders that no encoder here makes."""

import subprocess
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.support.facts import source, uneven_source
from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Timeline
from video_service.domain.timeline import cut_at_keyframes, cut_on_grid
from video_service.pipeline.decode_order import decode_times, first_decode_seconds, lead_in_pictures

STEP = 3000
#: Pictures in the order of decoding: none, two and three levels of those that wait for a later one.
ORDERS = {0: [1], 2: [4, 2, 1, 3], 3: [8, 4, 2, 1, 3, 6, 5, 7]}


def order(depth: int, count: int, first: int = 0) -> list[int]:
    run = ORDERS[depth]
    later = [first + turn + n for turn in range(0, count - 1, len(run)) for n in run]
    return [first, *later]


def decoded(numbers: list[int], bitstream_filter: str) -> list[tuple[int, int]]:
    """DTS and PTS in 1/90000 s of packets whose PTS are so many steps."""
    times = "+".join(rf"eq(N\,{n})*{number * STEP}" for n, number in enumerate(numbers))
    filters = f"setts=pts={times}:dts=N-1000,{bitstream_filter}"
    pictures = f"color=s=2x2:r=30:d={len(numbers) / 30}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", pictures, "-c:v", "rawvideo"]
    command += ["-enc_time_base", "1/90000", "-bsf:v", filters, "-f", "framecrc", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    lines = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return [(int(line[1]), int(line[2])) for line in lines]


def deep(depth: int) -> tuple[SourceFacts, Timeline]:
    facts = source(seconds=11, every=60)
    facts = replace(facts, video=replace(facts.video, reorder_depth=depth))
    return facts, cut_at_keyframes(facts)


@pytest.mark.parametrize("depth", [0, 2, 3])
def test_the_first_pictures_are_decoded_within_the_first(depth: int) -> None:
    facts, timeline = deep(depth)
    found = decoded(order(depth, 25), decode_times(facts, timeline, 0))
    wait = max(2, depth)
    begin = [n * STEP // (wait + 1) for n in range(wait + 1)]
    assert [dts for dts, _ in found] == [*begin, *(n * STEP for n in range(1, len(found) - wait))]
    assert all(dts <= pts for dts, pts in found)


@pytest.mark.parametrize("depth", [0, 2, 3])
def test_a_run_goes_on_where_the_one_before_it_ended(depth: int) -> None:
    facts, timeline = deep(depth)
    wait = max(2, depth)
    expected = [(60 + n - wait) * STEP for n in range(25)]
    found = decoded(order(depth, 25, first=60), decode_times(facts, timeline, 1))
    assert [dts for dts, _ in found] == expected
    assert first_decode_seconds(facts, timeline, 1) * 90_000 == pytest.approx(expected[0])
    leading = decoded(
        [*range(60 - wait, 60), *order(depth, 25, first=60)], decode_times(facts, timeline, 1, leads_in=True)
    )
    assert [dts for dts, _ in leading[wait:]] == expected
    assert lead_in_pictures(facts, timeline) == wait


def test_pictures_longer_than_segments_are_decoded_one_after_the_other() -> None:
    facts = uneven_source([450_000] * 6, every=1)
    for timeline in (cut_at_keyframes(facts), cut_on_grid(facts, Fraction(1, 5))):
        assert timeline.frame_counts == (1,) * 6
        found = [decoded([150 * n], decode_times(facts, timeline, n))[0][0] for n in range(6)]
        assert found == [0, 150_000, 300_000, 450_000, 900_000, 1_350_000]
        assert [first_decode_seconds(facts, timeline, n) * 90_000 for n in range(6)] == pytest.approx(found)
