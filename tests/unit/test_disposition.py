"""What a downloaded file is called, read back as RFC 6266 and RFC 8187 say."""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from video_service.delivery.disposition import attachment

#: Section 4.1: a quoted-string without escapes, and a value with a character set.
_FORM = re.compile(
    r"attachment; filename=\"([^\"\\\x00-\x1f\x7f-\uffff]+)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)"
)


def names(title: str) -> tuple[str, str]:
    """What who knows only the old form calls it, and what everybody else does."""
    read = _FORM.fullmatch(attachment(title, ".mp4"))
    assert read, attachment(title, ".mp4")
    return read[1], unquote_to_bytes(read[2]).decode("utf-8", errors="strict")


@pytest.mark.parametrize(
    ("title", "plain", "name"),
    [
        ("Harbour at dawn", "Harbour at dawn.mp4", "Harbour at dawn.mp4"),
        ("Füße & Wörter", "Fue & Worter.mp4", "Füße & Wörter.mp4"),
        ("港の夜明け", "video.mp4", "港の夜明け.mp4"),
        ("../../etc/passwd", "etc passwd.mp4", "etc passwd.mp4"),
        ('a"; filename="evil.exe', "a ; filename= evil.exe.mp4", "a ; filename= evil.exe.mp4"),
        ("100% C:\\fun?", "100 C fun.mp4", "100 C fun.mp4"),
        ("line\r\nSet-Cookie: x", "line Set-Cookie x.mp4", "line Set-Cookie x.mp4"),
        ("fdp.\u202eexe", "fdp. exe.mp4", "fdp. exe.mp4"),
        ("CON", "_CON.mp4", "_CON.mp4"),
        ("nul.txt", "_nul.txt.mp4", "_nul.txt.mp4"),
        (".hidden. ", "hidden.mp4", "hidden.mp4"),
        ("///", "video.mp4", "video.mp4"),
    ],
)
def test_names(title: str, plain: str, name: str) -> None:
    assert names(title) == (plain, name)


@given(st.text(max_size=300))
@example("港" * 100)
@example("\ud800")
@example("\u2028")
def test_every_name_is_safe_everywhere(title: str) -> None:
    for name in names(title):
        assert name.endswith(".mp4")
        assert len(name.encode()) <= 255, "more than file systems take"
        assert not set(name) & set('/\\:*?"<>|%')
        assert not any(unicodedata.category(character)[0] == "C" for character in name)
        assert name == name.strip(" .")
        assert name.removesuffix(".mp4").split(".")[0].upper() not in {
            "CON",
            "PRN",
            "AUX",
            "NUL",
            "COM1",
            "LPT9",
        }
