"""Plans are read as they were stored, those of earlier versions too."""

import json

from hypothesis import given

from tests.support.facts import SOURCES, source, unhurried
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
