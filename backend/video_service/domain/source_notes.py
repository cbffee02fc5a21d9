"""What reading a source tells of it that its working copy does not: whoever reads the copy must know."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from video_service.domain.captions import CaptionKind
from video_service.domain.chapters import Chapter
from video_service.domain.facts import SourceFacts
from video_service.domain.holding import begun_with_sound
from video_service.domain.subtitles import SubtitleTrack


@dataclass(frozen=True)
class SourceNotes:
    is_cut_off: bool
    has_damaged_pictures: bool
    subtitles: Sequence[SubtitleTrack]
    """That are not in the copy."""
    chapters: Sequence[Chapter]
    begins_with_sound: bool
    """What is heard before the first picture belongs to it: it is no broadcast that was joined."""

    def added_to(self, facts: SourceFacts) -> SourceFacts:
        noted = replace(
            facts,
            is_cut_off=self.is_cut_off,
            has_damaged_pictures=self.has_damaged_pictures or facts.has_damaged_pictures,
            subtitles=(*facts.subtitles, *self.subtitles),
            chapters=tuple(self.chapters),
        )
        return begun_with_sound(noted) if self.begins_with_sound else noted

    def stored(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def read_notes(stored: bytes) -> SourceNotes:
    found = json.loads(stored)
    subtitles = [
        SubtitleTrack(**track | {"kind": CaptionKind(track["kind"])}) for track in found["subtitles"]
    ]
    chapters = [Chapter(**chapter) for chapter in found["chapters"]]
    return SourceNotes(**found | {"subtitles": subtitles, "chapters": chapters})
