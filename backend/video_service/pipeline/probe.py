"""Probing: a source becomes facts, by what ffprobe says of it and by its own index."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from video_service.domain.avc_pictures import (
    ParameterSet,
    are_alike,
    configured_sequences,
    length_size,
    recovery_pictures,
    says_entry,
    sequences,
)
from video_service.domain.avc_sequences import read_sequence
from video_service.domain.avi_index import RIFF, read_avi_video
from video_service.domain.chapters import Chapter, from_container
from video_service.domain.completeness import is_cut_off, is_length_promised
from video_service.domain.container_index import IndexedVideo, NoIndex
from video_service.domain.ebml import EBML_ID
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.facts import (
    SourceFacts,
    VideoTrack,
    avc_codecs,
    cover_index,
    read_header,
    said_seconds,
    x264_build,
)
from video_service.domain.formats import CONTAINERS, SHOWN_AS_STORED, refusal
from video_service.domain.frames import longest_gop
from video_service.domain.holding import held_for_sound
from video_service.domain.matroska_index import Clusters, read_matroska_video
from video_service.domain.mp4_index import read_mp4_video
from video_service.domain.mxf_index import MXF_LABEL, read_mxf_video
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.sound import AudioTrack
from video_service.domain.streams import Said, best_picture, in_program_of, without
from video_service.domain.subtitles import SubtitleTrack, subtitle_tracks
from video_service.pipeline.ffmpeg import LimitExceeded, ToolFailed
from video_service.pipeline.ffprobe import Answer, Ffprobe
from video_service.pipeline.sandbox import Sandbox

log = structlog.get_logger(__name__)

#: Of recordings of 20 Mb/s and more: their sound may begin late, and their first key frame come late.
_LONG_LOOK = {"probesize": 64_000_000, "analyzeduration": 30_000_000}
#: As much may be missing at the end of an index that is believed: sound may be a little longer.
_UNLISTED_SECONDS = 0.5
#: More than sound and pictures that do not end together: who promised a length has not kept it.
_MISSING_SECONDS = 5.0
#: Encoders that do not refresh part by part put a key frame every ten seconds at least.
_FAR_SECONDS = 20
#: x264's message about itself has some 700 bytes; a block's header, parameter sets may precede it, and
#: messages of its own a picture.
_MESSAGES_BYTES = 8192
#: Tracks that are looked through for a picture: each takes reading the whole source where it has none.
_MOST_DOUBTED = 2
#: Browsers record calls and windows in these, and broadcasts send films between what is of another shape.
_MAY_CHANGE_SHAPE = {"vp8", "vp9", "mpeg2video"}


@dataclass(frozen=True)
class Header:
    """What a source says of itself, before its packets are looked at."""

    container: str
    video: VideoTrack | None
    """``None`` where there is only sound."""
    cover: int | None
    """Index of a picture that is no moving one."""
    audio: tuple[AudioTrack, ...]
    said_seconds: float
    """How long the container says that it is; 0 where it does not."""
    is_length_promised: bool
    """That was said before it could be known."""
    is_cut_off: bool
    has_damaged_pictures: bool
    subtitles: tuple[SubtitleTrack, ...]
    chapters: tuple[Chapter, ...]
    index: IndexedVideo | None
    """What the container's own index says of the only track with pictures; ``None`` where there is none that
    could be read."""
    look: Mapping[str, int]
    """Options of ffmpeg without which it would not find all tracks."""

    @property
    def is_seekable(self) -> bool:
        """Whether ffmpeg finds its way in the source, as its kind is known for, or as was tried."""
        return CONTAINERS[self.container].seekable or self.index is not None


async def probe(
    sandbox: Sandbox, source: Path, clusters: Clusters | None = None, answer: Answer | None = None
) -> SourceFacts:
    """Of a source with pictures; as ``probe_header``."""
    header = await probe_header(sandbox, source, clusters, answer=answer)
    if header.video is None:
        message = "There is no moving picture in this file, only sound."
        raise UnsupportedMedia(Notice(NoticeCode.ONLY_SOUND, message))
    return await probe_frames(sandbox, source, header, header.video)


async def probe_header(
    sandbox: Sandbox, source: Path, clusters: Clusters | None = None, beginning: Path | None = None,
    answer: Answer | None = None,
) -> Header:  # fmt: skip
    """``clusters``: what has been read of it already; ``beginning``: a file that says of itself what the
    source says; ``answer``: ffprobe's, where it was asked before. Raises UnsupportedMedia with a sentence for
    the person who uploaded."""
    source_bytes = (await asyncio.to_thread(source.stat)).st_size
    with _refusals():
        ffprobe = Ffprobe(sandbox, beginning or source, source_bytes, answer)
        # The index of two hours takes as long to read as ffprobe takes to start, and another processor.
        said, index = await asyncio.gather(ffprobe.header(), asyncio.to_thread(_index, source, clusters))
        look = _LONG_LOOK if _saw_too_little(said) else {}
        if look:
            said = await ffprobe.header(look)
        said = await _what_counts(Ffprobe(sandbox, source, source_bytes), said)
        container, video, audio = read_header(said)
        if index is not None and not CONTAINERS[container].seekable:
            reaches_end = said_seconds(said) - float(index.frames.end * index.time_base) < _UNLISTED_SECONDS
            if not (video and reaches_end and await _follows(ffprobe, source, index, container, video)):
                index = None
    is_promised, is_short = await asyncio.to_thread(_length, source, source_bytes)
    return Header(
        container, video, cover_index(said), audio, said_seconds(said), is_promised, is_short,
        ffprobe.found_damage, subtitle_tracks(said), from_container(said.get("chapters", [])), index, look,
    )  # fmt: skip


async def probe_frames(sandbox: Sandbox, source: Path, header: Header, video: VideoTrack) -> SourceFacts:
    """Raises UnsupportedMedia with a sentence for the person who uploaded."""
    ffprobe = Ffprobe(sandbox, source, (await asyncio.to_thread(source.stat)).st_size)
    with _refusals():
        indexed = await asyncio.to_thread(_indexed, source, header, video)
        if indexed is not None:
            frames, configuration = indexed.frames, indexed.avc_configuration
            keys_at = indexed.keys_at
        else:
            frames, keys_at = await ffprobe.frames(video.stream_index)
            configuration = None if video.codec != "h264" else await ffprobe.extradata(video.stream_index)
        if video.codec == "h264":
            recovery, sets = await asyncio.to_thread(_key_pictures, source, keys_at, configuration or b"")
            video = _as_its_pictures_say(video, sets, avc_codecs(configuration or b""))
            has_fields = indexed is not None and indexed.has_fields
            video = replace(video, recovery_pictures=recovery, has_fields=has_fields)
        elif video.codec in _MAY_CHANGE_SHAPE:
            video = replace(video, changes_shape=True)
        if video.depends_on_x264_build:
            at = await ffprobe.first_position(video.stream_index)
            message = b"" if at is None else await asyncio.to_thread(_bytes_at, source, at)
            video = replace(video, x264_build=x264_build(message))
    read_seconds = (indexed.end_seconds if indexed else None) or 0.0
    said, is_cut_off = header.said_seconds or read_seconds, header.is_cut_off
    if header.is_length_promised:
        lasts_seconds = max(read_seconds, float(frames.end * video.time_base))
        is_cut_off = is_cut_off or said - lasts_seconds > _MISSING_SECONDS
        said = read_seconds
    if not is_cut_off:
        frames = held_for_sound(frames, video, header.container, header.audio, said)
    is_damaged = header.has_damaged_pictures or ffprobe.found_damage
    return SourceFacts(
        header.container, video, frames, header.audio, is_cut_off, is_damaged,
        header.subtitles, header.chapters, None if indexed is None else indexed.clusters,
    )  # fmt: skip


async def has_closed_captions(sandbox: Sandbox, source: Path, video: VideoTrack) -> bool:
    """Whether the first pictures carry some. Raises ToolFailed."""
    source_bytes = (await asyncio.to_thread(source.stat)).st_size
    return await Ffprobe(sandbox, source, source_bytes).finds_closed_captions(video.stream_index)


async def _what_counts(ffprobe: Ffprobe, said: Said) -> Said:
    """Without tracks for pictures in which there is none, as recorders of sound leave them, and without what
    belongs to another program than the best picture."""
    doubted = 0
    while (best := best_picture(said)) is not None:
        # What ffprobe has decoded one of, it knows the pixels of. One that claims pictures and has none is
        # damaged.
        is_known = "pix_fmt" in best or int(best.get("nb_frames", 0)) > 0
        doubted += not is_known
        if is_known or (doubted <= _MOST_DOUBTED and await ffprobe.has_packets(int(best["index"]))):
            return in_program_of(said, best)
        said = without(said, best)
    return said


def _saw_too_little(answer: Mapping[str, Any]) -> bool:
    """Whether there are tracks of which ffprobe has not found a whole packet yet."""
    container = CONTAINERS.get(str(answer.get("format", {}).get("format_name")))
    if container is None or container.has_header:
        return False
    measures = {"video": "width", "audio": "channels"}
    found = [(stream, measures.get(str(stream.get("codec_type")))) for stream in answer.get("streams", [])]
    return any(measure and not int(stream.get(measure) or 0) for stream, measure in found)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except LimitExceeded as error:
        message = "To read this file takes more time or memory than any video needs."
        raise UnsupportedMedia(Notice(NoticeCode.TOO_COSTLY, message)) from error
    except ToolFailed as error:
        message = "This file cannot be read as a video. It may be damaged or of another kind."
        raise UnsupportedMedia(refusal(NoticeCode.NOT_A_VIDEO, message)) from error


def _bytes_at(source: Path, at: int) -> bytes:
    with source.open("rb", buffering=0) as file:
        file.seek(at)
        return file.read(_MESSAGES_BYTES)


def _key_pictures(
    source: Path, keys_at: Sequence[int], configuration: bytes
) -> tuple[int | None, set[ParameterSet]]:
    """After how many pictures those are whole from which decoding may begin; and what is said of the pictures
    after them."""
    length_bytes, counts, sets = length_size(configuration), [], set(configured_sequences(configuration))
    with source.open("rb", buffering=0) as file:
        for at in keys_at:
            if at >= 0:  # a file may say that they lie before it
                beginning = os.pread(file.fileno(), _MESSAGES_BYTES, at)
                counts.append(recovery_pictures(beginning, length_bytes))
                sets.update(sequences(beginning, length_bytes))
    return max((count for count in counts if count is not None), default=None), sets


def _as_its_pictures_say(video: VideoTrack, sets: set[ParameterSet], codecs: str | None) -> VideoTrack:
    """H.264 as it is by what its key frames say themselves. Where its container says it otherwise, and where
    they do not agree, nothing of it is copied."""
    said = [found for _, unit in sets if (found := read_sequence(unit)) is not None]
    shapes = {(found.width, found.height, found.sample_aspect) for found in said}
    is_as_said = shapes <= {(video.width, video.height, video.sample_aspect)}
    # ffprobe has seen the first picture only.
    may_have_fields = video.field_order == "progressive" and any(found.may_have_fields for found in said)
    return replace(
        video,
        codecs=codecs if is_as_said and are_alike(sets) else None,
        field_order="unknown" if may_have_fields else video.field_order,
        changes_shape=len(shapes) > 1,
    )


async def _follows(
    ffprobe: Ffprobe, source: Path, index: IndexedVideo, container: str, video: VideoTrack
) -> bool:
    """Whether ffmpeg finds the last key frame where an index says it is. Packets of AVI would have to be
    looked at to tell in what order they are shown, but where that is always the same."""
    if video.codec == "h264" and not await asyncio.to_thread(_knows_h264, index, source, video):
        return False
    if container == "avi" and video.codec not in SHOWN_AS_STORED:
        return False
    last = index.frames.keyframes[-1]
    return await ffprobe.first_pts(video.stream_index, float(last * index.time_base)) == last


def _knows_h264(index: IndexedVideo, source: Path, video: VideoTrack) -> bool:
    """Whether an index has the order in which pictures are shown, and all from which decoding may begin: it
    lacks those where pictures are refreshed part by part."""
    frames = index.frames
    if len(frames.keyframes) == len(frames.pts):
        return True
    if (
        not index.keys_at
        or longest_gop(frames) * index.time_base > _FAR_SECONDS
        or (index.shown_as_stored and video.reorder_depth > 0)
    ):
        return False
    return all(says_entry(_bytes_at(source, at)) for at in index.keys_at)


def _length(source: Path, source_bytes: int) -> tuple[bool, bool]:
    """Whether how long a file lasts was said too early to be known, and whether it ends too early."""
    with source.open("rb") as file:

        def read(at: int, most_bytes: int) -> bytes:
            return os.pread(file.fileno(), most_bytes, at)

        return is_length_promised(read), is_cut_off(read, source_bytes)


def _index(source: Path, clusters: Clusters | None) -> IndexedVideo | None:
    """Of any file. What is wrong with it is said where its track is asked for."""
    try:
        return _read_index(source, clusters=clusters)
    except (NoIndex, UnsupportedMedia):
        return None


def _read_index(source: Path, track_id: int | None = None, clusters: Clusters | None = None) -> IndexedVideo:
    """Of a track, or of the only one with pictures. Raises NoIndex, UnsupportedMedia."""
    with source.open("rb", buffering=0) as file:
        beginning = file.read(4)
        if int.from_bytes(beginning) == EBML_ID:
            return read_matroska_video(file, clusters)
        if beginning == RIFF:
            return read_avi_video(file)
        if beginning == MXF_LABEL:
            return read_mxf_video(file)
        return read_mp4_video(file, track_id)


def _indexed(source: Path, header: Header, video: VideoTrack) -> IndexedVideo | None:
    """What the container's own index says, at the cost of reading that alone; ``None`` where there is
    none that could be trusted. Raises UnsupportedMedia."""
    found = header.index
    if header.container == "mov" and (found is None or found.track_id != video.track_id):
        try:
            found = _read_index(source, video.track_id)
        except NoIndex as reason:
            log.info("no index: every packet is read", reason=str(reason))
            return None
    if found is None:
        return None
    frames = found.frames
    # ffprobe has read the first packets: it must agree, as it is ffmpeg that will cut by these times.
    if found.time_base != video.time_base or frames.pts[0] != video.start_pts:
        log.warning("an index that ffmpeg does not agree with: every packet is read", first=frames.pts[0])
        return None
    return found
