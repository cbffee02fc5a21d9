"""Turning, mirroring and colours: what a header says, and what is made of it."""

import math
from typing import Any

import pytest

from tests.support.facts import TURNS, display_matrix
from video_service.domain.picture import Colours, Orientation, colours, orientation


@pytest.mark.parametrize("degrees", sorted(TURNS))
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_every_upright_matrix(degrees: int, mirrored: bool, scale: float) -> None:
    a, b, c, d = (scale * number for number in TURNS[degrees])
    matrix = display_matrix(-a, -b, c, d) if mirrored else display_matrix(a, b, c, d)
    assert orientation(matrix) == Orientation(degrees, mirrored)


@pytest.mark.parametrize(
    ("degrees", "nearest"), [(3, 0), (-40, 0), (87, 90), (200, 180), (-91, 270), (350, 0)]
)
def test_an_odd_angle_becomes_the_nearest_upright_one(degrees: int, nearest: int) -> None:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    assert orientation(display_matrix(cosine, sine, -sine, cosine)) == Orientation(nearest)


@pytest.mark.parametrize(
    "matrix", ["", "\n00000000: 1 2\n", display_matrix(0, 0, 0, 0), display_matrix(1, 1, 1, 1)]
)
def test_nonsense_turns_nothing(matrix: str) -> None:
    assert orientation(matrix) == Orientation()


HD = (1920, 1080)
PQ = {"color_transfer": "smpte2084", "color_primaries": "bt2020", "color_space": "bt2020nc"}


@pytest.mark.parametrize(
    ("stream", "size", "tagged"),
    [
        # Untagged: what players take it for, by its size.
        ({}, (1920, 1080), ("bt709", "bt709", "bt709")),
        ({}, (720, 576), ("bt470bg", "smpte170m", "bt470bg")),
        ({}, (640, 480), ("smpte170m", "smpte170m", "smpte170m")),
        ({"color_space": "unknown", "color_transfer": "reserved"}, (1280, 720), ("bt709", "bt709", "bt709")),
        # Tagged: kept, at any size.
        ({"color_space": "bt709"}, (640, 360), ("bt709", "bt709", "bt709")),
        ({"color_space": "smpte170m"}, (1920, 1080), ("smpte170m", "smpte170m", "smpte170m")),
        ({"color_primaries": "smpte432", "color_space": "bt709"}, HD, ("smpte432", "bt709", "bt709")),
        ({"color_transfer": "iec61966-2-1"}, (1920, 1080), ("bt709", "iec61966-2-1", "bt709")),
        # Converted.
        (PQ, (1920, 1080), ("bt709", "bt709", "bt709")),
        ({"color_transfer": "arib-std-b67"}, (1920, 1080), ("bt709", "bt709", "bt709")),
        ({"color_space": "bt2020nc", "color_transfer": "bt2020-10"}, HD, ("bt709", "bt709", "bt709")),
        ({"pix_fmt": "gbrp"}, (640, 360), ("bt709", "bt709", "bt709")),
    ],
)  # fmt: skip
def test_tags_are_honest(stream: dict[str, Any], size: tuple[int, int], tagged: tuple[str, ...]) -> None:
    shown = colours(stream).named(*size).shown
    assert (shown.primaries, shown.transfer, shown.matrix) == tagged


@pytest.mark.parametrize(
    ("stream", "is_hdr", "is_converted"),
    [
        ({"color_space": "bt709"}, False, False),
        ({}, False, False),
        ({"pix_fmt": "rgb24", "color_space": "gbr"}, False, False),
        ({"color_space": "bt2020nc"}, False, True),
        ({"color_space": "ycgco"}, False, True),
        (PQ, True, True),
        ({"color_transfer": "arib-std-b67", "color_space": "bt709"}, True, True),
    ],
)
def test_what_few_players_understand_is_converted(
    stream: dict[str, Any], is_hdr: bool, is_converted: bool
) -> None:
    named = colours(stream).named(1920, 1080)
    assert (named.is_hdr, named.is_converted) == (is_hdr, is_converted)


def test_hdr_of_which_a_header_says_little_is_wide() -> None:
    assert Colours(transfer="smpte2084").named(1920, 1080) == Colours("bt2020", "smpte2084", "bt2020nc")
