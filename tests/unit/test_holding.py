"""Pictures are held while there is only sound."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.support.facts import source, uneven_source
from video_service.domain.facts import MAX_DURATION_SECONDS, SourceFacts
from video_service.domain.holding import begun_with_sound, held_for_sound
from video_service.domain.ladder import may_copy
from video_service.domain.planning import make_plan
from video_service.domain.sound import read_audio

SOUND: dict[str, Any] = {
    "index": 1, "codec_name": "aac", "codec_type": "audio", "channels": 6, "start_time": "0.021333",
    "tags": {"language": "deu", "title": "Kommentar"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("track", "container", "said_seconds", "end_seconds"),
    [
        ({"duration": "30"}, "mov", 30.0, 30),
        ({"duration": "20.4"}, "mov", 20.4, 20),  # they hardly end together
        ({"duration": "21.5"}, "mov", 21.5, 21.5),
        ({"start_time": "1", "duration": "29"}, "mov", 30.0, 30),
        ({"tags": {"DURATION": "00:00:30.500000000"}}, "matroska", 31.0, 30.5),
        ({"tags": {"DURATION-eng": "00:01:30.250000000"}}, "matroska", 91.0, 90.25),
        ({}, "matroska", 33.0, 33),
        ({}, "mov", 33.0, 20),  # an estimate
        ({"duration": "90"}, "mov", 0.0, 20),
        ({"duration": "90000"}, "mov", 40.0, 40),  # the container knows better
        ({"duration": "1e7"}, "mov", 1e7, 20),  # nobody believes that
    ],
)
def test_the_last_picture_stays_while_there_is_sound(
    track: dict[str, Any], container: str, said_seconds: float, end_seconds: float
) -> None:
    facts = source(seconds=20)
    [heard] = read_audio([SOUND | {"start_time": "0", "tags": {}} | track])
    frames = held_for_sound(facts.frames, facts.video, container, [heard], said_seconds)
    assert frames.end * facts.video.time_base == pytest.approx(end_seconds, abs=0.001)
    assert (frames.pts, frames.keyframes) == (facts.frames.pts, facts.frames.keyframes)
    assert may_copy(replace(facts, frames=frames)) == (end_seconds < 22), "a segment has a picture"


def early(facts: SourceFacts, seconds: float) -> SourceFacts:
    """With sound that begins so long before the first picture."""
    first = facts.frames.pts[0] * facts.video.time_base
    return replace(facts, audio=read_audio([SOUND | {"start_time": str(float(first) - seconds)}]))


@pytest.mark.parametrize(
    ("seconds", "steps"), [(-3.0, 0), (0.0, 0), (0.9, 0), (1.11, 34), (10.01, 301), (3600.0, 108_000)]
)
def test_the_first_picture_is_shown_from_when_on_there_is_sound(seconds: float, steps: int) -> None:
    recorded = early(source(seconds=20), seconds)
    facts = begun_with_sound(recorded)
    assert facts.start_seconds == pytest.approx(recorded.start_seconds - steps / 30, abs=1e-4)
    assert facts.duration_seconds == pytest.approx(20 + steps / 30, abs=1e-4)
    assert may_copy(facts) == (steps == 0), "a copy would show it when its packet says"
    assert (facts.frames.pts, facts.mean_rate) == (recorded.frames.pts, recorded.mean_rate)
    timeline = make_plan(facts).timeline
    assert sum(timeline.frame_counts) == 600 + steps, "none but the first is held or left out"


def test_of_pictures_at_any_time_the_first_is_held_too() -> None:
    recorded = early(uneven_source([7, 1, 4, 2, 9, 3] * 20, time_base=Fraction(1, 10)), 4.04)
    facts = begun_with_sound(recorded)
    rate = make_plan(facts).rungs[0].frame_rate
    assert rate == make_plan(recorded).rungs[0].frame_rate
    held = float((recorded.frames.begin - facts.frames.begin) * facts.video.time_base)
    assert 4.04 <= held <= 4.04 + 1.1 / float(rate)


def test_sound_that_begins_a_day_before_is_not_believed() -> None:
    recorded = early(source(seconds=20), MAX_DURATION_SECONDS)
    assert begun_with_sound(recorded) == recorded
