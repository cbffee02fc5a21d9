"""The pictures that stand for a video: where each lies, and how large it is."""

from dataclasses import dataclass
from fractions import Fraction

from video_service.domain.extras import Extra
from video_service.domain.video import Video

#: Of a poster, on its short side in pixels: as large as a player needs, and as a card of a list does.
LARGE, SMALL = 720, 320
JPEG, WEBP = "image/jpeg", "image/webp"


@dataclass(frozen=True)
class Picture:
    path: str
    content_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Pictures:
    """What there is of one video."""

    poster_path: str = ""
    """Of the JPEG, which everything shows. Empty while there is no poster."""
    posters: tuple[Picture, ...] = ()
    """Smallest files first."""
    storyboard_path: str = ""
    preview: Picture | None = None
    waveform_path: str = ""
    stills: tuple[Picture, ...] = ()
    """What a poster may be chosen from."""


def fitted(width: int, height: int, short_side: int) -> tuple[int, int]:
    """In the same shape, never larger than given, and even, as encoders want it."""
    factor = min(Fraction(1), Fraction(short_side, min(width, height)))
    return _even(width * factor), _even(height * factor)


@dataclass(frozen=True)
class PosterFiles:
    """A poster of one size, as files of one folder."""

    width: int
    height: int

    @property
    def small(self) -> tuple[int, int]:
        return fitted(self.width, self.height, SMALL)

    def pictures(self, folder: str) -> tuple[Picture, ...]:
        size = self.width, self.height
        return (
            Picture(f"{folder}/small.webp", WEBP, *self.small),
            Picture(f"{folder}/poster.webp", WEBP, *size),
            Picture(f"{folder}/poster.jpg", JPEG, *size),
        )


#: The files of every poster.
POSTER_FILES = ("poster.jpg", "poster.webp", "small.webp")


def poster_files(width: int, height: int) -> PosterFiles:
    """For a picture of this size, upright."""
    return PosterFiles(*fitted(width, height, LARGE))


def pictures_of(video: Video, media: str) -> Pictures:
    """``media``: the path under which the video's folders lie."""
    if video.revision_id is None:
        return Pictures()
    revision, extras = f"{media}/{video.revision_id}", video.extras
    folder = revision if video.poster is None else f"{media}/{video.poster.id}"
    size = extras.get("poster") if video.poster is None else vars(video.poster)
    posters = PosterFiles(size["width"], size["height"]).pictures(folder) if size else ()
    stills = extras.get(Extra.STILLS, {}).get("pictures", ())
    preview = extras.get(Extra.PREVIEW)
    return Pictures(
        poster_path=f"{folder}/poster.jpg" if video.has_poster or video.poster else "",
        posters=posters,
        storyboard_path=f"{revision}/storyboard.vtt" if Extra.STORYBOARD in extras else "",
        preview=Picture(f"{revision}/preview.webp", WEBP, preview["width"], preview["height"])
        if preview
        else None,
        waveform_path=f"{revision}/waveform.json" if Extra.WAVEFORM in extras else "",
        stills=tuple(_still(f"{revision}/stills/{number}", one) for number, one in enumerate(stills)),
    )


def _still(folder: str, size: dict[str, int]) -> Picture:
    """The smallest that there is of it."""
    return PosterFiles(size["width"], size["height"]).pictures(folder)[0]


def _even(pixels: float | Fraction) -> int:
    return max(2, round(pixels / 2) * 2)
