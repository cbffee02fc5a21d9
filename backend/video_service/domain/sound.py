"""The audio tracks of a source: which there are, which one is heard unless another is chosen, and what
they are called. Parsing ffprobe's answers is pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from video_service.domain.languages import language_name, language_tag

#: More are not offered: a menu is for people, and each track costs a rendition.
MAX_AUDIO_TRACKS = 16
_TITLE_LENGTH = 100
#: Borne by tracks of working copies that say so.
SPLICED_TAG = "PLAYHEAD_SPLICED"
#: When a track ends, as Matroska's muxers note it.
_DURATION = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)")
#: What muxers write where nobody gave a name.
_NO_TITLE = re.compile(r"\W*|.*handler.*|track \d+", re.IGNORECASE)


@dataclass(frozen=True)
class AudioTrack:
    """One audio track of a source."""

    stream_index: int
    codec: str
    channels: int
    start_seconds: float
    language: str | None
    """A BCP 47 tag."""
    title: str
    layout: str = ""
    """Where its channels are, as ffmpeg calls it; empty where the source does not say."""
    is_default: bool = False
    """Whether the container asks for it to be heard."""
    is_commentary: bool = False
    end_seconds: float | None = None
    """``None`` where the container does not say."""
    describes_video: bool = False
    """Whether a voice tells what is seen, for people who do not see it."""
    track_id: int | None = None
    """What the container calls it, as that of a video track."""
    is_spliced: bool = False
    """Of a working copy: made of sound whose layout or rate changed, and whose times may jump there."""

    @property
    def is_aside(self) -> bool:
        """Whether it is for some people only."""
        return self.is_commentary or self.describes_video


def read_audio(streams: Iterable[Mapping[str, Any]]) -> tuple[AudioTrack, ...]:
    """Those that can be heard, the one to be heard first, the others in the container's order."""
    tracks = [_audio_track(stream) for stream in streams if _is_heard(stream)]
    # Of several that the container asks for, and where it asks for none, the first that is for everybody.
    first = min(tracks, key=lambda track: (not track.is_default, track.is_aside), default=None)
    return tuple(sorted(tracks, key=lambda track: track is not first))


def choices(tracks: Sequence[AudioTrack]) -> tuple[tuple[AudioTrack, ...], ...]:
    """What can be chosen between: a track, or two of which one is left and the other right, as cameras and
    editors for broadcasts store every channel by itself. The first track is heard first, and those of a pair
    are neighbours in the container, the left one before."""
    found = list[tuple[AudioTrack, ...]]()
    for track in sorted(tracks, key=lambda track: track.stream_index):
        if found and len(found[-1]) == 1 and _is_channel(track) and _alike(found[-1][0], track):
            found[-1] = (found[-1][0], track)
        else:
            found.append((track,))
    return tuple(sorted(found, key=lambda choice: tracks[0] not in choice))


def track_id(stream: Mapping[str, Any]) -> int | None:
    """As ffprobe prints it, where the container has such numbers."""
    said = str(stream.get("id"))
    return int(said, 16) if re.fullmatch(r"0x[0-9a-f]{1,8}", said) else None


def track_names(tracks: Sequence[AudioTrack]) -> tuple[str, ...]:
    """What people read in a menu: its title, else what is known of it; each name once."""
    found: list[str] = []
    for number, track in enumerate(tracks, 1):
        name = track.title or _described(track, number)
        while name in found:
            name = _counted(name)
        found.append(name)
    return tuple(found)


def _described(track: AudioTrack, number: int) -> str:
    name = language_name(track.language) if track.language else ""
    if track.describes_video:
        return f"{name} (audio description)" if name else "Audio description"
    if track.is_commentary:
        return f"{name} (commentary)" if name else "Commentary"
    return name or f"Track {number}"


def _counted(name: str) -> str:
    """``English`` becomes ``English 2``, which becomes ``English 3``."""
    match = re.fullmatch(r"(.*) (\d{1,2})", name)
    return f"{match[1]} {int(match[2]) + 1}" if match else f"{name} 2"


def _is_channel(track: AudioTrack) -> bool:
    """Of voices that are told apart, each has a name, or is compressed."""
    return track.channels == 1 and track.codec.startswith("pcm_") and not track.title and not track.is_aside


def _alike(left: AudioTrack, right: AudioTrack) -> bool:
    return _is_channel(left) and (left.codec, left.language) == (right.codec, right.language)


def _is_heard(stream: Mapping[str, Any]) -> bool:
    known = stream.get("codec_name") not in (None, "unknown", "none")
    return stream.get("codec_type") == "audio" and known and int(stream.get("channels") or 0) > 0


def _audio_track(stream: Mapping[str, Any]) -> AudioTrack:
    tags, disposition = stream.get("tags", {}), stream.get("disposition", {})
    return AudioTrack(
        stream_index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        channels=int(stream["channels"]),
        start_seconds=float(stream.get("start_time") or 0.0),
        end_seconds=_end_seconds(stream),
        language=language_tag(str(tags.get("language", ""))),
        title=_title(str(tags.get("title", ""))),
        layout=str(stream.get("channel_layout", "")),
        is_default=bool(disposition.get("default")),
        is_commentary=bool(disposition.get("comment")),
        describes_video=bool(disposition.get("visual_impaired") or disposition.get("descriptions")),
        track_id=track_id(stream),
        is_spliced=SPLICED_TAG in tags,
    )


def _end_seconds(stream: Mapping[str, Any]) -> float | None:
    if "duration" in stream:
        return float(stream.get("start_time") or 0.0) + float(stream["duration"])
    tags = stream.get("tags", {})
    match = _DURATION.fullmatch(str(tags.get("DURATION") or tags.get("DURATION-eng") or ""))
    return None if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _title(said: str) -> str:
    """Printable, on one line, and without quotes, so that two names that look alike are alike."""
    shown = "".join(character for character in said if character.isprintable() and character != '"').strip()
    return "" if _NO_TITLE.fullmatch(shown) else shown[:_TITLE_LENGTH]
