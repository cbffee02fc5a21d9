"""Subtitle tracks of a source: which can be taken over as captions, and which cannot."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from video_service.domain.captions import MAX_CAPTIONS, CaptionKind, default_label
from video_service.domain.languages import language_tag
from video_service.domain.notices import Notice, NoticeCode

#: ffmpeg's names of what it decodes to text.
_TEXT = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "eia_608"})
#: What the others are called.
_OTHERS = {
    "hdmv_pgs_subtitle": "PGS (pictures)",
    "dvd_subtitle": "DVD (pictures)",
    "dvb_subtitle": "DVB (pictures)",
    "xsub": "DivX (pictures)",
    "dvb_teletext": "teletext",
}
_UNKNOWN_LANGUAGE = "und"
#: Codecs whose pictures may carry CEA-608 or 708 (ANSI/SCTE 128, ATSC A/53 part 4). ffmpeg reads those
#: only through a filter that opens files by itself, which has no place here.
MAY_HOLD_CLOSED_CAPTIONS = frozenset({"h264", "hevc", "mpeg2video"})
CLOSED_CAPTIONS_LEFT_OUT = Notice(
    NoticeCode.CLOSED_CAPTIONS_LEFT_OUT, "Closed captions inside the picture are not taken over."
)


@dataclass(frozen=True)
class SubtitleTrack:
    stream_index: int
    codec: str
    language: str
    """A BCP 47 tag; `und` where the source says nothing."""
    kind: CaptionKind
    title: str

    @property
    def is_text(self) -> bool:
        return self.codec in _TEXT

    @property
    def label(self) -> str:
        if self.title:
            return self.title
        return "Subtitles" if self.language == _UNKNOWN_LANGUAGE else default_label(self.language, self.kind)


def subtitle_tracks(answer: Mapping[str, Any]) -> tuple[SubtitleTrack, ...]:
    """From ffprobe's JSON of a file's streams."""
    return tuple(
        _track(stream) for stream in answer.get("streams", []) if stream.get("codec_type") == "subtitle"
    )


def text_tracks(tracks: Collection[SubtitleTrack]) -> list[SubtitleTrack]:
    return [track for track in tracks if track.is_text][:MAX_CAPTIONS]


def subtitle_warnings(tracks: Collection[SubtitleTrack], *, is_still: bool = False) -> tuple[Notice, ...]:
    """What its owner should know of what is left out. ``is_still``: nothing moves, and no text is shown."""
    texts = [track for track in tracks if track.is_text]
    names = dict.fromkeys(_OTHERS.get(track.codec, "unknown") for track in tracks if not track.is_text)
    found = []
    if names:
        kinds = ", ".join(names)
        sentence = f"Subtitles of these kinds are not taken over: {kinds}."
        found.append(Notice(NoticeCode.SUBTITLES_LEFT_OUT, sentence, kinds=kinds))
    if is_still and texts:
        found.append(unreadable_warning([track.label for track in texts]))
    elif len(texts) > MAX_CAPTIONS:
        sentence = f"Of {len(texts)} subtitle tracks only {MAX_CAPTIONS} are offered."
        found.append(Notice(NoticeCode.SUBTITLES_TOO_MANY, sentence, found=len(texts), most=MAX_CAPTIONS))
    return tuple(found)


def unreadable_warning(labels: Collection[str]) -> Notice:
    """For the owner, of text tracks that are there and were not taken over."""
    listed = ", ".join(labels)
    sentence = f"These subtitles could not be taken over: {listed}."
    return Notice(NoticeCode.SUBTITLES_UNREADABLE, sentence, labels=listed)


def _track(stream: Mapping[str, Any]) -> SubtitleTrack:
    tags, disposition = stream.get("tags", {}), stream.get("disposition", {})
    title = "".join(one if one.isprintable() else " " for one in str(tags.get("title", "")))
    return SubtitleTrack(
        stream_index=int(stream["index"]),
        codec=str(stream.get("codec_name", "")),
        language=language_tag(str(tags.get("language", ""))) or _UNKNOWN_LANGUAGE,
        kind=CaptionKind.CAPTIONS if disposition.get("hearing_impaired") else CaptionKind.SUBTITLES,
        title=" ".join(title.split())[:60].strip(),
    )
