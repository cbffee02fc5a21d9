"""What a run may use, from what it is for. Generous for honest files on slow machines, and in
proportion to them: a stranger gets no more of a worker than their video's length and size are worth."""

import os

from video_service.domain.caption_files import MAX_FILE_BYTES
from video_service.domain.facts import SourceFacts
from video_service.domain.plan import Chunk, Plan
from video_service.domain.planning import cpu_per_second
from video_service.pipeline.sandbox import Limits

_MIB = 1 << 20
_GIB = 1 << 30
#: A segment is held in memory while it is checked and published: ten seconds at 200 Mb/s.
MAX_SEGMENT_BYTES = 256 * _MIB

#: Reading alone, whatever is found: of packets, or of zeros in which a demuxer looks for some.
_CPU_SECONDS_PER_GB = 10
_READ_BYTES_PER_SECOND = 10e6
#: How far an estimate, made on a fast machine and without tone mapping, may be off.
_CPU_SLACK = 30
_CPU_SECONDS = 300
_PROBE_CPU_SECONDS = 60
_MAX_CPU_SECONDS = 3600
_WALL_SECONDS = 1800
#: Of key frames, which cost more than others, one core decodes so many in a second.
_KEY_FRAME_PIXELS = 150e6

#: The header of a picture of 36 megapixels is read within one; an index of a day needs half of one.
_PROBE_MEMORY_BYTES = 2 * _GIB
#: Eight-K HEVC and its ladder take 0.7 GiB on two cores; each more lets a decoder hold more pictures.
_MEMORY_BYTES = 4 * _GIB + min(os.cpu_count() or 1, 16) * 256 * _MIB
#: Each printed packet: two times of 20 digits, a size, and flags.
PACKET_LINE_BYTES = 64

#: MPEG-TS around pictures and around sound.
_TS_FACTOR = 1.12
_AUDIO_TS_FACTOR = 1.2
#: Rate control promises its ceiling, but not on pictures of pure noise.
_RATE_SLACK = 2
_OTHER_FILES = 8
#: FLAC of near silence.
_SOUND_BYTES_PER_SECOND = 100
#: AMR takes as little as 4.75 kb/s for what FLAC writes in 70.
_DECODED_FACTOR = 16
#: Stereo at 48 kHz, of which a run reads some more than it makes.
_DECODED_BYTES_PER_SECOND = 2 * 2 * 48_000
_MORE_SECONDS = 4
#: Matroska around the packets of other containers.
_COPY_FACTOR = 1.2


def probe_limits(source_bytes: int, printed_bytes: int) -> Limits:
    """For ffprobe, which writes nothing but what it prints."""
    return Limits(
        wall_seconds=60 + source_bytes / _READ_BYTES_PER_SECOND,
        cpu_seconds=_PROBE_CPU_SECONDS + _reading_cpu_seconds(source_bytes),
        memory_bytes=_PROBE_MEMORY_BYTES,
        file_bytes=0,
        output_bytes=0,
        output_files=0,
        printed_bytes=printed_bytes,
    )


def working_copy_limits(
    source_bytes: int, still_bytes: int = 0, still_seconds: int = 1, *, decodes: bool = False
) -> Limits:
    """For copying the packets of a source into another container, with a still that is repeated as often
    as the thinnest of sounds could last. ``decodes``: some of the sound on the way."""
    stills = source_bytes / _SOUND_BYTES_PER_SECOND / still_seconds + 1
    sound_bytes = source_bytes * (_DECODED_FACTOR if decodes else 1)
    copy_bytes = int((sound_bytes + stills * still_bytes) * _COPY_FACTOR) + 16 * _MIB
    return Limits(
        wall_seconds=60 + 2 * sound_bytes / _READ_BYTES_PER_SECOND,
        cpu_seconds=_PROBE_CPU_SECONDS + 2 * _reading_cpu_seconds(sound_bytes),
        memory_bytes=_PROBE_MEMORY_BYTES,
        file_bytes=copy_bytes,
        output_bytes=copy_bytes,
        output_files=_OTHER_FILES,
        printed_bytes=64 * _MIB,
    )


def still_limits(source_bytes: int) -> Limits:
    """For the picture of a source that has only sound."""
    return Limits(
        wall_seconds=300,
        cpu_seconds=_PROBE_CPU_SECONDS + _reading_cpu_seconds(source_bytes),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=MAX_POSTER_BYTES,
        output_bytes=2 * MAX_POSTER_BYTES,
        output_files=_OTHER_FILES,
        printed_bytes=_MIB,
    )


def loudness_limits(facts: SourceFacts) -> Limits:
    """For decoding a track from beginning to end, and for what ffmpeg prints of it."""
    seconds = facts.duration_seconds
    return Limits(
        wall_seconds=_WALL_SECONDS + seconds,
        cpu_seconds=int(_CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes) + seconds / 5),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=0,
        output_bytes=0,
        output_files=_OTHER_FILES,
        printed_bytes=_MIB,
    )


def chunk_limits(facts: SourceFacts, plan: Plan, chunk: Chunk, first: int, count: int) -> Limits:
    """For a run of segments of a chunk."""
    cpu_seconds = _CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes)
    if chunk.lane.is_sound:
        return _sound_limits(plan, first, count, cpu_seconds)
    seconds = [plan.timeline.segment_seconds(segment) for segment in range(first, first + count)]
    rungs = [rung for rung in plan.rungs if rung.name in chunk.renditions]
    if rungs[0].copied:
        # What is copied and then thrown away, because a demuxer seeks badly, may be all there is.
        file_bytes = output_bytes = int(facts.frames.size_bytes * _TS_FACTOR * _RATE_SLACK) + 16 * _MIB
    else:
        ceilings = [(int(rung.maxrate_bps * _TS_FACTOR), rung.bufsize_bits) for rung in rungs]
        file_bytes = max(_file_bytes(rate, buffer, max(seconds)) for rate, buffer in ceilings)
        output_bytes = sum(_file_bytes(rate, buffer, sum(seconds)) for rate, buffer in ceilings)
        output_bytes += count * len(rungs) * _MIB
        cpu_seconds += int(_CPU_SLACK * cpu_per_second(facts, rungs) * sum(seconds))
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(cpu_seconds, _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=file_bytes,
        output_bytes=output_bytes,
        output_files=len(chunk.renditions) * (count + _OTHER_FILES),
        printed_bytes=64 * _MIB,
    )


def silence_limits(plan: Plan, first: int, count: int) -> Limits:
    """For a run of segments of sound that is read from nowhere."""
    return _sound_limits(plan, first, count, _CPU_SECONDS)


def _sound_limits(plan: Plan, first: int, count: int, cpu_seconds: int) -> Limits:
    seconds = [plan.timeline.segment_seconds(segment) for segment in range(first, first + count)]
    rate_bps = max(int(track.bitrate_bps * _AUDIO_TS_FACTOR) for track in plan.audio)
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(cpu_seconds, _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=_file_bytes(rate_bps, 0, max(seconds)),
        output_bytes=_file_bytes(rate_bps, 0, sum(seconds)) + count * _MIB,
        output_files=count + _OTHER_FILES,
        printed_bytes=64 * _MIB,
    )


def decoded_sound_limits(facts: SourceFacts, plan: Plan, first: int, count: int, sides: int) -> Limits:
    """For decoding what a run of segments needs of a track, or of one for each side, into a file."""
    seconds = sum(map(plan.timeline.segment_seconds, range(first, first + count))) + _MORE_SECONDS
    file_bytes = int(seconds * _DECODED_BYTES_PER_SECOND * sides * _COPY_FACTOR) + _MIB
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(_CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes), _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=file_bytes,
        output_bytes=file_bytes,
        output_files=_OTHER_FILES,
        printed_bytes=64 * _MIB,
    )


def captions_limits(facts: SourceFacts, tracks: int) -> Limits:
    """For reading a source once, and writing the text in it."""
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=_PROBE_CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes),
        memory_bytes=_PROBE_MEMORY_BYTES,
        file_bytes=4 * MAX_FILE_BYTES,
        output_bytes=tracks * 4 * MAX_FILE_BYTES,
        output_files=tracks + _OTHER_FILES,
        printed_bytes=64 * _MIB,
    )


def poster_limits(source_bytes: int, pictures: int = 1) -> Limits:
    """For some pictures, each in a few files."""
    return Limits(
        wall_seconds=300 * pictures,
        cpu_seconds=min((_CPU_SECONDS + _reading_cpu_seconds(source_bytes)) * pictures, _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=MAX_POSTER_BYTES,
        output_bytes=4 * MAX_POSTER_BYTES * pictures,
        output_files=_OTHER_FILES * pictures,
        printed_bytes=_MIB,
    )


def key_frame_limits(
    facts: SourceFacts, decoded: int, *, file_bytes: int, output_bytes: int, output_files: int
) -> Limits:
    """For pictures made of so many, or of some of them."""
    pixels = facts.video.width * facts.video.height * decoded
    cpu_seconds = _CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes)
    cpu_seconds += int(_CPU_SLACK * pixels / _KEY_FRAME_PIXELS)
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(cpu_seconds, _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=file_bytes,
        output_bytes=output_bytes,
        output_files=output_files + _OTHER_FILES,
        printed_bytes=64 * _MIB,
    )


def key_packet_limits(facts: SourceFacts) -> Limits:
    """For copying the packets of some key frames."""
    return working_copy_limits(facts.frames.size_bytes)


def decode_limits(facts: SourceFacts, plan: Plan, chunk: Chunk) -> Limits:
    """For decoding the pictures of a chunk, from which nothing is written."""
    seconds = sum(map(plan.timeline.segment_seconds, chunk.segments))
    cpu_seconds = _CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes)
    cpu_seconds += int(_CPU_SLACK * cpu_per_second(facts, ()) * seconds)
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(cpu_seconds, _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=0,
        output_bytes=0,
        output_files=0,
        printed_bytes=64 * _MIB,
    )


def sound_limits(facts: SourceFacts) -> Limits:
    """For listening to one track, from which nothing is written but what is printed."""
    cpu_seconds = _CPU_SECONDS + _reading_cpu_seconds(facts.frames.size_bytes)
    return Limits(
        wall_seconds=_WALL_SECONDS,
        cpu_seconds=min(cpu_seconds + int(_CPU_SLACK * facts.duration_seconds / 100), _MAX_CPU_SECONDS),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=0,
        output_bytes=0,
        output_files=0,
        printed_bytes=64 * _MIB,
    )


def download_limits(content_bytes: int) -> Limits:
    """For copying published segments of so many bytes into one file, which is written once and then
    moved within itself, to make room for its index."""
    file_bytes = int(content_bytes * _COPY_FACTOR) + 16 * _MIB
    return Limits(
        wall_seconds=60 + 3 * content_bytes / _READ_BYTES_PER_SECOND,
        cpu_seconds=_PROBE_CPU_SECONDS + 2 * _reading_cpu_seconds(content_bytes),
        memory_bytes=_PROBE_MEMORY_BYTES,
        file_bytes=file_bytes,
        output_bytes=file_bytes,
        output_files=_OTHER_FILES,
        printed_bytes=16 * _MIB,
    )


#: 720 pixels on the short side; even noise is smaller.
MAX_POSTER_BYTES = 8 * _MIB


def _reading_cpu_seconds(size_bytes: int) -> int:
    return int(size_bytes / 1e9 * _CPU_SECONDS_PER_GB)


def _file_bytes(rate_bps: int, buffer_bits: int, seconds: float) -> int:
    """At a ceiling of so many bits per second, on top of a full buffer."""
    return int((rate_bps * seconds + buffer_bits) / 8 * _RATE_SLACK) + _MIB
