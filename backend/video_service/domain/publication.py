"""What is published of a revision and may change later: the master playlist and what it alone names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from video_service.domain import chapters as chapter_list
from video_service.domain.captions import Caption
from video_service.domain.chapters import Chapter
from video_service.domain.plan import Plan
from video_service.domain.playlist import CHAPTERS_FILE, Bandwidth, caption_playlist, master_playlist


@dataclass(frozen=True)
class Publication:
    """A revision as its rows have it."""

    video_id: str
    revision_id: str
    plan: Plan
    bandwidths: Mapping[str, Bandwidth]
    captions: tuple[Caption, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    iframes: Mapping[str, Bandwidth] = field(default_factory=dict)
    """Of the rungs that have a playlist of single pictures."""

    def files(self) -> dict[str, bytes]:
        """By path below the revision's folder; the master comes last, when all it names is there."""
        seconds = self.plan.timeline.duration_seconds
        files = {}
        for caption in self.captions:
            files[f"{caption.folder}/00000.vtt"] = caption.published
            files[f"{caption.folder}/index.m3u8"] = caption_playlist(seconds)
        if self.chapters:
            files[CHAPTERS_FILE] = chapter_list.apple_json(self.chapters, seconds)
        files["master.m3u8"] = master_playlist(
            self.plan, self.bandwidths, self.captions, self.chapters, self.iframes
        )
        return {name: text.encode() for name, text in files.items()}
