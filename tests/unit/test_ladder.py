"""The ladder: never upscaled, shape and rate kept, and what may be copied."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.facts import NTSC, SOURCES, shivering, source, steady_sources, uneven_source, unhurried
from video_service.domain.facts import SourceFacts
from video_service.domain.ladder import frame_rate, make_ladder, may_copy
from video_service.domain.plan import VideoRung

#: ITU-T H.264 (08/2021) table A-1: macroblocks per second, macroblocks per picture, kbit/s, kbit of buffer.
TABLE_A_1 = {
    21: (19_800, 792, 4_000, 4_000),
    30: (40_500, 1_620, 10_000, 10_000),
    31: (108_000, 3_600, 14_000, 14_000),
    32: (216_000, 5_120, 20_000, 20_000),
    40: (245_760, 8_192, 20_000, 25_000),
    41: (245_760, 8_192, 50_000, 62_500),
    42: (522_240, 8_704, 50_000, 62_500),
    50: (589_824, 22_080, 135_000, 135_000),
    51: (983_040, 36_864, 240_000, 240_000),
    52: (2_073_600, 36_864, 240_000, 240_000),
}


def names(facts: SourceFacts, *, copied: bool = False) -> str:
    return " ".join(rung.name for rung in make_ladder(facts, copied=copied))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (3840, 2160, "v1080 v720 v480 v360 v240"),
        (2160, 3840, "v1080 v720 v480 v360 v240"),
        (1920, 1080, "v1080 v720 v480 v360 v240"),
        (1280, 720, "v720 v480 v360 v240"),
        (1600, 900, "v900 v720 v480 v360 v240"),
        (1280, 800, "v800 v480 v360 v240"),  # too near to 720 for a rung of its own
        (640, 480, "v480 v360 v240"),
        (426, 240, "v240"),
        (1920, 1088, "v1080 v720 v480 v360 v240"),
        (1280, 736, "v736 v480 v360 v240"),
        (736, 1280, "v736 v480 v360 v240"),
        (720, 576, "v576 v480 v360 v240"),
        (960, 540, "v540 v360 v240"),
        (256, 144, "v144"),
        (160, 120, "v120"),
        (2, 2, "v2"),
    ],
)
def test_the_rungs_of_a_size(width: int, height: int, expected: str) -> None:
    assert names(source(codec="hevc", width=width, height=height)) == expected


@pytest.mark.parametrize(
    ("width", "height", "mean_bps", "expected"),
    [
        (1920, 1080, 6_000_000, "v1080 v720 v480 v360 v240"),  # one rung of 1080, not two
        (1280, 736, 3_000_000, "v736 v480 v360 v240"),
        (1920, 1080, 1_300_000, "v1080 v480 v360 v240"),  # 720 would have up to 2.8 Mb/s
        (1920, 1080, 300_000, "v1080 v240"),
        (1920, 1080, 20_000, "v1080"),  # slides: nothing is lighter
    ],
)
def test_no_rung_is_heavier_than_a_light_copy(width: int, height: int, mean_bps: int, expected: str) -> None:
    assert names(source(width=width, height=height, mean_bps=mean_bps), copied=True) == expected


def test_rungs_of_wide_pixels_and_turned_pictures() -> None:
    hdv = make_ladder(source(width=1440, height=1080, sample_aspect=Fraction(4, 3)), copied=False)
    assert (hdv[0].name, hdv[0].width, hdv[0].height) == ("v810", 1440, 810)
    phone = make_ladder(source(width=1920, height=1080, rotation=270), copied=False)
    assert [(rung.width, rung.height) for rung in phone[:2]] == [(1080, 1920), (720, 1280)]


@unhurried
@given(SOURCES)
def test_never_upscaled_and_the_shape_kept(facts: SourceFacts) -> None:
    shown = facts.video.shown_size
    assume(min(shown) >= 2)
    for rung in make_ladder(facts, copied=False):
        scale = int(rung.name[1:]) / min(shown)
        assert rung.width % 2 == rung.height % 2 == 0, "4:2:0 halves both edges"
        for edge, whole in zip((rung.width, rung.height), shown, strict=True):
            assert edge <= whole
            assert edge == pytest.approx(whole * scale, abs=1) or edge == 2
        assert rung.frame_rate <= 60 or float(rung.frame_rate) == pytest.approx(60, abs=0.1)


@unhurried
@given(SOURCES)
def test_rungs_descend_under_names_of_their_own(facts: SourceFacts) -> None:
    rungs = make_ladder(facts, copied=False)
    assert all(a.maxrate_bps > b.maxrate_bps for a, b in pairwise(rungs))
    assert all(int(a.name[1:]) > int(b.name[1:]) for a, b in pairwise(rungs))
    assert all(rung.maxrate_bps < rung.bufsize_bits <= 2 * rung.maxrate_bps for rung in rungs)
    assert not any(rung.copied for rung in rungs)


@pytest.mark.parametrize(
    ("width", "height", "rate", "expected"),
    [  # worked out by hand from table A-1
        (1920, 1080, 30, "avc1.640028"),  # 8160 macroblocks, 244800 a second
        (1920, 1080, 60, "avc1.64002A"),
        (1280, 720, 30, "avc1.64001F"),  # 3600 and 108000: just level 3.1
        (1280, 720, 50, "avc1.640020"),
        (854, 480, 25, "avc1.4D401E"),  # 1620 and 40500: just level 3
        (854, 480, 30, "avc1.4D401F"),
        (640, 360, 30, "avc1.4D401E"),
        (426, 240, 30, "avc1.4D4015"),
        (4096, 1080, 60, "avc1.640034"),  # 256 x 68 x 60 is 1044480
        (5760, 240, 3, "avc1.4D4032"),  # 360 x 15: level 4 has room, but for 256 in a row only
    ],
)
def test_codecs_name_the_lowest_level(width: int, height: int, rate: int, expected: str) -> None:
    facts = source(codec="vp9", width=width, height=height, rate=rate)
    assert make_ladder(facts, copied=False)[0].codecs == expected


def fits(rung: VideoRung, level: int) -> bool:
    """Annex A.3.1 and A.3.3: High may take 1.25 times the bits."""
    per_second, per_picture, rate_kbps, buffer_kbit = TABLE_A_1[level]
    wide, high = -(-rung.width // 16), -(-rung.height // 16)
    bits = 1250 if rung.profile == "high" else 1000
    return (
        wide * high <= per_picture
        and wide * high * rung.frame_rate <= per_second
        and max(wide, high) ** 2 <= 8 * per_picture
        and rung.maxrate_bps <= rate_kbps * bits
        and rung.bufsize_bits <= buffer_kbit * bits
    )


@unhurried
@given(steady_sources())
def test_every_rung_keeps_to_its_level(facts: SourceFacts) -> None:
    for rung in make_ladder(facts, copied=False):
        profile, level = int(rung.codecs[5:7], 16), int(rung.codecs[9:11], 16)
        assert profile == {"main": 77, "high": 100}[rung.profile]
        assert level == float(rung.level) * 10
        assert fits(rung, level)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        *((rate, rate) for rate in (Fraction(24_000, 1001), 24, 25, NTSC, 30, 50, 2 * NTSC, 60, 7)),
        (61, Fraction(61, 2)),
        (100, 50),
        (4 * NTSC, 2 * NTSC),
        (120, 60),
        (240, 60),
    ],
)
def test_the_rate_is_the_source_s_halved_until_it_is_at_most_60(rate: Fraction, expected: Fraction) -> None:
    assert frame_rate(source(rate=rate)) == expected


@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90_000)])
@pytest.mark.parametrize("rate", [Fraction(24_000, 1001), Fraction(24), NTSC, Fraction(30), Fraction(60)])
def test_a_header_that_lies_about_the_rate_is_not_believed(rate: Fraction, time_base: Fraction) -> None:
    for lie in (Fraction(1000), Fraction(25, 2), rate * Fraction(1001, 1000), rate * Fraction(1000, 1001)):
        assert frame_rate(source(seconds=60, rate=rate, nominal_rate=lie, time_base=time_base)) == rate


@unhurried
@given(
    rate=st.fractions(Fraction(1, 10), Fraction(60), max_denominator=5000),
    time_base=st.sampled_from([Fraction(1, 1000), Fraction(1, 90_000)]),
    lie=st.fractions(Fraction(99, 100), Fraction(101, 100), max_denominator=10**5),
    count=st.integers(1, 400),
)
def test_every_picture_has_a_place_of_its_own_on_the_grid(
    rate: Fraction, time_base: Fraction, lie: Fraction, count: int
) -> None:
    facts = source(seconds=float(count / rate), rate=rate, nominal_rate=rate * lie, time_base=time_base)
    places_per_tick, begin = time_base * frame_rate(facts), facts.frames.pts[0]
    places = [round((tick - begin) * places_per_tick) for tick in facts.frames.pts]
    assert places == list(range(len(facts.frames.pts)))


def test_a_last_picture_that_lasts_longer_moves_no_other() -> None:
    # ffprobe's average counts the last duration: 1200 pictures in 1201 steps.
    facts = source(seconds=40, rate=30, nominal_rate=Fraction(36_000, 1201))
    assert frame_rate(facts) == 30


def test_pictures_an_hour_apart_still_have_a_rate() -> None:
    facts = uneven_source([3600, 3600], time_base=Fraction(1), nominal_rate=Fraction(25))
    assert frame_rate(facts) == Fraction(1, 3600)


@pytest.mark.parametrize(
    ("rate", "time_base"),
    [
        *product(
            (Fraction(24_000, 1001), Fraction(24), NTSC, Fraction(48), 2 * NTSC),
            (Fraction(1, 1000), Fraction(1, 90_000)),
        ),
        *((rate, 1 / rate) for rate in (Fraction(24_000, 1001), Fraction(29_917, 2000))),  # as AVI counts
    ],
)
def test_where_some_pictures_are_missing_the_others_stay_on_their_grid(
    rate: Fraction, time_base: Fraction
) -> None:
    places = [place for place in range(3000) if place % 97 or not place]
    ticks = [round(place / rate / time_base) for place in (*places, 3000)]
    steps = [after - before for before, after in pairwise(ticks)]
    assert frame_rate(uneven_source(steps, time_base=time_base)) == rate


@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90_000)])
@pytest.mark.parametrize("shivers_ms", [0.4, 0.8, 2])
@pytest.mark.parametrize("rate", [Fraction(24_000, 1001), 24, 25, NTSC, 30, 50, 2 * NTSC, 60])
def test_a_clock_that_shivers_makes_no_other_rate(
    rate: Fraction, shivers_ms: float, time_base: Fraction
) -> None:
    facts = shivering(rate, shivers_ms, time_base=time_base)
    assert not facts.frames.is_constant_rate
    assert frame_rate(facts) == rate


@pytest.mark.parametrize("rate", [29.9, 30.05, 31.2, 60.05])
def test_a_camera_that_is_too_fast_keeps_its_own_rate(rate: float) -> None:
    found = frame_rate(shivering(Fraction(rate), 0.4, count=5000))
    assert float(found) == pytest.approx(rate, rel=1e-5)


@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90_000)])
def test_film_in_fields_of_60_a_second_is_film(time_base: Fraction) -> None:
    times = [(5 * n // 2) * Fraction(1001, 60_000) for n in range(901)]
    steps = [round(after / time_base) - round(before / time_base) for before, after in pairwise(times)]
    assert frame_rate(uneven_source(steps, time_base=time_base)) == Fraction(24_000, 1001)


def on_places(
    places: list[int], rate: Fraction | float, time_base: Fraction, shivers_ms: float = 0
) -> SourceFacts:
    """Pictures that last so many steps of a grid, as a clock tells that deviates so much."""
    numbers = np.cumsum([0, *places])
    shivers = np.random.default_rng(2).normal(0, shivers_ms, len(numbers)) / 1000
    ticks = np.rint((1 + numbers / float(rate) + shivers) / float(time_base)).astype(int)
    return uneven_source([int(step) for step in np.diff(ticks)], time_base=time_base)


def chosen(among: list[int], parts: list[float], count: int = 900) -> list[int]:
    return [int(place) for place in np.random.default_rng(1).choice(among, count, p=parts)]


@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90_000)])
@pytest.mark.parametrize("shivers_ms", [0, 0.4, 1])
@pytest.mark.parametrize(
    ("places", "rate"),
    [
        ([1, 2] * 400, 30),  # a camera in the dark
        ([1, 1, 2] * 400, 30),
        ([1, 1, 1, 2] * 400, 30),
        ([1, 2] * 400, NTSC),
        ([1, 2] * 400, 50),
        ([1, 2] * 400, 60),
        (chosen([1, 2, 3], [0.3, 0.4, 0.3]), 30),
        (chosen([2, 3, 4], [0.3, 0.4, 0.3]), 60),
        ([*[1, 2] * 200, 900, *[1, 2] * 200, 1800, *[1, 2] * 200], 30),  # nothing moves for a while
    ],
)  # fmt: skip
def test_pictures_that_leave_places_of_a_grid_out_lie_on_it(
    places: list[int], rate: Fraction | int, shivers_ms: float, time_base: Fraction
) -> None:
    assert frame_rate(on_places(places, rate, time_base, shivers_ms)) == rate


@pytest.mark.parametrize("rate", [29.9, 30.05, 59.8])
def test_a_grid_with_gaps_may_have_a_rate_of_its_own(rate: float) -> None:
    found = frame_rate(on_places([1, 2] * 2000, rate, Fraction(1, 90_000), 0.4))
    assert float(found) == pytest.approx(rate, rel=1e-5)


def test_no_grid_is_finer_than_it_need_be() -> None:
    fine = Fraction(1, 90_000)
    assert frame_rate(on_places([2, 2, 3, 2, 3] * 200, 60, fine)) == 25, "film in fields of 60 a second"
    slides = chosen([40, 71, 97, 133], [0.25] * 4, 60)
    assert frame_rate(on_places(slides, 30, fine)) == 10, "who sees when a slide comes?"
    assert frame_rate(on_places([1, 2] * 400, 120, fine)) <= 60


def test_a_screen_that_truly_varies_keeps_all_its_pictures() -> None:
    chosen = np.random.default_rng(1).choice([17, 33, 50, 200, 1000, 3000], 900)
    assert frame_rate(uneven_source([int(step) for step in chosen], time_base=Fraction(1, 1000))) == 60
    slow = np.random.default_rng(1).integers(300, 2000, 900)
    assert frame_rate(uneven_source([int(step) for step in slow], time_base=Fraction(1, 1000))) == 10


def test_one_picture_of_a_thousand_may_be_lost_and_none_of_few() -> None:
    for count, is_lost in ((90, False), (1500, True)):
        steps = [3000, 3001, 2999] * count
        steps[100:101] = [1200, 1800]
        assert (frame_rate(uneven_source(steps)) == 30) == is_lost


def test_a_varying_rate_gets_the_standard_rate_that_keeps_its_pictures_apart() -> None:
    thirty = [3000, 3000, 3010, 2990, 3000] * 30
    assert frame_rate(uneven_source([*thirty, 9000, *thirty])) == 30
    assert frame_rate(uneven_source([90_000, 3000] * 5 + [1500] * 100)) == 60
    assert frame_rate(uneven_source([10, 20, 10, 10] * 30)) == 60


COPYABLE = source(seconds=30, rate=30, every=60, mean_bps=2_000_000)


def track(**changes: Any) -> SourceFacts:
    return replace(COPYABLE, video=replace(COPYABLE.video, **changes))


def frames(**changes: Any) -> SourceFacts:
    return replace(COPYABLE, frames=replace(COPYABLE.frames, **changes))


@pytest.mark.parametrize(
    ("make", "copied"),
    [
        (lambda: COPYABLE, True),
        (lambda: track(profile="Constrained Baseline"), True),
        (lambda: track(profile="Main"), True),
        (lambda: track(profile="High 10"), False),
        (lambda: track(profile="High 4:4:4 Predictive"), False),
        (lambda: track(pixel_format="yuv420p10le"), False),
        (lambda: track(pixel_format="yuv422p"), False),
        (lambda: track(codec="hevc", codecs=None), False),
        (lambda: track(codec="vp9"), False),
        (lambda: track(codecs=None), False),
        (lambda: track(full_range=True), False),
        (lambda: track(transfer="smpte2084"), False),
        (lambda: track(rotation=90), False),
        (lambda: track(rotation=180), False),
        (lambda: track(mirrored=True), False),
        (lambda: track(field_order="tt"), False),
        (lambda: replace(track(), is_cut_off=True), False),
        (lambda: replace(track(), has_damaged_pictures=True), False),
        (lambda: track(sample_aspect=Fraction(4, 3)), False),
        (lambda: track(width=1080, height=1920), True),
        (lambda: track(width=2560, height=1440), False),
        (lambda: source(rate=60), True),
        (lambda: source(rate=120), False),
        (lambda: uneven_source([3000, 6000, 3000] * 20), True),
        (lambda: frames(has_leading_pictures=True), False),
        (lambda: frames(has_discarded_pictures=True), False),
        (lambda: frames(keyframes=COPYABLE.frames.keyframes[1:]), False),
        (lambda: source(seconds=30, every=300), True),  # key frames 10 s apart
        (lambda: source(seconds=30, every=301), False),
        (lambda: source(mean_bps=7_000_000), True),  # 2.5 times what 720p is encoded with
        (lambda: source(mean_bps=7_010_000), False),
        (lambda: source(mean_bps=2_010_000, width=640, height=360), False),
    ],
)
def test_what_may_be_copied(make: Callable[[], SourceFacts], copied: bool) -> None:
    assert may_copy(make()) is copied


def test_a_copied_rung_is_the_source_itself() -> None:
    facts = source(rate=NTSC, mean_bps=2_000_000, width=853, height=481)
    first, *others = make_ladder(facts, copied=True)
    assert (first.name, first.width, first.height, first.copied) == ("v481", 853, 481, True)
    assert first.codecs == "avc1.64001F"
    assert first.maxrate_bps == pytest.approx(2_000_000, rel=0.01)
    assert [rung.name for rung in others] == ["v360", "v240"]
    assert not any(rung.copied for rung in others)
    assert {rung.frame_rate for rung in (first, *others)} == {facts.mean_rate}
