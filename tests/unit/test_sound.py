"""Audio tracks: which one is heard first, and what people read of each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_service.domain.languages import language_name, language_tag
from video_service.domain.sound import choices, read_audio, track_names

LANGUAGES = ["eng", "deu", "und", ""]
TITLES = ["", "Kommentar", 'Kommentar"', "Kommentar 2", "English", "SoundHandler"]


def stream(index: int, language: str = "", title: str = "", *marks: str, channels: int = 2) -> dict[str, Any]:
    """As ffprobe describes it; the marks are its dispositions."""
    return {
        "index": index, "codec_type": "audio", "codec_name": "aac", "channels": channels,
        "tags": {"language": language, "title": title}, "disposition": dict.fromkeys(marks, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([(), ()], [0, 1]),
        ([(), ("default",)], [1, 0]),
        ([("default",), ("default",)], [0, 1]),
        ([(), (), ("default",)], [2, 0, 1]),
        # Asked for by a careless muxer, which marks everything.
        ([("default", "comment"), ("default",)], [1, 0]),
        ([("visual_impaired",), ()], [1, 0]),
        ([("comment",), ("visual_impaired",)], [0, 1]),
        # Asked for and nothing else is: the author's will.
        ([(), ("default", "visual_impaired")], [1, 0]),
    ],
)
def test_the_track_that_the_container_asks_for_comes_first(
    marks: list[tuple[str, ...]], expected: list[int]
) -> None:
    tracks = read_audio([stream(n, "", "", *marked) for n, marked in enumerate(marks)])
    assert [track.stream_index for track in tracks] == expected


@pytest.mark.parametrize(
    ("streams", "names"),
    [
        ([stream(1)], ["Track 1"]),
        ([stream(1, "eng"), stream(2, "ger")], ["English", "German"]),
        ([stream(1, "eng"), stream(2, "eng"), stream(3, "eng")], ["English", "English 2", "English 3"]),
        ([stream(1, "eng", "Stage"), stream(2, "eng", " Stage\n")], ["Stage", "Stage 2"]),
        ([stream(1, "eng", "Stage"), stream(2, "eng", '"Stage"')], ["Stage", "Stage 2"]),
        ([stream(1, "eng", "Part 9"), stream(2, "eng", "Part 9")], ["Part 9", "Part 10"]),
        ([stream(1, "eng"), stream(2, "eng", "", "comment")], ["English", "English (commentary)"]),
        ([stream(1, "fra", "", "visual_impaired")], ["French (audio description)"]),
        ([stream(1, "", "", "descriptions")], ["Audio description"]),
        ([stream(1, "eng", "SoundHandler"), stream(2, "spa", "Track 2")], ["English", "Spanish"]),
    ],
)
def test_each_track_has_a_name_of_its_own(streams: list[dict[str, Any]], names: list[str]) -> None:
    assert list(track_names(read_audio(streams))) == names


@given(st.lists(st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(TITLES) | st.text(max_size=3))))
def test_no_name_is_given_twice(told: list[tuple[str, str]]) -> None:
    names = track_names(read_audio([stream(n, *one) for n, one in enumerate(told)]))
    assert len(set(names)) == len(names) == len(told)
    assert all(name.strip() and name.isprintable() and '"' not in name for name in names)


@pytest.mark.parametrize(
    ("said", "tag", "name"),
    [  # RFC 5646 section 2.2.1: the shortest code; ISO 639-2 has two for some languages
        ("eng", "en", "English"),
        ("ger", "de", "German"),
        ("deu", "de", "German"),
        ("DE", "de", "German"),
        ("gsw", "gsw", "gsw"),
        ("pt-BR", "pt-BR", "Portuguese (BR)"),
        ("zh-hant-tw", "zh-Hant-TW", "Chinese (Hant-TW)"),
        ("por-br", "pt-BR", "Portuguese (BR)"),
    ],
)
def test_a_language_has_its_shortest_tag(said: str, tag: str, name: str) -> None:
    assert language_tag(said) == tag
    assert language_name(tag) == name


@pytest.mark.parametrize("said", ["", "und", "zxx", "xx", "e", "english", 'e"n', "en\nfr", "12", "en-"])
def test_what_is_no_language_is_none(said: str) -> None:
    assert language_tag(said) is None


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ([{}, {}], [(0, 1)]),
        ([{}, {}, {}, {}, {}], [(0, 1), (2, 3), (4,)]),
        ([{}, {"disposition": {"default": 1}}, {}, {}], [(0, 1), (2, 3)]),
        ([{}, {}, {}, {"disposition": {"default": 1}}], [(2, 3), (0, 1)]),
        ([{}, {}, {"disposition": {"default": 1}}], [(2,), (0, 1)]),
        ([{"channels": 2}, {}, {}], [(0,), (1, 2)]),
        ([{"channels": 2}, {"channels": 2}], [(0,), (1,)]),
        ([{"codec_name": "aac"}, {"codec_name": "aac"}], [(0,), (1,)]),
        ([{}, {"codec_name": "pcm_s24le"}], [(0,), (1,)]),
        ([{"tags": {"language": "eng"}}, {"tags": {"language": "deu"}}], [(0,), (1,)]),
        ([{}, {"tags": {"title": "Kommentar"}}], [(0,), (1,)]),
        ([{}, {"disposition": {"comment": 1}}], [(0,), (1,)]),
    ],
)
def test_two_that_are_each_one_channel_are_left_and_right(
    tracks: list[dict[str, Any]], expected: list[tuple[int, ...]]
) -> None:
    plain = {"codec_type": "audio", "codec_name": "pcm_s16le", "channels": 1}
    found = choices(read_audio({"index": index} | plain | track for index, track in enumerate(tracks)))
    assert [tuple(track.stream_index for track in choice) for choice in found] == expected
