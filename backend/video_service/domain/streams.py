"""Which of a file's streams count, by what ffprobe says of them. Pure."""

from collections.abc import Mapping
from typing import Any

from video_service.domain.formats import VIDEO_CODECS

#: What ffprobe says of a file, and of one of its streams.
Said = Mapping[str, Any]
Stream = Mapping[str, Any]


def best_picture(said: Said) -> Stream | None:
    """The largest moving one of those that can be decoded, else of all."""
    videos = [stream for stream in _streams(said) if stream.get("codec_type") == "video"]
    moving = [stream for stream in videos if not is_cover(stream)]
    known = [stream for stream in moving if stream.get("codec_name") in VIDEO_CODECS]
    return max(known or moving, key=lambda one: edge(one, "width") * edge(one, "height"), default=None)


def in_program_of(said: Said, stream: Stream) -> Said:
    """Of a broadcast with several programs the one that a stream belongs to: the sound of another is no other
    language of this one. What belongs to no program may belong to any."""
    programs = [
        {one.get("index") for one in program.get("streams", [])} for program in said.get("programs", [])
    ]
    own = [program for program in programs if stream["index"] in program]
    others = set[Any]().union(*programs).difference(*own) if own else set[Any]()
    return {**said, "streams": [one for one in _streams(said) if one["index"] not in others]}


def without(said: Said, stream: Stream) -> Said:
    return {**said, "streams": [one for one in _streams(said) if one["index"] != stream["index"]]}


def is_cover(stream: Stream) -> bool:
    """Whether it is one picture that sound comes with."""
    return bool(stream.get("disposition", {}).get("attached_pic"))


def edge(stream: Stream, name: str) -> int:
    """Pixels, 0 where that is not known."""
    return int(stream.get(name) or 0)


def _streams(said: Said) -> list[Stream]:
    return list(said.get("streams", []))
