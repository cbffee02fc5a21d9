"""Extras: what is made around the picture and the sound, each by a job of its own, when all else is made.

Nothing waits for them, and a video lacks nothing but them where they fail.
"""

from collections.abc import Mapping
from enum import StrEnum

from video_service.domain.facts import SourceFacts
from video_service.domain.notices import Notice, NoticeCode
from video_service.domain.plan import Plan
from video_service.domain.subtitles import MAY_HOLD_CLOSED_CAPTIONS, text_tracks


class Extra(StrEnum):
    """The kinds. What a job found or made is stored under its kind's name, as JSON."""

    STORYBOARD = "storyboard"
    STILLS = "stills"
    PREVIEW = "preview"
    WAVEFORM = "waveform"
    CAPTIONS = "captions"
    LOUDNESS = "loudness"
    DAMAGE = "damage"


#: What the owner reads where an extra could not be made.
WARNINGS: Mapping[Extra, Notice] = {
    Extra.STORYBOARD: Notice(NoticeCode.NO_STORYBOARD, "No preview pictures for the seek bar could be made."),
    Extra.STILLS: Notice(NoticeCode.NO_STILLS, "No pictures to choose a poster from could be made."),
    Extra.PREVIEW: Notice(NoticeCode.NO_PREVIEW, "No moving preview could be made."),
    Extra.WAVEFORM: Notice(NoticeCode.NO_WAVEFORM, "The loudness over time could not be measured."),
    Extra.CAPTIONS: Notice(NoticeCode.NO_CAPTIONS, "The subtitles of this file could not be taken over."),
    Extra.LOUDNESS: Notice(NoticeCode.NO_LOUDNESS, "How loud the sound is could not be measured."),
    Extra.DAMAGE: Notice(NoticeCode.NOT_CHECKED, "Whether parts of it are damaged could not be found out."),
}


#: Of less there is nothing to see in a preview.
_MOVES_SECONDS = 1.0


def wanted_extras(facts: SourceFacts, plan: Plan) -> tuple[Extra, ...]:
    """The extras that this source calls for, in the order in which they are made."""
    sound = (Extra.WAVEFORM, Extra.LOUDNESS) if plan.audio else ()
    if facts.video.is_still:
        return sound
    moves_seconds = (facts.frames.pts[-1] - facts.frames.pts[0]) * facts.video.time_base
    moves = plan.timeline.duration_seconds >= _MOVES_SECONDS and moves_seconds >= _MOVES_SECONDS / 2
    may_hold_text = text_tracks(facts.subtitles) or facts.video.codec in MAY_HOLD_CLOSED_CAPTIONS
    return (
        *((Extra.CAPTIONS,) if may_hold_text else ()),
        Extra.STORYBOARD,
        Extra.STILLS,
        *((Extra.PREVIEW,) if moves else ()),
        *sound,
        *((Extra.DAMAGE,) if _is_only_copied(plan) else ()),
    )


def _is_only_copied(plan: Plan) -> bool:
    """Whether nothing that is made of the pictures calls for all of them to be decoded."""
    return all(rung.copied for rung in plan.rungs)
