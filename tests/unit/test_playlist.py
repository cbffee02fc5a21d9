"""Playlists: read by a small parser of RFC 8216 that knows nothing of the code."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import NTSC, SOURCES, plan, rung, source, unhurried
from video_service.domain.captions import Caption, CaptionKind
from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Plan, VideoRung
from video_service.domain.planning import make_plan
from video_service.domain.playlist import (
    Bandwidth,
    expected_bandwidths,
    iframe_bandwidth,
    iframe_playlist,
    master_playlist,
    measured_bandwidths,
    media_playlist,
    renditions,
)
from video_service.domain.transport_stream import FirstPicture

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
LADDER = (rung("v1080", 1920, 1080), rung("v480", 854, 480), rung("v240", 426, 240, frame_rate=NTSC))


def attributes(text: str) -> dict[str, str]:
    """Section 4.2: names are unique, and nothing stands between the pairs."""
    found, position = {}, 0
    while position < len(text):
        match = _ATTRIBUTE.match(text, position)
        assert match, text[position:]
        assert match[1] not in found
        found[match[1]] = match[2]
        position = match.end()
    assert not text.endswith(",")
    return found


def lines_of(text: str) -> list[str]:
    assert text.endswith("\n")
    lines = text.removesuffix("\n").split("\n")
    assert lines[0] == "#EXTM3U"  # section 4.3.1.1
    assert not any(re.search(r"[\x00-\x1f\x7f]", line) for line in lines)
    assert all(lines), "a URI is never empty"
    return lines


def read_media(text: str) -> tuple[dict[str, str], list[tuple[Decimal, str]]]:
    """Tags of the playlist, and duration and URI of its segments; a part of a file as file@from-to."""
    tags: dict[str, str] = {}
    segments: list[tuple[Decimal, str]] = []
    lines = lines_of(text)
    while lines:
        name, _, value = lines.pop(0).partition(":")
        assert name.startswith("#EXT")
        if name == "#EXTINF":
            duration, comma, _ = value.partition(",")
            assert comma, "section 4.3.2.1"
            part = ""
            if lines[0].startswith("#EXT-X-BYTERANGE:"):  # section 4.3.2.2
                length, offset = map(int, lines.pop(0).partition(":")[2].split("@"))
                part = f"@{offset}-{offset + length}"
            segments.append((Decimal(duration), lines.pop(0) + part))
        else:
            assert name not in tags
            tags[name] = value
    assert text.endswith("#EXT-X-ENDLIST\n")
    return tags, segments


def read_master(text: str) -> tuple[list[dict[str, str]], list[tuple[str, dict[str, str]]]]:
    """Attributes of the renditions, and URI and attributes of the variant streams. Those of single
    pictures are left out."""
    media: list[dict[str, str]] = []
    variants: list[tuple[str, dict[str, str]]] = []
    lines = lines_of(text)
    while lines:
        name, _, value = lines.pop(0).partition(":")
        if name == "#EXT-X-MEDIA":
            media.append(attributes(value))
        elif name == "#EXT-X-STREAM-INF":
            variants.append((lines.pop(0), attributes(value)))
        elif name == "#EXT-X-I-FRAME-STREAM-INF":
            continue
        else:  # section 4.1: no tag of a media playlist
            assert name in {"#EXTM3U", "#EXT-X-VERSION", "#EXT-X-INDEPENDENT-SEGMENTS"}
    return media, variants


@unhurried
@given(SOURCES)
def test_a_media_playlist_is_complete_and_lists_every_segment(facts: SourceFacts) -> None:
    made = make_plan(facts)
    tags, segments = read_media(media_playlist(made))
    assert tags["#EXT-X-PLAYLIST-TYPE"] == "VOD"
    assert "#EXT-X-ENDLIST" in tags
    assert tags["#EXT-X-MEDIA-SEQUENCE"] == "0"
    assert int(tags["#EXT-X-VERSION"]) >= 3, "durations are not whole"
    target = int(tags["#EXT-X-TARGETDURATION"])
    rounded = [int(duration.to_integral_value(ROUND_HALF_UP)) for duration, _ in segments]
    assert target == max(1, *rounded)  # section 4.3.3.1
    count = made.timeline.segment_count
    assert [uri for _, uri in segments] == [f"{number:05d}.ts" for number in range(count)]
    for number, end in enumerate(accumulate(duration for duration, _ in segments)):
        exact = (made.timeline.cuts[number + 1] - made.timeline.cuts[0]) * made.timeline.time_base
        assert abs(Fraction(end) - exact) <= (number + 1) * Fraction(1, 10**6)


def test_a_duration_that_is_rounded_up_to_a_half_counts_as_longer() -> None:
    # 4.4999999 s is written as 4.500000, whose nearest integer is 5.
    tags, [segment] = read_media(media_playlist(plan((0, 44_999_999), LADDER, time_base=Fraction(1, 10**7))))
    assert (segment[0], tags["#EXT-X-TARGETDURATION"]) == (Decimal("4.5"), "5")


def test_a_master_playlist_names_every_rendition() -> None:
    made = plan((0, 60, 180), LADDER, titles=("Deutsch",))
    [sound], variants = read_master(master_playlist(made, expected_bandwidths(made)))
    assert sound == {
        "TYPE": "AUDIO", "GROUP-ID": '"audio"', "NAME": '"Deutsch"', "DEFAULT": "YES", "AUTOSELECT": "YES",
        "CHANNELS": '"2"', "LANGUAGE": '"deu"', "URI": '"a0/index.m3u8"',
    }  # fmt: skip
    listed = {uri: (found["RESOLUTION"], found["FRAME-RATE"]) for uri, found in variants}
    assert listed == {
        "v1080/index.m3u8": ("1920x1080", "30.000"),
        "v480/index.m3u8": ("854x480", "30.000"),
        "v240/index.m3u8": ("426x240", "29.970"),
    }
    for _, found in variants:
        assert found["CODECS"] == '"avc1.4D401E,mp4a.40.2"'
        assert found["AUDIO"] == sound["GROUP-ID"]
        assert found["VIDEO-RANGE"] == "SDR"
        assert found["BANDWIDTH"].isdecimal()
        assert "AVERAGE-BANDWIDTH" not in found, "nothing is measured yet"


def test_players_choose_by_themselves_only_between_tracks_that_differ() -> None:
    made = plan((0, 60), LADDER, titles=("Deutsch", "Zweite", "English", "Kommentar", "Hörfilm", "Hörfilm 2"))
    languages = ("de", "de", "en", "de", "de", "de")
    audio = tuple(
        replace(track, language=language, is_aside=n > 2, describes_video=n > 3)
        for n, (track, language) in enumerate(zip(made.audio, languages, strict=True))
    )
    made = replace(made, audio=audio)
    media, _ = read_master(master_playlist(made, expected_bandwidths(made)))
    assert [one["DEFAULT"] for one in media] == ["YES", *["NO"] * 5]
    assert [one["AUTOSELECT"] for one in media] == ["YES", "NO", "YES", "NO", "YES", "NO"]
    described = '"public.accessibility.describes-video"'
    assert [one.get("CHARACTERISTICS") for one in media] == [None] * 4 + [described] * 2
    assert [one["LANGUAGE"] for one in media] == ['"de"', '"de"', '"en"', '"de"', '"de"', '"de"']


def test_of_captions_in_a_language_players_choose_only_the_first_by_themselves() -> None:
    made, now = plan((0, 60), LADDER), datetime.now(UTC)
    told = [("en", "subtitles"), ("en", "subtitles"), ("en", "captions"), ("de", "subtitles")]
    captions = [
        Caption(str(n), language, CaptionKind(kind), "Words", "WEBVTT\n", False, now)
        for n, (language, kind) in enumerate(told)
    ]
    media, _ = read_master(master_playlist(made, expected_bandwidths(made), captions))
    assert [one["AUTOSELECT"] for one in media] == ["YES", "NO", "YES", "YES"]
    assert len({one["NAME"] for one in media}) == 4


def test_a_silent_video_has_no_audio_group() -> None:
    made = make_plan(source(sound=False))
    media, variants = read_master(master_playlist(made, expected_bandwidths(made)))
    assert media == []
    assert not any("AUDIO" in found or "mp4a" in found["CODECS"] for _, found in variants)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Ton für Blinde", "Ton für Blinde"),
        ('Ada "the" Great', "Ada the Great"),
        ('x"\r\n#EXT-X-MEDIA:TYPE=AUDIO,URI="http://evil.example/', "x#EXT-X-MEDIA:TYPE=AUDIO,URI=http://evil.example/"),
        ("a\x00b\x85c\u2028d\u202ee\ud800", "abcde"),
        ("A,B=C", "A,B=C"),
        ('"\n"', "a0"),  # a track without any name left is called like its rendition
    ],
)  # fmt: skip
def test_a_hostile_title_stays_in_its_quotes(title: str, name: str) -> None:
    made = plan((0, 60), LADDER, titles=(title,))
    [sound], variants = read_master(master_playlist(made, expected_bandwidths(made)))
    assert sound["NAME"] == f'"{name}"'
    assert sound["URI"] == '"a0/index.m3u8"'
    assert len(variants) == len(LADDER)


@unhurried
@given(st.text(max_size=100))
def test_no_title_breaks_the_playlist(title: str) -> None:
    made = plan((0, 60), LADDER, titles=(title,))
    text = master_playlist(made, expected_bandwidths(made))
    [sound], variants = read_master(text)
    assert (sound["NAME"] != '""', len(variants)) == (True, len(LADDER))
    assert text.encode()


def bits_per_second(sizes_bytes: list[int], made: Plan, target: int) -> tuple[Fraction, Fraction]:
    """Peak segment bit rate and average segment bit rate, as section 4.1 defines them."""
    seconds = [(after - before) * made.timeline.time_base for before, after in pairwise(made.timeline.cuts)]
    rates = []
    for first in range(len(seconds)):
        for end in range(first + 1, len(seconds) + 1):
            span = sum(seconds[first:end], Fraction(0))
            if Fraction(target, 2) <= span <= Fraction(3 * target, 2):
                rates.append(8 * sum(sizes_bytes[first:end]) / span)
    return max(rates, default=Fraction(0)), 8 * sum(sizes_bytes) / sum(seconds, Fraction(0))


@unhurried
@given(st.lists(st.tuples(st.integers(1, 150), st.integers(188, 5 * 10**6)), min_size=1, max_size=12))
def test_no_stream_exceeds_its_measured_bandwidth(segments: list[tuple[int, int]]) -> None:
    cuts = (0, *accumulate(frames for frames, _ in segments))
    made = plan(cuts, LADDER, titles=("Sound",))
    picture, sound = [size for _, size in segments], [size // 9 for _, size in segments]
    sizes = {rung.name: dict(enumerate(picture)) for rung in LADDER} | {"a0": dict(enumerate(sound))}
    _, variants = read_master(master_playlist(made, measured_bandwidths(made, sizes)))
    target = int(read_media(media_playlist(made))[0]["#EXT-X-TARGETDURATION"])
    both = [a + b for a, b in zip(picture, sound, strict=True)]
    peak_bps, average_bps = bits_per_second(both, made, target)
    for _, found in variants:
        assert int(found["BANDWIDTH"]) >= peak_bps
        assert int(found["AVERAGE-BANDWIDTH"]) == pytest.approx(float(average_bps), abs=3)
        assert int(found["AVERAGE-BANDWIDTH"]) <= int(found["BANDWIDTH"])


def test_what_is_not_measured_keeps_its_expected_bandwidth() -> None:
    made = plan((0, 60, 180), LADDER, titles=("Sound",))
    measured = measured_bandwidths(made, {"v480": {0: 250_000, 1: 250_000}, "v240": {}})
    assert measured["v480"].peak_bps == pytest.approx(1_000_000, abs=1)  # 2 Mbit in 2 s
    assert measured["v480"].average_bps == pytest.approx(666_667, abs=1)  # 4 Mbit in 6 s
    expected = expected_bandwidths(made)
    assert {name: measured[name] for name in ("v1080", "v240", "a0")} == {
        name: expected[name] for name in ("v1080", "v240", "a0")
    }
    assert all(bandwidth.average_bps is None for bandwidth in expected.values())
    assert expected["v240"].peak_bps > 800_000, "the ceiling of the rate control"
    assert expected["a0"].peak_bps > 128_000


@pytest.mark.parametrize(
    ("rungs", "first"),
    [
        (LADDER, "v480"),
        ((rung("v1080", 1920, 1080), rung("v720", 1280, 720)), "v1080"),
        ((rung("v720", 720, 1280), rung("v360", 360, 640), rung("v240", 240, 426)), "v360"),
        ((rung("v240", 426, 240),), "v240"),
    ],
)
def test_players_begin_with_a_middle_rung(rungs: tuple[VideoRung, ...], first: str) -> None:
    made = plan((0, 60), rungs)
    _, variants = read_master(master_playlist(made, expected_bandwidths(made)))
    others = [f"{rung.name}/index.m3u8" for rung in rungs if rung.name != first]
    assert [uri for uri, _ in variants] == [f"{first}/index.m3u8", *others]


def test_what_the_api_tells_of_renditions() -> None:
    made = plan((0, 60), LADDER, titles=("Sound",))
    bandwidths = {
        name: Bandwidth(n * 1000, None) for n, name in enumerate(["v1080", "v480", "v240", "a0"], 1)
    }
    told = renditions(made, bandwidths, complete=True)
    assert [(r.name, r.kind, r.width, r.height, r.frame_rate, r.bandwidth_bps, r.complete) for r in told] == [
        ("v1080", "video", 1920, 1080, 30.0, 1000, True),
        ("v480", "video", 854, 480, 30.0, 2000, True),
        ("v240", "video", 426, 240, 29.97, 3000, True),
        ("a0", "audio", 0, 0, 0.0, 4000, True),
    ]
    assert not any(r.complete for r in renditions(made, bandwidths, complete=False))


@unhurried
@given(SOURCES, st.data())
def test_single_pictures_are_listed_where_they_lie_and_stay_until_the_next(
    facts: SourceFacts, data: st.DataObject
) -> None:
    made = make_plan(facts)
    later = st.sets(st.integers(0, made.timeline.segment_count - 1))
    there = sorted({0} | data.draw(later, label="segments that could be made"))
    lying = {
        k: FirstPicture(188 * data.draw(st.integers(2, 4)), 188 * data.draw(st.integers(1, 999)))
        for k in there
    }
    tags, listed = read_media(iframe_playlist(made, lying))
    assert tags["#EXT-X-I-FRAMES-ONLY"] == ""
    assert int(tags["#EXT-X-VERSION"]) >= 4  # section 7
    parts = [
        f"{k:05d}.ts@{lying[k].offset_bytes}-{lying[k].offset_bytes + lying[k].size_bytes}" for k in there
    ]
    assert [uri for _, uri in listed] == parts
    cuts, time_base = made.timeline.cuts, made.timeline.time_base
    ends = [cuts[k] for k in [*there[1:], made.timeline.segment_count]]
    for (written, _), begin, end in zip(listed, [cuts[k] for k in there], ends, strict=True):
        assert float(written) == pytest.approx(float((end - begin) * time_base), abs=1e-6)
    assert int(tags["#EXT-X-TARGETDURATION"]) == max(
        1, *(int(written.to_integral_value(ROUND_HALF_UP)) for written, _ in listed)
    )


def test_a_master_lists_single_pictures_of_the_rungs_that_have_them() -> None:
    made = plan((0, 60, 180), LADDER, titles=("Deutsch",))  # 2 s and 4 s
    takes = iframe_bandwidth(made, {0: FirstPicture(564, 10_000), 1: FirstPicture(564, 30_000)})
    assert (takes.peak_bps, takes.average_bps) == (60_001, 53_334)  # 30 kB in 4 s, 40 kB in 6 s
    text = master_playlist(made, expected_bandwidths(made), iframes={"v480": takes})
    [line] = [line for line in text.splitlines() if line.startswith("#EXT-X-I-FRAME-STREAM-INF:")]
    found = attributes(line.partition(":")[2])
    assert found == {
        "BANDWIDTH": "60001", "AVERAGE-BANDWIDTH": "53334", "CODECS": '"avc1.4D401E"',
        "RESOLUTION": "854x480", "VIDEO-RANGE": "SDR", "URI": '"v480/iframes.m3u8"',
    }  # fmt: skip
    assert len(read_master(text)[1]) == len(LADDER), "and all others are still there"
