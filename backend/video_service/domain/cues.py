"""Cues: what is shown when. Times are whole milliseconds of media time, as both file formats have them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

#: A film of three hours has about two thousand.
MAX_CUES = 20_000
#: More than any video may last; later times are nonsense.
MAX_TIME_MS = 27 * 3_600_000
#: How many are shown at once: two people who speak, a sign and a note.
MAX_TOGETHER = 4
#: An overlap this short is not meant: it makes the older cue jump just before it goes.
_SLOPPY_MS = 120


@dataclass(frozen=True)
class Cue:
    start_ms: int
    end_ms: int
    text: str
    """Safe markup, see :mod:`video_service.domain.cue_text`."""
    settings: str = ""
    """Where it is shown: settings of WebVTT (W3C WebVTT section 4.4), checked."""


@dataclass(frozen=True)
class SpokenLine:
    """What is said at a time, for search."""

    start_ms: int
    text: str
    """Plain, on one line."""


def tidy(cues: Iterable[Cue], *, shift_ms: int = 0, until_ms: int = MAX_TIME_MS) -> tuple[Cue, ...]:
    """In order, within the video, none twice, and never too many at once."""
    moved = (
        replace(cue, start_ms=max(0, cue.start_ms + shift_ms), end_ms=min(until_ms, cue.end_ms + shift_ms))
        for cue in cues
    )
    timed = sorted(
        (cue for cue in moved if cue.start_ms < cue.end_ms), key=lambda cue: (cue.start_ms, cue.end_ms)
    )
    return _not_crowded(_each_once(timed))


def _each_once(cues: list[Cue]) -> list[Cue]:
    """What is repeated without a pause goes on instead."""
    kept: list[Cue] = []
    latest: dict[tuple[str, str], int] = {}
    for cue in cues:
        what = (cue.text, cue.settings)
        index = latest.get(what)
        if index is not None and cue.start_ms <= kept[index].end_ms:
            kept[index] = replace(kept[index], end_ms=max(kept[index].end_ms, cue.end_ms))
            continue
        latest[what] = len(kept)
        kept.append(cue)
    return kept


def _not_crowded(cues: list[Cue]) -> tuple[Cue, ...]:
    """A cue ends where another begins a moment before its end, or where one too many begins."""
    kept = list(cues)
    shown: list[int] = []
    for index, cue in enumerate(cues):
        shown = [other for other in shown if kept[other].end_ms > cue.start_ms]
        for other in shown:
            older = kept[other].start_ms < cue.start_ms
            if older and kept[other].end_ms - cue.start_ms <= _SLOPPY_MS:
                kept[other] = replace(kept[other], end_ms=cue.start_ms)
        shown = [other for other in shown if kept[other].end_ms > cue.start_ms]
        while len(shown) >= MAX_TOGETHER:
            oldest = shown.pop(0)
            kept[oldest] = replace(kept[oldest], end_ms=cue.start_ms)
        shown.append(index)
    return tuple(cue for cue in kept if cue.start_ms < cue.end_ms)
