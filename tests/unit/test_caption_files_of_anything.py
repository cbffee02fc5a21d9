"""Caption files of strangers: whatever they hold, players get safe, ordered WebVTT or nothing."""

import re
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from video_service.domain.caption_files import decoded, read, spoken, subrip, webvtt
from video_service.domain.cue_text import clean, plain
from video_service.domain.cue_text import subrip as as_subrip
from video_service.domain.cues import MAX_TOGETHER, Cue, tidy
from video_service.domain.errors import InvalidInput

_PIECES = st.sampled_from(
    ["<b>", "</b>", "<i", "</i>", "<ruby>", "<rt>", "</ruby>", "<v ", "<v A&lt;b>", "<c.red>", "<script>",
     "&lt;", "&#60;img src=x>", "&amp;lt;b>", "-->", "\n", "\n\n", "\r", "\x00", "\x85", "\u2028", "{\\an8}",
     "<00:01.000>", "<3", ">", "<", "&", "NOTE", "1"]
)  # fmt: skip
TEXTS = st.lists(_PIECES | st.text(max_size=5), max_size=20).map("".join)


def cues_at(times_ms: st.SearchStrategy[int]) -> st.SearchStrategy[list[Cue]]:
    cue = st.builds(Cue, times_ms, times_ms, st.sampled_from("abc"), st.sampled_from(["", "line:0"]))
    return st.lists(cue, max_size=40)


#: The grammar of cue text as far as it may occur (W3C WebVTT section 4.2.2).
_MARKUP = re.compile(r"<(/?)(b|i|u|ruby|rt|v)( [^<>&\n]+)?>")


def assert_safe(text: str) -> None:
    rest = _MARKUP.sub("", text)
    assert "<" not in rest
    assert ">" not in rest
    assert not re.search(r"&(?!amp;|lt;|gt;)", rest)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    assert all(line.strip() for line in text.split("\n"))
    still_open: list[str] = []
    for closing, name, said in _MARKUP.findall(text):
        if closing:
            assert still_open.pop() == name
        else:
            assert bool(said) == (name == "v")
            still_open.append(name)
    assert not still_open


@given(TEXTS)
def test_text_becomes_safe_markup_and_stays_as_it_is(raw: str) -> None:
    text = clean(raw)
    if text:
        assert_safe(text)
        assert plain(text).strip()
    assert clean(text) == text


@given(cues_at(st.integers(0, 90_000)), st.integers(-50_000, 50_000))
def test_cues_are_in_order_and_never_too_many_at_once(cues: list[Cue], shift_ms: int) -> None:
    kept = tidy(cues, shift_ms=shift_ms, until_ms=60_000)
    assert all(0 <= cue.start_ms < cue.end_ms <= 60_000 for cue in kept)
    assert all(one.start_ms <= following.start_ms for one, following in pairwise(kept))
    for cue in kept:
        together = [other for other in kept if other.start_ms <= cue.start_ms < other.end_ms]
        assert len(together) <= MAX_TOGETHER
        assert len({(other.text, other.settings) for other in together}) == len(together), "each once"


#: In steps: an overlap of a tenth of a second is taken for a mistake.
@given(cues_at(st.integers(0, 450).map(lambda steps: 200 * steps)), st.integers(-50_000, 50_000))
def test_a_cue_begins_when_it_was_meant_to_unless_it_went_on_already(cues: list[Cue], shift_ms: int) -> None:
    together = (sum(other.start_ms <= cue.start_ms <= other.end_ms for other in cues) for cue in cues)
    assume(max(together, default=0) <= MAX_TOGETHER)  # one too many ends another
    kept = tidy(cues, shift_ms=shift_ms, until_ms=60_000)
    for cue in cues:
        start = max(0, cue.start_ms + shift_ms)
        if start < min(60_000, cue.end_ms + shift_ms):
            assert any(other.text == cue.text and other.start_ms <= start <= other.end_ms for other in kept)


_FILES = st.lists(
    st.tuples(
        st.sampled_from(["", "1\n", "WEBVTT\n\n", "NOTE a\n\n", "STYLE\n::cue{}\n\n", "id\n"]),
        st.sampled_from(
            ["00:00:01,000 --> 00:00:02,000", "0:1.5->0:2.5 align:start region:x", "99:99:99,9 --> 1:0:0,0",
             "00:05.000 --> 00:01.000", "1 --> 2", "00:01.000 --> 00:03.000 line:-1 line:200% size:50%"]
        ),
        TEXTS,
    ),
    max_size=6,
).map(lambda blocks: "\n\n".join(f"{before}{timing}\n{text}" for before, timing, text in blocks))  # fmt: skip


@given(
    st.binary(max_size=300)
    | st.tuples(
        _FILES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251", "cp932"])
    ).map(lambda file: file[0].encode(file[1], errors="ignore")),
    st.sampled_from(["en", "ru", "ja", "zh-Hant", "", "x"]),
)
def test_any_file_is_refused_or_written_as_what_reads_the_same(content: bytes, language: str) -> None:
    assert isinstance(decoded(content, language), str)
    try:
        found = read(content, language)
    except InvalidInput:
        return
    assert found.cues
    for cue in found.cues:
        assert_safe(cue.text)
    again = read(webvtt(found.cues).encode(), language)
    assert (again.cues, again.ignored) == (found.cues, 0)
    assert all(line.text for line in spoken(found.cues))
    if any(re.search(r"&lt;|&amp;#?\w", cue.text) for cue in found.cues):
        return  # SubRip knows no escapes: what looks like a tag or a character's name is one
    different = {(cue.text, cue.settings) for cue in found.cues}
    if len({clean(as_subrip(cue.text)) for cue in found.cues}) < len(different):
        return  # nor places and voices: what differs in these alone is said once
    times = [(cue.start_ms, cue.end_ms) for cue in found.cues]
    assert [(cue.start_ms, cue.end_ms) for cue in read(subrip(found.cues).encode(), "en").cues] == times
