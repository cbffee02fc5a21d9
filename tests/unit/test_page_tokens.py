"""Page tokens come back from anybody, changed in any way: they mean their place, or nothing at all.

A position grants nothing, so a token carries no secret, and a stranger can make one of any content.
"""

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_service import listing, page_tokens
from video_service.domain.errors import InvalidInput
from video_service.domain.finding import Filters, Match
from video_service.domain.stores import Position, Selection
from video_service.domain.video import new_id

PLACES = st.builds(
    Position,
    st.datetimes(timezones=st.just(UTC)),
    st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26),
)
SELECTIONS = st.builds(
    Selection,
    st.none() | st.text(max_size=30),
    public_only=st.booleans(),
    words=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    filters=st.builds(Filters, tag=st.text(max_size=5), captioned=st.booleans()),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.datetimes().map(datetime.isoformat),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def forged(content: Any, selection: Selection) -> str:
    """What a stranger who has read the source can make."""
    place = json.dumps(content).encode()
    return (
        base64.urlsafe_b64encode(page_tokens._binding(place, listing._whose(selection)) + place)
        .rstrip(b"=")
        .decode()
    )


def read(token: str, selection: Selection) -> Position | None:
    """``None`` where it is refused; any other exception fails the test."""
    try:
        position = listing.position_of(token, selection)
    except InvalidInput:
        return None
    # Whatever is accepted can be asked of the database.
    assert position.created_at.utcoffset() is not None
    assert re.fullmatch("[a-z2-7]{26}", position.video_id)
    return position


@given(PLACES, SELECTIONS)
def test_a_token_means_its_place(place: Position, selection: Selection) -> None:
    if selection.words:
        place = replace(place, match=Match.TEXT)
    assert read(listing.page_token_of(place, selection), selection) == place


@given(PLACES, SELECTIONS, SELECTIONS)
def test_a_token_of_another_list_is_refused(place: Position, one: Selection, other: Selection) -> None:
    if one != other:
        assert read(listing.page_token_of(place, one), other) is None


@given(PLACES, SELECTIONS, st.data())
def test_a_damaged_token_is_refused(place: Position, selection: Selection, data: st.DataObject) -> None:
    token = listing.page_token_of(place, selection)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    position = data.draw(st.integers(0, len(raw) - 1))
    flipped = bytes([raw[position] ^ data.draw(st.integers(1, 255))])
    damaged = base64.urlsafe_b64encode(raw[:position] + flipped + raw[position + 1 :]).decode()
    assert read(damaged, selection) is None


@given(st.text(max_size=300), SELECTIONS)
def test_garbage_is_refused(token: str, selection: Selection) -> None:
    assert read(token, selection) is None


@given(JSON | st.lists(JSON, min_size=2, max_size=2), SELECTIONS)
def test_a_forged_token_is_a_place_or_is_refused(content: Any, selection: Selection) -> None:
    read(forged(content, selection), selection)


@pytest.mark.parametrize(
    "content",
    [
        ["2030-01-01T00:00:00", "a" * 26],  # of no time zone: which moment?
        ["2030-01-01T00:00:00+00:00", 7],
        ["2030-01-01T00:00:00+00:00", "a\0"],
        ["2030-01-01T00:00:00+00:00", None],
        ["0001-01-01T00:00:00+23:59", "a" * 26],  # before the first moment there is
        ["9999-12-31T23:59:59-23:59", "a" * 26],
        [2030, "a" * 26],
        ["2030-01-01T00:00:00+00:00", "a" * 26, "nowhere"],
        ["2030-01-01T00:00:00+00:00", "a" * 26, None],
        ["2030-01-01T00:00:00+00:00", "a" * 26, "title"],  # in a list without words
        ["2030-01-01T00:00:00+00:00", "a" * 26, "title", "title"],
        {"2030-01-01T00:00:00+00:00": 1, "a": 2},
    ],
)
def test_places_that_no_database_knows_are_refused(content: Any) -> None:
    selection = Selection(None, public_only=True, words=())
    assert read(forged(content, selection), selection) is None


def test_a_token_that_nests_deeply_is_refused() -> None:
    selection = Selection(None, public_only=True, words=())
    place = b"[" * 100_000
    token = base64.urlsafe_b64encode(page_tokens._binding(place, listing._whose(selection)) + place).decode()
    assert read(token, selection) is None


def test_any_time_zone_will_do() -> None:
    selection, video_id = Selection(None, public_only=True, words=()), new_id()
    token = forged(["2030-01-01T02:00:00+02:00", video_id], selection)
    position = read(token, selection)
    assert position == Position(datetime(2030, 1, 1, tzinfo=UTC), video_id)
