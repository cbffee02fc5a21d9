"""The plan: every segment has one chunk that makes it, and what viewers need first comes first."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from tests.support.facts import SOURCES, STEREO, source, steady_sources, unhurried
from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Chunk, Lane, Plan
from video_service.domain.planning import make_plan

#: Pixels that one of two cores decodes or encodes in a second, as planning documents them.
DECODED = {"h264": 250_000_000, "hevc": 150_000_000, "vp9": 150_000_000, "av1": 150_000_000}
ENCODED = 60_000_000


def lane(plan: Plan, wanted: Lane) -> list[Chunk]:
    return [chunk for chunk in plan.chunks if chunk.lane is wanted]


def sizes(plan: Plan, rendition: str) -> list[int]:
    return [chunk.segment_count for chunk in plan.chunks if rendition in chunk.renditions]


def seconds(plan: Plan, chunk: Chunk) -> float:
    return sum(plan.timeline.segment_seconds(k) for k in chunk.segments)


def express(plan: Plan) -> list[str]:
    """The express renditions in the order in which their first chunks are listed."""
    return list(dict.fromkeys(name for chunk in lane(plan, Lane.EXPRESS) for name in chunk.renditions))


@unhurried
@given(SOURCES)
def test_every_segment_of_every_rendition_is_made_by_exactly_one_chunk(facts: SourceFacts) -> None:
    plan = make_plan(facts)
    made = Counter(
        (name, segment) for chunk in plan.chunks for name in chunk.renditions for segment in chunk.segments
    )
    names = [rung.name for rung in plan.rungs] + [track.name for track in plan.audio]
    assert made == Counter({(name, k): 1 for name in names for k in range(plan.timeline.segment_count)})
    assert len(set(names)) == len(names)


@unhurried
@given(SOURCES)
def test_lanes_come_in_order_and_express_is_never_missing(facts: SourceFacts) -> None:
    plan = make_plan(facts)
    order = list(dict.fromkeys((chunk.lane, chunk.renditions) for chunk in plan.chunks))
    copied = [(Lane.EXPRESS, (rung.name,)) for rung in plan.rungs if rung.copied]
    encoded = [one for one in order if one[0] is Lane.EXPRESS and one not in copied]
    sound = [one for one in order if one[0] in (Lane.AUDIO, Lane.ALTERNATIVE)]
    ladder = [one for one in order if one[0] is Lane.LADDER]
    assert order == [*copied, *sound, *encoded, *ladder] if copied else [*encoded, *sound, *ladder]
    assert plan.chunks[0].lane is Lane.EXPRESS
    assert plan.chunks[0].first_segment == 0
    # What is short is copied at once, see below.
    is_at_once = plan.rungs[0].copied and plan.timeline.duration_seconds <= 8
    goes_on = plan.timeline.segment_count > 1 and preroll_seconds(facts, plan, 1) >= 1
    assert plan.chunks[0].segment_count <= (4 if goes_on else 1) or is_at_once
    for wanted in Lane:
        for name in {name for chunk in lane(plan, wanted) for name in chunk.renditions}:
            firsts = [chunk.first_segment for chunk in plan.chunks if name in chunk.renditions]
            assert firsts == sorted(firsts)


@unhurried
@given(steady_sources())
def test_a_chunk_is_short_or_a_single_segment(facts: SourceFacts) -> None:
    plan = make_plan(facts)
    rungs = {rung.name: rung for rung in plan.rungs}
    for chunk in plan.chunks:
        if chunk.segment_count == 1:
            continue
        content_seconds = seconds(plan, chunk)
        if chunk.lane.is_sound:
            assert content_seconds <= 120
            continue
        encoded = [rungs[name] for name in chunk.renditions if not rungs[name].copied]
        if not encoded:
            assert content_seconds <= 600
            continue
        decoded = facts.video.width * facts.video.height * facts.mean_rate / DECODED[facts.video.codec]
        work = decoded + sum(rung.width * rung.height * rung.frame_rate for rung in encoded) / ENCODED
        estimated_seconds = content_seconds * float(work) / 2
        decoded_first = content_seconds <= preroll_seconds(facts, plan, chunk.first_segment)
        assert content_seconds <= 28 or decoded_first
        assert estimated_seconds <= (4 if chunk.lane is Lane.EXPRESS else 120) * 1.001 or decoded_first


def preroll_seconds(facts: SourceFacts, plan: Plan, segment: int) -> float:
    """What is decoded and thrown away: from the key frame before a cut to the cut."""
    begin, base = facts.frames.pts[0], facts.video.time_base
    grid = plan.timeline.time_base if plan.timeline.on_grid else Fraction(0)
    cut = Fraction(plan.timeline.start_seconds(segment))
    keys = [(key - begin) * base for key in facts.frames.keyframes]
    key = max(key for key in keys if key < cut + grid / 2 or key <= 0)
    return max(0.0, float(cut - key))


def test_chunks_grow_and_the_last_of_the_ladder_are_small_again() -> None:
    plan = make_plan(source(seconds=182, codec="hevc", width=640, height=360))
    assert plan.timeline.segment_count == 46  # one of 2 s and 45 of 4 s
    assert sizes(plan, "v360") == [1, 1, 2, 2, 4, 7, 7, 7, 7, 7, 1]  # at most 28 s
    # Half of what remains, to the nearest cut, and 4 s at least: 44 s remain after the fifth.
    assert sizes(plan, "v240") == [7, 7, 7, 7, 7, 6, 3, 1, 1]
    assert sizes(plan, "a0") == [1, 4, 30, 11]  # at most 120 s


def test_what_was_decoded_for_the_first_segment_is_not_decoded_again_for_the_second() -> None:
    """But up to where another may begin; and unless its key frame is near: then the first is there sooner
    without what encoders look ahead."""
    for every, expected in ((60, 1), (300, 3)):
        plan = make_plan(source(seconds=60, codec="hevc", width=640, height=360, every=every))
        assert sizes(plan, "v360")[0] == expected


def test_short_copies_and_sound_are_made_at_once() -> None:
    short, longer = (make_plan(source(seconds=length)) for length in (7, 9))
    assert short.rungs[0].copied
    for name in (short.rungs[0].name, "a0"):
        assert sizes(short, name) == [short.timeline.segment_count], name
        assert sizes(longer, name) == [1, longer.timeline.segment_count - 1], name


@pytest.mark.parametrize("seconds", [124, 150, 180, 200, 333])
def test_two_workers_end_together(seconds: int) -> None:
    """The longest lane, taken chunk by chunk by whoever is free, as the queue hands them out."""
    plan = make_plan(source(seconds=seconds, codec="hevc", width=1920, height=1080))
    busy_seconds = [0.0, 0.0]
    for chunk in lane(plan, Lane.LADDER):
        content_seconds = sum(plan.timeline.segment_seconds(k) for k in chunk.segments)
        busy_seconds[busy_seconds.index(min(busy_seconds))] += content_seconds
    assert plan.timeline.duration_seconds / max(busy_seconds) >= 1.9


@pytest.mark.parametrize("length_seconds", [24, 58, 60, 61, 95, 182])
def test_no_chunk_is_made_of_a_mere_rest(length_seconds: int) -> None:
    plan = make_plan(source(seconds=length_seconds, codec="hevc", width=1920, height=1080))
    assert seconds(plan, lane(plan, Lane.LADDER)[-1]) >= 4


def test_a_chunk_begins_where_a_key_frame_is_near() -> None:
    # A key frame each 250 pictures, as x264 and x265 place them when nobody tells them otherwise.
    facts = source(seconds=600, rate=30, every=250, codec="hevc", width=1920, height=1080)
    plan = make_plan(facts)
    assert plan.timeline.on_grid
    chunks = [chunk for chunk in lane(plan, Lane.LADDER) if chunk.first_segment]
    chosen = [preroll_seconds(facts, plan, chunk.first_segment) for chunk in chunks]
    anywhere = [preroll_seconds(facts, plan, k) for k in range(1, plan.timeline.segment_count)]
    assert sum(chosen) / len(chosen) < sum(anywhere) / len(anywhere) / 2


def test_a_source_with_one_key_frame_is_not_decoded_again_for_each_chunk() -> None:
    facts = source(seconds=480, every=10**6, codec="hevc", width=1920, height=1080)
    plan = make_plan(facts)
    for wanted in (Lane.EXPRESS, Lane.LADDER):
        ends = [plan.timeline.start_seconds(c.first_segment) + seconds(plan, c) for c in lane(plan, wanted)]
        assert sum(ends) < 3 * 480


def test_a_light_copy_is_the_whole_express_lane() -> None:
    plan = make_plan(source(seconds=60, mean_bps=2_900_000))
    assert express(plan) == ["v720"]
    assert plan.rungs[0].copied
    assert not plan.timeline.on_grid
    assert sizes(plan, "v720") == [1, 15]  # nothing is as quick as a copy
    assert {chunk.renditions for chunk in lane(plan, Lane.LADDER)} == {("v480", "v360", "v240")}


def test_a_heavy_copy_has_an_encoded_companion() -> None:
    plan = make_plan(source(seconds=60, mean_bps=3_200_000))
    assert express(plan) == ["v720", "v360"]
    assert [rung.copied for rung in plan.rungs] == [True, False, False, False]
    assert {chunk.renditions for chunk in lane(plan, Lane.LADDER)} == {("v480", "v240")}


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ({"codec": "hevc", "width": 3840, "height": 2160}, "v360"),
        ({"codec": "vp9", "width": 1080, "height": 1920}, "v360"),
        ({"codec": "hevc", "width": 426, "height": 240}, "v240"),
        ({"codec": "av1", "width": 160, "height": 120}, "v120"),
    ],
)
def test_without_a_copy_the_express_lane_is_a_small_rung(track: dict[str, Any], expected: str) -> None:
    plan = make_plan(source(**track))
    assert express(plan) == [expected]
    assert plan.timeline.on_grid
    assert not any(rung.copied for rung in plan.rungs)


def test_a_single_rung_leaves_nothing_for_the_ladder() -> None:
    plan = make_plan(source(codec="hevc", width=320, height=180, sound=False))
    assert [rung.name for rung in plan.rungs] == ["v180"]
    assert {chunk.lane for chunk in plan.chunks} == {Lane.EXPRESS}


@unhurried
@given(SOURCES)
def test_a_silent_source_has_no_audio_lane_and_another_one_has_one(facts: SourceFacts) -> None:
    plan = make_plan(facts)
    assert bool(plan.audio) is bool(facts.audio) is bool(lane(plan, Lane.AUDIO))


def test_only_the_first_track_is_made_for_the_beginning() -> None:
    tracks = tuple(replace(STEREO, stream_index=n, title=f"Voice {n}") for n in range(1, 4))
    plan = make_plan(replace(source(seconds=30), audio=tracks))
    assert [(track.name, track.stream_index, track.title) for track in plan.audio] == [
        ("a0", 1, "Voice 1"), ("a1", 2, "Voice 2"), ("a2", 3, "Voice 3"),
    ]  # fmt: skip
    assert {name for chunk in lane(plan, Lane.AUDIO) for name in chunk.renditions} == {"a0"}
    assert [chunk.renditions for chunk in lane(plan, Lane.ALTERNATIVE) if chunk.first_segment == 0] == [
        ("a1",), ("a2",),
    ]  # fmt: skip
    # AAC-LC (RFC 6381 section 3.3)
    assert {(track.codecs, track.channels) for track in plan.audio} == {("mp4a.40.2", 2)}


def test_of_a_hundred_tracks_sixteen_are_offered_and_the_owner_is_told() -> None:
    facts = replace(source(), audio=tuple(replace(STEREO, stream_index=n) for n in range(1, 101)))
    assert [track.stream_index for track in make_plan(facts).audio] == list(range(1, 17))
    assert facts.warnings == ("Of 100 audio tracks only 16 are offered.",)
    assert replace(facts, audio=facts.audio[:16]).warnings == ()


def test_a_source_that_is_hard_to_decode_is_made_in_smaller_chunks() -> None:
    # 16.7 s of work a second: in two minutes a core makes 7.2 s, which are two segments.
    plan = make_plan(source(seconds=60, rate=60, codec="av1", width=7680, height=4320))
    assert sizes(plan, "v1080")[0] == 2


def test_an_express_chunk_is_done_in_four_seconds() -> None:
    # 0.59 s of work a second: one segment takes 2.4 s, two would take 4.7 s.
    plan = make_plan(source(seconds=58, rate=20, every=40, codec="hevc", width=3840, height=2160))
    assert set(sizes(plan, "v360")) == {1}


@pytest.mark.parametrize("seconds", [Fraction(1, 30), Fraction(1, 2)])
def test_a_blink_is_one_segment(seconds: Fraction) -> None:
    plan = make_plan(source(seconds=float(seconds)))
    assert plan.timeline.segment_count == 1
    assert {chunk.segments for chunk in plan.chunks} == {range(1)}
