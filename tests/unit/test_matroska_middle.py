"""From the middle of a Matroska file those clusters are kept that hold blocks of the time that is wanted."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ebml import element
from tests.unit.test_matroska_index import (
    CLUSTER,
    EBML,
    SEGMENT,
    TRACKS,
    UNKNOWN,
    block,
    cluster,
    film,
    track,
)
from video_service.domain import matroska_index
from video_service.domain.container_index import ClusterPlaces, NoIndex
from video_service.domain.file_parts import FilePart
from video_service.domain.matroska_elements import Elements
from video_service.domain.matroska_index import block_ticks, read_matroska_video
from video_service.domain.matroska_middle import read_middle

SOUND = track(b"A_OPUS", kind=2, number=2)
#: A minute and more, one second in each; sound is stored two seconds late.
SECONDS = [
    cluster(n * 1000, block(0, key=True), block(500), *([block(-2000, track=2)] * (n > 1)), block(400))
    for n in range(100)
]
FILM = film(*SECONDS, tracks=track() + SOUND)
LIVE = element(EBML, b"") + SEGMENT + UNKNOWN + element(TRACKS, track() + SOUND)
LIVE += b"".join(CLUSTER + UNKNOWN + one[12:] for one in SECONDS)
FILMS = {"sized": FILM, "live": LIVE}


@pytest.fixture(autouse=True)
def each_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matroska_index, "_PLACE_BYTES", 0)


def places(content: bytes) -> ClusterPlaces | None:
    return read_matroska_video(io.BytesIO(content)).clusters


def middle(content: bytes, begin: int, end: int) -> bytes:
    found = places(content)
    assert found is not None
    return written(content, read_middle(io.BytesIO(content), found, begin, end))


def written(content: bytes, part: FilePart) -> bytes:
    assert all(before.stop < after.start for before, after in pairwise(part.kept))
    there = bytearray(len(content))
    for kept in part.kept:
        there[kept.start : kept.stop] = content[kept.start : kept.stop]
    for at, other in part.changed.items():
        assert not any(there[at : at + len(other)])
        there[at : at + len(other)] = other
    return bytes(there)


def times(content: bytes) -> list[int]:
    """Of all blocks, as every reader finds them."""
    header = len(element(EBML, b"")) + len(SEGMENT) + 8
    return list(block_ticks(Elements(io.BytesIO(content)), header, len(content)))


@pytest.mark.parametrize("kind", FILMS)
@given(begin=st.integers(0, 99_000), length=st.integers(0, 20_000))
def test_all_of_the_time_is_there_and_little_else(kind: str, begin: int, length: int) -> None:
    content = FILMS[kind]
    try:
        found = times(middle(content, begin, begin + length))
    except NoIndex:
        assert begin <= length + 3 * 2000 or begin > 97_000
        return
    wanted = [ticks for ticks in times(content) if begin <= ticks <= begin + length]
    assert [ticks for ticks in found if begin <= ticks <= begin + length] == wanted
    assert min(found) >= begin - 3000
    assert max(found) <= begin + length + 3000


def test_what_precedes_and_follows_the_clusters_is_kept() -> None:
    tags = element(b"\x12\x54\xc3\x67", b"told at the end")
    there = middle(film(*SECONDS, tags, tracks=track() + SOUND), 60_000, 61_000)
    assert there.endswith(tags)
    assert there.startswith(FILM[: len(element(EBML, b"")) + 4])


def test_a_file_that_says_where_its_clusters_are_is_left_alone() -> None:
    cues = element(b"\x1c\x53\xbb\x6b", b"")
    assert places(FILM) is not None
    assert places(film(*SECONDS, cues, tracks=track() + SOUND)) is None


def test_where_time_goes_back_nothing_is_told() -> None:
    assert places(film(SECONDS[5], SECONDS[4], SECONDS[6])) is None


@pytest.mark.parametrize(("begin", "end"), [(0, 1000), (1500, 9000), (40_000, 99_000)])
def test_what_is_hardly_less_is_not_worth_it(begin: int, end: int) -> None:
    with pytest.raises(NoIndex, match="hardly less"):
        middle(FILM, begin, end)


def test_no_more_is_looked_at_than_a_minute_has() -> None:
    found = places(FILM)
    assert found is not None
    crowded = film(*SECONDS[:50], element(CLUSTER, block(0, track=2, size=0) * 300_000))
    with pytest.raises(NoIndex):
        read_middle(io.BytesIO(crowded), found, 49_000, 50_000)
