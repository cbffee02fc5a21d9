"""The text of one cue: whatever a file holds becomes the little markup that players agree on.

What is let through is a part of WebVTT's cue text (W3C WebVTT section 4.2.2): ``b``, ``i``, ``u``, ``ruby``
with ``rt``, and ``v`` with a plain name. Everything else that looks like a tag goes, its content stays as
text, and the result is balanced and escaped.
"""

import re
import unicodedata
from html import unescape

#: No screen shows more at once.
MAX_CHARACTERS = 1000
_MAX_RAW_CHARACTERS = 4 * MAX_CHARACTERS
_MAX_VOICE_CHARACTERS = 60
_MAX_DEPTH = 6
_SIMPLE = frozenset({"b", "i", "u", "ruby", "rt"})
_LINE_BREAK = "br"

#: Each scan from a `<` ends at the next one: the time is linear in what is scanned.
_TAG = re.compile(r"<([^<>]*)>")
_NAME = re.compile(r"(/?)\s*([A-Za-z]+)")
#: Of karaoke: `<00:01.000>`.
_TIME = re.compile(r"\s*\d{1,4}:\d")
#: Of SubStation Alpha, which ends up in many SubRip files.
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_SAFE_TAG = re.compile(r"</?[a-z]+(?: [^<>]*)?>")
_EMPTY_ELEMENT = re.compile(r"<(b|i|u|ruby|rt|v)(?: [^<>]*)?></\1>")


def clean(raw: str) -> str:
    """The text as safe markup of non-empty lines; empty where nothing would be seen."""
    raw = _OVERRIDE.sub("", raw[:_MAX_RAW_CHARACTERS])
    writer, position = _Writer(), 0
    for tag in _TAG.finditer(raw):
        writer.text(raw[position : tag.start()])
        writer.tag(tag[0], tag[1])
        position = tag.end()
    writer.text(raw[position:])
    return _without_empty(writer.finished())


def plain(text: str) -> str:
    """What is read aloud: without markup and escapes."""
    return unescape(_SAFE_TAG.sub("", text))


def subrip(text: str) -> str:
    """Of the markup, the letters' styles; the text unescaped, as SubRip knows no escapes."""
    text = unescape(re.sub(r"</?(?:ruby|rt|v)(?: [^<>]*)?>", "", text))
    return text.replace("->", "→")  # a line with an arrow and times would begin another cue


class _Writer:
    """Writes balanced markup. The limit counts letters, not tags."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        self._room = MAX_CHARACTERS

    def text(self, raw: str) -> None:
        text = _printable(unescape(raw))[: self._room]
        self._room -= len(text)
        self._parts.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))

    def tag(self, whole: str, inner: str) -> None:
        name = _NAME.match(inner)
        if name is None:
            # `I <3 you > me` is text, unlike the times of karaoke and comments.
            if not _TIME.match(inner) and not inner.startswith(("!", "?", "/")):
                self.text(whole)
            return
        kind = name[2].lower()
        if kind == _LINE_BREAK:
            self.text("\n")
        elif name[1]:
            self._close(kind)
        elif kind == "v":
            self._begin_voice(inner)
        elif kind in _SIMPLE and kind not in self._open and (kind != "rt" or "ruby" in self._open):
            self._begin(kind, f"<{kind}>")

    def finished(self) -> str:
        while self._open:
            self._parts.append(f"</{self._open.pop()}>")
        return "".join(self._parts)

    def _begin(self, kind: str, written: str) -> None:
        if len(self._open) < _MAX_DEPTH:
            self._open.append(kind)
            self._parts.append(written)

    def _begin_voice(self, inner: str) -> None:
        _, _, said = inner.partition(" ")
        name = " ".join(re.sub(r"[<>&]", "", _printable(unescape(said))).split())[:_MAX_VOICE_CHARACTERS]
        self._close("v")
        if name.strip():
            self._begin("v", f"<v {name.strip()}>")

    def _close(self, kind: str) -> None:
        if kind not in self._open:
            return
        while True:
            closed = self._open.pop()
            self._parts.append(f"</{closed}>")
            if closed == kind:
                return


def _printable(text: str) -> str:
    """Without control characters and lone surrogates; line breaks of every kind become one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        " " if character == "\t" else character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def _without_empty(text: str) -> str:
    """An empty line would end the cue (section 4.1). What is left out may leave other things empty."""
    before = None
    while text != before:
        before = text
        lines = _EMPTY_ELEMENT.sub("", text).split("\n")
        text = _balanced("\n".join(line.strip() for line in lines if plain(line).strip()))
    return text if plain(text).strip() else ""


def _balanced(text: str) -> str:
    """Lines that held nothing but tags are gone, and with them may be the other half of a pair."""
    parts, still_open, position = [], list[str](), 0
    for tag in _SAFE_TAG.finditer(text):
        parts.append(text[position : tag.start()])
        position = tag.end()
        kind = tag[0].strip("</>").partition(" ")[0]
        if not tag[0].startswith("</"):
            if kind == "rt" and "ruby" not in still_open:
                continue
            still_open.append(kind)
            parts.append(tag[0])
        elif kind in still_open:
            while still_open:
                closed = still_open.pop()
                parts.append(f"</{closed}>")
                if closed == kind:
                    break
    parts.append(text[position:])
    return "".join([*parts, *(f"</{kind}>" for kind in reversed(still_open))])
