"""Which streams of a file count."""

from typing import Any

from video_service.domain.sound import read_audio
from video_service.domain.streams import best_picture, in_program_of
from video_service.domain.subtitles import subtitle_tracks


def stream(index: int, kind: str, codec: str, height: int = 0) -> dict[str, Any]:
    return {"index": index, "codec_type": kind, "codec_name": codec, "height": height, "width": 2 * height,
            "channels": 2}  # fmt: skip


#: A small picture and a large one, each with a sound and subtitles; and a track that is in no program.
STREAMS = [
    stream(0, "video", "mpeg2video", 576), stream(1, "audio", "mp2"), stream(2, "subtitle", "dvb_subtitle"),
    stream(3, "video", "h264", 1080), stream(4, "audio", "ac3"), stream(5, "subtitle", "dvb_teletext"),
    stream(6, "audio", "aac"),
]  # fmt: skip


def multiplex(*programs: list[int]) -> dict[str, Any]:
    return {
        "streams": STREAMS,
        "programs": [{"streams": [{"index": index} for index in program]} for program in programs],
    }


def taken(answer: dict[str, Any]) -> list[int]:
    best = best_picture(answer)
    assert best is not None
    assert best["index"] == 3
    own = in_program_of(answer, best)
    sound = [track.stream_index for track in read_audio(own["streams"])]
    return sound + [track.stream_index for track in subtitle_tracks(own)]


def test_nothing_of_another_program_is_taken() -> None:
    assert taken(multiplex([0, 1, 2], [3, 4, 5])) == [4, 6, 5]
    assert taken(multiplex([0, 1, 2, 4], [3, 4, 5])) == [4, 6, 5], "they may share a sound"
    assert taken(multiplex([3], [0, 1, 2, 4, 5, 6])) == []


def test_where_nothing_is_said_of_programs_all_belongs_together() -> None:
    everything = [1, 4, 6, 2, 5]
    assert taken(multiplex()) == taken(multiplex([0, 1, 2])) == everything
    assert taken({"streams": STREAMS}) == everything
