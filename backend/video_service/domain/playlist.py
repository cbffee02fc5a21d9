"""Playlists: pure functions of the plan, complete and final from the start (RFC 8216; VIDEO-RANGE is of
its successor, draft-pantos-hls-rfc8216bis).

Those of single pictures come when everything is complete, as they tell where these lie in their segments.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from video_service.domain.captions import Caption, CaptionKind
from video_service.domain.plan import AudioRendition, Plan, VideoRung
from video_service.domain.transport_stream import FirstPicture
from video_service.domain.video import Rendition, RenditionKind

#: MPEG-TS adds packet headers, PES headers and stuffing; small segments carry more of it.
_TS_FACTOR = 1.12
#: Several frames of AAC in a PES packet add 7 %, and the encoder's rate varies a little.
_AUDIO_TS_FACTOR = 1.2
_AUDIO_GROUP = "audio"
_CAPTIONS_GROUP = "captions"
CHAPTERS_FILE = "chapters.json"
#: Of whoever cannot hear (Apple, HLS authoring specification, section 4).
_FOR_THE_DEAF = (
    "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
)
#: Section 4.3.4.1, a characteristic that Apple defined.
_DESCRIBES_VIDEO = "public.accessibility.describes-video"
#: What is brighter or more colourful is converted, never copied.
_SDR = "VIDEO-RANGE=SDR"
_SHORTEST_USUAL_SECONDS = 2.0


@dataclass(frozen=True)
class Bandwidth:
    """Bits per second of one rendition (RFC 8216 section 4.3.4.2)."""

    peak_bps: int
    average_bps: int | None


def expected_bandwidths(plan: Plan) -> dict[str, Bandwidth]:
    """Upper bounds from the rate control, for the time before everything is measured."""
    found = {}
    for rung in plan.rungs:
        # A buffer's worth of bits on top of the ceiling, in the shortest usual segment. A short tail
        # may exceed it, but counting that would keep players from rungs that their network carries.
        burst_bps = rung.bufsize_bits / _SHORTEST_USUAL_SECONDS
        found[rung.name] = Bandwidth(int((rung.maxrate_bps + burst_bps) * _TS_FACTOR), None)
    for track in plan.audio:
        found[track.name] = Bandwidth(int(track.bitrate_bps * _AUDIO_TS_FACTOR), None)
    return found


def measured_bandwidths(plan: Plan, sizes_bytes: Mapping[str, Mapping[int, int]]) -> dict[str, Bandwidth]:
    """Peak segment bit rate and average, from the sizes of each rendition's published segments."""
    expected = expected_bandwidths(plan)
    found = {}
    for name, sizes in sizes_bytes.items():
        if not sizes:
            found[name] = expected[name]
            continue
        seconds = {k: plan.timeline.segment_seconds(k) for k in sizes}
        peak_bps = max(size * 8 / seconds[k] for k, size in sizes.items())
        average_bps = sum(sizes.values()) * 8 / sum(seconds.values())
        found[name] = Bandwidth(int(peak_bps) + 1, int(average_bps) + 1)
    return {**expected, **found}


def renditions(
    plan: Plan,
    bandwidths: Mapping[str, Bandwidth],
    *,
    complete: bool,
    iframes: Mapping[str, Bandwidth] | None = None,
) -> tuple[Rendition, ...]:
    """What the API tells of the plan's renditions, best first. ``iframes`` as for the master playlist."""
    single = iframes or {}
    videos = (
        Rendition(
            rung.name, RenditionKind.VIDEO, rung.codecs, rung.width, rung.height,
            round(float(rung.frame_rate), 3), bandwidths[rung.name].peak_bps, complete,
            bandwidths[rung.name].average_bps,
            iframes_peak_bps=single[rung.name].peak_bps if rung.name in single else None,
            iframes_average_bps=single[rung.name].average_bps if rung.name in single else None,
        )
        for rung in plan.rungs
    )  # fmt: skip
    sounds = (
        Rendition(
            track.name, RenditionKind.AUDIO, track.codecs, 0, 0, 0.0,
            bandwidths[track.name].peak_bps, complete, bandwidths[track.name].average_bps,
            track.title, track.language,
        )
        for track in plan.audio
    )  # fmt: skip
    return (*videos, *sounds)


def master_playlist(
    plan: Plan,
    bandwidths: Mapping[str, Bandwidth],
    captions: Collection[Caption] = (),
    chapters: Collection[object] = (),
    iframes: Mapping[str, Bandwidth] | None = None,
) -> str:
    """Lists every rung, audio track and text track, and where the chapters are.

    A middle rung comes first: players without an opinion begin there. ``iframes``: what the playlists of
    single pictures take, of the rungs that have one.
    """
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += _audio_lines(plan.audio)
    lines += [*_caption_lines(captions), *_chapter_lines(chapters)]
    sound = [bandwidths[track.name] for track in plan.audio]
    for rung in _starting_order(plan.rungs):
        lines += [
            _variant_line(rung, bandwidths[rung.name], sound, has_captions=bool(captions)),
            f"{rung.name}/index.m3u8",
        ]
    lines += [
        _iframe_line(rung, iframes[rung.name]) for rung in plan.rungs if iframes and rung.name in iframes
    ]
    return "\n".join(lines) + "\n"


def media_playlist(plan: Plan) -> str:
    """The same for every rendition, since all share the timeline."""
    timeline = plan.timeline
    durations = [timeline.segment_seconds(k) for k in range(timeline.segment_count)]
    lines = _media_lines(durations)
    for number, seconds in enumerate(durations):
        lines += [f"#EXTINF:{seconds:.6f},", _segment_name(number)]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def iframe_playlist(plan: Plan, pictures: Mapping[int, FirstPicture]) -> str:
    """The key pictures of a rung, for winding and for finding a place (section 4.3.3.6). Each stays until
    the next; a segment that is missing has none, but the first must be there."""
    durations = _iframe_seconds(plan, pictures)
    lines = [*_media_lines(durations.values()), "#EXT-X-I-FRAMES-ONLY"]
    for number, seconds in durations.items():
        picture = pictures[number]
        lines += [
            f"#EXTINF:{seconds:.6f},",
            f"#EXT-X-BYTERANGE:{picture.size_bytes}@{picture.offset_bytes}",
            _segment_name(number),
        ]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def iframe_bandwidth(plan: Plan, pictures: Mapping[int, FirstPicture]) -> Bandwidth:
    """Peak and average of a playlist of single pictures, from their sizes."""
    durations = _iframe_seconds(plan, pictures)
    peak_bps = max(pictures[number].size_bytes * 8 / seconds for number, seconds in durations.items())
    size_bytes = sum(picture.size_bytes for picture in pictures.values())
    return Bandwidth(int(peak_bps) + 1, int(size_bytes * 8 / sum(durations.values())) + 1)


def _iframe_seconds(plan: Plan, pictures: Mapping[int, FirstPicture]) -> dict[int, float]:
    """How long each picture stays, by segment, in order."""
    timeline, numbers = plan.timeline, sorted(pictures)
    starts = [*(timeline.start_seconds(number) for number in numbers), timeline.duration_seconds]
    return {number: after - begin for number, (begin, after) in zip(numbers, pairwise(starts), strict=True)}


def _media_lines(durations: Collection[float]) -> list[str]:
    # Section 4.3.3.1: no duration, rounded to the nearest integer, exceeds the target. What is
    # rounded is the duration as it is written.
    target = max(1, *(int(round(seconds, 6) + 0.5) for seconds in durations))
    return [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]


def _segment_name(number: int) -> str:
    return f"{number:05d}.ts"


def _starting_order(rungs: tuple[VideoRung, ...]) -> tuple[VideoRung, ...]:
    start = next((rung for rung in rungs if min(rung.width, rung.height) <= 480), rungs[0])
    return (start, *(rung for rung in rungs if rung is not start))


def _audio_lines(tracks: Sequence[AudioRendition]) -> Iterator[str]:
    """Section 4.3.4.1. What a player chooses by itself differs in what it can choose by (4.3.4.1.1): of
    tracks in the same language only the first, and a commentary never."""
    automatic: set[tuple[str | None, bool]] = set()
    for number, track in enumerate(tracks):
        choice = (track.language, track.describes_video)
        is_automatic = number == 0 or (
            choice not in automatic and (track.describes_video or not track.is_aside)
        )
        if is_automatic:
            automatic.add(choice)
        attributes = [
            "TYPE=AUDIO",
            f'GROUP-ID="{_AUDIO_GROUP}"',
            f'NAME="{_quoted(track.title) or track.name}"',
            f"DEFAULT={'YES' if number == 0 else 'NO'}",
            f"AUTOSELECT={'YES' if is_automatic else 'NO'}",
            f'CHANNELS="{track.channels}"',
            *([f'LANGUAGE="{_quoted(track.language)}"'] if track.language else []),
            *([f'CHARACTERISTICS="{_DESCRIBES_VIDEO}"'] if track.describes_video else []),
            f'URI="{track.name}/index.m3u8"',
        ]
        yield "#EXT-X-MEDIA:" + ",".join(attributes)


def caption_playlist(duration_seconds: float) -> str:
    """One segment is the whole file: it is small, each seek finds it loaded, and a cue belongs to one
    segment only (RFC 8216 section 3.5 lets it be in several)."""
    return "\n".join(
        [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{max(1, int(round(duration_seconds, 6) + 0.5))}",
            "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-PLAYLIST-TYPE:VOD",
            f"#EXTINF:{duration_seconds:.6f},",
            "00000.vtt",
            "#EXT-X-ENDLIST\n",
        ]
    )


def _caption_lines(captions: Collection[Caption]) -> list[str]:
    """Of those in the same language and of the same kind a player chooses only the first by itself, as of
    audio tracks."""
    lines, taken = [], set[str]()
    automatic: set[tuple[str, CaptionKind]] = set()
    for caption in captions:
        choice = (caption.language, caption.kind)
        name = _unlike(_quoted(caption.label) or caption.language, taken)
        taken.add(name)
        attributes = [
            "TYPE=SUBTITLES",
            f'GROUP-ID="{_CAPTIONS_GROUP}"',
            f'NAME="{name}"',
            "DEFAULT=NO",
            f"AUTOSELECT={'NO' if choice in automatic else 'YES'}",
            f'LANGUAGE="{_quoted(caption.language)}"',
            *([f'CHARACTERISTICS="{_FOR_THE_DEAF}"'] if caption.kind is CaptionKind.CAPTIONS else []),
            f'URI="{caption.folder}/index.m3u8"',
        ]
        lines.append("#EXT-X-MEDIA:" + ",".join(attributes))
        automatic.add(choice)
    return lines


def _unlike(name: str, taken: Collection[str]) -> str:
    """Names within a group differ (section 4.3.4.1.1)."""
    number, wanted = 1, name
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def _chapter_lines(chapters: Collection[object]) -> list[str]:
    found = f'#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="{CHAPTERS_FILE}"'
    return [found] if chapters else []


def _variant_line(
    rung: VideoRung, bandwidth: Bandwidth, sound: list[Bandwidth], *, has_captions: bool
) -> str:
    peak_bps = bandwidth.peak_bps + max((track.peak_bps for track in sound), default=0)
    attributes = [f"BANDWIDTH={peak_bps}"]
    if bandwidth.average_bps is not None:
        average_bps = bandwidth.average_bps + max((track.average_bps or 0 for track in sound), default=0)
        attributes.append(f"AVERAGE-BANDWIDTH={average_bps}")
    codecs = f"{rung.codecs},mp4a.40.2" if sound else rung.codecs
    attributes += [
        f'CODECS="{codecs}"',
        f"RESOLUTION={rung.width}x{rung.height}",
        f"FRAME-RATE={float(rung.frame_rate):.3f}",
        _SDR,
        *([f'AUDIO="{_AUDIO_GROUP}"'] if sound else []),
        *([f'SUBTITLES="{_CAPTIONS_GROUP}"'] if has_captions else []),
    ]
    return "#EXT-X-STREAM-INF:" + ",".join(attributes)


def _iframe_line(rung: VideoRung, bandwidth: Bandwidth) -> str:
    """Section 4.3.4.3: as of a variant, but for what needs more than one picture, or sound."""
    attributes = [
        f"BANDWIDTH={bandwidth.peak_bps}",
        f"AVERAGE-BANDWIDTH={bandwidth.average_bps}",
        f'CODECS="{rung.codecs}"',
        f"RESOLUTION={rung.width}x{rung.height}",
        _SDR,
        f'URI="{rung.name}/iframes.m3u8"',
    ]
    return "#EXT-X-I-FRAME-STREAM-INF:" + ",".join(attributes)


def _quoted(text: str) -> str:
    """A quoted-string holds neither line breaks nor quotes (section 4.2)."""
    return "".join(character for character in text if character.isprintable() and character != '"')
