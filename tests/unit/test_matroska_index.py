"""A hostile Matroska file is refused or gives way to the packets, and costs no more than it is worth."""

import io
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ebml import element
from video_service.domain import frames, matroska_elements
from video_service.domain.container_index import IndexedVideo, NoIndex
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.matroska_index import Clusters, read_matroska_video

EBML, SEGMENT, INFO, TRACKS = (
    b"\x1a\x45\xdf\xa3",
    b"\x18\x53\x80\x67",
    b"\x15\x49\xa9\x66",
    b"\x16\x54\xae\x6b",
)
CLUSTER, VOID = b"\x1f\x43\xb6\x75", b"\xec"
UNKNOWN = b"\x01" + b"\xff" * 7


def block(ticks: int, *, key: bool = False, track: int = 1, flags: int = 0, size: int = 10) -> bytes:
    header = bytes([0x80 | track]) + (ticks & 0xFFFF).to_bytes(2) + bytes([flags | 0x80 * key])
    return element(b"\xa3", header + bytes(size))


def cluster(ticks: int, *content: bytes) -> bytes:
    return element(CLUSTER, element(b"\xe7", ticks.to_bytes(4)) + b"".join(content))


def track(codec: bytes = b"V_VP9", kind: int = 1, number: int = 1, more: bytes = b"") -> bytes:
    fields = element(b"\xd7", bytes([number])), element(b"\x83", bytes([kind])), element(b"\x86", codec)
    return element(b"\xae", b"".join(fields) + more)


def film(*clusters: bytes, tracks: bytes = track(), info: bytes = b"", after: bytes = b"") -> bytes:
    content = element(INFO, info) + element(TRACKS, tracks) + b"".join(clusters)
    return element(EBML, b"") + element(SEGMENT, content) + after


#: Four pictures; the third is shown before the second, and the last belongs to a second group.
CLUSTERS = (cluster(0, block(0, key=True), block(80), block(40)), cluster(200, block(-80, key=True)))


def read(content: bytes) -> IndexedVideo:
    return read_matroska_video(io.BytesIO(content))


def test_times_of_blocks_are_relative_to_their_cluster() -> None:
    found = read(film(*CLUSTERS))
    assert (list(found.frames.pts), list(found.frames.keyframes)) == ([0, 40, 80, 120], [0, 120])
    assert (found.time_base, found.frames.size_bytes, found.frames.end) == (Fraction(1, 1000), 40, 160)


def test_what_is_shown_before_the_first_key_frame_is_left_out() -> None:
    found = read(film(cluster(100, block(0, key=True), block(-80), block(-40), block(40)))).frames
    assert (list(found.pts), found.begin, found.size_bytes) == ([100, 140], 100, 40)


def test_times_beyond_all_measure_are_none() -> None:
    late = element(CLUSTER, element(b"\xe7", b"\xff" * 8) + block(0, key=True))
    with pytest.raises(NoIndex):
        read(film(late))


def test_the_scale_of_times_and_what_a_picture_lasts() -> None:
    info = element(b"\x2a\xd7\xb1", (100_000).to_bytes(3))
    lasts = element(b"\x23\xe3\x83", (7_000_000).to_bytes(4))
    found = read(film(*CLUSTERS, info=info, tracks=track(more=lasts)))
    assert (found.time_base, found.frames.end) == (Fraction(1, 10_000), 120 + 70)


def test_what_is_not_of_the_track_is_stepped_over() -> None:
    sound = [block(n, key=True, track=2, size=3000) for n in range(0, 200, 10)]
    mixed = cluster(
        0, *sound, block(0, key=True, size=3_000_000), element(VOID, bytes(100)), *sound, block(40)
    )
    tracks = track() + track(b"A_OPUS", kind=2, number=2)
    found = read(film(mixed, element(VOID, bytes(5)), tracks=tracks)).frames
    assert (list(found.pts), found.size_bytes) == ([0, 40], 3_000_010)


def test_sizes_may_be_unknown_as_in_a_live_recording() -> None:
    open_clusters = [CLUSTER + UNKNOWN + one[12:] for one in CLUSTERS]
    content = element(TRACKS, track()) + b"".join(open_clusters)
    assert read(element(EBML, b"") + SEGMENT + UNKNOWN + content).frames == read(film(*CLUSTERS)).frames


def test_how_long_a_live_recording_is_its_last_packet_tells() -> None:
    tracks = track() + track(b"A_OPUS", kind=2, number=2)
    sound = element(b"\xa0", element(b"\xa1", block(900, track=2)[9:]))
    live = film(*CLUSTERS, cluster(1000, sound, block(850, track=2)), tracks=tracks)
    assert read(live).end_seconds == 1.9
    length = element(b"\x44\x89", bytes(8))
    assert read(film(*CLUSTERS, tracks=tracks, info=length)).end_seconds is None


#: Ten of two pictures each, some of sound, and how long all is, which is written last.
MANY = film(
    *(cluster(n * 100, block(0, key=True), block(7, track=2), block(40)) for n in range(10)),
    tracks=track() + track(b"A_OPUS", kind=2, number=2),
    info=element(b"\x44\x89", bytes(8)),
)


def unfinished(content: bytes, size_bytes: int) -> io.BytesIO:
    """What is there while it is being written: not yet how large it will be."""
    at = content.index(SEGMENT) + len(SEGMENT)
    return io.BytesIO((content[:at] + UNKNOWN + content[at + len(UNKNOWN) :])[:size_bytes])


@given(cuts=st.lists(st.integers(0, len(MANY)), max_size=6))
def test_a_file_that_grows_is_read_to_the_same_end(cuts: list[int]) -> None:
    clusters = Clusters()
    for cut in sorted(cuts):
        clusters.read_on(unfinished(MANY, cut))
    assert read_matroska_video(io.BytesIO(MANY), clusters) == read(MANY)


def test_what_was_read_is_not_read_again() -> None:
    clusters = Clusters()
    second, last = (MANY.index(CLUSTER, MANY.index(CLUSTER) + 1), MANY.rindex(CLUSTER))
    clusters.read_on(unfinished(MANY, last + 9))
    forgotten = MANY[:second] + bytes(last - second) + MANY[last:]
    assert read_matroska_video(io.BytesIO(forgotten), clusters) == read(MANY)


def test_what_was_read_of_another_beginning_is() -> None:
    lasts = element(b"\x23\xe3\x83", (7_000_000).to_bytes(4))
    before, after = film(*CLUSTERS), film(*CLUSTERS, tracks=track(more=lasts))
    moved = film(*CLUSTERS, info=element(VOID, b""))
    clusters = Clusters()
    for content in (before, after, moved):
        clusters.read_on(unfinished(before, len(before)))
        assert read_matroska_video(io.BytesIO(content), clusters) == read(content)


#: As a browser's recorder writes it: of nothing is said how large it is.
LIVE = element(EBML, b"") + SEGMENT + UNKNOWN + element(TRACKS, track())
LIVE += b"".join(
    CLUSTER
    + UNKNOWN
    + element(b"\xe7", (n * 200).to_bytes(4))
    + b"".join(block(k * 40, key=k == 0) for k in range(5))
    for n in range(6)
)


@given(cuts=st.lists(st.integers(0, len(LIVE)), max_size=6))
def test_clusters_whose_size_is_not_said_are_read_to_the_same_end(cuts: list[int]) -> None:
    clusters, known = Clusters(), 0
    for cut in sorted(cuts):
        clusters.read_on(io.BytesIO(LIVE[:cut]))
        whole_ones = LIVE.count(CLUSTER, 0, cut)
        assert known <= clusters.pictures <= 5 * whole_ones
        known = clusters.pictures
    assert read_matroska_video(io.BytesIO(LIVE), clusters) == read(LIVE)


def test_a_cluster_whose_size_is_not_said_is_known_once_another_follows() -> None:
    clusters = Clusters()
    clusters.read_on(io.BytesIO(LIVE))
    assert clusters.pictures == 5 * 5
    second, last = LIVE.index(CLUSTER, LIVE.index(CLUSTER) + 1), LIVE.rindex(CLUSTER)
    forgotten = LIVE[:second] + bytes(last - second) + LIVE[last:]
    assert read_matroska_video(io.BytesIO(forgotten), clusters) == read(LIVE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no Matroska at all, but long enough to be something",
        film(),
        film(*CLUSTERS)[:-1],
        film(*CLUSTERS, after=b"more"),
        film(*CLUSTERS, tracks=track(b"V_MS/VFW/FOURCC")),
        film(*CLUSTERS, tracks=track() + track(number=2)),
        film(*CLUSTERS, tracks=track(more=element(b"\x6d\x80", b""))),
        film(*CLUSTERS, tracks=track(number=0)),
        film(cluster(0, block(0)), *CLUSTERS),
        film(cluster(0, block(-40, key=True), block(0))),
        film(cluster(0, block(0, key=True, flags=0x02))),
        film(cluster(0, block(0, key=True, flags=0x08))),
        film(cluster(0, b"\xa3\x82\x81\0", block(0, key=True))),
        film(cluster(0, block(0, key=True), block(40, size=0))),
        film(cluster(0, b"\xa3\x00")),
        film(cluster(0, b"\xa3" + UNKNOWN)),
        film(*CLUSTERS, info=element(b"\x2a\xd7\xb1", b"\0")),
        film(*CLUSTERS, element(TRACKS, track())),
    ],
    ids=[
        "empty", "other", "no-clusters", "cut-off", "something-after", "codec", "two", "encoded", "track-0",
        "no-key-frame-first", "negative", "laced", "invisible", "short-block", "empty-block", "no-number",
        "block-without-size", "no-scale", "tracks-last",
    ],
)  # fmt: skip
def test_where_the_packets_must_be_asked(content: bytes) -> None:
    with pytest.raises(NoIndex):
        read(content)


def test_there_is_an_end_to_what_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matroska_elements, "_MAX_ELEMENTS", 1000)
    for filler in (element(VOID, b""), block(0, track=2, size=0)):
        with pytest.raises(NoIndex, match="too many"):
            read(film(cluster(0, block(0, key=True), filler * 1001)))


def test_there_is_an_end_to_what_is_kept_of_a_file_that_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_PACKETS", 10)
    clusters = Clusters()
    clusters.read_on(unfinished(MANY, len(MANY) // 2))
    with pytest.raises(UnsupportedMedia):
        clusters.read_on(unfinished(MANY, len(MANY)))


def test_claims_take_no_memory() -> None:
    huge = b"\x08" + b"\xff\xff\xff\xff"
    content = (
        element(EBML, b"") + SEGMENT + UNKNOWN + element(TRACKS, track()) + CLUSTER + huge + b"\xa3" + huge
    )
    tracemalloc.start()
    with pytest.raises(NoIndex):
        read(content)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@settings(max_examples=300)
@given(
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8),
    kept=st.floats(0.2, 1),
)
def test_damaged_bytes_end_in_an_answer(places: list[tuple[int, int]], kept: float) -> None:
    content = bytearray(film(*CLUSTERS, tracks=track(more=element(b"\x23\xe3\x83", b"\x01\x02"))))
    for place, byte in places:
        content[place % len(content)] = byte
    try:
        frames = read(bytes(content[: round(len(content) * kept)])).frames
    except (NoIndex, UnsupportedMedia):
        return
    assert list(frames.pts) == sorted(set(frames.pts))
    assert set(frames.keyframes) <= set(frames.pts)
