"""Playlists hold together whatever the source says of itself: its texts are a stranger's."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_service.domain.plan import AudioRendition, Plan, Timeline, VideoRung
from video_service.domain.playlist import expected_bandwidths, master_playlist, media_playlist

#: RFC 8216 section 4.2: an attribute list, read as its grammar says, independent of our code.
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\r\n]+)(?:,|$)')
#: Section 4.3: what a line may begin with here.
_TAGS = {
    "#EXTM3U", "#EXT-X-VERSION", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MEDIA", "#EXT-X-STREAM-INF",
    "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PLAYLIST-TYPE", "#EXTINF", "#EXT-X-ENDLIST",
}  # fmt: skip

#: Line breaks of every kind, quotes, and what looks like a playlist of its own.
HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        '"',
        "\n#EXT-X-ENDLIST\n",
        '",URI="https://evil.example/x.m3u8',
        "\r\nhttps://evil.example/",
        "\u2028",
        "\x85",
        "",
    ]
)
TRACKS = st.lists(st.tuples(HOSTILE, HOSTILE), max_size=3).map(
    lambda told: tuple(
        AudioRendition(f"a{number}", number + 1, "mp4a.40.2", 2, 128_000, language, title)
        for number, (title, language) in enumerate(told)
    )
)
RUNG = VideoRung(
    "v360", 640, 360, Fraction(25), False, "avc1.64001e", "high", "3.0", 23, 1_000_000, 2_000_000
)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    lengths = draw(st.lists(st.integers(1, 500), min_size=1, max_size=30))
    cuts = [0]
    for length in lengths:
        cuts.append(cuts[-1] + length)
    rate = draw(st.sampled_from([Fraction(1, 25), Fraction(1001, 30000), Fraction(1, 90000)]))
    return Timeline(rate, True, tuple(cuts), tuple(lengths))


def attributes(line: str) -> dict[str, str]:
    """Fails unless the whole line is one attribute list, without a name twice."""
    text = line.partition(":")[2]
    found = _ATTRIBUTE.findall(text)
    assert "".join(match.group(0) for match in _ATTRIBUTE.finditer(text)) == text
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def lines_of(playlist: str) -> list[str]:
    """As a player splits it (section 4.1: LF or CRLF); nothing else may look like a line's end."""
    assert playlist.endswith("\n")
    lines = playlist[:-1].split("\n")
    assert playlist.splitlines() == lines
    for line in lines:
        assert not line.startswith("#") or line.partition(":")[0] in _TAGS, line
    return lines


@given(TRACKS, timelines())
def test_a_master_lists_its_renditions_and_nothing_else(
    tracks: tuple[AudioRendition, ...], timeline: Timeline
) -> None:
    plan = Plan(timeline, (RUNG,), tracks, ())
    lines = lines_of(master_playlist(plan, expected_bandwidths(plan)))
    assert [line for line in lines if not line.startswith("#")] == ["v360/index.m3u8"]
    media = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    assert [one["URI"] for one in media] == [f'"{track.name}/index.m3u8"' for track in tracks]
    assert [one["DEFAULT"] for one in media] == ["YES", "NO", "NO"][: len(tracks)]
    assert all(one["TYPE"] == "AUDIO" for one in media)
    [variant] = [attributes(line) for line in lines if line.startswith("#EXT-X-STREAM-INF:")]
    assert ("AUDIO" in variant) is bool(tracks)


@given(timelines())
def test_a_media_playlist_is_as_long_as_its_timeline(timeline: Timeline) -> None:
    lines = lines_of(media_playlist(Plan(timeline, (RUNG,), (), ())))
    assert lines[-1] == "#EXT-X-ENDLIST"
    segments = [line for line in lines if not line.startswith("#")]
    assert segments == [f"{number:05d}.ts" for number in range(len(segments))]
    durations = [float(line[len("#EXTINF:") : -1]) for line in lines if line.startswith("#EXTINF:")]
    whole_seconds = float(timeline.cuts[-1] * timeline.time_base)
    assert sum(durations) == pytest.approx(whole_seconds, abs=1e-6 * len(durations))
    [target] = [int(line.partition(":")[2]) for line in lines if line.startswith("#EXT-X-TARGETDURATION:")]
    assert all(int(seconds + 0.5) <= target for seconds in durations)
