"""The head of a video's page, read by the standard library's parsers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.elsewhere.head import video_head
from gateway.elsewhere.oembed import _xml
from gateway.elsewhere.player_code import player_markup, player_size
from gateway.video_records import Embedding, Owner, Picture, Video

GATEWAY, MEDIA = "https://video.example.org", "https://media.example.org"
TIME = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOSTILE = (
    "</title><script>hacked=1</script>",
    '"><img src=x onerror=hacked=1>',
    "</script><script>hacked=1</script><!--",
    "<!--<script>",
    "]]>&lt;b&gt;&amp;\\g<0>\\1",
    "' onload=' {{7*7}} ${7*7} \u2028\u2029 \uffff 𝄞",
)


def video(**changes: Any) -> Video:
    plain = Video(
        id="a" * 26, title="Harbour", description="Boats\n\n come  in.", tags=("sea", "dawn"),
        visibility="public", state="ready", playable=True, progress=1.0, seconds_left=None,
        duration_seconds=3723.4, width=1920, height=800, owner=Owner("ada", "Ada"), created_at=TIME,
        updated_at=TIME, renditions=(), chapters=(), poster_path="/p.jpg",
        posters=(Picture("/s.webp", "image/webp", 320, 134), Picture("/p.jpg", "image/jpeg", 1280, 534)),
        storyboard_path=None, preview=None, waveform_path=None, stills=(), warnings=(), failure=None,
        reprocessing=None, editable=False, moderatable=False, filename=None, loudness=(),
        downloadable=True, embedding=Embedding(True), view_count=0, captioned=False,
    )  # fmt: skip
    return replace(plain, **changes)


#: Scripts that are none.
_DATA = ({"type": "application/ld+json"}, {"type": "application/json", "id": "opening"})


class Head(HTMLParser):
    """What there is in a head: titles, named contents, links, data, and any other element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.contents: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.texts: dict[str, list[str]] = {}
        self.others: list[str] = []
        self._tag = self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta":
            assert set(found) == {"name", "content"} or set(found) == {"property", "content"}, found
            name = found.get("name") or found["property"]
            self.contents.setdefault(name, []).append(found["content"])
        elif tag == "link":
            self.links.setdefault(f"{found['rel']} {found.get('type', '')}".strip(), []).append(found["href"])
        elif tag == "title" or (tag == "script" and found in _DATA):
            self._tag, self._open = tag, found.get("id", tag)
            self.texts.setdefault(self._open, []).append("")
        else:
            self.others.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._tag, "only what was opened is closed"
        self._tag = self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data
        else:
            assert not data.strip(), data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def head_of(**changes: Any) -> Head:
    return Head(video_head(video(**changes), None, gateway_url=GATEWAY, video_url=MEDIA))


def test_everything_that_is_known_is_told() -> None:
    head = head_of()
    url, player = f"{GATEWAY}/videos/{'a' * 26}", f"{GATEWAY}/embed/{'a' * 26}"
    assert head.texts["title"] == ["Harbour · Playhead"]
    assert head.links["canonical"] == [url]
    assert head.contents["description"] == ["Boats come in."]
    assert {name: values for name, values in head.contents.items() if name.startswith(("og:", "video:"))} == {
        "og:site_name": ["Playhead"], "og:type": ["video.other"], "og:title": ["Harbour"],
        "og:description": ["Boats come in."], "og:url": [url], "og:image": [f"{MEDIA}/p.jpg"],
        "og:image:type": ["image/jpeg"], "og:image:width": ["1280"], "og:image:height": ["534"],
        "og:image:alt": ["Harbour"], "og:video": [player], "og:video:secure_url": [player],
        "og:video:type": ["text/html"], "og:video:width": ["1280"], "og:video:height": ["533"],
        "video:duration": ["3723"], "video:release_date": ["2026-03-04T05:06:07.000Z"],
        "video:tag": ["sea", "dawn"],
    }  # fmt: skip
    assert head.contents["twitter:card"] == ["player"]
    assert head.contents["twitter:player"] == [player]
    assert "robots" not in head.contents
    [data] = head.texts["script"]
    assert json.loads(data) == {
        "@context": "https://schema.org", "@type": "VideoObject", "name": "Harbour",
        "description": "Boats come in.", "uploadDate": "2026-03-04T05:06:07.000Z", "url": url,
        "author": {"@type": "Person", "name": "Ada"}, "keywords": ["sea", "dawn"],
        "thumbnailUrl": [f"{MEDIA}/p.jpg"], "duration": "PT1H2M3S", "embedUrl": player,
        "width": 1920, "height": 800,
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    head = head_of(title=text, description=text, tags=(text,), owner=Owner("eve", text))
    line = " ".join(text.split())
    assert head.others == []
    assert head.texts["title"] == [f"{text} · Playhead"]
    assert head.contents["og:title"] == [text]
    assert head.contents["description"] == [line]
    assert head.contents["video:tag"] == [text]
    [data] = head.texts["script"]
    told = json.loads(data)
    assert (told["name"], told["description"], told["author"]["name"]) == (text, line, text)
    assert not {"<", ">", "&"} & set(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_a_player_and_in_xml(text: str) -> None:
    class Frame(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag == "iframe"
            assert (dict(attrs)["title"], dict(attrs)["src"]) == (text, GATEWAY)

    Frame(convert_charrefs=True).feed(player_markup(GATEWAY, text, 1, 1))
    root = ElementTree.fromstring(_xml({"title": text}))
    assert root.findtext("title") == text.replace("\uffff", "")


def test_an_unlisted_video_is_not_for_search_engines() -> None:
    assert head_of(visibility="unlisted").contents["robots"] == ["noindex"]


@pytest.mark.parametrize(
    "changes",
    [{"embedding": Embedding(False)}, {"embedding": Embedding(False, ["example.org"])}, {"playable": False}],
)
def test_no_player_is_offered_where_none_would_play(changes: dict[str, Any]) -> None:
    head = head_of(**changes)
    assert head.contents["twitter:card"] == ["summary_large_image"]
    assert "og:video" not in head.contents
    assert "embedUrl" not in json.loads(head.texts["script"][0])


def test_what_is_not_known_yet_is_not_told() -> None:
    head = head_of(duration_seconds=None, width=None, height=None, posters=(), description="", playable=False)
    assert head.contents["description"] == ["A video by Ada."]
    assert not {"og:image", "video:duration"} & set(head.contents)
    assert not {"duration", "thumbnailUrl", "width"} & set(json.loads(head.texts["script"][0]))


def test_a_long_description_is_cut() -> None:
    [description] = head_of(description="word " * 1000).contents["description"]
    assert len(description) <= 300
    assert description.endswith("word…")


@pytest.mark.parametrize(
    ("most", "size"),
    [
        ((None, None), (640, 266)),
        ((960, None), (960, 400)),
        ((None, 100), (240, 100)),
        ((300, 300), (300, 125)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_player_has_the_videos_shape(most: tuple[int | None, int | None], size: tuple[int, int]) -> None:
    assert player_size(video(), *most) == size


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "PT0M1S"), (59.6, "PT1M0S"), (90.0, "PT1M30S"), (36000.0, "PT10H0M0S")]
)
def test_durations_are_iso_8601(seconds: float, said: str) -> None:
    assert json.loads(head_of(duration_seconds=seconds).texts["script"][0])["duration"] == said
