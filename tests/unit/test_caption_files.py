"""Caption files as people have them: formats, encodings, markup, times."""

import pytest

from video_service.domain.caption_files import MAX_FILE_BYTES, decoded, read, subrip, webvtt
from video_service.domain.cue_text import clean
from video_service.domain.cues import Cue, tidy
from video_service.domain.errors import InvalidInput

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGrüße — {}\n\n2\n00:01:00,000 --> 00:01:01,000\nEnd\n"


@pytest.mark.parametrize(
    ("encoding", "language", "word"),
    [
        ("utf-8", "de", "日本"), ("utf-8-sig", "de", "日本"), ("utf-16", "de", "日本"),
        ("utf-16-le", "de", "日本"), ("utf-16-be", "de", "日本"), ("utf-32", "de", "日本"),
        ("cp1252", "de", "café"), ("gb18030", "zh-Hans", "日本"),
    ],
)  # fmt: skip
def test_every_encoding_is_read(encoding: str, language: str, word: str) -> None:
    found = read(SRT.format(word).encode(encoding), language)
    assert [cue.text for cue in found.cues] == [f"Grüße — {word}", "End"]
    assert [(cue.start_ms, cue.end_ms) for cue in found.cues] == [(1000, 2500), (60_000, 61_000)]


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [("cp1251", "ru", "Привет, мир"), ("cp932", "ja", "こんにちは、世界"), ("cp949", "ko", "안녕하세요"),
     ("cp1250", "pl", "Zażółć gęślą"), ("cp1253", "el-GR", "Καλημέρα"), ("big5", "zh-Hant", "你好")],
)  # fmt: skip
def test_the_language_tells_old_encodings(encoding: str, language: str, text: str) -> None:
    # Big5 is mostly valid GB 18030, too: what cannot be told apart is not tested.
    if encoding != "big5":
        assert decoded(text.encode(encoding), language) == text
    assert decoded(text.encode(encoding), "xx") != ""


def test_a_few_damaged_bytes_do_not_make_another_encoding() -> None:
    content = ("Grüße " * 20).encode() + b"\xff"
    assert decoded(content, "de").startswith("Grüße Grüße")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<i>a</i> <B>b</B> <u>c</u>", "<i>a</i> <b>b</b> <u>c</u>"),
        ('<font color="#fff">a</font><c.red>b</c>', "ab"),
        ("<script>alert(1)</script><img src=x onerror=y>", "alert(1)"),
        ("&lt;script&gt; &amp; &#60;b>", "&lt;script&gt; &amp; &lt;b&gt;"),
        ("<v.loud Ada  Lovelace>Hi", "<v Ada Lovelace>Hi</v>"),
        ("<v >Hi", "Hi"),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        ("I <3 you, 1 < 2 > 0", "I &lt;3 you, 1 &lt; 2 &gt; 0"),
        ("a<br>b<br/>\n\n \nc", "a\nb\nc"),
        ("<00:00:01.000>ka<00:00:02.000>ra", "kara"),
        ("<ruby>漢<rt>かん</rt></ruby><rt>x</rt>", "<ruby>漢<rt>かん</rt></ruby>x"),
        ("<ruby>\n<rt>!", "!"),
        ("{\\an8}{\\i1}top", "top"),
        ("{smiles}", "{smiles}"),
        ("<i> </i>\n&nbsp;", ""),
        ("a --> b", "a --&gt; b"),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_markup(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_what_subrip_writers_write_is_read() -> None:
    text = (
        "\n1\n0:00:01.5 --> 0:00:02,25 X1:0 X2:9\n{\\an8}Top\n\nstill the same\n"  # no line between
        "2\n00:00:03,000 --> 00:00:02,000\nbackwards\n\n00:00:04,000 --> 00:00:05,000\nno number\n42\n"
    )
    found = read(text.encode(), "en")
    assert found.ignored == 1
    assert found.cues == (
        Cue(1500, 2250, "Top\nstill the same", "line:0"),
        Cue(4000, 5000, "no number\n42"),
    )


def test_a_cue_without_an_end_lasts_until_the_next_or_a_while() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:01.000\na\n\n00:02.000 --> 00:02.000\nb\n\n00:20.000 --> 00:21.000\nc\n"
    )
    times = [(cue.start_ms, cue.end_ms) for cue in read(text.encode(), "en").cues]
    assert times == [(1000, 2000), (2000, 6000), (20_000, 21_000)]


def test_webvtt_keeps_places_and_leaves_styles_out() -> None:
    text = (
        "WEBVTT - a film\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: url(x) }\n\n"
        "REGION\nid:r\n\nintro\n00:01.000 --> 00:02.000 line:10%,start region:r size:500% align:end\n"
        "Hello\n\n"
        "NOTE not this\n\nnor this\n"
    )
    found = read(text.encode(), "en")
    assert found.cues == (Cue(1000, 2000, "Hello", "line:10%,start align:end"),)
    assert webvtt(found.cues, "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000") == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n"
        "00:00:01.000 --> 00:00:02.000 line:10%,start align:end\nHello\n"
    )


def test_subrip_is_written_with_what_it_knows() -> None:
    cues = [Cue(3_661_001, 3_662_000, "<v Ada><i>5 &lt; 6</i></v>", "line:0")]
    assert subrip(cues) == "1\n01:01:01,001 --> 01:01:02,000\n<i>5 < 6</i>\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"WEBVTT\n", b"{1}{2}MicroDVD", b"[Script Info]\nDialogue: 0,0:00:01.00,0:00:02.00", b"\x00" * 50,
     b"x" * (MAX_FILE_BYTES + 1), b"00:01 --> 00:02\nx\n\n" * 25_000 + b" "],
)  # fmt: skip
def test_what_holds_no_captions_or_too_much_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(content.replace(b"x\n\n", b"%d\n\n") if content.endswith(b" ") else content, "en")
    assert caught.value.data["field"] == "file"


def test_overlaps_are_put_right() -> None:
    speakers = (Cue(0, 3000, "a"), Cue(1000, 2000, "b"))
    assert tidy(speakers) == speakers, "two who speak at once stay"
    assert tidy([Cue(0, 1050, "a"), Cue(1000, 2000, "b")]) == (Cue(0, 1000, "a"), Cue(1000, 2000, "b"))
    assert tidy([Cue(0, 1000, "a"), Cue(1000, 2000, "a")]) == (Cue(0, 2000, "a"),)
    crowd = tidy([Cue(n * 200, 9000, str(n)) for n in range(6)])
    assert [cue.end_ms for cue in crowd] == [800, 1000, 9000, 9000, 9000, 9000]
    assert tidy([Cue(0, 1000, "a"), Cue(900, 5000, "b")], shift_ms=-1000, until_ms=3000) == (
        Cue(0, 3000, "b"),
    )
