"""Captions: the text beside a video, in one language, of one kind."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from video_service.domain.errors import InvalidInput
from video_service.domain.languages import language_name, language_tag
from video_service.domain.notices import NOT_PRINTABLE, Notice, NoticeCode, too_long

MAX_CAPTIONS = 40
MAX_LABEL_CHARACTERS = 60
#: Media time 0 is at 10 s of the segments' 90 kHz clock (RFC 8216 section 3.5).
TIMESTAMP_MAP = "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000"
#: A language, perhaps with script, region and variants (RFC 5646 section 2.1).
_LANGUAGE_TAG = re.compile(
    r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?(?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3})){0,3}",
    re.ASCII,
)
_NOT_A_LANGUAGE = Notice(NoticeCode.NOT_A_LANGUAGE, "must be a tag like en, pt-BR or zh-Hant")


class CaptionKind(StrEnum):
    SUBTITLES = "subtitles"
    """What is said."""
    CAPTIONS = "captions"
    """What is heard: sounds and speakers, too."""


@dataclass(frozen=True)
class Caption:
    """One text track of a video."""

    id: str
    language: str
    """A BCP 47 tag."""
    kind: CaptionKind
    label: str
    """What menus call it."""
    webvtt: str
    """The cleaned file."""
    embedded: bool
    """Taken from the source, and not replaced since."""
    updated_at: datetime

    @property
    def folder(self) -> str:
        """Where it is published, relative to the master playlist."""
        return f"captions/{self.id}"

    @property
    def published(self) -> str:
        """The file with what ties its times to those of the segments."""
        first, _, rest = self.webvtt.partition("\n")
        return f"{first}\n{TIMESTAMP_MAP}\n{rest}"


def checked_language(language: str) -> str:
    """The tag in its usual form. Raises InvalidInput."""
    tag = language.strip()
    if not _LANGUAGE_TAG.fullmatch(tag):
        raise InvalidInput("language", _NOT_A_LANGUAGE)
    return language_tag(tag) or _in_usual_case(tag)


def checked_label(label: str, language: str, kind: CaptionKind) -> str:
    """An empty one becomes the language's name. Raises InvalidInput."""
    label = " ".join(unicodedata.normalize("NFC", label).split())
    if len(label) > MAX_LABEL_CHARACTERS:
        raise InvalidInput("label", too_long(MAX_LABEL_CHARACTERS))
    if not all(character.isprintable() for character in label):
        raise InvalidInput("label", NOT_PRINTABLE)
    return label or default_label(language, kind)


def default_label(language: str, kind: CaptionKind) -> str:
    name = language_name(language)
    return f"{name} (captions)" if kind is CaptionKind.CAPTIONS else name


def _in_usual_case(tag: str) -> str:
    language, *rest = tag.split("-")
    parts = [
        part.title()
        if len(part) == 4 and part.isalpha()
        else part.upper()
        if len(part) == 2
        else part.lower()
        for part in rest
    ]
    return "-".join([language.lower(), *parts])
