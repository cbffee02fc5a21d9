"""The player for other pages: its address, its size, and the markup that shows it."""

from html import escape
from urllib.parse import urlencode

from gateway.video_records import Picture, Video

#: What a frame of ours may use of what browsers reserve for the page.
_ALLOWED = "autoplay; encrypted-media; fullscreen; picture-in-picture"
#: Of a player in a page of text, where nothing else is asked for.
_USUAL_WIDTH, _USUAL_HEIGHT = 640, 360
#: While the shape of a video is not known yet.
_USUAL_SHAPE = (16, 9)


def player_url(gateway_url: str, video_id: str, start: str = "") -> str:
    query = f"?{urlencode({'t': start})}" if start else ""
    return f"{gateway_url}/embed/{video_id}{query}"


def player_size(
    video: Video, most_width: int | None = None, most_height: int | None = None
) -> tuple[int, int]:
    """In the video's shape, as large as it may be; where nothing is said, within 640 by 360."""
    width, height = video.width or _USUAL_SHAPE[0], video.height or _USUAL_SHAPE[1]
    if most_width is None and most_height is None:
        most_width, most_height = _USUAL_WIDTH, _USUAL_HEIGHT
    factors = [most / side for most, side in ((most_width, width), (most_height, height)) if most]
    return max(1, int(width * min(factors))), max(1, int(height * min(factors)))


def player_markup(url: str, title: str, width: int, height: int) -> str:
    return (
        f'<iframe src="{escape(url)}" width="{width}" height="{height}" title="{escape(title)}"'
        f' allow="{_ALLOWED}" allowfullscreen loading="lazy" style="border:0"></iframe>'
    )


def thumbnail(video: Video) -> Picture | None:
    """The poster that everything shows: JPEG."""
    pictures = [picture for picture in video.posters if picture.content_type == "image/jpeg"]
    return max(pictures, key=lambda picture: picture.width, default=None)
