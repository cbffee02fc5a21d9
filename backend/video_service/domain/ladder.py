"""The ladder: the set of video rungs chosen for a source. Never upscaled; shape and frame rate kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from video_service.domain.facts import SourceFacts
from video_service.domain.frames import longest_gop
from video_service.domain.grids import Fit, fit, least_steps_per_tick, median_step, own_step
from video_service.domain.plan import VideoRung

MAX_FRAME_RATE = 60
#: A copied GOP longer than this would make seeking and switching coarse.
_MAX_GOP_SECONDS = 10
#: Of a standard height, a rung at the source's own size must differ by at least this to be worth making.
_WORTH_MAKING = 1.15
#: A rung whose ceiling is more than this times a copy's mean rate is not made: the copy suits the same
#: networks, even where its own rate doubles, and looks better.
_LIGHT_COPY = 2
#: A copy this far above the rung's own ceiling would keep most networks from using it.
_COPY_CEILING = 2.5
_COPY_PROFILES = {"Constrained Baseline", "Baseline", "Main", "High"}


@dataclass(frozen=True)
class _Step:
    """Rate control of one height, as measured for CRF encodes with a capped rate."""

    short_side: int
    crf: int
    maxrate_bps: int
    profile: str


_STEPS = (
    _Step(1080, 23, 5_000_000, "high"),
    _Step(720, 23, 2_800_000, "high"),
    _Step(480, 24, 1_400_000, "main"),
    _Step(360, 24, 800_000, "main"),
    _Step(240, 25, 400_000, "main"),
)

#: H.264 levels: macroblocks per second, macroblocks per frame (ITU-T H.264 table A-1).
_LEVELS = (
    ("2.1", 19_800, 792),
    ("3.0", 40_500, 1_620),
    ("3.1", 108_000, 3_600),
    ("3.2", 216_000, 5_120),
    ("4.0", 245_760, 8_192),
    ("4.2", 522_240, 8_704),
    ("5.0", 589_824, 22_080),
    ("5.1", 983_040, 36_864),
    ("5.2", 2_073_600, 36_864),
)
#: profile_idc and constraint flags as x264 writes them (ITU-T H.264 section 7.4.2.1).
_PROFILE_BYTES = {"main": "4D40", "high": "6400"}


def frame_rate(facts: SourceFacts) -> Fraction:
    """Of every rung: the source's, halved until it is at most 60; a standard rate where it varies."""
    if not facts.frames.is_constant_rate:
        rate = _standard_rate(facts)
    elif _keeps_pace(facts, facts.video.nominal_rate, Fraction(1, 1000)):
        rate = facts.video.nominal_rate
    else:
        rate = _tidy(facts)
    while rate > MAX_FRAME_RATE + Fraction(1, 10):
        rate /= 2
    return rate


def may_copy(facts: SourceFacts) -> bool:
    """Whether the source's own packets can be a rung: cut at its key frames and play anywhere."""
    video, frames = facts.video, facts.frames
    gop_seconds = float(longest_gop(frames) * video.time_base)
    seconds = max(facts.duration_seconds, 0.001)
    return (
        video.codec == "h264"
        and video.codecs is not None
        and video.profile in _COPY_PROFILES
        and video.pixel_format in ("yuv420p", "yuvj420p")
        and not video.full_range
        and not video.is_hdr
        and video.rotation == 0
        and not video.mirrored
        and not video.may_be_interlaced
        and not video.is_unordered
        and video.recovery_pictures is None
        and not facts.is_damaged
        and video.sample_aspect == 1
        and min(video.width, video.height) <= _STEPS[0].short_side
        and facts.mean_rate <= MAX_FRAME_RATE + Fraction(1, 10)
        and not facts.first_picture_is_held
        and not facts.last_picture_stays
        and not frames.has_leading_pictures
        and not frames.has_discarded_pictures
        and frames.keyframes[0] == frames.pts[0]
        and gop_seconds <= _MAX_GOP_SECONDS
        and frames.size_bytes * 8 / seconds
        <= _COPY_CEILING * _step_for(min(video.width, video.height)).maxrate_bps
    )


def make_ladder(facts: SourceFacts, *, copied: bool) -> tuple[VideoRung, ...]:
    """The rungs, best first; with ``copied`` the first is the source itself."""
    width, height = facts.video.shown_size
    short = min(width, height)
    rate = facts.mean_rate if copied and not facts.frames.is_constant_rate else frame_rate(facts)
    sides = [step.short_side for step in _STEPS if step.short_side <= short]
    tallest = min(short, _STEPS[0].short_side)
    if not sides or tallest > sides[0] * _WORTH_MAKING:
        sides = [tallest, *sides]
    elif copied or tallest != sides[0]:
        sides[0] = tallest
    rungs = [_rung(side, width, height, rate) for side in sides]
    if copied:
        copy = _copied_rung(facts, short, rate)
        return (copy, *(rung for rung in rungs[1:] if rung.maxrate_bps <= _LIGHT_COPY * copy.maxrate_bps))
    return tuple(rungs)


def _rung(side: int, width: int, height: int, rate: Fraction) -> VideoRung:
    step = _step_for(side)
    scale = Fraction(side, min(width, height))
    # Even, because 4:2:0 halves both edges; an odd edge must not grow.
    size = tuple(max(2, 2 * min(round(edge * scale / 2), edge // 2)) for edge in (width, height))
    # More pictures in a second need more bits, but not in proportion: they are more alike.
    rate_factor = 1.5 if rate > 31 else 1.0
    level = _level(size[0], size[1], rate)
    maxrate_bps = int(step.maxrate_bps * rate_factor)
    return VideoRung(
        name=f"v{side}",
        width=size[0],
        height=size[1],
        frame_rate=rate,
        copied=False,
        codecs=f"avc1.{_PROFILE_BYTES[step.profile]}{int(float(level) * 10):02X}",
        profile=step.profile,
        level=level,
        crf=step.crf,
        maxrate_bps=maxrate_bps,
        bufsize_bits=maxrate_bps * 3 // 2,
    )


def _copied_rung(facts: SourceFacts, short: int, rate: Fraction) -> VideoRung:
    video = facts.video
    assert video.codecs is not None, "only H.264 is copied"
    mean_bps = int(facts.frames.size_bytes * 8 / max(facts.duration_seconds, 0.001))
    return VideoRung(
        name=f"v{short}",
        width=video.width,
        height=video.height,
        frame_rate=rate,
        copied=True,
        codecs=video.codecs,
        profile=video.profile,
        level="",
        crf=0,
        maxrate_bps=mean_bps,
        bufsize_bits=mean_bps * 3,
    )


def _step_for(side: int) -> _Step:
    """The step whose rate control suits a short side: the smallest that is not lower, or the tallest."""
    return next((step for step in reversed(_STEPS) if step.short_side >= side), _STEPS[0])


def _level(width: int, height: int, rate: Fraction) -> str:
    wide, high = -(-width // 16), -(-height // 16)
    macroblocks = wide * high
    for level, per_second, per_frame in _LEVELS:
        # Neither edge may be longer than the root of eight pictures (section A.3.1).
        longest_fits = max(wide, high) ** 2 <= 8 * per_frame
        if macroblocks <= per_frame and macroblocks * rate <= per_second and longest_fits:
            return level
    return _LEVELS[-1][0]


def _standard_rate(facts: SourceFacts) -> Fraction:
    """A constant rate for pictures at varying times: the lowest usual one at which nearly all have a place of
    their own, or that of a grid of their own. Where they lie off all that, a finer one on which they lie: of
    a camera in the dark, which takes every second picture or all, 30 and not their mean."""
    grids = _Grids(facts.frames.pts, facts.video.time_base)
    rates = sorted(_usual_and_ntsc(_USUAL_RATES))
    lowest = next(filter(grids.keeps_apart, rates), None)
    best = grids.suited(lowest or rates[-2])
    if grids.fitted(best).evenness >= _UNEVEN or lowest is None:
        return best
    finest = _MOST_PLACES / (median_step(facts.frames.pts) * facts.video.time_base)
    finer = (grids.suited(rate, is_about=True) for rate in rates if best < rate <= finest)
    even = (rate for rate in finer if grids.fitted(rate).evenness >= _EVEN)
    return next(filter(grids.keeps_apart, even), best)


class _Grids:
    """What pictures are on grids of several rates."""

    def __init__(self, pts: Sequence[int], time_base: Fraction) -> None:
        self._pts, self._time_base = pts, time_base
        self._most_lost = len(pts) // _ONE_LOST_OF
        self._least_rate = least_steps_per_tick(pts, self._most_lost) / float(time_base)
        self._fits: dict[Fraction, Fit] = {}

    def fitted(self, rate: Fraction) -> Fit:
        if rate not in self._fits:
            self._fits[rate] = fit(self._pts, rate * self._time_base)
        return self._fits[rate]

    def keeps_apart(self, rate: Fraction) -> bool:
        return rate >= self._least_rate and self.fitted(rate).lost <= self._most_lost

    def suited(self, rate: Fraction, *, is_about: bool = False) -> Fraction:
        """Of a usual rate and one next to it that which suits pictures better; or that of a grid of their
        own, which ``is_about`` the same, or lower."""
        near = [usual for usual in sorted(_usual_and_ntsc(_USUAL_RATES)) if 1 <= usual / rate <= _NEXT_TO]
        near = [usual for usual in near if self.keeps_apart(usual)] or near
        best = max(near, key=lambda one: self.fitted(one).evenness - (one not in _USUAL_RATES) * _NTSC_GAIN)
        if self.fitted(best).evenness + _OWN_GAIN < 1:
            step = own_step(self._pts, float(1 / best / self._time_base) if is_about else None)
            own = (1 / (Fraction(step) * self._time_base)).limit_denominator(10**6)
            lowest = best / _NEXT_TO if is_about else _USUAL_RATES[0]
            is_between = lowest <= own <= min(best * _NEXT_TO, MAX_FRAME_RATE + Fraction(1, 10))
            gains = is_between and self.fitted(own).evenness > self.fitted(best).evenness + _OWN_GAIN
            if gains and self.keeps_apart(own):
                return own
        return best


_USUAL_RATES = (
    Fraction(10), Fraction(12), Fraction(15), Fraction(20), Fraction(24), Fraction(25), Fraction(30),
    Fraction(48), Fraction(50), Fraction(60),
)  # fmt: skip
#: One of so many pictures may share its place with another; of fewer none.
_ONE_LOST_OF = 1000
#: Rates that differ by less suit the same pictures: NTSC and the round ones.
_NEXT_TO = Fraction(101, 100)
#: How much evenness a rate must gain to be chosen that is of NTSC, or of no standard at all.
_NTSC_GAIN, _OWN_GAIN = 0.002, 0.05
#: Of a grid that is as uneven, a finer one is looked for on which pictures are even. Film that is shown in
#: fields of 50 or 60 a second is more even, and stays film.
_UNEVEN, _EVEN = 0.65, 0.9
#: Half of the pictures have the next within so many places: where they stay longer, nobody sees how much.
_MOST_PLACES = 4


def _usual_and_ntsc(rates: Iterable[Fraction]) -> Iterator[Fraction]:
    for usual in rates:
        yield usual
        yield usual * Fraction(1000, 1001)


def _tidy(facts: SourceFacts) -> Fraction:
    """The usual or NTSC rate next to the measured one, else a fraction next to it."""
    for candidate in _usual_and_ntsc((*_USUAL_RATES, Fraction(100), Fraction(120))):
        if _keeps_pace(facts, candidate, Fraction(1, 5000)):
            return candidate
    rate = facts.mean_rate
    return rate.limit_denominator(10**6) if rate > 1 else 1 / (1 / rate).limit_denominator(10**6)


def _keeps_pace(facts: SourceFacts, rate: Fraction, tolerance: Fraction) -> bool:
    """Whether a grid of this rate is next to the pictures, and still under the last of them."""
    error = abs(rate / facts.mean_rate - 1)
    return error <= tolerance and error * (len(facts.frames.pts) - 1) <= Fraction(1, 4)
