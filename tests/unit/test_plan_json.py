"""Plans are read as they were stored, those of earlier versions too."""

import json
from dataclasses import replace

from hypothesis import given

from tests.support.facts import SOURCES, STEREO, source, unhurried
from video_service.domain.facts import SourceFacts
from video_service.domain.planning import make_plan
from video_service.repository.plan_json import plan_json, plan_of


@unhurried
@given(SOURCES)
def test_a_plan_is_read_as_it_was_stored(facts: SourceFacts) -> None:
    plan = make_plan(facts)
    assert plan_of(json.loads(plan_json(plan))) == plan


def test_a_plan_that_does_not_say_where_its_grid_begins_is_read() -> None:
    plan = make_plan(source(codec="vp9"))
    stored = json.loads(plan_json(plan))
    del stored["timeline"]["begin"]
    assert plan_of(stored) == plan


def test_a_plan_says_nothing_new_where_there_is_nothing_new() -> None:
    """Workers of an older version may run beside newer ones."""
    track = replace(STEREO, codec="pcm_s16le", channels=1)
    of_one = json.loads(plan_json(make_plan(replace(source(codec="vp9"), audio=(track,)))))
    assert "right_index" not in of_one["audio"][0]
    both = replace(source(codec="vp9"), audio=(track, replace(track, stream_index=2)))
    of_two = json.loads(plan_json(make_plan(both)))
    assert of_two["audio"][0]["right_index"] == 2
