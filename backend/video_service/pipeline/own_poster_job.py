"""The job of a picture that an owner sent for a poster: decoded in the box and made anew, so that
nothing of the file itself ever reaches a viewer."""

from functools import partial
from typing import Any

import ffmpeg

from video_service.domain.attempts import MAX_BEGINNINGS
from video_service.domain.picture_files import NotJpeg, jpeg_size, picture_format
from video_service.domain.pictures import LARGE, SMALL
from video_service.domain.ports import OwnPosters
from video_service.pipeline import posters
from video_service.pipeline.attempts import BEGUN_TOO_OFTEN, FAILURES, counted, told
from video_service.pipeline.commands import compiled
from video_service.pipeline.workbench import Payload, Workbench

_MAX_PIXELS = 64_000_000
_HEADER_BYTES = 16


async def run(bench: Workbench, rows: OwnPosters, payload: Payload, *, niceness: int = 0) -> None:
    video_id, poster_id = payload["video_id"], payload["poster_id"]
    attempt = await rows.begin_look(poster_id)
    # Otherwise it was broken off at its last line.
    if attempt is not None:
        if attempt > MAX_BEGINNINGS:
            await rows.refuse(video_id, poster_id, BEGUN_TOO_OFTEN)
        else:
            await _look_at(bench, rows, video_id, poster_id, niceness)
    await bench.objects.delete_below(picture_key(video_id, poster_id).rpartition("/")[0])


async def _look_at(bench: Workbench, rows: OwnPosters, video_id: str, poster_id: str, niceness: int) -> None:
    key = picture_key(video_id, poster_id)
    try:
        async with counted(partial(rows.take_back_look, poster_id)):
            source = await bench.objects.materialise(key)
            kind = picture_format(await bench.objects.read(key, 0, _HEADER_BYTES))
            command = arguments(kind or "jpeg", bench.sandbox.source_path(source))
            made = await posters.run(bench, command, source, niceness)
            width, height = jpeg_size(made["poster.jpg"])
            await posters.publish(bench, f"videos/{video_id}/{poster_id}", made)
    except (*FAILURES, NotJpeg) as error:
        # At once, as somebody waits: whoever sends it again has another attempt.
        await rows.refuse(video_id, poster_id, told(error))
    else:
        await rows.take(video_id, poster_id, width, height)


def picture_key(video_id: str, poster_id: str) -> str:
    """Where the file lies until it has been looked at."""
    return f"work/{video_id}/{poster_id}/picture"


def arguments(kind: str, source: str) -> tuple[str, ...]:
    """From a JPEG, PNG or WebP, turned as it says it should be; what is transparent becomes black."""
    demuxer = f"{kind}_pipe"
    picture = ffmpeg.input(
        f"file:{source}", f=demuxer, protocol_whitelist="file", format_whitelist=demuxer,
        max_pixels=_MAX_PIXELS,
    )["v:0"]  # fmt: skip
    picture = picture.filter("format", "gbrap").filter("premultiply", inplace=1).filter("format", "rgb24")
    picture = picture.filter("scale", *_fitted(LARGE)).filter("setsar", 1)
    return compiled(posters.outputs(picture, _fitted(SMALL)))


def _fitted(short_side: int) -> tuple[Any, Any]:
    """:func:`video_service.domain.pictures.fitted` as expressions of the scale filter."""
    factor = f"min(1,{short_side}/min(iw,ih))"
    return f"max(2,2*round(iw*{factor}/2))", f"max(2,2*round(ih*{factor}/2))"
