"""The storyboard: small pictures of the whole video, on sheets, and a WebVTT file that tells which part of
which sheet belongs to which time. Players show them above the seek bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from video_service.domain.webvtt import timestamp

#: A picture lies within this many pixels, enough for a screen of twice the density.
_MOST_WIDTH, _MOST_HEIGHT = 240, 180
_SHORTEST_INTERVAL_SECONDS = 2.0
_MOST_PICTURES = 720


@dataclass(frozen=True)
class Storyboard:
    """How the pictures of one video lie on their sheets, row by row."""

    width: int
    """Of one picture, in pixels."""
    height: int
    interval_seconds: float
    """At least so much lies between two pictures."""
    columns: int = 5
    rows: int = 5

    def sheet_count(self, pictures: int) -> int:
        return -(-pictures // (self.columns * self.rows))

    def vtt(self, times_seconds: Sequence[float], duration_seconds: float) -> str:
        """Each picture is shown from its own media time to the next one's. The places are media fragments
        (W3C Media Fragments URI 1.0, section 4.2.2)."""
        ends = [*times_seconds[1:], duration_seconds]
        begins = [0.0, *times_seconds[1:]]
        lines = ["WEBVTT", ""]
        for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            sheet, place = divmod(number, self.columns * self.rows)
            row, column = divmod(place, self.columns)
            x, y = column * self.width, row * self.height
            lines += [
                f"{timestamp(begin)} --> {timestamp(max(end, begin + 0.001))}",
                f"storyboard/{sheet:03d}.jpg#xywh={x},{y},{self.width},{self.height}",
                "",
            ]
        return "\n".join(lines)


def storyboard_of(width: int, height: int, duration_seconds: float) -> Storyboard:
    """For a video of this size, as it is shown, and length."""
    factor = min(_MOST_WIDTH / width, _MOST_HEIGHT / height, 1.0)
    interval_seconds = max(_SHORTEST_INTERVAL_SECONDS, duration_seconds / _MOST_PICTURES)
    return Storyboard(_even(width * factor), _even(height * factor), interval_seconds)


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)
