"""Substitutes: what is served for a rung whose own segment is not there yet."""

import pytest
from hypothesis import given

from tests.support.facts import plan, rung, steady_sources, unhurried
from video_service.domain.facts import SourceFacts
from video_service.domain.planning import make_plan
from video_service.domain.substitutes import substitutes

PLAN = plan(
    (0, 60, 180),
    (rung("v1080", 1920, 1080), rung("v720", 1280, 720), rung("v480", 854, 480), rung("v240", 426, 240)),
    titles=("Sound",),
)


@pytest.mark.parametrize(
    ("rendition", "expected"),
    [
        ("v1080", ("v720", "v480", "v240")),
        ("v720", ("v480", "v240", "v1080")),
        ("v480", ("v240", "v720", "v1080")),
        ("v240", ("v480", "v720", "v1080")),
    ],
)
def test_lower_rungs_come_first_and_then_the_next_higher(rendition: str, expected: tuple[str, ...]) -> None:
    assert substitutes(PLAN, rendition) == expected


@pytest.mark.parametrize("rendition", ["a0", "v360", "", "../v720"])
def test_sound_and_what_is_not_there_have_none(rendition: str) -> None:
    assert substitutes(PLAN, rendition) == ()


def test_a_single_rung_has_none() -> None:
    assert substitutes(plan((0, 60), (rung("v240", 426, 240),)), "v240") == ()


@unhurried
@given(steady_sources())
def test_all_other_rungs_and_never_the_rung_itself(facts: SourceFacts) -> None:
    made = make_plan(facts)
    names = {rung.name for rung in made.rungs}
    heights = {rung.name: rung.height for rung in made.rungs}
    for name in names:
        found = substitutes(made, name)
        assert sorted((*found, name)) == sorted(names)
        lower = [heights[other] < heights[name] for other in found]
        assert lower == sorted(lower, reverse=True)
