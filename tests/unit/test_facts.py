"""Facts from what ffprobe says: which picture is shown, when, and what is refused."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import TURNS, display_matrix, source, uneven_source, unhurried
from video_service.domain.errors import Reason, UnsupportedMedia
from video_service.domain.facts import (
    VideoTrack,
    avc_codecs,
    cover_index,
    read_dump,
    read_header,
)
from video_service.domain.frame_indexing import FrameReader, frame_index
from video_service.domain.frames import FrameIndex, longest_gop
from video_service.domain.subtitles import subtitle_tracks

Packet = tuple[int | None, int | None, int, str]

PICTURE: dict[str, Any] = {
    "index": 0, "codec_name": "h264", "codec_type": "video", "profile": "High", "width": 1920,
    "height": 1080, "pix_fmt": "yuv420p", "field_order": "progressive", "sample_aspect_ratio": "1:1",
    "avg_frame_rate": "30000/1001", "r_frame_rate": "30000/1001", "time_base": "1/30000",
    "disposition": {"attached_pic": 0},
}  # fmt: skip
SOUND: dict[str, Any] = {
    "index": 1, "codec_name": "aac", "codec_type": "audio", "channels": 6, "start_time": "0.021333",
    "tags": {"language": "deu", "title": "Kommentar"},
}  # fmt: skip


def read_packets(packets: list[Packet], source_bytes: int = 10**6) -> FrameIndex:
    reader = FrameReader(source_bytes)
    rows = [(*packet[:3], 100 * n, packet[3]) for n, packet in enumerate(packets)]
    reader.add([",".join("N/A" if field is None else str(field) for field in row) for row in rows])
    return reader.index()


def test_pictures_that_are_larger_than_their_file_are_refused() -> None:
    # Each part of an edit list is read from the key frame before it on.
    rows: list[Packet] = [(n, 1, 100, "K") for n in range(20)]
    assert len(read_packets(rows, source_bytes=200).pts) == 20
    with pytest.raises(UnsupportedMedia, match="larger than the file"):
        read_packets([*rows, (20, 1, 1, "K")], source_bytes=200)


def header(*streams: dict[str, Any], name: str = "mov,mp4,m4a,3gp,3g2,mj2") -> dict[str, Any]:
    return {"streams": list(streams), "format": {"format_name": name}}


def picture(answer: dict[str, Any]) -> VideoTrack:
    video = read_header(answer)[1]
    assert video is not None
    return video


def test_a_plain_recording() -> None:
    container, video, [audio] = read_header(header(PICTURE, SOUND))
    assert container == "mov"
    assert video is not None
    assert (video.codec, video.profile, video.width, video.height) == ("h264", "High", 1920, 1080)
    assert (video.nominal_rate, video.time_base) == (Fraction(30_000, 1001), Fraction(1, 30_000))
    assert (video.rotation, video.full_range, video.is_hdr) == (0, False, False)
    assert (audio.stream_index, audio.codec, audio.channels) == (1, "aac", 6)
    assert (audio.start_seconds, audio.language, audio.title) == (0.021333, "de", "Kommentar")


def test_the_largest_moving_picture_is_shown_and_cover_art_is_none() -> None:
    cover = PICTURE | {"index": 1, "width": 3000, "height": 3000, "disposition": {"attached_pic": 1}}
    small = PICTURE | {"index": 2, "width": 320, "height": 180}
    large = PICTURE | {"index": 3, "width": 3840, "height": 2160}
    assert picture(header(cover, small, large, PICTURE)).stream_index == 3
    assert read_header(header(SOUND, cover))[1] is None
    assert cover_index(header(SOUND, cover)) == 1
    assert cover_index(header(SOUND)) is None
    with pytest.raises(UnsupportedMedia, match=r"no moving picture and no sound in this file\."):
        read_header(header(cover))


def test_a_small_picture_is_shown_where_the_large_one_cannot_be_decoded() -> None:
    strange = PICTURE | {"index": 1, "codec_name": "exr", "width": 7680, "height": 4320}
    assert picture(header(PICTURE, strange)).stream_index == 0


def test_only_sound_that_can_be_heard_counts() -> None:
    odd = SOUND | {"index": 2, "codec_name": "unknown"}
    empty = SOUND | {"index": 3, "channels": 0}
    unnamed = {"index": 4, "codec_name": "opus", "codec_type": "audio", "channels": 1}
    strange = SOUND | {"index": 5, "tags": {"language": 'e"n', "title": "x" * 5000}}
    audio = read_header(header(PICTURE, odd, empty, unnamed, strange, name="matroska,webm"))[2]
    assert [track.stream_index for track in audio] == [4, 5]
    assert (audio[0].language, audio[0].title) == (None, "")
    assert audio[1].language is None
    assert len(audio[1].title) <= 100


def dolby_vision(profile: int, compatibility: int) -> dict[str, Any]:
    side = {"dv_profile": profile, "dv_bl_signal_compatibility_id": compatibility}
    return {"codec_name": "hevc", "side_data_list": [side]}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codec_name": "exr"}, "“exr”.*Accepted are MP4, MOV, .* and MXF files with H.264, "),
        ({"codec_name": None, "codec_tag_string": "vvc1"}, r"“H.266 \(VVC\)”"),
        ({"codec_name": None, "codec_tag_string": 'x<"/etc>\n'}, "“xetc”"),
        ({"width": 0}, "size"),
        ({"height": None}, "size"),
        ({"width": 8000, "height": 5000}, "too large: 8000 x 5000"),
        (dolby_vision(5, 0), "Dolby Vision"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedMedia, match=reason) as refused:
        read_header(header(PICTURE | changes))
    assert refused.value.reason is Reason.UNSUPPORTED_MEDIA
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("name", ["hls", "concat", "image2", "dash", "sdp", "mov2", ""])
def test_an_unknown_container_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedMedia, match=r"not supported\. Accepted are MP4"):
        read_header(header(PICTURE, name=name))


def test_dolby_vision_with_a_base_layer_and_8k_are_shown() -> None:
    assert picture(header(PICTURE | dolby_vision(8, 4))).codec == "hevc"
    assert picture(header(PICTURE | {"width": 7680, "height": 4320})).width == 7680


@pytest.mark.parametrize(
    ("changes", "full_range", "is_hdr"),
    [
        ({}, False, False),
        ({"color_range": "tv", "color_transfer": "bt709"}, False, False),
        ({"color_range": "pc"}, True, False),
        ({"pix_fmt": "yuvj420p"}, True, False),
        ({"color_transfer": "smpte2084"}, False, True),
        ({"color_transfer": "arib-std-b67"}, False, True),
    ],
)
def test_range_and_transfer(changes: dict[str, Any], full_range: bool, is_hdr: bool) -> None:
    video = picture(header(PICTURE | changes))
    assert (video.full_range, video.is_hdr) == (full_range, is_hdr)


@pytest.mark.parametrize(
    ("average", "real", "rate"), [("24/1", "25/1", 24), ("0/0", "25/1", 25), (None, "50/1", 50)]
)
def test_the_nominal_rate_is_the_average_or_the_other(average: str | None, real: str, rate: int) -> None:
    video = picture(header(PICTURE | {"avg_frame_rate": average, "r_frame_rate": real}))
    assert video.nominal_rate == rate


@pytest.mark.parametrize(
    ("extradata", "codecs"),
    [
        ("\n00000000: 0164 0028 ffe1 001a 6764 0028 acd9 4078  .d.(....gd.(..@x\n", "avc1.640028"),
        ("\n00000000: 0142 c01e ffe1                           .B....\n", "avc1.42C01E"),
        ("\n00000000: 0000 0001 6764 0028 acd9 4078 0227 e5c0  ....gd.(..@x.'..\n", None),
        ("\n00000000: 0164                                     .d\n", None),
        ("", None),
    ],
)
def test_the_avc_configuration_names_the_codec(extradata: str, codecs: str | None) -> None:
    assert avc_codecs(read_dump(extradata)) == codecs


@pytest.mark.parametrize(
    ("size", "aspect", "rotation", "shown"),
    [
        ((1920, 1080), "1:1", 0, (1920, 1080)),
        ((1920, 1080), "0:1", 180, (1920, 1080)),  # an unknown aspect is none
        ((1920, 1080), "1:1", 270, (1080, 1920)),
        ((1440, 1080), "4:3", 0, (1440, 810)),  # HDV: 16:9 without growing
        ((720, 480), "8:9", 0, (640, 480)),  # DV: 4:3 without growing
        ((720, 576), "16:15", 90, (540, 720)),
        ((64, 64), "1:1000", 0, (1, 64)),
        ((64, 64), "1000:1", 0, (64, 1)),
    ],
)
def test_the_shown_size_is_upright_and_in_square_pixels(
    size: tuple[int, int], aspect: str, rotation: int, shown: tuple[int, int]
) -> None:
    turn = {"displaymatrix": display_matrix(*TURNS[rotation])}
    changes = {"width": size[0], "height": size[1], "sample_aspect_ratio": aspect}
    video = picture(header(PICTURE | changes | {"side_data_list": [turn]}))
    assert (video.shown_size, video.rotation) == (shown, rotation)


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, True),
        ({"field_order": "tt"}, False),
        ({"field_order": "unknown"}, False),
        ({"field_order": "unknown", "codec_name": "hevc"}, True),
        ({"codec_name": "mpeg2video"}, False),  # broadcasts change from picture to picture
        ({"field_order": "tb", "codec_name": "v210"}, False),
        ({"field_order": "unknown", "codec_name": "rawvideo"}, True),
    ],
)
def test_what_may_be_interlaced_is_looked_at(changes: dict[str, Any], whole: bool) -> None:
    assert picture(header(PICTURE | changes)).may_be_interlaced is not whole


def test_packets_in_decoding_order_become_pictures_in_order_of_time() -> None:
    group: list[Packet] = [(0, 10, 500, "K__"), (30, 10, 90, "___"), (10, 10, 40, "___")]
    frames = read_packets([*group, (20, 10, 30, "__C"), (40, 15, 400, "K__")])
    assert tuple(frames.pts) == (0, 10, 20, 30, 40)
    assert tuple(frames.keyframes) == (0, 40)
    assert (frames.end, frames.size_bytes) == (55, 1060)
    assert (frames.has_leading_pictures, frames.has_discarded_pictures) == (False, False)
    assert longest_gop(frames) == 40


def test_pictures_shown_before_their_key_frame_are_leading() -> None:
    frames = read_packets([(0, 10, 1, "K"), (30, 10, 1, "K"), (10, 10, 1, "_"), (20, 10, 1, "_")])
    assert frames.has_leading_pictures
    assert tuple(frames.pts) == (0, 10, 20, 30)


def test_what_precedes_the_first_key_frame_cannot_be_shown() -> None:
    caught: list[Packet] = [(50, 10, 1, "_"), (60, 10, 1, "_"), (100, 10, 1, "K"), (80, 10, 1, "_")]
    frames = read_packets([*caught, (90, 10, 1, "_"), (110, 10, 1, "_"), (120, 10, 1, "K")])
    assert tuple(frames.pts) == (100, 110, 120)
    assert tuple(frames.keyframes) == (100, 120)


def test_of_pictures_at_the_same_time_one_is_shown() -> None:
    frames = read_packets([(0, 10, 7, "K__"), (10, 10, 7, "___"), (10, 10, 7, "___"), (20, 10, 7, "___")])
    assert frames.has_discarded_pictures
    assert tuple(frames.pts) == (0, 10, 20)


def test_pictures_that_an_edit_list_cuts_away_are_not_shown() -> None:
    frames = read_packets([(-10, 10, 7, "KD_"), (0, 10, 7, "_D_"), (10, 10, 7, "K__"), (20, 10, 7, "___")])
    assert frames.has_discarded_pictures
    # The key frame itself may be cut away: what follows it can still be decoded.
    assert tuple(read_packets([(0, 10, 1, "KD"), (10, 10, 1, "_"), (20, 10, 1, "K")]).pts) == (10, 20)
    assert (tuple(frames.pts), tuple(frames.keyframes), frames.size_bytes) == ((10, 20), (10,), 28)


@pytest.mark.parametrize("duration", [None, 0, -5])
def test_a_last_picture_without_a_duration_lasts_like_the_one_before(duration: int | None) -> None:
    assert read_packets([(0, 10, 1, "K"), (12, duration, 1, "_")]).end == 24
    assert read_packets([(7, duration, 1, "K")]).end > 7


@pytest.mark.parametrize(
    ("packets", "reason"),
    [
        ([], "no picture"),
        ([(0, 10, 1, "KD_")], "no picture"),
        ([(0, 10, 1, "___"), (10, 10, 1, "___")], "no picture"),
        ([(0, 10, 1, "K__"), (None, 10, 1, "___")], "no times"),
    ],
)
def test_packets_without_pictures_or_times_are_refused(packets: list[Packet], reason: str) -> None:
    with pytest.raises(UnsupportedMedia, match=reason):
        read_packets(packets)


def test_times_are_compared_exactly_however_large_they_are() -> None:
    """Steps that are no numbers of 64 bits once they are multiplied by how many there are."""
    step = 1 << 60
    assert frame_index([0, step, 2 * step, 3 * step], [0], 0, 1, has_discarded=False).is_constant_rate
    assert not frame_index([0, step + 9, 2 * step, 3 * step], [0], 0, 1, has_discarded=False).is_constant_rate


def test_rounded_times_are_still_a_constant_rate() -> None:
    milliseconds = source(rate=Fraction(30_000, 1001), time_base=Fraction(1, 1000))
    assert milliseconds.frames.is_constant_rate
    assert float(milliseconds.mean_rate) == pytest.approx(29.97, abs=0.005)
    assert uneven_source([3000] * 50 + [3001, 2999] + [3000] * 50).frames.is_constant_rate
    assert not uneven_source([3000] * 50 + [3002, 2998] + [3000] * 50).frames.is_constant_rate
    one = source(seconds=0, rate=25)
    assert one.frames.is_constant_rate
    assert one.mean_rate == 25
    assert one.duration_seconds == pytest.approx(0.04)


def test_times_count_from_the_first_picture() -> None:
    facts = source(seconds=20, start=900_000)  # ticks of 1/90000 s
    assert (facts.start_seconds, facts.duration_seconds) == (10.0, 20.0)


def test_a_video_longer_than_the_clock_of_its_segments_is_refused() -> None:
    wraps_seconds = 2**33 // 90_000  # ISO/IEC 13818-1 section 2.4.3.7: 33 bits of 90 kHz
    day = uneven_source([86_390, 5, 5], time_base=Fraction(1))
    assert day.duration_seconds == 86_400
    with pytest.raises(UnsupportedMedia, match="longer than 26 hours"):
        uneven_source([wraps_seconds - 20, 5, 5], time_base=Fraction(1))


@unhurried
@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 9), st.sampled_from(["K", "_", "D", "KD"]))))
def test_shown_pictures_ascend_and_end_after_the_last(rows: list[tuple[int, int, str]]) -> None:
    kept = [(pts, flags) for pts, _, flags in rows]
    while kept and "K" not in kept[0][1]:
        del kept[0]
    shown = {pts for pts, flags in kept if "D" not in flags and pts >= kept[0][0]}
    keys = {pts for pts, flags in kept if flags == "K" and pts >= kept[0][0]}
    packets: list[Packet] = [(pts, duration, 1, flags) for pts, duration, flags in rows]
    if not shown:
        with pytest.raises(UnsupportedMedia):
            read_packets(packets)
        return
    frames = read_packets(packets)
    assert tuple(frames.pts) == tuple(sorted(shown))
    # Where an edit list cuts the only key frame away, the first picture that is shown stands for it.
    assert list(dict.fromkeys(frames.keyframes)) == sorted(keys or {min(shown)})
    assert frames.end > frames.pts[-1]


@pytest.mark.parametrize(
    ("codecs", "is_still", "warnings"),
    [
        (["subrip", "ass"], False, ()),
        (
            ["subrip", "dvb_subtitle"],
            False,
            ("Subtitles of these kinds are not taken over: DVB (pictures).",),
        ),
        (["subrip"], True, ("These subtitles could not be taken over: English.",)),
        (["subrip"] * 41, False, ("Of 41 subtitle tracks only 40 are offered.",)),
    ],
)
def test_subtitles_that_are_left_out_are_told_of(
    codecs: list[str], is_still: bool, warnings: tuple[str, ...]
) -> None:
    streams = [
        {"index": n, "codec_type": "subtitle", "codec_name": codec, "tags": {"language": "eng"}}
        for n, codec in enumerate(codecs, 1)
    ]
    found = replace(source(is_still=is_still), subtitles=subtitle_tracks({"streams": streams}))
    assert found.warnings == warnings
