"""Byte ranges and conditions, as RFC 9110 sections 13 and 14 have them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import unhurried
from video_service.delivery.ranges import ByteRange, RangeNotSatisfiable, not_modified, requested_range
from video_service.domain.ports import ObjectInfo

#: The example of section 14.1.2 has 10000 bytes. Stores know fractions of a second, HTTP does not.
INFO = ObjectInfo(10_000, '"abc"', datetime(1994, 11, 6, 8, 49, 37, 654_321, tzinfo=UTC))
#: One moment in the three forms of section 5.6.7, all of which a recipient must accept.
FORMS = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
]
A_SECOND_BEFORE, A_SECOND_AFTER = "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"
#: What makes Python's parser of dates raise more than ValueError.
NO_DATES = [
    "",
    "yesterday",
    "Sun, 06 Nov 1994",
    "Sun, 99 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 +99999999999999999999",
]


def chosen(text: str, size_bytes: int = 10_000) -> tuple[int, int] | None:
    """First and last byte, as ``Content-Range`` would tell them."""
    found = requested_range({"range": text}, ObjectInfo(size_bytes, INFO.etag, INFO.modified_at))
    return None if found is None else (found.start, found.start + found.length - 1)


@pytest.mark.parametrize(
    ("text", "first_and_last"),
    [
        ("bytes=0-499", (0, 499)),
        ("bytes=500-999", (500, 999)),
        ("bytes=-500", (9500, 9999)),
        ("bytes=9500-", (9500, 9999)),
        ("bytes=0-0", (0, 0)),
        ("bytes=-1", (9999, 9999)),
        ("bytes=0-", (0, 9999)),
        ("bytes=9999-", (9999, 9999)),
        ("bytes=9000-20000", (9000, 9999)),  # beyond the end: the rest
        ("bytes=-20000", (0, 9999)),  # a suffix longer than the whole
        ("Bytes=0-499", (0, 499)),  # section 14.1: names of units have no case
        ("bytes= 0-499 ", (0, 499)),
    ],
)
def test_the_range_asked_for(text: str, first_and_last: tuple[int, int]) -> None:
    assert chosen(text) == first_and_last


@pytest.mark.parametrize("text", ["bytes=10000-", "bytes=10000-10001", "bytes=99999-", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_satisfied(text: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        chosen(text)


@pytest.mark.parametrize("text", ["bytes=0-", "bytes=0-0"])
def test_nothing_of_an_empty_object_can_be_asked_for(text: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        chosen(text, size_bytes=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes",
        "bytes=9-5",  # section 14.1.1: invalid
        "bytes=99999-5",  # invalid, not beyond the end
        "bytes=0-1,5-9",
        "items=0-5",
        "bytes=a-b",
        "bytes=1.5-2",
        "bytes=+1-5",
        "bytes=--5",
        "bytes=0-5-9",
        "bytes=1 0-2 0",
        "bytes=٣-٩",
        "bytes=²-",
        "bytes=0-" + "9" * 5000,
        "0-5",
    ],
)
def test_what_is_no_single_range_means_the_whole(text: str) -> None:
    assert chosen(text) is None


def test_no_header_means_the_whole() -> None:
    assert requested_range({}, INFO) is None
    assert requested_range({"if-range": INFO.etag}, INFO) is None


@unhurried
@given(size_bytes=st.integers(1, 10**12), first=st.integers(0, 10**12), last=st.integers(0, 10**12))
def test_a_range_never_leaves_the_object(size_bytes: int, first: int, last: int) -> None:
    if first >= size_bytes and last >= first:
        with pytest.raises(RangeNotSatisfiable):
            chosen(f"bytes={first}-{last}", size_bytes)
    else:
        expected = (first, min(last, size_bytes - 1)) if last >= first else None
        assert chosen(f"bytes={first}-{last}", size_bytes) == expected


@unhurried
@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 100))
def test_no_header_does_harm(text: str, condition: str, size_bytes: int) -> None:
    info = ObjectInfo(size_bytes, '"abc"', INFO.modified_at)
    for wanted in (text, f"bytes={text}"):
        try:
            found = requested_range({"range": wanted, "if-range": condition}, info)
        except RangeNotSatisfiable:
            continue
        assert found is None or 0 <= found.start < found.start + found.length <= size_bytes
    assert not_modified({"if-modified-since": condition}, info) in (True, False)
    assert not_modified({"if-none-match": condition}, info) in (True, False)


@pytest.mark.parametrize("condition", [INFO.etag, *FORMS])
def test_the_same_object_is_continued(condition: str) -> None:
    assert requested_range({"range": "bytes=5-", "if-range": condition}, INFO) == ByteRange(5, 9995)


@pytest.mark.parametrize(
    "condition",
    [
        '"other"',
        'W/"abc"',  # section 13.1.5: the comparison is strong
        "abc",
        "*",
        A_SECOND_BEFORE,
        A_SECOND_AFTER,  # a date has to be exact
        *NO_DATES,
    ],
)
def test_another_object_is_sent_whole(condition: str) -> None:
    assert requested_range({"range": "bytes=5-", "if-range": condition}, INFO) is None
    assert requested_range({"range": "bytes=99999-", "if-range": condition}, INFO) is None


@pytest.mark.parametrize(
    ("tags", "good"),
    [
        ('"abc"', True),
        ('W/"abc"', True),  # section 13.1.2: the comparison is weak
        ('"x", "abc"', True),
        ('"x" ,W/"abc" , "y"', True),
        ("*", True),
        ('"x"', False),
        ('"x", W/"y"', False),
        ("abc", False),
        ('"ABC"', False),
        ('"abc', False),
        ("", False),
    ],
)
def test_tags_that_the_client_holds(tags: str, good: bool) -> None:
    assert not_modified({"if-none-match": tags}, INFO) is good
    # Section 13.1.3: where tags are given, dates do not count.
    assert not_modified({"if-none-match": tags, "if-modified-since": A_SECOND_AFTER}, INFO) is good
    assert not_modified({"if-none-match": tags, "if-modified-since": A_SECOND_BEFORE}, INFO) is good


@pytest.mark.parametrize(
    ("since", "good"),
    [
        *((form, True) for form in FORMS),
        (A_SECOND_AFTER, True),
        (A_SECOND_BEFORE, False),
        *((text, False) for text in NO_DATES),
    ],
)
def test_the_date_of_the_client_s_copy(since: str, good: bool) -> None:
    assert not_modified({"if-modified-since": since}, INFO) is good


def test_without_conditions_the_object_is_sent() -> None:
    assert not not_modified({}, INFO)
    assert not not_modified({"range": "bytes=0-5", "if-range": INFO.etag}, INFO)


@unhurried
@given(st.integers(-(10**8), 10**8))
def test_a_copy_is_good_from_the_second_of_the_change_on(seconds: int) -> None:
    moment = INFO.modified_at.replace(microsecond=0) + timedelta(seconds=seconds)
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    day, month = days[moment.weekday()], months[moment.month - 1]
    date = f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT"
    assert not_modified({"if-modified-since": date}, INFO) is (seconds >= 0)
