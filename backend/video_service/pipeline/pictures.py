"""Filters from a decoded picture to the one that is shown: whole, upright, plain colours, square pixels.

Options are those of the ffmpeg filters documentation for bwdif, zscale, tonemap, scale and transpose.
"""

from typing import Any

from video_service.domain.facts import VideoTrack
from video_service.domain.picture import Colours

#: Diffuse white of HDR in cd/m2, as players assume it for a screen without HDR.
_WHITE_NITS = 100
#: How far two shapes of pictures may be from each other: sizes are rounded.
_ALIKE_ASPECT = 0.02
_TURNS = {
    90: (("transpose", "clock"),),
    180: (("hflip",), ("vflip",)),
    270: (("transpose", "cclock"),),
}


def one_size(stream: Any, video: VideoTrack) -> Any:
    """Recordings of calls and broadcasts change it in their middle, or the shape of their pixels. Where a
    size changes ffmpeg would begin all filters anew, and they would forget what they counted;
    ``-reinit_filter`` tells it not to, and these bear any change."""
    width, height, aspect = video.width, video.height, video.sample_aspect
    if not video.changes_shape:
        return stream.filter("scale", width, height)
    # One of another shape is shown as a whole. A pixel more or less is no other shape.
    wider = f"st(0,iw*sar*{height * aspect.denominator}/(ih*{width * aspect.numerator}))"
    is_alike = f"lt(abs({wider}-1),{_ALIKE_ASPECT})"
    # Two fields in a picture are not mixed: each has as many lines, and each of those with colours.
    lines = min(4 if video.may_be_interlaced else 1, height)
    stream = stream.filter(
        "scale",
        f"if({is_alike},{width},max(1,round(min({width},{width}*ld(0)))))",
        f"if({is_alike},{height},max({lines},{lines}*floor(min({height},{height}/ld(0))/{lines})))",
        eval="frame",
        interl=-1 if video.may_be_interlaced else 0,
    )
    stream = stream.filter("pad", width, height, -1, -1, eval="frame")
    return stream.filter("setsar", f"{aspect.numerator}/{aspect.denominator}")


def whole(stream: Any, video: VideoTrack) -> Any:
    """Two fields become one picture, where they are two; the number and times of pictures stay."""
    if not video.may_be_interlaced:
        return stream
    ticks = f"{video.time_base.numerator}/{video.time_base.denominator}"
    # bwdif halves the ticks, and what follows counts in the source's.
    return stream.filter("bwdif", mode="send_frame", deint="interlaced").filter("settb", ticks)


def in_plain_colours(stream: Any, video: VideoTrack, width: int, height: int) -> Any:
    """HDR, and whatever else few players understand, becomes BT.709.

    It is made at the size, upright, of the largest rung, because it costs more than all else.
    """
    if not video.colours.is_converted:
        return stream
    if video.width % 2 or video.height % 2:
        # zscale wants whole chroma samples.
        stream = stream.filter("crop", video.width // 2 * 2, video.height // 2 * 2)
    width, height = _lying(video, width, height)
    given = _given(video.colours) | {"w": width, "h": height}
    if not video.is_hdr:
        return stream.filter("zscale", **given, p="bt709", t="bt709", m="bt709", r="tv")
    return (
        stream.filter("zscale", **given, p=video.colours.primaries, t="linear", npl=_WHITE_NITS)
        .filter("format", "gbrpf32le")
        .filter("zscale", p="bt709")
        .filter("tonemap", tonemap="hable", desat=0)
        .filter("zscale", t="bt709", m="bt709", r="tv")
    )


def shown(stream: Any, video: VideoTrack, width: int, height: int) -> Any:
    """For an encoder. Scaled to a size that is upright, then turned: there are fewer pixels to turn."""
    options = {"out_color_matrix": "bt709"} if video.colours.matrix == "gbr" else {}
    stream = stream.filter("scale", *_lying(video, width, height), out_range="tv", **options)
    return _upright(stream.filter("setsar", 1).filter("format", "yuv420p"), video)


def photographed(stream: Any, video: VideoTrack, width: int, height: int, *, typical_of: int = 1) -> Any:
    """Each picture, or the most typical of so many that follow each other, upright, as RGB."""
    matrix = video.colours.shown.matrix
    given = "bt601" if matrix == "bt470bg" else matrix
    stream = stream.filter("scale", *_lying(video, width, height), in_color_matrix=given)
    stream = stream.filter("setsar", 1).filter("format", "rgb24")
    if typical_of > 1:
        stream = stream.filter("thumbnail", typical_of)
    return _upright(stream, video)


def as_jpeg(stream: Any) -> Any:
    """From RGB, as JPEG has its colours: full range and the matrix of BT.601 (JFIF 1.02)."""
    return stream.filter("scale", out_color_matrix="bt601", out_range="pc").filter("format", "yuvj420p")


def tags(video: VideoTrack) -> dict[str, str]:
    """What an encoder says of the colours of its pictures, as options of ffmpeg."""
    named = video.colours.shown
    return {
        "color_primaries": named.primaries,
        "color_trc": named.transfer,
        "colorspace": named.matrix,
        "color_range": "tv",
    }


def _upright(stream: Any, video: VideoTrack) -> Any:
    if video.mirrored:
        stream = stream.filter("hflip")
    for name, *arguments in _TURNS.get(video.rotation, ()):
        stream = stream.filter(name, *arguments)
    return stream


def _lying(video: VideoTrack, width: int, height: int) -> tuple[int, int]:
    return (height, width) if video.rotation % 180 else (width, height)


def _given(colours: Colours) -> dict[str, str]:
    """The source's colours by name, because a container may know what its pictures do not say."""
    return {
        "pin": colours.primaries,
        "tin": colours.transfer,
        "min": colours.matrix,
        "rin": "pc" if colours.full_range else "tv",
    }
