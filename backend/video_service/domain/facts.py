"""Facts: what probing found out about a source. Parsing ffprobe's answers is pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from video_service.domain.chapters import Chapter
from video_service.domain.container_index import ClusterPlaces
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.formats import (
    CONTAINERS,
    INTERLACEABLE_CODECS,
    INTERLACED_WHERE_SAID,
    OTHER_CODECS,
    VIDEO_CODECS,
    refusal,
)
from video_service.domain.frames import FrameIndex
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.picture import Colours, Orientation, colours, orientation
from video_service.domain.sound import MAX_AUDIO_TRACKS, AudioTrack, choices, read_audio, track_id
from video_service.domain.streams import best_picture, edge, is_cover
from video_service.domain.subtitles import SubtitleTrack, subtitle_warnings

#: Decoding a larger picture needs more memory than a job may have: 7680 x 4320 just fits.
MAX_PIXELS = 36_000_000
#: PTS in MPEG-TS begin anew after 2**33 ticks of 1/90000 s, 26.5 h (ISO/IEC 13818-1 section 2.4.3.7).
MAX_DURATION_SECONDS = 26 * 3600
#: As long as a segment may be at the beginning: players have a picture within it.
_STAYS_SECONDS = 2.0
#: As ffprobe names them.
_FIELD_ORDERS = {"tt", "bb", "tb", "bt"}
#: A first picture that is shown less before its own time only has the place of a grid that is next to it.
_HELD_SECONDS = Fraction(1, 2)
#: Tracks of working copies are called so: that which stands in for moving pictures, and one whose times are
#: those at which its pictures are decoded, as nothing says when they are shown.
STILL_TITLE, UNORDERED_TITLE = "Playhead: still", "Playhead: unordered"
_CUT_OFF = Notice(
    NoticeCode.CUT_OFF, "The file ends too early. What is there can be watched; the rest is missing."
)
DAMAGED = Notice(
    NoticeCode.DAMAGED,
    "Parts of this file are damaged. Where a picture is missing, the one before it stays.",
)
DAMAGED_SOUND = Notice(
    NoticeCode.SOUND_DAMAGED,
    "Parts of the sound in this file are damaged. Where it cannot be decoded, there is silence.",
)
_NOTHING_IN_IT = Notice(NoticeCode.NOTHING_IN_IT, "There is no moving picture and no sound in this file.")
_PICTURE_SIZE_UNKNOWN = Notice(
    NoticeCode.PICTURE_SIZE_UNKNOWN,
    "The size of the picture cannot be read; the file seems to be damaged.",
)
_DOLBY_VISION = Notice(
    NoticeCode.DOLBY_VISION, "Dolby Vision without a compatible base layer is not supported."
)


@dataclass(frozen=True)
class VideoTrack:
    """The video track that is shown, as its header describes it."""

    stream_index: int
    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    sample_aspect: Fraction
    rotation: int
    """Degrees clockwise: 0, 90, 180 or 270; after mirroring."""
    nominal_rate: Fraction
    time_base: Fraction
    full_range: bool
    transfer: str
    codecs: str | None
    """RFC 6381 name, for H.264 only; it is not in the header, see :func:`avc_codecs`."""
    reorder_depth: int
    """How many pictures at most wait, decoded, for one that is shown before them."""
    track_id: int | None = None
    """What the container calls it."""
    start_pts: int | None = None
    """Ticks at which its first picture is shown, as far as the header tells."""
    mirrored: bool = False
    primaries: str = ""
    matrix: str = ""
    field_order: str = "progressive"
    """As ffprobe names it; of the first pictures, as others may follow."""
    has_fields: bool = False
    """Whether some pictures are two packets, each with a field: the second follows the first."""
    is_still: bool = False
    """One picture all along, made here because the source has only sound."""
    is_unordered: bool = False
    """Its times are those at which pictures are decoded; they are shown as far apart from each other."""
    x264_build: int | None = None
    """Which x264 made it, where a decoder must know: not in the header, see :func:`x264_build`."""
    recovery_pictures: int | None = None
    """How many pictures after a key frame the picture is whole; ``None`` where it is at once and nothing
    from before is needed any more, as far as is known. Of H.264, see ``avc_pictures``."""
    changes_shape: bool = False
    """Size or pixels, on the way, or may do so: as calls, shared windows and broadcasts are recorded."""

    @property
    def is_hdr(self) -> bool:
        return self.colours.is_hdr

    @property
    def colours(self) -> Colours:
        named = Colours(self.primaries, self.transfer, self.matrix, self.full_range)
        return named.named(self.width, self.height)

    @property
    def orientation(self) -> Orientation:
        return Orientation(self.rotation, self.mirrored)

    @property
    def may_be_interlaced(self) -> bool:
        """Whether each picture must be looked at. Broadcasts and discs change from one to the next."""
        if self.codec in INTERLACED_WHERE_SAID:
            return self.field_order in _FIELD_ORDERS
        may_change = self.codec == "mpeg2video" or self.has_fields
        return self.codec in INTERLACEABLE_CODECS and (may_change or self.field_order != "progressive")

    @property
    def depends_on_x264_build(self) -> bool:
        """x264 before build 151 did not write 4:4:4 as the standard says, and decoders follow it in that
        where they know that it was x264 (ffmpeg, libavcodec/h264_cabac.c and h264_mb.c)."""
        return self.codec == "h264" and self.profile.startswith("High 4:4:4")

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in square pixels, upright. Neither grows: wide pixels make it lower."""
        aspect = self.sample_aspect
        width = max(1, round(self.width * min(aspect, Fraction(1))))
        height = max(1, round(self.height / max(aspect, Fraction(1))))
        return (height, width) if self.rotation % 180 else (width, height)


@dataclass(frozen=True)
class SourceFacts:
    """Raises UnsupportedMedia where the pictures take too long: what is planned grows with it."""

    container: str
    video: VideoTrack
    frames: FrameIndex
    audio: tuple[AudioTrack, ...]
    """The one to be heard unless another is chosen, then the others."""
    is_cut_off: bool = False
    """The file is shorter than its container says."""
    has_damaged_pictures: bool = False
    """Known before any picture is decoded."""
    subtitles: tuple[SubtitleTrack, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    """In source time."""
    clusters: ClusterPlaces | None = None
    """Of a source that ffmpeg would read from its beginning, whatever of it is wanted."""

    def __post_init__(self) -> None:
        if self.duration_seconds > MAX_DURATION_SECONDS:
            hours = MAX_DURATION_SECONDS // 3600
            sentence = f"This video is longer than {hours} hours."
            raise UnsupportedMedia(Notice(NoticeCode.TOO_MANY_HOURS, sentence, most=hours))

    @property
    def is_damaged(self) -> bool:
        return (self.is_cut_off and not self.video.is_still) or self.has_damaged_pictures

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """For the person who uploaded."""
        found = list[Notice]()
        if self.is_cut_off:  # the picture at its very end is damaged, too
            found.append(_CUT_OFF)
        elif self.has_damaged_pictures:
            found.append(DAMAGED)
        if (count := len(choices(self.audio))) > MAX_AUDIO_TRACKS:
            sentence = f"Of {count} audio tracks only {MAX_AUDIO_TRACKS} are offered."
            found.append(Notice(NoticeCode.AUDIO_LEFT_OUT, sentence, found=count, most=MAX_AUDIO_TRACKS))
        return (*found, *subtitle_warnings(self.subtitles, is_still=self.video.is_still))

    @property
    def start_seconds(self) -> float:
        """Source time of media time 0."""
        return float(self.frames.begin * self.video.time_base)

    @property
    def duration_seconds(self) -> float:
        return float((self.frames.end - self.frames.begin) * self.video.time_base)

    @property
    def first_picture_is_held(self) -> bool:
        """Shown long before its own time, while there is only sound."""
        return (self.frames.pts[0] - self.frames.begin) * self.video.time_base > _HELD_SECONDS

    @property
    def last_picture_stays(self) -> bool:
        """Far longer than the others, so that a copy would have no picture where players look for one."""
        stays = (self.frames.end - self.frames.pts[-1]) * self.video.time_base
        return not self.video.is_still and stays > _STAYS_SECONDS and stays * self.mean_rate > 2

    @property
    def mean_rate(self) -> Fraction:
        """Pictures per second, from the first picture to the last."""
        pts = self.frames.pts
        span = (pts[-1] - pts[0]) * self.video.time_base
        return (len(pts) - 1) / span if span > 0 else self.video.nominal_rate


def read_header(answer: Mapping[str, Any]) -> tuple[str, VideoTrack | None, tuple[AudioTrack, ...]]:
    """Container, best video track and audio tracks from ffprobe's JSON of a file's format and streams.
    There is no video track where there is only sound.

    Raises UnsupportedMedia with a sentence for the person who uploaded.
    """
    names = str(answer.get("format", {}).get("format_name", "")).split(",")
    container = next((name for name in names if name in CONTAINERS), None)
    if container is None:
        raise UnsupportedMedia(refusal(NoticeCode.KIND_UNSUPPORTED, "This kind of file is not supported."))
    audio, best = read_audio(answer.get("streams", [])), best_picture(answer)
    if best is None and not audio:
        raise UnsupportedMedia(_NOTHING_IN_IT)
    return container, None if best is None else _video_track(best), audio


def cover_index(answer: Mapping[str, Any]) -> int | None:
    """Index of the picture that sound comes with."""
    return next((int(stream["index"]) for stream in answer.get("streams", []) if is_cover(stream)), None)


def said_seconds(answer: Mapping[str, Any]) -> float:
    """Of the whole file; 0 where it does not say."""
    return float(answer.get("format", {}).get("duration") or 0.0)


def _video_track(stream: Mapping[str, Any]) -> VideoTrack:
    codec = str(stream.get("codec_name") or stream.get("codec_tag_string") or "unknown")
    if codec not in VIDEO_CODECS:
        name = OTHER_CODECS.get(codec) or _safe(codec)
        sentence = f"The video codec “{name}” is not supported."
        raise UnsupportedMedia(refusal(NoticeCode.CODEC_UNSUPPORTED, sentence, codec=name))
    width, height = edge(stream, "width"), edge(stream, "height")
    if width <= 0 or height <= 0:
        raise UnsupportedMedia(_PICTURE_SIZE_UNKNOWN)
    if width * height > MAX_PIXELS:
        sentence = f"The picture is too large: {width} x {height}."
        raise UnsupportedMedia(Notice(NoticeCode.PICTURE_TOO_LARGE, sentence, width=width, height=height))
    upright = Orientation()
    for side in stream.get("side_data_list", []):
        if "displaymatrix" in side:
            upright = orientation(str(side["displaymatrix"]))
        if side.get("dv_profile") is not None and int(side.get("dv_bl_signal_compatibility_id") or 0) == 0:
            raise UnsupportedMedia(_DOLBY_VISION)
    coloured, title = colours(stream), stream.get("tags", {}).get("title")
    return VideoTrack(
        stream_index=int(stream["index"]),
        codec=codec,
        profile=str(stream.get("profile", "")),
        pixel_format=str(stream.get("pix_fmt", "")),
        width=width,
        height=height,
        sample_aspect=_ratio(stream.get("sample_aspect_ratio")) or Fraction(1),
        rotation=upright.rotation,
        nominal_rate=_ratio(stream.get("avg_frame_rate"))
        or _ratio(stream.get("r_frame_rate"))
        or Fraction(25),
        time_base=_ratio(stream.get("time_base")) or Fraction(1, 90000),
        full_range=coloured.full_range,
        transfer=coloured.transfer,
        codecs=None,
        reorder_depth=int(stream.get("has_b_frames") or 0),
        mirrored=upright.mirrored,
        primaries=coloured.primaries,
        matrix=coloured.matrix,
        field_order=str(stream.get("field_order", "unknown")),
        track_id=track_id(stream),
        start_pts=int(stream["start_pts"]) if "start_pts" in stream else None,
        is_still=title == STILL_TITLE,
        is_unordered=title == UNORDERED_TITLE,
    )


def avc_codecs(configuration: bytes) -> str | None:
    """``avc1.PPCCLL`` from the avcC box (ISO/IEC 14496-15 section 5.3.3)."""
    if len(configuration) < 4 or configuration[0] != 1:
        return None
    return f"avc1.{configuration[1:4].hex().upper()}"


def x264_build(first_packet: bytes) -> int | None:
    """From the message that x264 writes before its first picture only (x264, encoder/set.c)."""
    found = re.search(rb"x264 - core (\d{1,4})", first_packet)
    return int(found[1]) if found else None


def read_dump(dump: str) -> bytes:
    """What ffprobe prints as a hex dump. Raises ValueError."""
    return bytes.fromhex(
        "".join(line.split(":", 1)[1][:41].replace(" ", "") for line in dump.splitlines() if ":" in line)
    )


def _ratio(text: object) -> Fraction | None:
    """``30000/1001`` or ``16:15``; ``None`` for nothing, zero and nonsense."""
    match = re.fullmatch(r"(\d+)[/:](\d+)", str(text or ""))
    if not match or int(match[1]) == 0 or int(match[2]) == 0:
        return None
    return Fraction(int(match[1]), int(match[2]))


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "", name)[:20] or "unknown"
