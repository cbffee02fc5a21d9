"""Sources that cannot be sought in, that have only sound, or whose pictures bear no times, are first
copied into Matroska.

The packets stay what they are, but for sound that Matroska has no name for; only their times are made to
run on, and what precedes the first key frame is left out. The source itself is not touched.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import ffmpeg
import structlog

from video_service.domain.adts import SoundWatch
from video_service.domain.dv_sound import DvSound
from video_service.domain.early_copies import BrokenOff
from video_service.domain.errors import UnsupportedMedia
from video_service.domain.facts import STILL_TITLE, UNORDERED_TITLE, SourceFacts
from video_service.domain.flv_headers import FlvHeaders
from video_service.domain.formats import CONTAINERS, MATROSKA_SOUND, TELLING_KEYS
from video_service.domain.matroska_index import Clusters
from video_service.domain.ports import Objects, RevisionWork, Work
from video_service.domain.sound import SPLICED_TAG, AudioTrack
from video_service.domain.subtitles import text_tracks
from video_service.pipeline.commands import SAFE_INPUT
from video_service.pipeline.downmix import of_any_layout
from video_service.pipeline.ffmpeg import ToolFailed, run_ffmpeg
from video_service.pipeline.ffprobe import Answer, header_of_what_comes
from video_service.pipeline.limits import working_copy_limits
from video_service.pipeline.outbox import HostileOutput, half_made, keep
from video_service.pipeline.precedence import Need
from video_service.pipeline.probe import Header
from video_service.pipeline.sandbox import Sandbox
from video_service.pipeline.sound_commands import SAMPLE_RATE_HZ
from video_service.pipeline.still import STILL_FILE, STILL_SECONDS, make_still

_FILE = "source.mkv"
#: Where the copies of all revisions lie.
_BELOW = "work"
#: Printed by libavformat (demux.c) for a packet of which a part is missing.
_CORRUPT = re.compile(r"Packet corrupt \(stream = (\d+)")
#: Where packets bear no times, or none to rely on: what is copied from Matroska has none, and the index of
#: MXF may know no order but that in which pictures are stored.
_WITHOUT_TIMES = ("avi", "matroska", "mxf")
#: AVI stores a picture that is shown later in one packet with the one before it.
_UNPACKED = {"mpeg4": "mpeg4_unpack_bframes"}
#: Of these, ffmpeg cannot tell without decoding when a picture is shown (libavformat/demux.c).
_ORDERED_BY_DECODING = ("h264", "hevc")
#: One after the other; where some are told, from when the first is shown on, with which the sound begins.
_AS_STORED = r"if(eq(STARTPTS\,NOPTS)\,DTS\,DTS-STARTDTS+STARTPTS)"
#: In these, a time may belong to both fields of a picture of H.264, of which ffmpeg makes two packets: the
#: second is told then to follow the first.
_FIELDS_SHARE_TIMES = ("mpegts", "mpeg")
_AFTER_FIRST_FIELD = r"if(eq(PTS\,NOPTS)\,if(N\,PREV_OUTPTS+DURATION\,DTS)\,PTS)"
#: These leave it to the pictures, of which each may be of another shape. What Matroska says goes for all.
_SHAPED_BY_PICTURES = ("mpegts", "mpeg")
#: FLAC's frames have four times as many by themselves.
_DECODED_FRAME_SAMPLES = 1152
#: An upload may take a day. Who sends nothing for a while is given up long before.
_ARRIVAL_SECONDS = 24 * 3600.0
_READ_ALONG_SECONDS = 0.5
_PIECE_BYTES = 1 << 20
#: ffprobe looks at 5 MB before it knows the tracks of most files (its option probesize).
_TASTED_BYTES = 8 << 20
#: Of tapes for everybody; the frames of professional ones are laid out otherwise.
_DV_PIXELS = ("yuv420p", "yuv411p")
#: What is larger, or of unknown size, gets no more of a processor than this is worth.
_MOST_EARLY_BYTES = 64 << 30
#: It keeps up with what arrives, though nobody waits for it yet.
EARLY_NICENESS = 1
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WorkingCopy:
    path: Path
    is_damaged: bool
    """Whether packets of the pictures are incomplete."""
    clusters: Clusters | None = None
    """What of it has been read already."""
    answer: Answer | None = None
    """What ffprobe says of it, where it was asked already."""
    facts: SourceFacts | None = None
    """Where they are known already."""


class _Watch(Protocol):
    """Looks at a file that is copied, from front to back, for what Matroska could say only once."""

    def look(self, piece: bytes) -> bytes:
        """What is to be copied."""

    def rest(self) -> bytes:
        """What was held back until the end."""

    def has_changed(self, track_id: int | None) -> bool:
        """Whether a track has, so far."""


async def make_working_copy(
    sandbox: Sandbox, source: Path, source_bytes: int, header: Header, folder: Path
) -> WorkingCopy:
    """Writes the copy into a folder. Raises ToolFailed, HostileOutput, UnsupportedMedia."""
    still_bytes = 0
    if header.video is None:
        still_bytes = await make_still(sandbox, source, source_bytes, header.cover, header.audio[0], folder)
    watch, changing = _watch(header), frozenset[int]()
    if isinstance(watch, DvSound):
        # Tapes are large and few change: the disk is read once for both, and only those are copied again.
        watching = asyncio.ensure_future(_watch_through(source, watch))
        try:
            copy = await _copied(sandbox, source, source_bytes, header, folder)
            await watching
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        changing = _changed(watch, header)
        if not changing:
            return copy
        copy.path.unlink()
    elif watch is not None:
        await _watch_through(source, watch)
        changing = _changed(watch, header)
    return await _copied(sandbox, source, source_bytes, header, folder, still_bytes, changing, watch)


async def _copied(
    sandbox: Sandbox, source: Path, source_bytes: int, header: Header, folder: Path, still_bytes: int = 0,
    changing: frozenset[int] = frozenset(), watch: _Watch | None = None,
) -> WorkingCopy:  # fmt: skip
    if header.container == "flv":
        arguments, read = _arguments(header, "pipe", "0", changing), None
        feed = _watched(_pieces(source), FlvHeaders())
    else:
        arguments, read = _arguments(header, "file", sandbox.source_path(source), changing, watch), source
        feed = None
    decodes = bool(changing or _decoded(header))
    limits = working_copy_limits(source_bytes, still_bytes, STILL_SECONDS, decodes=decodes)
    # ffprobe takes longer to start than to answer, so it starts meanwhile.
    made: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
    asking = asyncio.ensure_future(header_of_what_comes(sandbox, _beginning(made), limits.wall_seconds))
    try:
        said = await run_ffmpeg(
            sandbox, arguments, read, folder, limits=limits, feed=feed, tastes=header.video is None
        )
        copy = _made(said, header, folder)
        made.set_result(copy.path)
        try:
            return replace(copy, answer=await asking)
        except ToolFailed as reason:
            log.info("a copy is looked at once more", reason=str(reason))
            return copy
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _beginning(made: "asyncio.Future[Path]") -> AsyncGenerator[bytes, None]:
    path = await asyncio.shield(made)  # who stops reading this does not stop the copy
    with path.open("rb", buffering=0) as file:
        while file.tell() < _TASTED_BYTES and (piece := await asyncio.to_thread(file.read, _PIECE_BYTES)):
            yield piece


def can_be_early(header: Header) -> bool:
    """Whether the same is made of a source with this header while it arrives. Sound that is decoded could
    take any room, and a picture of sound alone is made of the whole."""
    container, video = CONTAINERS[header.container], header.video
    if video is None or not container.arrives_in_order or _decoded(header):
        return False
    return video.codec in TELLING_KEYS or not container.marks_keys_at_end


async def make_early_copy(
    sandbox: Sandbox, pieces: AsyncGenerator[bytes, None], most_bytes: int, header: Header, folder: Path,
    need: Need,
) -> WorkingCopy:  # fmt: skip
    """As ``make_working_copy``, of a source that may still arrive. Raises what reading its pieces raises,
    too. ``need``: how urgent it is, which changes with its last byte."""
    limits = working_copy_limits(min(most_bytes, _MOST_EARLY_BYTES))
    limits = replace(limits, wall_seconds=_ARRIVAL_SECONDS)
    arguments = _arguments(header, "pipe", "0")
    clusters, over, watch = Clusters(), asyncio.Event(), _watch(header)
    if watch is not None:
        pieces = _watched(pieces, watch)
    reading = asyncio.ensure_future(_read_along(folder, clusters, over))
    try:
        said = await run_ffmpeg(
            sandbox, arguments, None, folder,
            limits=limits, niceness=EARLY_NICENESS, feed=pieces, need=need,
        )  # fmt: skip
    finally:
        over.set()
        await asyncio.wait({reading})
    reading.result()
    if watch is not None and _changed(watch, header):
        raise BrokenOff("sound that changes is decoded, and takes any room")
    return replace(_made(said, header, folder), clusters=clusters)


async def _watched(pieces: AsyncGenerator[bytes, None], watch: _Watch) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        async for piece in pieces:
            yield await asyncio.to_thread(watch.look, piece)
    yield watch.rest()


async def _pieces(source: Path) -> AsyncGenerator[bytes, None]:
    with source.open("rb", buffering=0) as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


async def _watch_through(source: Path, watch: _Watch) -> None:
    async for _ in _watched(_pieces(source), watch):
        pass


def _changed(watch: _Watch, header: Header) -> frozenset[int]:
    """Indexes of streams of sound that must be decoded for the copy."""
    if isinstance(watch, DvSound):  # its tracks have no other number
        return frozenset(filter(watch.has_changed, (track.stream_index for track in header.audio)))
    watched = (track for track in header.audio if track.codec == "aac")
    return frozenset(track.stream_index for track in watched if watch.has_changed(track.track_id))


def _watch(header: Header) -> _Watch | None:
    """``None`` where nothing can change unsaid."""
    if header.container == "flv":
        return FlvHeaders()
    if header.container == "dv" and header.video and header.video.pixel_format in _DV_PIXELS:
        return DvSound()
    aac = [track.track_id for track in header.audio if track.codec == "aac" and track.track_id is not None]
    return SoundWatch(aac) if header.container == "mpegts" and aac else None


async def _read_along(folder: Path, clusters: Clusters, over: asyncio.Event) -> None:
    """Reads what is written, so that little is left to be read once all is there. What is wrong with it is
    said then."""
    with suppress(HostileOutput, UnsupportedMedia):
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _READ_ALONG_SECONDS)
            with suppress(FileNotFoundError):  # not begun yet
                await asyncio.to_thread(_read_on, folder, clusters)


def _read_on(folder: Path, clusters: Clusters) -> None:
    with half_made(folder, _FILE) as file:
        clusters.read_on(file)


def recipe(header: Header) -> str:
    """Of what is copied how; another header may lead to another."""
    return hashlib.sha256(json.dumps(_arguments(header, "", "")).encode()).hexdigest()[:32]


def _of_each_rate(tape: DvSound, track: AudioTrack, url: str, options: Mapping[str, Any]) -> Any:
    """The tape once for each rate, from its first frame of that on: ffmpeg takes the first for that of all,
    and what is of another is left out. Where in the file a frame is says when it is heard.

    Frames of one rate take the places that the others leave: silence there would be held as a whole.
    """
    seconds = f"floor(POS/{tape.frame_bytes})/{tape.frame_rate}"
    sounds = []
    for rate_hz, begin in tape.begins(track.stream_index).items():
        sound = ffmpeg.input(url, skip_initial_bytes=begin, **options)[str(track.stream_index)]
        least, most = tape.samples(rate_hz)
        sound = sound.filter("asetpts", f"{seconds}/TB").filter(
            "aselect", f"between(samples_n,{least},{most})"
        )
        # Of sound, ffmpeg 5.1 gives out what it interleaves at times in microseconds, and does not say so.
        sounds.append(of_any_layout(sound).filter("aresample", SAMPLE_RATE_HZ).filter("asettb", "AVTB"))
    return ffmpeg.filter(sounds, "ainterleave", len(sounds))


def _arguments(
    header: Header, protocol: str, name: str, changing: frozenset[int] = frozenset(),
    watch: _Watch | None = None,
) -> list[str]:  # fmt: skip
    # The demuxer's own view of wrapped clocks and of breaks in them is the right one: no `-copyts`.
    safe = {**SAFE_INPUT, "protocol_whitelist": protocol}
    url, options_in = f"{protocol}:{name}", {"fflags": "+genpts", **safe, **header.look}
    tracks = ffmpeg.input(url, **options_in)
    sound = [tracks[str(track.stream_index)] for track in header.audio]
    decoded, spliced = _decoded(header), {}
    for number, track in enumerate(header.audio):
        if track.stream_index in changing:
            if isinstance(watch, DvSound):
                sound[number] = _of_each_rate(watch, track, url, options_in)
            else:
                sound[number] = of_any_layout(sound[number]).filter("aresample", SAMPLE_RATE_HZ)
            decoded.append(number)
            spliced[f"metadata:s:a:{number}"] = f"{SPLICED_TAG}=1"
    texts = [tracks[str(track.stream_index)] for track in text_tracks(header.subtitles)]
    options: dict[str, str | int | None] = {
        "c": "copy",
        "f": "matroska",
        "allow_raw_vfw": 1,  # uncompressed pictures, as AVI stores them
        "write_crc32": 0,  # a third of what copying takes, and nobody looks at it
        "map_metadata:g": -1,
        "map_chapters": -1,
    }
    if header.container in _SHAPED_BY_PICTURES:
        options["sar"] = 0
    options |= {f"c:a:{number}": "flac" for number in decoded} | spliced
    # In a frame that begins before a gap, what follows the gap is heard too early.
    options |= {f"frame_size:a:{number}": _DECODED_FRAME_SAMPLES for number in decoded}
    # Matroska's muxer would do the same, and end with the first frame whose header is damaged.
    aac = {number for number, track in enumerate(header.audio) if track.codec == "aac"}
    options |= {f"bsf:a:{number}": "aac_adtstoasc" for number in aac.difference(decoded)}
    video = header.video
    if video is None:
        texts = []  # they would be shown on a picture that is not theirs, and end the copy too early
        picture = ffmpeg.input(f"file:{STILL_FILE}", stream_loop=-1, **SAFE_INPUT)["v"]
        options["metadata:s:v"] = f"title={STILL_TITLE}"
        if len(header.audio) > 1 and header.said_seconds and not header.is_cut_off:
            options["t"] = f"{header.said_seconds:.3f}"
        else:
            # What containers of a single track say is often an estimate.
            options["shortest"] = None
    else:
        picture = tracks[str(video.stream_index)]
    if video is not None and header.container in _WITHOUT_TIMES:
        if video.codec in _UNPACKED:
            options["bsf:v"] = _UNPACKED[video.codec]
        elif video.codec in _ORDERED_BY_DECODING and video.reorder_depth > 0:
            options |= {"bsf:v": f"setts=pts={_AS_STORED}", "metadata:s:v": f"title={UNORDERED_TITLE}"}
    if video is not None and header.container in _FIELDS_SHARE_TIMES and video.codec == "h264":
        options["bsf:v"] = f"setts=pts={_AFTER_FIRST_FIELD}"
    output = ffmpeg.output(picture, *sound, *texts, _FILE, **options).global_args(
        "-hide_banner", "-nostdin", "-v", "warning", "-nostats"
    )
    return list(ffmpeg.compile(output)[1:])


def _decoded(header: Header) -> list[int]:
    """Which tracks of sound Matroska has no name for."""
    return [number for number, track in enumerate(header.audio) if track.codec not in MATROSKA_SOUND]


def _made(said: str, header: Header, folder: Path) -> WorkingCopy:
    corrupt = {int(stream) for stream in _CORRUPT.findall(said)}
    is_damaged = header.video is not None and header.video.stream_index in corrupt
    return WorkingCopy(keep(folder, _FILE), is_damaged)


def notes_key(revision: RevisionWork) -> str:
    """Where what the copy does not tell lies beside it."""
    return f"work/{revision.video_id}/{revision.revision_id}/notes.json"


def working_copy_key(revision: RevisionWork) -> str:
    """Where the copy lies for all workers, until the revision is finished."""
    return f"{_BELOW}/{revision.video_id}/{revision.revision_id}/{_FILE}"


async def forget_left_copies(work: Work, objects: Objects) -> None:
    """Deletes copies of which nothing is to be made any more: a worker may have died when its last job was
    over and its copy not yet forgotten, or have made one for a job that was over. Idempotent."""
    for key in await objects.sizes(_BELOW):
        folder, _, file = key.rpartition("/")
        # Owners' pictures lie there as well.
        if file == _FILE and await work.is_over(folder.rpartition("/")[2]):
            await objects.delete_below(folder)
